"""Reading one account for as long as this process holds its lease: poll what was missed, then stream or
wait, and keep the account usable beside it. Every page is on the bus before its cursor is kept."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.networks.table import rules
from runtime.clock import Clock
from runtime.errors import Invalid, Reauthorise, Unavailable
from runtime.logs import get_logger
from services.ingest.connectors.protocol import Page
from services.ingest.directory import Connection
from services.ingest.fairness import Turns
from services.ingest.health import Health
from services.ingest.keeping import Keeping
from services.ingest.meter import QuotaMeter
from services.ingest.postbox import Postbox
from services.ingest.readers import Readers
from services.ingest.settings import Settings
from services.ingest.store import IngestStore, Place

LONGEST_WAIT_S = 60.0
STREAM_LIVED_S = 5.0
RECONNECT_S = 0.5
TEND_EVERY_S = 20.0
NOTE_READ_S = 30.0
log = get_logger("ingest.source")


@dataclass(frozen=True, slots=True)
class Reading:
    """What every source reads with."""

    settings: Settings
    store: IngestStore
    readers: Readers
    postbox: Postbox
    keeping: Keeping
    health: Health
    meter: QuotaMeter
    turns: Turns
    clock: Clock
    latest: Callable[[str], Connection | None]


class Source:
    """Reads one connection. Ends only when told to, or when its permission is lost."""

    def __init__(self, reading: Reading, connection: Connection) -> None:
        self._reading = reading
        self.connection = connection
        self._wait_s = 1.0
        self._polled_at = 0.0
        self._noted_at = 0.0
        self._check_at = 0.0
        self._filled_turn = 0
        self._streamed_at: datetime | None = None

    async def run(self) -> None:
        """Read, and keep the account usable meanwhile."""
        try:
            await self._tend()
            reading = asyncio.create_task(self._read_on(), name="source:reading")
            tending = asyncio.create_task(self._tend_on(), name="source:tending")
            try:
                done, _ = await asyncio.wait(
                    {reading, tending}, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
            finally:
                for task in (reading, tending):
                    task.cancel()
                await asyncio.gather(reading, tending, return_exceptions=True)
        except Reauthorise as error:
            await self._reading.keeping.lose(self.connection, error)
            # Whoever deals the sources out ends this one as soon as it sees the change.
            await asyncio.sleep(TEND_EVERY_S)

    # Keeping

    async def _tend_on(self) -> None:
        while True:
            await asyncio.sleep(TEND_EVERY_S * _jitter())
            await self._tend()

    async def _tend(self) -> None:
        """Raises `Reauthorise` only: a network that is away is no reason to stop."""
        now = time.monotonic()
        every_s = self._reading.settings.ingest_check_every_s
        # Where polling is how things arrive, a poll is a check; elsewhere the token is tried.
        is_proven = now - self._polled_at < every_s and _rules_say(self.connection, "poll")
        is_due = now >= self._check_at and not is_proven
        # What was noted aside (that a refresh is due, when it was subscribed) is no new revision.
        latest = self._reading.latest(self.connection.connection_id)
        connection = latest or self.connection
        try:
            await self._reading.keeping.tend(connection, is_check_due=is_due)
        except Unavailable as error:
            log.info("source.not_tended", code=error.code, network=self.connection.network)
        if is_due:
            self._check_at = now + every_s * _jitter()

    # Reading

    async def _read_on(self) -> None:
        while True:
            try:
                await self._poll()
                await self._stream_or_wait()
                self._wait_s = 1.0
            except (Unavailable, Invalid) as error:
                await self._back_off(error)

    async def _back_off(self, error: Unavailable | Invalid) -> None:
        told_s = error.retry_after_s if isinstance(error, Unavailable) else LONGEST_WAIT_S
        wait_s = told_s or self._wait_s
        is_limit = error.code.endswith(("rate_limited", "resting", "shared", "blocked"))
        code = "network.limited" if is_limit else "network.unavailable"
        self._reading.health.trouble(self.connection, "reading", code)
        log.warning(
            "poller.source_away", code=error.code, why=error.why, wait_s=wait_s,
            connection_id=self.connection.connection_id,
        )  # fmt: skip
        await asyncio.sleep(wait_s * _jitter())
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)

    async def _poll(self) -> None:
        """Read from the cursor to the end. A silence before it is a gap, filled when this is done."""
        connection, reading = self.connection, self._reading
        place = await reading.store.place(connection.scope, connection.connection_id)
        now = reading.clock.now()
        silent_after = timedelta(seconds=2 * self._poll_every_s + 60)
        # A stream that lived and had nothing to tell was no silence.
        heard = [at for at in (place.read_at, self._streamed_at) if at is not None]
        is_gap = place.read_at is not None and now - max(heard) > silent_after
        if is_gap:
            reading.health.gap(connection, "gaps_found")
        async for page in self._in_turns(reading.readers.poll(connection, place.cursor)):
            place = await self._put(page, place)
        await self._note_read()
        self._polled_at = time.monotonic()
        reading.health.trouble(connection, "reading", None)
        if is_gap:
            reading.health.gap(connection, "gaps_filled")
        await self._end_backfill(place.turn)

    async def _end_backfill(self, turn: int) -> None:
        """Note that what somebody asked to be read again was read, unless it was set back once more."""
        connection, reading = self.connection, self._reading
        if turn == self._filled_turn:
            return
        latest = await reading.store.place(connection.scope, connection.connection_id)
        if latest.turn == turn:
            reading.health.note(connection, backfill_since=None)
            self._filled_turn = turn

    async def _in_turns(self, pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
        """Fetch each page in a turn of its own: a long back-fill gives way to everybody else."""
        connection = self.connection
        while True:
            async with self._reading.turns.turn(connection.scope.brand_id, connection.network):
                try:
                    page = await anext(pages)
                except StopAsyncIteration:
                    return
            yield page

    async def _put(self, page: Page, place: Place) -> Place:
        connection, reading = self.connection, self._reading
        await reading.postbox.put(connection, page)
        if page.cursor:
            place = replace(place, cursor=page.cursor)
            now = reading.clock.now()
            await reading.store.keep_cursor(connection.scope, connection.connection_id, place, now)
        return place

    async def _note_read(self) -> None:
        """The network answered: so much for the health page, and nothing before this is missing."""
        connection, reading = self.connection, self._reading
        now = reading.clock.now()
        await reading.store.note_read(connection.scope, connection.connection_id, now)
        reading.health.read(connection, now)
        reading.health.quota(connection, reading.meter.quota(connection.connection_id))
        self._noted_at = time.monotonic()

    async def _stream_or_wait(self) -> None:
        """Stream until it breaks or a gap check is due; where there is no stream, wait for the poll."""
        reading, started = self._reading, time.monotonic()
        place = await reading.store.place(self.connection.scope, self.connection.connection_id)
        frames = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(reading.settings.ingest_backfill_every_s):
                try:
                    async for frame in reading.readers.stream(self.connection):
                        frames += 1
                        place = await self._put(frame, place)
                        if time.monotonic() - self._noted_at > NOTE_READ_S:
                            await self._note_read()
                finally:
                    if frames or time.monotonic() - started > STREAM_LIVED_S:
                        self._streamed_at = reading.clock.now()
                if frames or time.monotonic() - started > STREAM_LIVED_S:
                    await asyncio.sleep(RECONNECT_S)
                else:
                    await asyncio.sleep(self._poll_every_s * _jitter())

    @property
    def _poll_every_s(self) -> float:
        """Where webhooks tell what happens, polling only fills gaps."""
        settings = self._reading.settings
        is_told = _rules_say(self.connection, "webhook")
        return settings.ingest_backfill_every_s if is_told else settings.ingest_poll_every_s


def _rules_say(connection: Connection, arrival: str) -> bool:
    """Say whether this is the first way in which a network's items reach us."""
    return rules(connection.network).arrivals[:1] == (arrival,)


def _jitter() -> float:
    return 1 + secrets.randbelow(150) / 1000
