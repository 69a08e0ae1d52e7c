"""Drills that were asked for by a press: each runs beside the worker, in a state of its own, in memory only.

A drill does not survive its process: its incident stays open then, until a person ends it.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from contracts.ids import derive
from contracts.scope import BrandScope
from contracts.storms import DrillRequested
from runtime.clock import Clock
from runtime.errors import RapportError
from runtime.logs import get_logger
from runtime.stage import DONE, Outcome, Received
from services.classify.domain.drills import Rehearsal, Retold, ended_by_hand, generated
from services.classify.drilling import Drill, SealedDoor, Sends

AT_ONCE = 4
# A log that is read again begins no drill of another hour.
GOOD_FOR = timedelta(minutes=10)

log = get_logger("classify.drills")


class DrillRoom:
    """Handles `drill.requested.v1`. A component: what still runs when it stops is ended properly."""

    name = "drills"

    def __init__(self, bus: Sends, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def start(self) -> None:
        """Nothing runs before somebody asks."""

    async def stop(self) -> None:
        """End every drill, and say so."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __call__(self, batch: Sequence[Received[DrillRequested]]) -> Sequence[Outcome]:
        """Begin and end drills. A repeat of a request, or an old one, does nothing."""
        for received in batch:
            asked, scope = received.payload, received.event.scope
            is_old = self._clock.now() - asked.requested_at > GOOD_FOR
            if asked.brand_id != scope.brand_id or is_old:
                continue
            if asked.is_end:
                await self._end(scope, asked)
            elif scope.brand_id not in self._tasks:
                self._begin(scope, asked)
        return [DONE] * len(batch)

    def _begin(self, scope: BrandScope, asked: DrillRequested) -> None:
        task = asyncio.create_task(self._run(scope, asked), name=f"drill {asked.request_id}")
        self._tasks[scope.brand_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(scope.brand_id, None))

    async def _end(self, scope: BrandScope, asked: DrillRequested) -> None:
        task = self._tasks.get(scope.brand_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif asked.incident_id is not None:
            door = SealedDoor(self._bus, scope, asked.incident_id)
            now = self._clock.now()
            await door.tell(ended_by_hand(scope.brand_id, asked.incident_id, now))

    async def _run(self, scope: BrandScope, asked: DrillRequested) -> None:
        async with self._places:
            rehearsal = await asyncio.to_thread(_prepared, scope.brand_id, asked)
            drill_id = derive("inc", scope.brand_id, "drill", asked.request_id)
            retold = Retold(rehearsal, asked.speed, self._clock.now(), drill_id)
            drill = Drill(retold, SealedDoor(self._bus, scope, drill_id), self._clock)
            try:
                await drill.run()
            except asyncio.CancelledError:
                await drill.end()
                raise
            except RapportError as error:
                log.warning("drill.stopped", drill_id=drill_id, why=error.why)


def _prepared(brand_id: str, asked: DrillRequested) -> Rehearsal:
    script = generated(brand_id, asked.kind, asked.seed, asked.requested_at, asked.messages_an_hour)
    rehearsal = Rehearsal(script)
    rehearsal.warm()
    return rehearsal
