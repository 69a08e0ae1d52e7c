"""Which accounts this process reads: one source each whose lease it holds, and the posts that threads
hang on. How one account is read is in source.py."""

import asyncio
import secrets
from datetime import timedelta

from contracts.scope import BrandScope
from runtime.errors import Invalid, Reauthorise, Unavailable
from runtime.logs import get_logger
from services.ingest.directory import Connection, Directory
from services.ingest.source import Reading, Source

CONTEXT_TRIES = 6
log = get_logger("ingest.poller")


class Poller:
    """One source per active connection this process holds the lease of. A component."""

    def __init__(self, reading: Reading, directory: Directory) -> None:
        self.name = "poller"
        self._reading = reading
        self._store = reading.store
        self._clock = reading.clock
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
                await self._store.release(connection.scope, connection_id, self._owner)

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
            if one.state == "active" and self._reading.readers.reads(one.network)
        }
        for connection_id in list(self._running):
            revision, task = self._running[connection_id]
            one = wanted.get(connection_id)
            if one is None or one.revision != revision or task.done():
                self._end(connection_id, task)
        for one in wanted.values():
            held = await self._hold(one)
            if held and one.connection_id not in self._running:
                task = asyncio.create_task(
                    Source(self._reading, one).run(), name=f"source:{one.network}"
                )
                self._running[one.connection_id] = (one.revision, task)
            elif not held and one.connection_id in self._running:
                self._end(one.connection_id, self._running[one.connection_id][1])

    async def _hold(self, connection: Connection) -> bool:
        return await self._store.lease(
            connection.scope, connection.connection_id, self._owner, self._clock.now()
        )

    def _end(self, connection_id: str, task: asyncio.Task[None]) -> None:
        del self._running[connection_id]
        task.cancel()
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            log.error("poller.source_failed", connection_id=connection_id, exc_info=error)

    async def _fetch_contexts(self) -> None:
        now = self._clock.now()
        for thread in await self._store.contexts_due(await self._store.everyone(), now, 20):
            connection = self._directory.by_id(thread["connection_id"])
            scope = BrandScope(thread["agency_id"], thread["brand_id"])
            if connection is None or connection.state != "active":
                await self._later(scope, thread, 60)
                continue
            try:
                async with asyncio.timeout(10):
                    page = await self._reading.readers.context(connection, thread["root"])
                if page is not None:
                    await self._reading.postbox.put(connection, page)
                await self._store.settle_context(
                    scope, thread["_id"], "fetched" if page else "gone", now
                )
            except Reauthorise as error:
                await self._reading.keeping.lose(connection, error)
            except Invalid:
                await self._store.settle_context(scope, thread["_id"], "gone", now)
            except (Unavailable, TimeoutError):
                await self._later(scope, thread, 5 * 2 ** thread["tries"])

    async def _later(self, scope: BrandScope, thread: dict[str, object], wait_s: float) -> None:
        is_lost = int(str(thread["tries"])) >= CONTEXT_TRIES
        due_at = self._clock.now() + timedelta(seconds=wait_s)
        state = "gone" if is_lost else "wanted"
        await self._store.settle_context(scope, str(thread["_id"]), state, due_at)
