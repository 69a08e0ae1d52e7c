"""Steering, freezing, judging and the playbook: who may, what goes out as an event, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from gateway_world import World, classified, drafted, failed, message
from storm_makers import freeze, incident_of, storm

from contracts.envelope import Event
from contracts.storms import FreezeRequested, StormSteered
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from services.gateway.storm_ports import Wish


async def outbox(world: World) -> list[Event]:
    brand_id = world.scopes["north/casa"].brand_id
    found = await world.database.boards.find_one({"_id": brand_id, "brand_id": brand_id})
    return [Event.decode(entry["event"]) for entry in (found or {}).get("outbox", [])]


async def test_agents_raise_and_leads_end(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id, steering = world.scopes["north/casa"].brand_id, world.deps.storms.steering
    await steering.steer(ana.scope, ana, brand_id, Wish("raise", "The radio reports it"))
    (event,) = await outbox(world)
    told = event.read(StormSteered)
    assert (told.steer, told.by.name, told.incident_id) == ("raise", "Ana", None)
    board = await world.deps.storms.incidents.board(ana.scope, brand_id)
    assert board.asked_storm is not None
    now = world.clock.now()
    await world.play("north/casa", storm(brand_id, 1, opened_at=now, minutes=1, is_manual=True))
    board = await world.deps.storms.incidents.board(ana.scope, brand_id)
    assert (board.asked_storm, board.is_manual) == (None, True)
    with pytest.raises(Conflict):
        await steering.steer(ana.scope, ana, brand_id, Wish("raise"))
    with pytest.raises(Forbidden):
        await steering.steer(ana.scope, ana, brand_id, Wish("end"))
    await steering.steer(lena.scope, lena, brand_id, Wish("end", "Settled with the radio"))
    log = await world.deps.storms.incidents.log(ana.scope, incident_of(brand_id, now))
    assert [line.text for line in log if line.kind == "steer"] == [
        "Says that it is over: Settled with the radio"
    ]
    actions = [entry.action for entry in await world.deps.audit.entries(lena.scope)]
    assert {"storm.raise", "incident.steer"} <= set(actions)


async def test_snoozing_and_campaigns_need_an_end(world: World) -> None:
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id, steering = world.scopes["north/casa"].brand_id, world.deps.storms.steering
    now = world.clock.now()
    for wish in (
        Wish("snooze"), Wish("snooze", "", now - timedelta(minutes=1)),
        Wish("snooze", "", now + timedelta(days=8)), Wish("expect", "", now + timedelta(days=2)),
        Wish("expect", "Spring sale", now + timedelta(days=90)),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            await steering.steer(lena.scope, lena, brand_id, wish)
    assert await outbox(world) == []
    until = now + timedelta(days=2)
    await steering.steer(lena.scope, lena, brand_id, Wish("expect", "Spring sale", until))
    board = await world.deps.storms.incidents.board(lena.scope, brand_id)
    assert board.expected_name == "Spring sale"
    (event,) = await outbox(world)
    assert event.read(StormSteered).note == "Spring sale"


async def test_agents_freeze_and_leads_let_go(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id, steering = world.scopes["north/casa"].brand_id, world.deps.storms.steering
    with pytest.raises(Forbidden):
        await steering.freeze(ana.scope, ana, brand_id, (False, ""))
    await steering.freeze(ana.scope, ana, brand_id, (True, "A wrong price is out"))
    (event,) = await outbox(world)
    told = event.read(FreezeRequested)
    assert (told.is_frozen, told.reason) == (True, "A wrong price is out")
    await world.play("north/casa", freeze(brand_id, 1, reason="A wrong price is out"))
    board = await world.deps.storms.incidents.board(ana.scope, brand_id)
    assert board.is_frozen
    assert board.asked_freeze is None
    with pytest.raises(Conflict):
        await steering.freeze(ana.scope, ana, brand_id, (True, ""))
    await steering.freeze(lena.scope, lena, brand_id, (False, ""))
    assert not (await outbox(world))[-1].read(FreezeRequested).is_frozen


async def test_what_was_held_is_let_go_one_by_one(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id, incidents = world.scopes["north/casa"].brand_id, world.deps.storms.incidents
    for key in ("c1", "c2", "c3"):
        about = message(brand_id, key, created_at=world.clock.now())
        code = "network.refused" if key == "c3" else "brand.frozen"
        held = failed(about, brand_id, state="parked", code=code)
        await world.play("north/casa", about, classified(about), drafted(about, brand_id), held)
    found = await incidents.held(ana.scope, brand_id)
    assert len(found) == 2
    first = found[0].message_id
    seen = await world.deps.inbox.message(ana.scope, ana, first)
    assert seen.reply.may_retry
    await world.deps.replies.retry(ana.scope, ana, first, seen.reply.revision)
    left = await incidents.held(ana.scope, brand_id)
    assert [one.message_id for one in left] == [found[1].message_id]
    mia = await world.person("south", "mia@south.test", {"mar": "owner"})
    assert await incidents.held_by_brand(mia.scope) == {}


async def test_it_is_judged_after_the_end(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id, steering = world.scopes["north/casa"].brand_id, world.deps.storms.steering
    await world.play("north/casa", storm(brand_id, 1))
    incident_id = incident_of(brand_id)
    with pytest.raises(Conflict):
        await steering.judge(lena.scope, lena, incident_id, (True, ""))
    await world.play("north/casa", storm(brand_id, 2, "calm", before="storm"))
    with pytest.raises(Forbidden):
        await steering.judge(ana.scope, ana, incident_id, (True, ""))
    await steering.judge(lena.scope, lena, incident_id, (False, "A joke of our own"))
    seen = await world.deps.storms.incidents.incident(lena.scope, incident_id)
    assert seen.line.verdict is not None
    assert not seen.line.verdict.is_confirmed
    (event,) = await outbox(world)
    told = event.read(StormSteered)
    assert (told.steer, told.incident_id) == ("reject", incident_id)


def a_step(**fields: Any) -> dict[str, Any]:
    told = {"step_id": "call", "title": "Call", "level": "storm", "role": "agent", "minutes": 5}
    return {**told, **fields}


async def test_leads_change_the_playbook_and_incidents_keep_theirs(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id, playbooks = world.scopes["north/casa"].brand_id, world.deps.storms.playbooks
    await world.play("north/casa", storm(brand_id, 1))
    found = await playbooks.get(ana.scope, brand_id)
    assert (found.revision, len(found.playbook.steps), found.stand_ins) == (0, 14, ["Lena"])
    with pytest.raises(Forbidden):
        await playbooks.change(ana.scope, ana, brand_id, 0, {"steps": [a_step()]})
    changed = await playbooks.change(lena.scope, lena, brand_id, 0, {"steps": [a_step()]})
    assert changed.revision == 1
    with pytest.raises(Conflict):
        await playbooks.change(lena.scope, lena, brand_id, 0, {"steps": []})
    seen = await world.deps.storms.incidents.incident(ana.scope, incident_of(brand_id))
    assert len(seen.steps) == 14
    foreign = world.scopes["south/mar"].brand_id
    with pytest.raises(NotFound):
        await playbooks.get(ana.scope, foreign)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"steps": [a_step(), a_step()]}, "two steps are called call"),
        ({"steps": [a_step(way="automatic")]}, "Step 1: Call: only stopping and paging"),
        ({"steps": [a_step(act="page")]}, "paging needs the role"),
        ({"steps": [a_step(minutes="soon")]}, "Step 1, minutes"),
        ({"steps": [a_step(level="panic")]}, "Step 1, level"),
        ({"steps": [], "contacts": [{"contact_id": "a", "name": "A"}]}, "Contact 1: A: an e-mail"),
        (
            {"steps": [], "contacts": [{"contact_id": "a", "name": "A", "email": "a b@x"}]},
            "is no e-mail address",
        ),
        (
            {"steps": [], "contacts": [{"contact_id": "a", "name": "A", "webhook_url": "ftp://x"}]},
            "must be a web address",
        ),
    ],
)
async def test_what_does_not_fit_is_named(world: World, given: dict[str, Any], why: str) -> None:
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    with pytest.raises(Invalid, match=why):
        await world.deps.storms.playbooks.change(lena.scope, lena, brand_id, 0, given)
