"""A drill in the gateway: clocks and log run for people, the brand's real board stands still, it is scored once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gateway_world import World
from storm_makers import incident_of, storm
from test_gateway_paging import BEN, Paging, ana, paging

from contracts.envelope import Event
from contracts.storms import DrillRequested
from runtime.errors import Conflict, Forbidden, NotFound
from services.gateway.domain.views import Viewer
from services.gateway.storm_ports import Rehearse

__all__ = ["paging"]


@pytest.fixture
def driver() -> str:
    return "motor"


async def rehearse(world: World, lead: Viewer) -> str:
    """Storm for twenty minutes; somebody acknowledges after four and signs off after ten."""
    brand_id, now = world.scopes["north/casa"].brand_id, world.clock.now()
    onset_at = now - timedelta(minutes=35)
    told = {"opened_at": now, "is_drill": True, "onset_at": onset_at}
    await world.play("north/casa", storm(brand_id, 1, minutes=0, **told))
    incident_id, storms = incident_of(brand_id, now), world.deps.storms
    world.clock.advance(240)
    await storms.pages.acknowledge(lead.scope, lead, incident_id)
    world.clock.advance(360)
    text = await storms.incidents.draft_statement(lead.scope, lead, incident_id, "We look into it.")
    await storms.incidents.sign(lead.scope, lead, incident_id, text)
    world.clock.advance(600)
    over = storm(brand_id, 2, "calm", minutes=20, **told)
    await world.play("north/casa", over, over)
    return incident_id


async def test_a_drill_is_scored_once_and_touches_no_board(world: World) -> None:
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    incident_id = await rehearse(world, lena)
    storms, brand_id = world.deps.storms.incidents, world.scopes["north/casa"].brand_id
    (line,) = [one for one in await storms.log(lena.scope, incident_id) if one.kind == "drill"]
    assert line.text == (
        "The drill is over: alarm 35 min after the onset; acknowledged after 4 min;"
        " first statement signed off after 10 min."
    )
    board = await storms.board(lena.scope, brand_id)
    assert (board.level, board.incident_id, board.drill_id, board.freeze) == (
        "calm", None, None, None,
    )  # fmt: skip
    found = await world.database.incidents.find_one({"_id": incident_id, "brand_id": brand_id})
    assert found is not None
    assert found["score"] == {"alarm_min": 35.0, "acknowledged_min": 4.0, "statement_min": 10.0}


async def test_a_real_storm_during_a_drill_is_told_apart(world: World) -> None:
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    brand_id, now = world.scopes["north/casa"].brand_id, world.clock.now()
    later = now + timedelta(minutes=1)
    drill = storm(brand_id, 900_000, opened_at=now, minutes=0, is_drill=True)
    await world.play("north/casa", drill, storm(brand_id, 3, opened_at=later, minutes=0))
    await world.play("north/casa", storm(brand_id, 900_001, "calm", opened_at=later, is_drill=True))
    board = await world.deps.storms.incidents.board(lena.scope, brand_id)
    assert (board.level, board.incident_id, board.drill_id) == (
        "storm", incident_of(brand_id, later), None,
    )  # fmt: skip
    seen = await world.deps.storms.incidents.incident(lena.scope, incident_of(brand_id, later))
    assert seen.is_open


@pytest.mark.parametrize("is_paging_drills", [False, True])
async def test_a_drill_calls_nobody_outside_unless_the_brand_said_so(
    paging: Paging,
    is_paging_drills: bool,
) -> None:
    await paging.contacts(ana(webhook_url=paging.hook_url), BEN)
    lena = await paging.world.viewer("lena@north.test")
    playbooks, brand_id = paging.world.deps.storms.playbooks, lena.scope.brand_ids
    detail = await playbooks.get(lena.scope, *brand_id)
    given = detail.playbook.model_dump() | {"is_paging_drills": is_paging_drills}
    await playbooks.change(lena.scope, lena, *brand_id, detail.revision, given)
    now = paging.world.clock.now()
    told = storm(*brand_id, 1, opened_at=now, minutes=0, is_drill=True)
    await paging.world.play("north/casa", told)
    made = await paging.pager.sweep()
    incident_id = incident_of(*brand_id, now)
    page = await paging.page(incident_id)
    assert (page.called, page.state) == (["Ana"], "open")
    if not is_paging_drills:
        assert (made, paging.post.mails, paging.post.hooks) == (0, [], [])
        paging.world.clock.advance(601)
        assert await paging.pager.sweep() == 0
        assert (await paging.page(incident_id)).called == ["Ana", "Ben"]
        return
    assert made == 2
    assert b"Subject: [DRILL]" in paging.post.mails[0].content
    assert b'"is_drill"' in paging.post.hooks[0][1]


async def test_leads_begin_and_end_a_drill_and_others_do_not(world: World) -> None:
    lena = await world.person("north", "lena@north.test", {"casa": "lead"})
    ana_ = await world.person("north", "ana@north.test", {"casa": "agent"})
    mar = await world.person("south", "mar@south.test", {"mar": "lead"})
    brand_id, steering = world.scopes["north/casa"].brand_id, world.deps.storms.steering
    with pytest.raises(Forbidden):
        await steering.rehearse(ana_.scope, ana_, brand_id, Rehearse())
    with pytest.raises(NotFound):
        await steering.rehearse(mar.scope, mar, brand_id, Rehearse())
    with pytest.raises(Conflict):
        await steering.rehearse(lena.scope, lena, brand_id, Rehearse(is_end=True))
    client = await world.signed_in("lena@north.test")
    page = await client.get("/storms")
    assert "Rehearse" in page.text
    token = client.headers["x-csrf-token"]
    form = {"csrf_token": token, "kind": "flash", "speed": "60", "back": "/storms"}
    answer = await client.post(f"/storms/brand/{brand_id}/rehearse", data=form)
    assert answer.status_code == 303, answer.text
    assert "Lena began a drill" in (await client.get("/storms")).text
    await world.play("north/casa", storm(brand_id, 1, is_drill=True))
    board = await world.deps.storms.incidents.board(lena.scope, brand_id)
    assert board.asked_drill is None
    with pytest.raises(Conflict):
        await steering.rehearse(lena.scope, lena, brand_id, Rehearse())
    await steering.rehearse(lena.scope, lena, brand_id, Rehearse(is_end=True))
    found = await world.database.boards.find_one({"_id": brand_id, "brand_id": brand_id})
    assert found is not None
    sent = [Event.decode(one["event"]).read(DrillRequested) for one in found["outbox"]]
    assert [(one.is_end, one.kind, one.speed, one.incident_id) for one in sent] == [
        (False, "flash", 60, None), (True, "wave", 20, board.drill_id),
    ]  # fmt: skip
