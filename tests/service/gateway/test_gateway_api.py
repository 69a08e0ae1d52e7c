"""The API over HTTP: the queue in pages, threads, repeats by Idempotency-Key, brands."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from gateway_world import START, World, classified, drafted, labels_of, message, published

from contracts.brands import BrandChanged
from contracts.envelope import Event
from contracts.messages import Media


async def test_the_queue_comes_in_pages_without_gap_or_repeat(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent", "verde": "agent"})
    for brand in ("north/casa", "north/verde"):
        brand_id = world.scopes[brand].brand_id
        for n in range(65):
            at = START + timedelta(seconds=n // 3)
            about = message(brand_id, f"c{n}", created_at=at)
            intent = labels_of("complaint" if n % 5 == 0 else "question")
            await world.play(brand, about, classified(about, n % 4 * 10, intent))
    client = await world.signed_in("ana@north.test")
    for sort in ("priority", "newest"):
        seen, key = [], ""
        while key is not None:
            page = (
                await client.get(
                    "/api/v1/messages",
                    params={"sort": sort, "after": key} if key else {"sort": sort},
                )
            ).json()
            assert page["open_count"] == 130
            seen += page["items"]
            key = page["next_key"]
        assert len(seen) == len({one["message_id"] for one in seen}) == 130
        order = [(-one["priority"] if sort == "priority" else 0) for one in seen]
        assert order == sorted(order)
        times = [one["created_at"] for one in seen if sort == "newest"]
        assert times == sorted(times, reverse=True)
    complaints = (await client.get("/api/v1/messages?intent=complaint")).json()["items"]
    assert len(complaints) == 26
    casa = world.scopes["north/casa"].brand_id
    assert (await client.get(f"/api/v1/messages?brand={casa}")).json()["open_count"] == 65
    found = (await client.get("/api/v1/messages?q=C64%20open")).json()["items"]
    assert {one["external_id"] for one in found} == {"c64"}
    mixed = await client.get("/api/v1/messages", params={"sort": "newest", "after": key or "x"})
    assert mixed.status_code == 400


async def test_every_query_walks_an_index_that_starts_with_the_brand(
    world: World, mongo_url: str
) -> None:
    from pymongo import MongoClient

    brands = {"$in": [scope.brand_id for scope in world.scopes.values()]}
    queue = [("priority", -1), ("at", -1), ("_id", 1)]
    asked = {
        "queue": ({"brand_id": brands, "state": "open"}, queue),
        "newest": ({"brand_id": brands, "state": {"$in": ["open", "done"]}}, queue[1:]),
        "thread": ({"brand_id": brands, "thread_id": "thr_1"}, [("at", -1)]),
        "outbox": ({"brand_id": brands, "outbox_at": {"$lte": START}}, [("outbox_at", 1)]),
    }
    with MongoClient(mongo_url) as client:
        messages = client[world.database.database.name]["messages"]
        for name, (where, sort) in asked.items():
            # The queue names its index, because on little data any plan looks as good.
            cursor = messages.find(where).sort(sort).hint(name)
            plan = cursor.explain()["queryPlanner"]["winningPlan"]
            assert f"'indexName': '{name}'" in str(plan), plan
            assert "'stage': 'SORT'" not in str(plan), plan


async def test_a_thread_is_a_tree_with_its_post_and_answers_once(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    post = message(
        brand_id, "post1", kind="post", is_own=True, created_at=START - timedelta(days=1)
    )
    one = message(brand_id, "c1")
    two = message(brand_id, "c2", created_at=START + timedelta(minutes=1))
    below = message(
        brand_id, "c3", parent_external_id="c1", created_at=START + timedelta(minutes=2)
    )
    loop = message(brand_id, "c4", parent_external_id="c4")
    echo = message(brand_id, "r1", is_own=True, parent_external_id="c1", text="We open at nine.")
    picture = message(
        brand_id, "c5", text=None, media=[Media(type="image", url="http://x/1.png")],
        created_at=START + timedelta(minutes=9),
    )  # fmt: skip
    await world.play("north/casa", echo, below, two, one, post, loop, picture)
    await world.play("north/casa", published(one, brand_id))
    client = await world.signed_in("ana@north.test")
    thread = (await client.get(f"/api/v1/threads/{one.thread_id}")).json()
    assert thread["post"]["external_id"] == "post1"
    shape = [(m["external_id"], m["depth"]) for m in thread["messages"]]
    assert shape == [("c1", 0), ("c3", 1), ("c4", 0), ("c2", 0), ("c5", 0)]
    assert thread["focus"]["external_id"] == "c5"
    focused = await client.get(f"/api/v1/threads/{one.thread_id}?focus={two.message_id}")
    assert focused.json()["focus"]["external_id"] == "c2"
    other = await client.get(f"/api/v1/threads/{one.thread_id}?focus=msg_none")
    assert other.status_code == 404
    page = await world.deps.inbox.queue(ana.scope, ana, _all())
    assert {m.external_id for m in page.items} == {"c1", "c2", "c3", "c4", "c5"}


def _all():  # type: ignore[no-untyped-def]
    from services.gateway.domain.views import QueueFilter

    return QueueFilter(state="all")


@pytest.mark.parametrize("driver", ["motor"])
async def test_a_repeat_is_answered_and_not_done_again(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    await world.play("north/casa", about, drafted(about, brand_id))
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}/approve"
    body = {"text": "Nine.", "revision": 0}
    key = {"idempotency-key": "k1"}
    first = await client.post(url, json=body, headers=key)
    assert (first.status_code, first.json()["reply"]["state"]) == (200, "approved")
    again = await client.post(url, json=body, headers=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    other = await client.post(url, json={**body, "text": "Ten."}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.other_request")
    without = await client.post(url, json=body)
    assert without.status_code == 409
    world.clock.advance(24 * 3600 + 1)
    client = await world.signed_in("ana@north.test")
    assert (await client.post(url, json=body, headers=key)).status_code == 409
    document = await world.document("north/casa", about.message_id)
    assert len(document["outbox"]) == 1


@pytest.mark.parametrize("driver", ["motor"])
async def test_repeats_at_once_and_after_a_failure(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    await world.play("north/casa", about)
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}/approve"
    key = {"idempotency-key": "k2"}
    empty = await client.post(url, json={"text": " ", "revision": 0}, headers=key)
    assert empty.status_code == 400
    body = {"text": "Nine.", "revision": 0}
    answers = await asyncio.gather(*(client.post(url, json=body, headers=key) for _ in range(4)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 409}
    assert 200 in statuses
    codes = {a.json()["code"] for a in answers if a.status_code == 409}
    assert codes <= {"idempotency.running"}
    assert (await client.post(url, json=body, headers=key)).status_code == 200


async def test_a_brand_changes_by_revision_and_is_announced(world: World) -> None:
    await world.person("north", "lea@north.test", {"casa": "lead"})
    await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    client = await world.signed_in("lea@north.test")
    url = f"/api/v1/brands/{brand_id}"
    policy = {"mode": "hold", "is_automatic_stopped": True}
    changed = await client.patch(url, json={"revision": 1, "policy": policy})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    late = await client.patch(url, json={"revision": 1, "name": "X"})
    assert late.status_code == 409
    agent = await world.signed_in("ana@north.test")
    assert (await agent.patch(url, json={"revision": 2, "name": "X"})).status_code == 403
    await world.stores.brands.republish_all()
    found = await world.database.brands.find_one({"_id": brand_id, "brand_id": brand_id})
    assert found is not None
    events = [Event.decode(entry["event"]) for entry in found["outbox"]]
    told = [event.read(BrandChanged) for event in events]
    assert [(one.revision, one.policy.mode) for one in told] == [
        (1, "suggest"),
        (2, "hold"),
        (2, "hold"),
    ]
    assert events[1].id == events[2].id
    trail = (await client.get("/api/v1/audit")).json()
    assert trail[0]["action"] == "session.opened" or trail[0]["action"] == "brand.changed"
    assert (await agent.get("/api/v1/audit")).json() == []


async def test_channels_and_wording_change_with_the_brand(world: World) -> None:
    await world.person("north", "lea@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    client = await world.signed_in("lea@north.test")
    url = f"/api/v1/brands/{brand_id}"
    told = {
        "revision": 1,
        "channels": {"x": {"mode": "hold", "approvals": [{"name": "all", "needs": ["lead"]}]}},
        "wording": {"never_say": [{"terms": ["miracle"], "kind": "health"}]},
        "understanding": {
            "vocabulary": [{"term": "sick", "head": "sentiment", "label": "positive"}]
        },
    }
    assert (await client.patch(url, json=told)).status_code == 200
    found = await world.database.brands.find_one({"_id": brand_id, "brand_id": brand_id})
    assert found is not None
    announced = Event.decode(found["outbox"][-1]["event"]).read(BrandChanged)
    assert announced.policy_for("x").approvals[0].needs == ["lead"]
    assert announced.policy_for("facebook") == announced.policy
    assert announced.wording.never_say[0].terms == ["miracle"]
    assert announced.understanding.vocabulary[0].label == "positive"
    assert (await client.get(url)).json()["channels"]["x"]["mode"] == "hold"
    wrong = await client.patch(url, json={"revision": 2, "channels": {"myspace": {}}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "brand.unknown_network")


@pytest.mark.parametrize("driver", ["motor"])
async def test_making_things_twice_makes_them_once(world: World) -> None:
    before = world.scopes["north/casa"].brand_id
    await world.found("north", "casa")
    assert world.scopes["north/casa"].brand_id == before
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    again = await world.person("north", "ANA@north.test ", {"casa": "agent"})
    assert again.person_id == ana.person_id
    assert len(await world.database.people.find({})) == 1


@pytest.mark.parametrize("driver", ["motor"])
async def test_the_document_of_the_api(world: World, driver: str) -> None:
    told = (await world.client().get("/api/v1/openapi.json")).json()
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["tags"], path
            assert "401" in operation["responses"], (method, path)
            kinds = operation["responses"]["401"]["content"]
            assert list(kinds) == ["application/problem+json"]
