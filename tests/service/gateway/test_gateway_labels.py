"""Correcting labels, the sample drawn by lot, and reading stored messages again with another model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from gateway_world import START, World, classified, labels_of, message, received

from contracts.corrections import LabelCorrected, Relabelled, RelabelRequested, RelabelSettled
from contracts.envelope import Event
from contracts.topics import RELABEL_SETTLED
from services.gateway.domain.relabelling import Week, drop_of
from services.gateway.store.corrections import is_sampled


@pytest.fixture
def driver() -> str:
    return "motor"


async def told(collection: Any, where: dict[str, Any]) -> list[Event]:
    found = await collection.find_one(where)
    assert found is not None
    return [Event.decode(one["event"]) for one in found.get("outbox") or []]


async def test_a_correction_shows_counts_and_is_announced(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    await world.play("north/casa", about, classified(about))
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}/labels"
    answer = await client.post(url, json={"head": "intent", "label": "other"})
    assert answer.status_code == 200
    assert answer.json()["labels"]["intent"]["label"] == "other"
    assert answer.json()["corrected"] == {"intent": "Ana"}
    here = {"_id": about.message_id, "brand_id": brand_id}
    (event,) = await told(world.database.messages, here)
    payload = event.read(LabelCorrected)
    assert (payload.head, payload.was, payload.label) == ("intent", "question", "other")
    # The same message read again keeps what the person said.
    await world.play("north/casa", classified(about, 40, labels_of("praise", "m2")))
    queue = await client.get("/api/v1/messages?intent=other")
    assert [one["message_id"] for one in queue.json()["items"]] == [about.message_id]
    wrong = await client.post(url, json={"head": "intent", "label": "poem"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "label.unknown")


async def test_who_may_only_look_may_not_correct(world: World) -> None:
    await world.person("north", "aud@north.test", {"casa": "auditor"})
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about, classified(about))
    client = await world.signed_in("aud@north.test")
    url = f"/api/v1/messages/{about.message_id}/labels"
    answer = await client.post(url, json={"head": "intent", "label": "other"})
    assert (answer.status_code, answer.json()["code"]) == (403, "label.read_only")


async def test_the_sample_is_drawn_by_lot_and_shrinks_as_people_judge(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    at = world.clock.now()
    about = [message(brand_id, f"c{n}", created_at=at) for n in range(120)]
    for one in about:
        await world.play("north/casa", one, classified(one))
    drawn = {one.message_id for one in about if is_sampled(one.message_id)}
    assert 0 < len(drawn) < 25
    client = await world.signed_in("ana@north.test")
    found = (await client.get(f"/api/v1/brands/{brand_id}/sample")).json()
    assert set(found) <= drawn
    assert len(found) == min(10, len(drawn))
    for head, label in (("sentiment", "neutral"), ("intent", "question")):
        body = {"head": head, "label": label}
        await client.post(f"/api/v1/messages/{found[0]}/labels", json=body)
    left = (await client.get(f"/api/v1/brands/{brand_id}/sample")).json()
    assert found[0] not in left
    page = await client.get(f"/brands/{brand_id}/understanding")
    assert "Please judge" in page.text
    (week,) = (await client.get(f"/api/v1/brands/{brand_id}/label-weeks")).json()
    assert (week["messages"], week["sampled"], week["agreement"]) == (120, 2, None)


def test_a_drop_in_agreement_is_told() -> None:
    def week(n: int, agreement: float | None) -> Week:
        return Week(f"2026-W{n}", 100, {}, 20, agreement)

    fell = drop_of([week(5, 0.6), week(4, None), week(3, 0.9), week(2, 0.8)])
    assert fell is not None
    assert "60%" in fell
    assert drop_of([week(5, 0.8), week(4, 0.85)]) is None
    assert drop_of([week(5, 0.1)]) is None


async def read_again(world: World, job: str, model: str = "fast") -> list[RelabelRequested]:
    """Send what waits; return the parts that were asked for."""
    scope = await world.stores.brands.every()
    while await world.deps.relabels.sweep(scope):
        pass
    brand_id = world.scopes["north/casa"].brand_id
    where = {"_id": job, "brand_id": brand_id}
    return [one.read(RelabelRequested) for one in await told(world.database.relabels, where)]


async def settle(world: World, part: RelabelRequested, intent: str) -> None:
    labels = labels_of(intent, "m9")
    items = [Relabelled(message_id=one.message_id, labels=labels) for one in part.items]
    told = RelabelSettled(
        job_id=part.job_id, brand_id=part.brand_id, model=part.model, part=part.part,
        is_last=part.is_last, items=items, settled_at=START,
    )  # fmt: skip
    await world.routes[RELABEL_SETTLED](received(world.scopes["north/casa"], told))


async def test_messages_are_read_again_compared_and_switched(world: World) -> None:
    await world.person("north", "lea@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    about = [
        message(brand_id, f"c{n}", created_at=START + timedelta(seconds=n)) for n in range(250)
    ]
    for one in about:
        await world.play("north/casa", one, classified(one))
    client = await world.signed_in("lea@north.test")
    corrected = {"head": "intent", "label": "other"}
    await client.post(f"/api/v1/messages/{about[0].message_id}/labels", json=corrected)
    world.clock.advance(600)
    client = await world.signed_in("lea@north.test")
    url = f"/api/v1/brands/{brand_id}/relabels"
    job = (await client.post(url, json={"model": "fast", "days": 30})).json()
    assert (job["state"], job["total"]) == ("reading", 250)
    busy = await client.post(url, json={"model": "accurate", "days": 30})
    assert (busy.status_code, busy.json()["code"]) == (409, "relabel.running")
    parts = await read_again(world, job["job_id"])
    assert [(len(one.items), one.is_last) for one in parts] == [(200, False), (50, True)]
    early = await client.post(f"/api/v1/relabels/{job['job_id']}/decide?switch=true")
    assert early.status_code == 409
    for part in (*parts, parts[0]):
        await settle(world, part, "praise")
    done = (await client.get(f"/api/v1/relabels/{job['job_id']}")).json()
    assert (done["state"], done["read"]) == ("read", 250)
    intent = next(one for one in done["heads"] if one["head"] == "intent")
    assert (intent["flips"], intent["old"], intent["new"]) == (
        250,
        {"question": 250},
        {"praise": 250},
    )
    assert (intent["corrected"], intent["old_right"], intent["new_right"]) == (1, 0, 0)
    assert len(done["examples"]) == 20
    edited = message(
        brand_id, "c1", action="edited", text="new", version="2026-11-01T13:00:00.000000Z"
    )
    await world.play("north/casa", edited, classified(edited))
    decided = await client.post(f"/api/v1/relabels/{job['job_id']}/decide?switch=true")
    assert decided.status_code == 200
    await read_again(world, job["job_id"])
    assert (await client.get(f"/api/v1/relabels/{job['job_id']}")).json()["state"] == "switched"
    by_id = {one.message_id: one for one in about}
    labels = {
        message_id: (await world.document("north/casa", message_id))["intent"]
        for message_id in list(by_id)[:5]
    }
    assert labels == {
        about[0].message_id: "other",
        about[1].message_id: "question",
        **{one.message_id: "praise" for one in about[2:5]},
    }
    detail = (await client.get(f"/api/v1/brands/{brand_id}")).json()
    assert detail["understanding"]["model"] == "fast"
    page = await client.get(f"/brands/{brand_id}/understanding")
    assert "Switched" in page.text


async def test_a_job_that_cannot_be_read_says_why_and_can_be_dropped(world: World) -> None:
    await world.person("north", "lea@north.test", {"casa": "lead"})
    await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    await world.play("north/casa", about, classified(about))
    world.clock.advance(60)
    client = await world.signed_in("lea@north.test")
    url = f"/api/v1/brands/{brand_id}/relabels"
    assert (await client.post(url, json={"model": "gpt", "days": 3})).status_code == 400
    agent = await world.signed_in("ana@north.test")
    assert (await agent.post(url, json={"model": "fast", "days": 3})).status_code == 403
    job = (await client.post(url, json={"model": "accurate", "days": 90})).json()["job_id"]
    told = RelabelSettled(
        job_id=job, brand_id=brand_id, model="accurate", part=0, why="no file", settled_at=START
    )
    await world.routes[RELABEL_SETTLED](received(world.scopes["north/casa"], told))
    failed = (await client.get(f"/api/v1/relabels/{job}")).json()
    assert (failed["state"], failed["why"]) == ("failed", "no file")
    assert (await client.post(f"/api/v1/relabels/{job}/decide")).status_code == 200


async def test_a_shadow_reads_live_messages_until_it_is_ended(world: World) -> None:
    await world.person("north", "lea@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    client = await world.signed_in("lea@north.test")
    url = f"/api/v1/brands/{brand_id}/relabels"
    body = {"model": "accurate", "days": 2, "is_shadow": True}
    job = (await client.post(url, json=body)).json()
    assert job["state"] == "shadow"
    shadow = (await client.get(f"/api/v1/brands/{brand_id}")).json()["understanding"]["shadow"]
    assert (shadow["job_id"], shadow["model"]) == (job["job_id"], "accurate")
    for n in range(3):
        about = message(brand_id, f"c{n}")
        await world.play("north/casa", about, classified(about))
        told = RelabelSettled(
            job_id=job["job_id"], brand_id=brand_id, model="accurate", part=0, settled_at=START,
            items=[Relabelled(message_id=about.message_id, labels=labels_of("praise", "m9"))],
        )  # fmt: skip
        for _ in range(2):
            await world.routes[RELABEL_SETTLED](received(world.scopes["north/casa"], told))
    seen = (await client.get(f"/api/v1/relabels/{job['job_id']}")).json()
    assert seen["read"] == 3
    await client.post(f"/api/v1/relabels/{job['job_id']}/decide")
    ended = (await client.get(f"/api/v1/brands/{brand_id}")).json()["understanding"]["shadow"]
    assert ended is None


async def test_the_page_teaches_and_forgets_words(world: World) -> None:
    await world.person("north", "lea@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    client = await world.signed_in("lea@north.test")
    url = f"/brands/{brand_id}/understanding"
    form = {"do": "teach", "term": "sick  drop", "means": "sentiment:positive"}
    assert (await client.post(url, data=form)).status_code == 303
    page = await client.get(url)
    assert "sick drop" in page.text
    assert (await client.post(url, data={**form, "means": "mood:great"})).status_code == 422
    assert (await client.post(url, data={"do": "forget", "term": "sick drop"})).status_code == 303
    detail = (await client.get(f"/api/v1/brands/{brand_id}")).json()
    assert detail["understanding"]["vocabulary"] == []
    await client.post(url, data={"do": "none"})
    detail = (await client.get(f"/api/v1/brands/{brand_id}")).json()
    assert detail["understanding"]["adaptation"] == 0
