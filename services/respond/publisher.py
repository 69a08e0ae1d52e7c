"""The loop that calls networks for what is due: in which order, how many at once, who rests.

What is done with one answer or act is in courier.py and moderation/moderator.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.scope import AgencyScope, Scope
from runtime.errors import Unavailable
from runtime.logs import get_logger
from services.respond.lanes import Lanes, Room
from services.respond.metrics import RespondMetrics
from services.respond.rests import Rests

log = get_logger("respond.publisher")
OUTAGE_WAIT_S = 1.0
GATHER_S = 0.01


@dataclass(frozen=True, slots=True)
class PublisherOptions:
    """How often to look for work, and how much at once."""

    poll_s: float = 0.25
    at_once: int = 32
    at_once_per_connection: int = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to take a step further, and whose account is called for it."""

    job_id: str
    brand_id: str
    connection_id: str
    take: Callable[[], Awaitable[None]]


class Source(Protocol):
    """Where due work comes from."""

    async def due(self, scope: Scope, limit: int, busy: Collection[str]) -> list[Job]:
        """Return what is due in the scope, oldest first, leaving out busy connections."""
        ...


class Publisher:
    """Takes due work further. Several processes may run it: claims decide who works.

    A slow, refused or busy connection never holds up another: its work is left out of the search.
    A loud brand never holds up another: places go to the brands with the fewest calls first.
    """

    def __init__(
        self,
        everything: Callable[[], Awaitable[AgencyScope]],
        sources: Sequence[Source],
        rests: Rests,
        metrics: RespondMetrics,
        options: PublisherOptions | None = None,
    ) -> None:
        self._everything = everything
        self._sources = sources
        self._rests = rests
        self._metrics = metrics
        self._options = options or PublisherOptions()
        self._lanes = Lanes(Room(self._options.at_once, self._options.at_once_per_connection))
        self._tasks: set[asyncio.Task[None]] = set()
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Look now instead of at the next poll."""
        self._nudged.set()

    async def run(self, ending: asyncio.Event) -> None:
        """Publish until `ending`, then let the calls in hand end."""
        while not ending.is_set():
            self._nudged.clear()
            wait_s = self._options.poll_s
            try:
                await self.start_due()
            except Unavailable as outage:
                log.warning("publisher.waiting", code=outage.code, why=outage.why)
                wait_s = OUTAGE_WAIT_S
            await self._pause(wait_s)
            if len(self._lanes):
                # Under load several calls end within this: one search serves them all.
                await asyncio.sleep(GATHER_S)
        await self.drain()

    async def start_due(self) -> int:
        """Begin with what is due, as far as there is room; return how many were begun."""
        scope = await self._everything()
        await self._rests.load(scope)
        hungry, begun = scope.brand_ids, 0
        for level in self._lanes.levels():
            while self._lanes.free > 0:
                brands = self._lanes.brands_below(level, hungry)
                jobs = await self._due(AgencyScope(scope.agency_id, brands)) if brands else []
                if not jobs:
                    # None of these has anything left: later turns need not ask again.
                    hungry -= brands
                fresh = sum(self._begin(job, level) for job in jobs)
                begun += fresh
                if not fresh:
                    break
        return begun

    async def _due(self, scope: AgencyScope) -> list[Job]:
        busy = {*self._lanes.full(), *self._rests.resting()}
        # What is running may still look due: there must be room for others beside it.
        limit = self._lanes.free + len(self._lanes)
        found = [await source.due(scope, limit, busy) for source in self._sources]
        return [job for jobs in found for job in jobs]

    async def drain(self) -> None:
        """Return when every call in hand has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _begin(self, job: Job, level: int) -> bool:
        if not self._lanes.enter(job.job_id, job.brand_id, job.connection_id, level):
            return False
        task = asyncio.create_task(self._work(job), name=f"publish:{job.job_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._metrics.in_flight.set(len(self._lanes))
        return True

    async def _work(self, job: Job) -> None:
        try:
            await job.take()
        except Unavailable as outage:
            # The lease brings it back; what was sent and not stored is looked for then.
            log.warning("publish.put_down", job_id=job.job_id, why=outage.why)
        except Exception as error:
            log.exception("publish.failed", job_id=job.job_id, error=type(error).__name__)
        finally:
            self._lanes.leave(job.job_id)
            self._metrics.in_flight.set(len(self._lanes))
            self._nudged.set()

    async def _pause(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._nudged.wait()
        except TimeoutError:
            pass
