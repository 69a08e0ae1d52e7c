"""Runs a Day against the clock: wakes when something is due. What happens is decided in day.py."""

import asyncio
from typing import Any

from sandbox.models import Change
from sandbox.settings import Settings
from sandbox.traffic.day import Day, Plan
from sandbox.traffic.hands import Hands
from sandbox.world import World
from sandbox.writing import Pen

LONGEST_SLEEP_S = 5.0
BACKLOG_OF_A_RESTART = 4


class Pace:
    """At most one day runs at a time."""

    def __init__(self, world: World, pen: Pen, hands: Hands, settings: Settings) -> None:
        self._world, self._pen, self._hands, self._settings = world, pen, hands, settings
        self._day: Day | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        world.listen(self._on_change)

    def _on_change(self, change: Change) -> None:
        if self._day is not None:
            self._day.on_change(change)
            self._wake.set()

    def begin_day(self, backlog: int) -> None:
        """The demo's traffic; a world that has seen visitors gets only a few old messages."""
        # A new seed for each start, else a restart would say the same things once more.
        seed = self._settings.seed + len(self._world.items())
        count = min(backlog, BACKLOG_OF_A_RESTART) if self._world.has_visitors() else backlog
        self.start(Plan(per_minute=self._settings.per_minute, seed=seed), count)

    def start(self, plan: Plan, backlog: int = 0) -> None:
        """Begin a day by this plan; a running one ends."""
        if self._task is not None:
            self._task.cancel()
        self._day = Day(self._world, self._pen, self._hands, plan)
        self._day.start(self._world.now(), backlog)
        self._task = asyncio.create_task(self._run(self._day))

    async def stop(self) -> None:
        """End the running day; harmless when there is none."""
        self._day = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def state(self) -> dict[str, Any]:
        """Whether people are writing, and by which plan."""
        plan = self._day.plan.model_dump(mode="json") if self._day else None
        return {"is_running": self._day is not None, "plan": plan}

    async def _run(self, day: Day) -> None:
        while True:
            self._wake.clear()
            due_at = day.advance(self._world.now())
            wait_s = LONGEST_SLEEP_S
            if due_at is not None:
                wait_s = min(wait_s, (due_at - self._world.now()).total_seconds())
            # Python 3.11's wait_for may lose a cancellation that comes with the deadline.
            try:
                async with asyncio.timeout(max(0.001, wait_s)):
                    await self._wake.wait()
            except TimeoutError:
                continue
