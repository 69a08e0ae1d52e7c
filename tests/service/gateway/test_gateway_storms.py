"""Boards, incidents, their curve and their log: out of events in any number of repeats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gateway_world import World, classified, message, published
from storm_makers import OPENED, freeze, incident_of, storm

from contracts.scope import AgencyScope
from runtime.errors import Conflict, Forbidden, Invalid, NotFound


def scope_of(world: World, *brands: str) -> AgencyScope:
    ids = frozenset(world.scopes[f"north/{brand}"].brand_id for brand in brands)
    return AgencyScope(world.agencies["north"], ids)


async def a_storm(world: World) -> str:
    brand_id = world.scopes["north/casa"].brand_id
    watch = storm(brand_id, 1, "watch", before="calm", hostile=9)
    await world.play("north/casa", watch, storm(brand_id, 2), storm(brand_id, 3, is_tick=True))
    return incident_of(brand_id)


async def test_a_storm_is_one_incident_from_watch_to_calm(world: World) -> None:
    incident_id, scope = await a_storm(world), scope_of(world, "casa")
    brand_id = world.scopes["north/casa"].brand_id
    incidents = world.deps.storms.incidents
    board = await incidents.board(scope, brand_id)
    assert (board.level, board.severity, board.incident_id) == ("storm", 2, incident_id)
    again = storm(brand_id, 4, hostile=90, before="storm", severity=3)
    over = [
        storm(brand_id, 5, "subsiding", before="storm"),
        storm(brand_id, 6, "calm", before="subsiding"),
    ]
    await world.play("north/casa", again, *over)
    seen = await incidents.incident(scope, incident_id)
    assert seen.line.closed_at == OPENED + timedelta(minutes=6)
    assert (seen.line.top_severity, seen.line.peak.hostile, seen.line.level) == (3, 90, "calm")
    assert sorted(seen.reached) == ["serious", "storm", "subsiding", "watch"]
    assert seen.reached["storm"] == OPENED + timedelta(minutes=2)
    points = await incidents.curve(scope, incident_id)
    assert [point.hostile for point in points][:4] == [9, 46, 46, 90]
    kinds = [line.kind for line in await incidents.log(scope, incident_id)]
    assert kinds.count("transition") == 5
    assert (await incidents.board(scope, brand_id)).incident_id is None
    assert [line.incident_id for line in await incidents.lines(scope)] == [incident_id]


async def test_repeats_and_old_news_change_nothing(world: World) -> None:
    incident_id, scope = await a_storm(world), scope_of(world, "casa")
    brand_id = world.scopes["north/casa"].brand_id
    incidents = world.deps.storms.incidents
    before = await incidents.incident(scope, incident_id), await incidents.log(scope, incident_id)
    await a_storm(world)
    frozen = freeze(brand_id, 1, held=["rpl_1"])
    await world.play("north/casa", frozen, frozen)
    after = await incidents.incident(scope, incident_id), await incidents.log(scope, incident_id)
    assert [line.kind for line in after[1] if line not in before[1]] == ["freeze"]
    done = {step.step_id: step.done_by for step in after[0].steps if step.done_at}
    assert done == {"freeze": "Storm"}
    await world.play("north/casa", freeze(brand_id, 2, is_frozen=False))
    lines = await incidents.log(scope, incident_id)
    assert [line.kind for line in lines].count("resume") == 1
    assert not (await incidents.board(scope, brand_id)).is_frozen


async def test_a_drill_is_kept_apart(world: World) -> None:
    brand_id = world.scopes["north/casa"].brand_id
    scope = scope_of(world, "casa")
    await world.play("north/casa", storm(brand_id, 7, is_drill=True))
    board = await world.deps.storms.incidents.board(scope, brand_id)
    assert (board.level, board.incident_id, board.drill_id) == ("calm", None, incident_of(brand_id))
    (line,) = await world.deps.storms.incidents.lines(scope)
    assert line.is_drill
    await world.play("north/casa", storm(brand_id, 8, "calm", is_drill=True, before="storm"))
    (line,) = await world.deps.storms.incidents.lines(scope)
    assert line.closed_at is not None


async def test_answers_are_counted_once_while_it_lasts(world: World) -> None:
    incident_id, scope = await a_storm(world), scope_of(world, "casa")
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    late, early = OPENED + timedelta(minutes=4), OPENED - timedelta(hours=1)
    before = message(brand_id, "c2")
    told = published(about, brand_id, published_at=late)
    await world.play("north/casa", about, classified(about), told, told)
    await world.play("north/casa", before, published(before, brand_id, published_at=early))
    seen = await world.deps.storms.incidents.incident(scope, incident_id)
    assert (seen.answers, seen.first_answer_at) == (1, late)


async def test_people_add_notes_ticks_and_statements(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    ben = await world.person("north", "ben@north.test", {"casa": "approver"})
    eva = await world.person("north", "eva@north.test", {"casa": "auditor"})
    incident_id, incidents = await a_storm(world), world.deps.storms.incidents
    await incidents.note(ana.scope, ana, incident_id, " The video is from 2019. ")
    await incidents.tick(ana.scope, ana, incident_id, "owner", "Ben")
    with pytest.raises(Conflict, match="Ana ticked"):
        await incidents.tick(ben.scope, ben, incident_id, "owner")
    with pytest.raises(NotFound):
        await incidents.tick(ben.scope, ben, incident_id, "nothing")
    with pytest.raises(Invalid):
        await incidents.note(ana.scope, ana, incident_id, "  ")
    with pytest.raises(Forbidden):
        await incidents.note(eva.scope, eva, incident_id, "I only look.")
    statement = await incidents.draft_statement(
        ana.scope, ana, incident_id, "We are looking into it."
    )
    with pytest.raises(Forbidden):
        await incidents.sign(ana.scope, ana, incident_id, statement)
    await incidents.sign(ben.scope, ben, incident_id, statement)
    with pytest.raises(Conflict, match="Ben signed"):
        await incidents.sign(ben.scope, ben, incident_id, statement)
    seen = await incidents.incident(ana.scope, incident_id)
    done = {step.step_id: step.done_by for step in seen.steps if step.done_at}
    assert done == {"owner": "Ana", "statement": "Ben"}
    assert seen.statements[0].signed_by == "Ben"
    lines = [line for line in await incidents.log(ana.scope, incident_id) if line.who_name]
    assert {line.kind for line in lines} == {"signed", "statement", "step", "note"}
    assert "The video is from 2019." in [line.text for line in lines]


async def test_a_step_is_overdue_when_its_time_is_over(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id, now = world.scopes["north/casa"].brand_id, world.clock.now()
    await world.play("north/casa", storm(brand_id, 1, opened_at=now, minutes=0))
    incidents = world.deps.storms.incidents
    world.clock.advance(11 * 60)
    seen = await incidents.incident(ana.scope, incident_of(brand_id, now))
    late = {step.step_id for step in seen.steps if step.is_overdue}
    assert late == {"tell_team", "freeze", "page"}
    assert not any(step.is_reached for step in seen.steps if step.level == "serious")
