"""The consumer loop on Faust: keyed topics of which one process must own whole partitions, for state kept per key.

Faust joins the group, reads and commits; a record is acknowledged only after its batch was handled. The
rules that make this safe are in docs/adr/0014-storm-worker-on-faust.md. Batches without state: stage.py.
"""

import asyncio
import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faust
from faust.types import TP

from contracts.topics import Topic
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.dead_letters import Dead, Origin, dead_headers
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.metrics import RuntimeMetrics

BATCH = 1_000
GATHER_S = 0.05
HANDLER_DEADLINE_S = 20.0
TURN_S = 0.5
SILENT_AFTER_S = 15.0
WINDOW_S = 60.0
LONGEST_WAIT_S = 5.0

log = get_logger("runtime.faust_stage")


@dataclass(slots=True)
class Record:
    """One record as it lies on the broker. `topic` is the registry's name."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(slots=True)
class Rejected:
    """A record that cannot be handled, and why."""

    record: Record
    dead: Dead


Handle = Callable[[Sequence[Record]], Awaitable[Sequence[Rejected]]]
"""Takes a batch in order, returns what is dead. It must bear every record again. Raises `Unavailable`."""


class FaustStage:
    """A component: topics of one group, read by Faust, handled one batch after the other.

    `dealt` is called with the partitions of this process (topic, number) whenever they were dealt anew.
    """

    def __init__(
        self,
        bus: Bus,
        group: str,
        topics: Sequence[Topic],
        handle: Handle,
        metrics: RuntimeMetrics,
        clock: Clock,
    ) -> None:
        self.name = f"faust:{group}"
        self.dealt: Callable[[frozenset[tuple[str, int]]], None] = lambda _: None
        self._bus = bus
        self._group = group
        self._topics = {topic.name: topic for topic in topics}
        self._handle = handle
        self._metrics = metrics
        self._clock = clock
        self._app: Any = None
        self._queue: asyncio.Queue[Any] = asyncio.Queue(BATCH)
        self._is_stopping = False
        self._watched = _Progress()
        self._deadline = 0.0
        self._limit: asyncio.Timeout | None = None
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Join the group and begin."""
        for chatty in ("faust", "mode", "aiokafka"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._app = make_app(self._bus, self._group)
        self._read(self._app)
        self._app.finalize()
        await self._app.start()
        self.task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Finish what was taken in hand, commit, leave the group."""
        self._is_stopping = True
        await self._app.stop()
        if self.task is not None:
            await self.task

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        """The partitions of this process: topic (the registry's name) and number."""
        if self._app is None:
            return frozenset()
        return frozenset(
            (self._bus.plain_name(tp.topic), tp.partition) for tp in self._app.consumer.assignment()
        )

    def probe(self) -> str | None:
        """Say so while no partition has been dealt to this process since it started."""
        return None if self._watched.was_dealt else "waiting for the first partitions"

    def heartbeat(self) -> str | None:
        """Say so when the loop stands still, or when records wait and none is handled in two windows."""
        return self._watched.problem()

    def _read(self, app: Any) -> None:
        names = [self._bus.real_name(name) for name in self._topics]
        channel = app.topic(
            *names, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw",
        )  # fmt: skip

        async def take(stream: Any) -> None:
            # Without Faust's own acknowledgement: it also acknowledges what was cancelled half-way.
            async for event in stream.noack().events():
                await self._queue.put(event)

        app.agent(channel, name=f"{self._group}.take", concurrency=1)(take)
        app.on_partitions_assigned.connect(self._on_dealt, weak=False)

    def _on_dealt(self, _app: Any, assigned: set[TP], **_: Any) -> None:
        self._watched.deal()
        self._metrics.assigned.set(len(assigned))
        self._metrics.rebalances.inc()
        self.dealt(frozenset((self._bus.plain_name(tp.topic), tp.partition) for tp in assigned))

    async def _run(self) -> None:
        while not self._is_stopping or not self._queue.empty():
            if not self._is_stopping and (self._app.crashed or self._app.should_stop):
                raise RuntimeError("Faust ended by itself") from self._app.crash_reason
            self._watched.turn(self._lag())
            events = await self._next()
            if events:
                await self._settle([self._record(event) for event in events])
                for event in events:
                    event.ack()
                self._watched.progress()

    async def _next(self) -> list[Any]:
        with contextlib.suppress(TimeoutError):
            events = [await asyncio.wait_for(self._queue.get(), TURN_S)]
            if not self._is_stopping:
                await asyncio.sleep(GATHER_S)
            while len(events) < BATCH and not self._queue.empty():
                events.append(self._queue.get_nowait())
            return events
        return []

    def _record(self, event: Any) -> Record:
        message = event.message
        headers = message.headers
        pairs = list(headers.items() if isinstance(headers, dict) else headers or ())
        plain = self._bus.plain_name(message.topic)
        return Record(
            plain, message.partition, message.offset, message.key, message.value, pairs
        )  # fmt: skip

    def worked(self) -> None:
        """Begin the deadline anew: for a handler that works through much, after each part of it."""
        self._deadline = asyncio.get_running_loop().time() + HANDLER_DEADLINE_S
        self._watched.stir()
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(self._deadline)

    async def _settle(self, records: Sequence[Record]) -> None:
        """Handle and put the dead aside, however often that takes until the deadline: then leave at once.

        Nothing of the batch is acknowledged before, so whoever reads next begins with it again.
        """
        self._limit = None  # that of the last batch is over
        self.worked()
        started = time.perf_counter()
        wait_s = 0.25
        while True:
            try:
                async with asyncio.timeout_at(self._deadline) as self._limit:
                    rejected = await self._attempt(records)
                    await self._put_aside(rejected)
                break
            except (Unavailable, TimeoutError) as error:
                self._limit = None
                log.warning("stage.dependency_away", why=str(error))
                if asyncio.get_running_loop().time() + wait_s > self._deadline:
                    log.error("stage.gave_up", after_s=HANDLER_DEADLINE_S, records=len(records))
                    os._exit(os.EX_SOFTWARE)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        self._count(records, rejected, time.perf_counter() - started)

    async def _attempt(self, records: Sequence[Record]) -> Sequence[Rejected]:
        """Hand a batch over; where that fails by a bug, hand its records over one by one."""
        try:
            return await self._handle(records)
        except Unavailable:
            raise
        except Exception as error:
            self._metrics.unexpected.labels(self.name).inc()
            log.exception("stage.handler_failed", error=type(error).__name__, batch=len(records))
            if len(records) == 1:
                why = f"{type(error).__name__}: {error}"
                return [Rejected(records[0], Dead("bug.unexpected", why))]
        rejected: list[Rejected] = []
        for record in records:
            rejected += await self._attempt([record])
        return rejected

    async def _put_aside(self, rejected: Sequence[Rejected]) -> None:
        letters: list[Any] = []
        for one in rejected:
            record, topic = one.record, self._topics[one.record.topic]
            group = topic.consumers[0]
            origin = Origin(record.topic, record.partition, record.offset, group)
            headers = dead_headers(one.dead, origin, 1, self._clock.now(), record.headers)
            letters.append((topic.dead_letters(group), record.key, record.value or b"", headers))
        if letters:
            await self._bus.send_records(letters)

    def _count(
        self, records: Sequence[Record], rejected: Sequence[Rejected], took_s: float
    ) -> None:
        dead = {id(one.record) for one in rejected}
        for name in {record.topic for record in records}:
            own = [record for record in records if record.topic == name]
            lost = sum(id(record) in dead for record in own)
            self._metrics.events.labels(name, "done").inc(len(own) - lost)
            self._metrics.events.labels(name, "dead").inc(lost)
            self._metrics.batch_seconds.labels(name).observe(took_s)
        for one in rejected:
            record = one.record
            self._metrics.dead_letters.labels(record.topic, one.dead.code).inc()
            log.warning(
                "stage.dead_letter", topic=record.topic, partition=record.partition,
                offset=record.offset, code=one.dead.code,
            )  # fmt: skip

    def _lag(self) -> int:
        """Return how many records of this process's partitions are not acknowledged, as far as is known."""
        consumer, lags = self._app.consumer, dict.fromkeys(self._topics, 0)
        for tp in consumer.assignment():
            end = consumer.highwater(tp)
            at = consumer._committed_offset.get(tp)  # noqa: SLF001 - Faust tells it nowhere else
            if end is not None and at is not None:
                lags[self._bus.plain_name(tp.topic)] += max(end - at, 0)
        for name, lag in lags.items():
            self._metrics.lag.labels(name).set(lag)
        return sum(lags.values())


class _Progress:
    """When the loop last turned, and whether records wait without any being handled."""

    def __init__(self) -> None:
        now = time.monotonic()
        self.was_dealt = False
        self._turned_at = self._window_at = now
        self._has_progressed, self._was_behind, self._bad_windows = False, False, 0

    def deal(self) -> None:
        """Begin anew after a rebalance: its time does not count."""
        self.was_dealt = True
        self.progress()

    def progress(self) -> None:
        self._has_progressed, self._bad_windows = True, 0

    def stir(self) -> None:
        """Note that the loop is alive in the middle of a turn."""
        self._turned_at = time.monotonic()

    def turn(self, lag: int) -> None:
        """Note a turn of the loop, and judge a window at its end."""
        now = time.monotonic()
        self._turned_at = now
        if now - self._window_at >= WINDOW_S:
            is_bad = lag > 0 and self._was_behind and not self._has_progressed
            self._bad_windows = self._bad_windows + 1 if is_bad else 0
            self._window_at, self._has_progressed, self._was_behind = now, False, lag > 0

    def problem(self) -> str | None:
        silent_s = time.monotonic() - self._turned_at
        if silent_s > SILENT_AFTER_S + HANDLER_DEADLINE_S:
            return f"no turn of the loop for {silent_s:.0f} s"
        if self._bad_windows >= 2:
            return f"records wait, and none was handled for {self._bad_windows * WINDOW_S:.0f} s"
        return None


def make_app(bus: Bus, group: str) -> Any:
    """Return a Faust app that only reads: no web server, no tables, no leader, no topics of its own."""
    settings = bus.settings
    brokers = [f"kafka://{server}" for server in settings.url.split(",")]
    # Faust makes this folder when it starts; nothing is ever written into it.
    datadir = Path(tempfile.mkdtemp(prefix="rapport-faust-"))
    return faust.App(
        f"{settings.topic_prefix}{group}",
        broker=brokers,
        broker_client_id=bus.client_id,
        broker_session_timeout=settings.session_timeout_ms / 1000,
        broker_heartbeat_interval=settings.heartbeat_ms / 1000,
        # Longer than a handler may take, and than the plain loop's: a batch is never cut in two.
        broker_rebalance_timeout=settings.rebalance_timeout_ms * 1.5 / 1000,
        broker_max_poll_interval=300,
        broker_max_poll_records=100,
        broker_commit_interval=1,
        broker_commit_every=500,
        stream_buffer_maxsize=256,
        stream_wait_empty=True,
        producer_acks=-1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        table_standby_replicas=0,
        store="memory://",
        web_enabled=False,
        datadir=datadir,
    )
