"""Drills by a press: begun once, ended by a press or with the process, old requests left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.envelope import Event, Origin, make_event
from contracts.replies import Approver
from contracts.scope import BrandScope
from contracts.storms import DrillRequested, StormChanged
from contracts.topics import DRILL_REQUESTED
from runtime.clock import FakeClock
from runtime.stage import Received
from services.classify.drill_room import DrillRoom

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SCOPE = BrandScope("agy_1", "brd_1")
LENA = Approver(kind="person", id="per_1", name="Lena")


class Heard:
    def __init__(self) -> None:
        self.told: list[StormChanged] = []

    async def send(self, events: Iterable[Event]) -> None:
        self.told += [event.read(StormChanged) for event in events]


class Held(FakeClock):
    """Stands still at an hour of the drill, so that it can be ended while it runs."""

    async def sleep(self, seconds: float) -> None:
        if (self.now() - AT).total_seconds() > 100:
            await asyncio.Event().wait()
        await super().sleep(seconds)


def asked(brand_id: str = "brd_1", **more: Any) -> Received[DrillRequested]:
    told = {"request_id": "drl_1", "kind": "flash", "speed": 60, "requested_at": AT}
    payload = DrillRequested(brand_id=brand_id, requested_by=LENA, **told | more)
    event = make_event(
        DRILL_REQUESTED.name, payload, key=(payload.request_id,), partition_key=brand_id,
        origin=Origin("/test", AT, SCOPE),
    )  # fmt: skip
    return Received(event, payload)


async def begun(clock: FakeClock, *requests: Received[DrillRequested]) -> tuple[DrillRoom, Heard]:
    heard = Heard()
    room = DrillRoom(heard, clock)
    await room(requests)
    return room, heard


async def until_alarm(heard: Heard) -> None:
    async with asyncio.timeout(20):
        while not any(one.level == "storm" for one in heard.told):
            await asyncio.sleep(0.01)


async def test_a_press_is_one_drill_to_its_end() -> None:
    room, heard = await begun(FakeClock(AT), asked(), asked())
    await asyncio.gather(*room._tasks.values())
    assert len({one.incident_id for one in heard.told}) == 1
    assert all(one.is_drill for one in heard.told)
    assert [one.level for one in heard.told].count("calm") == 1
    assert heard.told[-1].level == "calm"


async def test_a_second_press_ends_it() -> None:
    room, heard = await begun(Held(AT), asked())
    await until_alarm(heard)
    await room([asked(request_id="drl_2", is_end=True, incident_id=heard.told[0].incident_id)])
    assert (heard.told[-1].level, room._tasks) == ("calm", {})


async def test_it_is_ended_with_its_process() -> None:
    room, heard = await begun(Held(AT), asked())
    await until_alarm(heard)
    await room.stop()
    assert heard.told[-1].level == "calm"


async def test_a_drill_whose_process_died_can_be_ended() -> None:
    _, heard = await begun(FakeClock(AT), asked(is_end=True, incident_id="inc_lost"))
    (told,) = heard.told
    assert (told.incident_id, told.level, told.is_drill) == ("inc_lost", "calm", True)


async def test_old_requests_and_foreign_brands_begin_nothing() -> None:
    late = FakeClock(AT + timedelta(hours=1))
    for room, heard in (
        await begun(late, asked()),
        await begun(FakeClock(AT), asked(brand_id="brd_2")),
    ):
        assert (room._tasks, heard.told) == ({}, [])
