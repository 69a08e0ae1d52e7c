"""Rehearsals: the same script from the same seed, alarmed by the real rules, told as a drill and as nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from contracts.envelope import Event
from contracts.scope import BrandScope
from contracts.storms import StormChanged
from runtime.clock import FakeClock
from runtime.errors import Forbidden
from services.classify.domain.drills import KINDS, Kind, Rehearsal, Retold, Script, generated
from services.classify.drilling import Drill, Played, SealedDoor

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SCOPE = BrandScope("agy_1", "brd_1")


class Heard:
    """Stands where the bus would be."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def send(self, events: Iterable[Event]) -> None:
        self.events += events

    @property
    def told(self) -> list[StormChanged]:
        return [event.read(StormChanged) for event in self.events]


def script(kind: Kind = "flash", seed: int = 1) -> Script:
    return generated(SCOPE.brand_id, kind, seed, AT)


def played(speed: int = 60) -> tuple[Heard, Played, Script]:
    heard, clock, what = Heard(), FakeClock(AT), script()
    rehearsal = Rehearsal(what)
    rehearsal.warm()
    retold = Retold(rehearsal, speed, AT)
    drill = Drill(retold, SealedDoor(heard, SCOPE, retold.drill_id), clock)
    return heard, asyncio.run(drill.run()), what


def test_a_seed_is_a_script() -> None:
    assert script() == script()
    assert script().signals != script(seed=2).signals


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("an_hour", [0.0, 120.0])
def test_every_kind_alarms_a_small_and_a_large_brand(kind: Kind, an_hour: float) -> None:
    what = generated(SCOPE.brand_id, kind, 3, AT, an_hour)
    rehearsal = Rehearsal(what)
    rehearsal.warm()
    while not rehearsal.is_over and rehearsal.onset_to_alarm_min is None:
        list(rehearsal.step())
    assert rehearsal.onset_to_alarm_min is not None
    assert rehearsal.onset_to_alarm_min < (what.ends - what.onset) / 60 / 2


def test_everything_told_is_marked_and_of_the_drill_alone() -> None:
    heard, outcome, _ = played()
    told = heard.told
    assert len(told) == outcome.told > 100
    assert {event.type for event in heard.events} == {"storm.changed.v1"}
    assert {one.incident_id for one in told} == {outcome.drill_id}
    assert all(one.is_drill and one.sentence.startswith("Drill at 60x") for one in told)
    revisions = [one.revision for one in told]
    assert revisions == sorted(set(revisions))
    assert (told[-1].level, told[-1].is_tick) == ("calm", False)


@pytest.mark.parametrize("speed", [1, 60])
def test_it_runs_by_the_clock_of_people(speed: int) -> None:
    heard, outcome, what = played(speed)
    alarm = next(one for one in heard.told if one.level == "storm")
    assert outcome.onset_to_alarm_min is not None and alarm.onset_at is not None
    since_begin = timedelta(seconds=(what.onset - what.begins) / speed)
    shown = timedelta(minutes=outcome.onset_to_alarm_min / speed)
    assert abs(alarm.changed_at - AT - since_begin - shown) < timedelta(seconds=61)
    assert (alarm.changed_at - alarm.onset_at) == timedelta(minutes=outcome.onset_to_alarm_min)
    length = timedelta(seconds=(what.ends - what.begins) / speed)
    assert abs(heard.told[-1].changed_at - AT - length) < timedelta(seconds=1)


def test_the_door_lets_nothing_else_out() -> None:
    heard, _, _ = played()
    own, shut = heard.told[0], Heard()
    assert own.incident_id is not None
    door = SealedDoor(shut, SCOPE, own.incident_id)
    for change in ({"is_drill": False}, {"incident_id": "inc_real"}, {"brand_id": "brd_2"}):
        with pytest.raises(Forbidden):
            asyncio.run(door.tell(own.model_copy(update=change)))
    assert shut.events == []
