"""The errands people send ingest on: each is worked on once, tried again while the network is away,
and refused with a reason when it cannot be done. What is done is in connecting.py."""

import asyncio
import contextlib
from datetime import timedelta

from contracts.connections import ConnectionRequested
from runtime.clock import Clock
from runtime.errors import RapportError, Unavailable
from runtime.logs import get_logger
from runtime.mongo import Document
from services.ingest.connecting import Connecting
from services.ingest.connection_store import ConnectionStore
from services.ingest.requests import RequestStore
from services.ingest.troubles import advice_for

AT_ONCE = 8
TRIES = 4
SWEEP_S = 1.0
log = get_logger("ingest.errands")


class Errands:
    """Works on requests, a few at the same time. A component."""

    def __init__(
        self,
        requests: RequestStore,
        connections: ConnectionStore,
        connecting: Connecting,
        clock: Clock,
    ) -> None:
        self.name = "errands"
        self._requests = requests
        self._connections = connections
        self._connecting = connecting
        self._clock = clock
        self._nudged = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self.task: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Look now instead of at the next sweep."""
        self._nudged.set()

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Put everything down; what was begun is taken up again by whoever is next."""
        tasks = [*self._running, *([self.task] if self.task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._nudged.clear()
            try:
                await self._take_all()
            except Unavailable as outage:
                log.warning("errands.waiting", why=outage.why)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_S):
                    await self._nudged.wait()

    async def _take_all(self) -> None:
        scope = await self._connections.everyone()
        while len(self._running) < AT_ONCE:
            found = await self._requests.take(scope, self._clock.now())
            if found is None:
                return
            task = asyncio.create_task(self._do(found), name="errand")
            self._running.add(task)
            task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._nudged.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Held for a while and then taken again: the database was away, or it is a bug of ours.
            log.error("errands.put_down", exc_info=error)

    async def _do(self, found: Document) -> None:
        request = ConnectionRequested.model_validate_json(found["request"])
        try:
            await self._connecting.carry_out(request, found.get("sealed_grant"))
        except Unavailable as error:
            if found["tries"] < TRIES:
                wait_s = min(error.retry_after_s or 2 ** found["tries"], 30.0)
                due_at = self._clock.now() + timedelta(seconds=wait_s)
                await self._requests.note(request, {"due_at": due_at})
                return
            await self._refuse(request, error.code, error.why)
        except RapportError as error:
            await self._refuse(request, error.code, error.why)
        except Exception:
            log.exception("errands.unexpected", wish=request.wish, network=request.network)
            if found["tries"] < TRIES:
                return
            await self._refuse(request, "bug.unexpected", "")
        else:
            await self._requests.settle(request)

    async def _refuse(self, request: ConnectionRequested, code: str, why: str) -> None:
        log.warning("errands.refused", wish=request.wish, network=request.network, code=code)
        reason = advice_for(code, request.network, why)
        await self._requests.refuse(request, code, reason, self._clock.now())
