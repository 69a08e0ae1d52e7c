"""The loop that publishes what is due: how many at once, which connection rests. One answer: courier.py."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.scope import Scope
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.logs import get_logger
from services.respond.metrics import RespondMetrics
from services.respond.records import Reply
from services.respond.store import Store

log = get_logger("respond.publisher")
OUTAGE_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class PublisherOptions:
    """How often to look for work, and how much at once."""

    poll_s: float = 0.25
    at_once: int = 32
    at_once_per_connection: int = 4


@dataclass(slots=True)
class _Lane:
    """One connection: how many calls are running, and until when it rests."""

    running: int = 0
    rests_until: datetime | None = None


class Publisher:
    """Gives due answers to the courier. Several processes may run it: claims decide who works.

    A slow, refused or busy connection never holds up another: its answers are left out of the search.
    """

    def __init__(
        self,
        store: Store,
        take: Callable[[Reply], Awaitable[float | None]],
        clock: Clock,
        metrics: RespondMetrics,
        options: PublisherOptions | None = None,
    ) -> None:
        self._store = store
        self._take = take
        self._clock = clock
        self._metrics = metrics
        self._options = options or PublisherOptions()
        self._lanes: dict[str, _Lane] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
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
        await self.drain()

    async def start_due(self) -> int:
        """Begin with what is due, as far as there is room; return how many were begun."""
        scope: Scope = await self._store.everything()
        begun = 0
        while (room := self._options.at_once - len(self._running)) > 0:
            now = self._clock.now()
            due = await self._store.due(scope, now, room + len(self._running), self._closed(now))
            fresh = [reply for reply in due if self._begin(reply)]
            begun += len(fresh)
            if not fresh:
                break
        return begun

    async def drain(self) -> None:
        """Return when every call in hand has ended."""
        while self._running:
            await asyncio.gather(*self._running.values())

    def _begin(self, reply: Reply) -> bool:
        lane = self._lanes.setdefault(reply.target.connection_id, _Lane())
        is_full = lane.running >= self._options.at_once_per_connection
        if (
            reply.reply_id in self._running
            or is_full
            or len(self._running) >= self._options.at_once
        ):
            return False
        lane.running += 1
        task = asyncio.create_task(self._work(reply, lane), name=f"publish:{reply.reply_id}")
        self._running[reply.reply_id] = task
        self._metrics.in_flight.set(len(self._running))
        return True

    async def _work(self, reply: Reply, lane: _Lane) -> None:
        try:
            rest_s = await self._take(reply)
            if rest_s:
                lane.rests_until = self._clock.now() + timedelta(seconds=rest_s)
        except Unavailable as outage:
            # The lease brings it back; what was sent and not stored is looked for then.
            log.warning("publish.put_down", reply_id=reply.reply_id, why=outage.why)
        except Exception as error:
            log.exception("publish.failed", reply_id=reply.reply_id, error=type(error).__name__)
        finally:
            lane.running -= 1
            self._running.pop(reply.reply_id, None)
            self._metrics.in_flight.set(len(self._running))
            self._nudged.set()

    def _closed(self, now: datetime) -> list[str]:
        """Return the connections that take nothing more just now; forget those that do nothing."""
        closed = []
        for connection_id, lane in list(self._lanes.items()):
            is_resting = lane.rests_until is not None and lane.rests_until > now
            if is_resting or lane.running >= self._options.at_once_per_connection:
                closed.append(connection_id)
            elif lane.running == 0:
                del self._lanes[connection_id]
        return closed

    async def _pause(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._nudged.wait()
        except TimeoutError:
            pass
