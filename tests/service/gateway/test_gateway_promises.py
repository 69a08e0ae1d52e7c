"""What brands promised: kept, told in time, broken, and said so by people. In any order of events."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from gateway_world import World, classified, message, promise, published

from contracts.scope import AgencyScope
from runtime.errors import Conflict, Forbidden, NotFound
from services.gateway.domain.promises import PromiseView
from services.gateway.store.promises import PromiseStore, sweep_of


@pytest.fixture
def driver() -> str:
    return "motor"


def scope_of(world: World, brand: str = "casa") -> AgencyScope:
    brand_id = world.scopes[f"north/{brand}"].brand_id
    return AgencyScope(world.agencies["north"], frozenset({brand_id}))


async def only(world: World) -> PromiseView:
    (one,) = (await world.deps.promises.book(scope_of(world))).promises
    return one


async def asked(world: World, external_id: str = "c1", **fields: Any) -> Any:
    about = message(world.scopes["north/casa"].brand_id, external_id, **fields)
    await world.play("north/casa", about, classified(about))
    return about


def swept(world: World) -> Any:
    store = PromiseStore(world.database, world.clock, world.stores.audit, world.stores.pulses)
    return sweep_of(store, world.stores.brands.every)


async def pulses(world: World) -> list[str]:
    found = await world.database.pulses.find({"brand_id": world.scopes["north/casa"].brand_id})
    return [one["kind"] for one in found]


async def test_it_is_warned_of_and_then_broken(world: World) -> None:
    about, sweep = await asked(world), swept(world)
    made = promise(
        about, about_brand := world.scopes["north/casa"].brand_id, made_at=world.clock.now()
    )
    await world.play("north/casa", made, made)
    assert (await only(world)).state == "open"
    await sweep()
    assert await world.deps.promises.urgent(scope_of(world)) == 0
    world.clock.advance(3 * 3600 + 60)
    before = (await pulses(world)).count("promise")
    await sweep()
    await sweep()
    assert (await only(world)).is_pressing
    assert (await pulses(world)).count("promise") == before + 1
    assert await world.deps.promises.urgent(scope_of(world)) == 1
    world.clock.advance(3600)
    await sweep()
    one = await only(world)
    assert (one.state, one.settled_at) == ("broken", one.due_at)
    (counts,) = (await world.deps.promises.book(scope_of(world), is_pressing=True)).counts
    assert (counts.brand_id, counts.broken, counts.undone, counts.open) == (about_brand, 1, 1, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_later_answer_keeps_it_whatever_comes_first(
    world: World, order: tuple[int, ...]
) -> None:
    brand_id, now = world.scopes["north/casa"].brand_id, world.clock.now()
    about = await asked(world)
    events = [
        promise(about, brand_id, made_at=now),
        published(about, brand_id, published_at=now),
        published(about, brand_id, slot=1, external_id="r2", published_at=now + timedelta(hours=1)),
    ]
    await world.play("north/casa", *(events[place] for place in order))
    one = await only(world)
    assert (one.state, one.settled_by) == ("kept", None)
    await world.play("north/casa", *events)
    assert await only(world) == one


@pytest.mark.parametrize("is_first", [True, False])
async def test_an_answer_that_promises_again_tells_in_time(world: World, is_first: bool) -> None:
    brand_id, now = world.scopes["north/casa"].brand_id, world.clock.now()
    about = await asked(world)
    later = now + timedelta(hours=1)
    second = promise(about, brand_id, slot=1, made_at=later)
    answer = published(about, brand_id, slot=1, external_id="r2", published_at=later)
    await world.play("north/casa", promise(about, brand_id, made_at=now))
    await world.play("north/casa", *((second, answer) if is_first else (answer, second)))
    book = await world.deps.promises.book(scope_of(world))
    assert [one.state for one in book.promises] == ["open", "told"]


async def test_an_answer_to_somebody_else_or_too_late_keeps_nothing(world: World) -> None:
    brand_id, now = world.scopes["north/casa"].brand_id, world.clock.now()
    about = await asked(world)
    other = await asked(world, "c2", thread_id=about.thread_id, author_id="another")
    answer = published(other, brand_id, external_id="r2", published_at=now + timedelta(hours=1))
    await world.play("north/casa", promise(about, brand_id, made_at=now), answer)
    assert (await only(world)).state == "open"
    late = published(
        about, brand_id, slot=1, external_id="r3", published_at=now + timedelta(hours=5)
    )
    world.clock.advance(6 * 3600)
    await world.play("north/casa", late)
    assert (await only(world)).state == "broken"


async def test_people_say_what_became_of_it_and_it_is_on_the_trail(world: World) -> None:
    brand_id = world.scopes["north/casa"].brand_id
    await world.person("north", "ana@north.test", {"casa": "agent"})
    await world.person("north", "aud@north.test", {"casa": "auditor"})
    await world.person("north", "vera@north.test", {"verde": "owner"})
    about = await asked(world)
    await world.play("north/casa", promise(about, brand_id, made_at=world.clock.now()))
    one = await only(world)
    ana, auditor, vera = [await world.viewer(f"{who}@north.test") for who in ("ana", "aud", "vera")]
    tick = world.deps.promises.tick
    with pytest.raises(Forbidden):
        await tick(auditor.scope, auditor, one.promise_id, "kept")
    with pytest.raises(NotFound):
        await tick(vera.scope, vera, one.promise_id, "kept")
    with pytest.raises(Conflict):
        await tick(ana.scope, ana, one.promise_id, "done")
    await tick(ana.scope, ana, one.promise_id, "told")
    with pytest.raises(Conflict):
        await tick(ana.scope, ana, one.promise_id, "kept")
    later = published(
        about,
        brand_id,
        slot=1,
        external_id="r2",
        published_at=world.clock.now() + timedelta(hours=1),
    )
    await world.play("north/casa", later)
    assert ((await only(world)).state, (await only(world)).settled_by) == ("told", ana.name)
    entries = await world.deps.audit.entries(ana.scope)
    assert entries[0].action == "promise.told"
    assert entries[0].subject == one.promise_id


async def test_the_page_lists_ticks_and_the_thread_shows_it(world: World) -> None:
    brand_id = world.scopes["north/casa"].brand_id
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    about = await asked(world)
    made = promise(about, brand_id, made_at=world.clock.now() - timedelta(hours=5))
    await world.play("north/casa", made)
    page = (await client.get("/promises?show=pressing")).text
    assert "We will call you within 4 hours." in page
    assert "Made good since" in page
    assert "1 promise is due soon or overdue" in (await client.get("/inbox")).text
    assert "Broken" in (await client.get(f"/inbox/m/{about.message_id}")).text
    form = {"act": "done", "show": "pressing"}
    answer = await client.post(f"/promises/{made.promise_id}", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/promises?show=pressing")
    assert "nothing is overdue" in (await client.get("/promises?show=pressing")).text
    told = (await client.get("/api/v1/promises")).json()
    assert [(one["state"], one["is_done"]) for one in told["promises"]] == [("broken", True)]
    assert (told["counts"][0]["broken"], told["counts"][0]["undone"]) == (1, 0)
    assert (await client.get("/api/v1/promises?is_pressing=true")).json()["promises"] == []
    dropped = await client.post(f"/api/v1/promises/{made.promise_id}/dropped")
    assert (dropped.status_code, dropped.json()["code"]) == (409, "promise.changed")
    bad = await client.post(f"/api/v1/promises/{made.promise_id}/nothing")
    assert bad.status_code in {404, 422}
