"""Storm triage over a real store: groups, one answer for many, its paced release through approval."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gateway_world import World, classified, message, published
from storm_makers import OPENED, freeze, incident_of, storm
from test_gateway_rooms import angry

from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.app import releaser_of
from services.gateway.domain.triage_views import Answering
from services.gateway.releasing import Releaser

TEXTS = ("Where is my refund for order {n}?", "The plastic packaging again, shame {n}")


@pytest.fixture
def driver() -> str:
    return "motor"


async def a_crowd(world: World, count: int = 6) -> tuple[str, list[str]]:
    """Let angry people write, half about each of two things; return the incident and message ids."""
    brand_id = world.scopes["north/casa"].brand_id
    made = []
    for n in range(count):
        one = message(
            brand_id, f"a{n}", text=TEXTS[n % 2].format(n=n), author_id=f"u{n}", root=f"p{n}",
            author_name=f"Person{'abcdefgh'[n % 8]} X", created_at=OPENED + timedelta(minutes=n),
        )  # fmt: skip
        await world.play("north/casa", one, classified(one, labels=angry()))
        made.append(one.message_id)
    await world.play("north/casa", storm(brand_id, 1), freeze(brand_id, 1))
    return incident_of(brand_id), made


def releaser(world: World) -> Releaser:
    return releaser_of(world.deps, world.database, world.stores)


async def approved(world: World, ids: list[str]) -> list[str]:
    found = [await world.document("north/casa", one) for one in ids]
    return [
        one["_id"] for one in found if ((one.get("slots") or {}).get("s0") or {}).get("approved")
    ]


async def test_groups_count_people_and_what_waits(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    incident_id, made = await a_crowd(world)
    told = await world.deps.storms.triage.groups(ana.scope, incident_id)
    assert [(one.messages, one.people, len(one.waiting)) for one in told.groups] == [(3, 3, 3)] * 2
    assert {one.first.message_id for one in told.groups} == set(made[:2])


async def test_a_release_goes_through_approval_at_its_pace_while_frozen(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    incident_id, made = await a_crowd(world)
    ask = Answering(made[:3], ["We are sorry.", "Sorry for this."], 10, "refund")
    planned = await world.deps.storms.triage.plan(ana.scope, ana, incident_id, ask)
    await world.deps.storms.triage.release(ana.scope, ana, incident_id, ask)
    loop = releaser(world)
    assert await loop.sweep()
    assert not await loop.sweep()
    assert await approved(world, made) == made[:1]
    found = await world.document("north/casa", made[0])
    record = found["slots"]["s0"]["approved"]
    assert (record["text"], record["by"]) == (planned[0].text, ana.person_id)
    assert len(found["outbox"]) == 1 and "reply.approved.v1" in str(found["outbox"])
    world.clock.advance(7)
    # Another process goes on where the first was ended.
    assert await releaser(world).sweep()
    world.clock.advance(7)
    assert await loop.sweep()
    (view,) = await world.deps.storms.triage.releases(ana.scope, incident_id)
    assert (view.state, view.released, view.waiting) == ("done", 3, 0)
    assert not await loop.sweep()


async def test_what_changed_meanwhile_is_left_out_and_nobody_answered_twice(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    incident_id, made = await a_crowd(world)
    brand_id = world.scopes["north/casa"].brand_id
    triage = world.deps.storms.triage
    ask = Answering(made[:2], ["We are sorry.", "Sorry for this."], 40)
    await triage.release(ana.scope, ana, incident_id, ask)
    about = message(brand_id, "a0", author_id="u0", root="p0")
    await world.play("north/casa", published(about, brand_id))
    loop = releaser(world)
    assert await loop.sweep() and await loop.sweep()
    (view,) = await triage.releases(ana.scope, incident_id)
    assert (view.state, view.released, len(view.left_out)) == ("done", 1, 1)
    again = await triage.plan(ana.scope, ana, incident_id, Answering(made[:3], ["x"], 10))
    assert [one.code for one in again] == ["triage.answered", "triage.answered", ""]
    with pytest.raises(Conflict, match="Nobody is left"):
        await triage.release(ana.scope, ana, incident_id, Answering(made[:2], ["x"], 10))


async def test_an_answer_let_go_before_the_note_of_it_counts(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    incident_id, made = await a_crowd(world)
    await world.deps.storms.triage.release(
        ana.scope, ana, incident_id, Answering(made[:1], ["We are sorry."], 10)
    )
    loop = releaser(world)

    async def lost(*_: object) -> None:
        raise ConnectionError

    real, loop._queue.settle = loop._queue.settle, lost  # type: ignore[method-assign, assignment]
    with pytest.raises(ConnectionError):
        await loop.sweep()
    loop._queue.settle = real  # type: ignore[method-assign]
    assert not await loop.sweep()
    world.clock.advance(31)
    assert await loop.sweep()
    (view,) = await world.deps.storms.triage.releases(ana.scope, incident_id)
    assert (view.state, view.released, view.left_out) == ("done", 1, [])


async def test_it_can_be_stopped_and_ends_with_the_role(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    eva = await world.person("north", "eva@north.test", {"casa": "auditor"})
    incident_id, made = await a_crowd(world)
    triage = world.deps.storms.triage
    first = await triage.release(ana.scope, ana, incident_id, Answering(made[:2], ["a", "b"], 10))
    with pytest.raises(Forbidden):
        await triage.stop(eva.scope, eva, incident_id, first)
    await triage.stop(ana.scope, ana, incident_id, first)
    with pytest.raises(Conflict):
        await triage.stop(ana.scope, ana, incident_id, first)
    assert not await releaser(world).sweep()
    await triage.release(ana.scope, ana, incident_id, Answering(made[2:4], ["a", "b"], 10))
    brand_id = world.scopes["north/casa"].brand_id
    await world.stores.people.grant(world.system("north"), ana.person_id, brand_id, None)
    await releaser(world).sweep()
    views = await triage.releases(eva.scope, incident_id)
    assert {one.state for one in views} == {"stopped"}
    assert await approved(world, made) == []


async def test_what_is_asked_wrongly_is_refused(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    incident_id, made = await a_crowd(world, 2)
    triage = world.deps.storms.triage
    for ask, code in (
        (Answering(made, ["  "]), "reply.empty"), (Answering(["msg_x"], ["x"]), "triage.nobody"),
        (Answering(made, ["x"] * 4), "triage.phrasings"), (Answering(made, ["x"], 99), "triage.pace"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            await triage.plan(ana.scope, ana, incident_id, ask)
        assert error.value.code == code


async def test_the_pages_lead_from_groups_to_a_release(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    incident_id, made = await a_crowd(world)
    groups = await client.get(f"/storms/{incident_id}/triage")
    assert groups.status_code == 200 and "Answer 3" in groups.text
    form = {
        "message_id": made[:3],
        "phrasing": ["We are sorry."],
        "per_minute": "20",
        "name": "refund",
    }
    preview = await client.post(f"/storms/{incident_id}/triage/preview", data=form)
    assert "Publish 3 as Casa" in preview.text and "Hello Persona, We are sorry." in preview.text
    done = await client.post(f"/storms/{incident_id}/triage/release", data=form)
    assert done.status_code == 303
    page = (await client.get(f"/storms/{incident_id}/triage")).text
    assert "0 of 3" in page and "Leaving" in page
