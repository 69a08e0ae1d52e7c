"""Reading networks that do not call us: streams, polls, back-fill and the posts threads hang on.

Every page and frame goes to `delivery.received.v1`; a cursor is kept only after that.
"""

import asyncio
import contextlib
import secrets
import time
from dataclasses import replace
from datetime import timedelta

from contracts.scope import BrandScope
from runtime.clock import Clock
from runtime.errors import Reauthorise, Unavailable
from runtime.logs import get_logger
from services.ingest.directory import Connection, Directory
from services.ingest.postbox import Postbox
from services.ingest.readers import Readers
from services.ingest.settings import Settings
from services.ingest.store import IngestStore

LONGEST_WAIT_S = 60.0
CONTEXT_TRIES = 6
STREAM_LIVED_S = 5.0
RECONNECT_S = 0.5
WEBHOOK_NETWORKS = frozenset({"facebook"})
log = get_logger("ingest.poller")


class Source:
    """Reads one connection for as long as this process holds its lease."""

    def __init__(self, poller: "Poller", connection: Connection) -> None:
        self._poller = poller
        self.connection = connection
        self._wait_s = 1.0

    async def run(self) -> None:
        """Poll for what was missed, then stream; again after every break. Ends when told to."""
        while True:
            try:
                await self._poll()
                await self._stream_or_wait()
                self._wait_s = 1.0
            except Reauthorise as error:
                await self._poller.give_up(self.connection, error)
                return
            except Unavailable as error:
                wait_s = error.retry_after_s or self._wait_s
                log.warning(
                    "poller.source_away", code=error.code, why=error.why, wait_s=wait_s,
                    connection_id=self.connection.connection_id,
                )  # fmt: skip
                await asyncio.sleep(wait_s * (1 + secrets.randbelow(250) / 1000))
                self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)

    async def _poll(self) -> None:
        connection, poller = self.connection, self._poller
        store = poller.store
        place = await store.place(connection.scope, connection.connection_id)
        async for page in poller.readers.poll(connection, place.cursor):
            await poller.postbox.put(connection, page)
            if page.cursor:
                now = poller.clock.now()
                place = replace(place, cursor=page.cursor)
                await store.keep_cursor(connection.scope, connection.connection_id, place, now)

    async def _stream_or_wait(self) -> None:
        """Stream until it breaks or a gap check is due; where there is no stream, wait for the poll."""
        poller, started = self._poller, time.monotonic()
        frames = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(poller.settings.ingest_backfill_every_s):
                async for frame in poller.readers.stream(self.connection):
                    frames += 1
                    await poller.postbox.put(self.connection, frame)
                if frames or time.monotonic() - started > STREAM_LIVED_S:
                    await asyncio.sleep(RECONNECT_S)
                else:
                    await asyncio.sleep(self._poll_every_s)

    @property
    def _poll_every_s(self) -> float:
        """Where webhooks tell what happens, polling only fills gaps."""
        settings = self._poller.settings
        is_told = self.connection.network in WEBHOOK_NETWORKS
        return settings.ingest_backfill_every_s if is_told else settings.ingest_poll_every_s


class Poller:
    """One source per active connection this process holds the lease of. A component."""

    def __init__(
        self,
        settings: Settings,
        postbox: Postbox,
        directory: Directory,
        store: IngestStore,
        readers: Readers,
        clock: Clock,
    ) -> None:
        self.name = "poller"
        self.settings = settings
        self.store = store
        self.readers = readers
        self.postbox = postbox
        self.clock = clock
        self._directory = directory
        self._owner = secrets.token_hex(8)
        self._running: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Stop reading; what was read is on the bus or will be read again."""
        tasks = [task for _, task in self._running.values()]
        if self.task is not None:
            tasks.append(self.task)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection_id in self._running:
            connection = self._directory.by_id(connection_id)
            if connection is not None:
                await self.store.release(connection.scope, connection_id, self._owner)

    async def give_up(self, connection: Connection, error: Reauthorise) -> None:
        """Mark a connection as needing a new grant, and say so to everybody."""
        log.error("poller.reauthorise", connection_id=connection.connection_id, code=error.code)
        await self.store.change_state(
            connection.scope,
            connection.connection_id,
            "needs_reauthorisation",
            error.why,
            self.clock.now(),
        )

    async def _run(self) -> None:
        while True:
            try:
                await self._tend_sources()
                await self._fetch_contexts()
            except Unavailable as outage:
                log.warning("poller.waiting", why=outage.why)
            await asyncio.sleep(1.0)

    async def _tend_sources(self) -> None:
        wanted = {
            one.connection_id: one
            for one in self._directory.all()
            if one.state == "active" and self.readers.reads(one.network)
        }
        for connection_id in list(self._running):
            revision, task = self._running[connection_id]
            one = wanted.get(connection_id)
            if one is None or one.revision != revision or task.done():
                self._end(connection_id, task)
        for one in wanted.values():
            held = await self._hold(one)
            if held and one.connection_id not in self._running:
                task = asyncio.create_task(Source(self, one).run(), name=f"source:{one.network}")
                self._running[one.connection_id] = (one.revision, task)
            elif not held and one.connection_id in self._running:
                self._end(one.connection_id, self._running[one.connection_id][1])

    async def _hold(self, connection: Connection) -> bool:
        return await self.store.lease(
            connection.scope, connection.connection_id, self._owner, self.clock.now()
        )

    def _end(self, connection_id: str, task: asyncio.Task[None]) -> None:
        del self._running[connection_id]
        task.cancel()
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            log.error("poller.source_failed", connection_id=connection_id, exc_info=error)

    async def _fetch_contexts(self) -> None:
        now = self.clock.now()
        for thread in await self.store.contexts_due(await self.store.everyone(), now, 20):
            connection = self._directory.by_id(thread["connection_id"])
            scope = BrandScope(thread["agency_id"], thread["brand_id"])
            if connection is None or connection.state != "active":
                await self._later(scope, thread, 60)
                continue
            try:
                async with asyncio.timeout(10):
                    page = await self.readers.context(connection, thread["root"])
                if page is not None:
                    await self.postbox.put(connection, page)
                await self.store.settle_context(
                    scope, thread["_id"], "fetched" if page else "gone", now
                )
            except Reauthorise as error:
                await self.give_up(connection, error)
            except (Unavailable, TimeoutError):
                await self._later(scope, thread, 5 * 2 ** thread["tries"])

    async def _later(self, scope: BrandScope, thread: dict[str, object], wait_s: float) -> None:
        is_lost = int(str(thread["tries"])) >= CONTEXT_TRIES
        due_at = self.clock.now() + timedelta(seconds=wait_s)
        state = "gone" if is_lost else "wanted"
        await self.store.settle_context(scope, str(thread["_id"]), state, due_at)
