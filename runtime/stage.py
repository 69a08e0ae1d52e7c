"""The one consumer loop: poll many, handle, publish, wait for the acknowledgement, commit.

A handler takes a batch and returns one outcome per event; retries in place, dead letters, the fuse,
rebalances and draining belong to this file. See docs/life-of-a-message.md.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from contracts.envelope import Event
from contracts.topics import Topic
from runtime.bus import Bus, to_record
from runtime.clock import Clock
from runtime.dead_letters import Dead, Fuse, Origin, dead_headers
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.metrics import RuntimeMetrics
from runtime.slots import (
    ATTEMPTS,
    DONE,
    Handler,
    Outcome,
    Received,
    Slot,
    call_handler,
    decode_slot,
    is_dead,
    is_final,
    is_settled,
    room_of,
    wait_of,
)

__all__ = ["DONE", "Handler", "Outcome", "Received", "Stage", "StageOptions"]
Polled = Mapping[TopicPartition, Sequence[Any]]
RETRY_BUDGET_S = 30.0
LONGEST_WAIT_S = 10.0
STUCK_AFTER_S = 90.0

log = get_logger("runtime.stage")


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How much to take at once; how long to wait for more when batches are small and many.

    A handler that gathers over batches gives `before_commit`: it puts down what was gathered and
    returns events about it; offsets are committed after these are acknowledged, every `commit_s`.
    So what a killed process had only gathered is read again.
    """

    batch: int = 500
    poll_ms: int = 200
    small: int = 40
    gather_s: float = 0.02
    commit_s: float = 0.0
    before_commit: Callable[[], Awaitable[Sequence[Event]]] | None = None


@dataclass(slots=True)
class _State:
    is_stopping: bool = False
    fuses: dict[TopicPartition, Fuse] = field(default_factory=dict)
    open_fuses: set[TopicPartition] = field(default_factory=set)
    progressed_at: float = field(default_factory=time.monotonic)
    handled: dict[TopicPartition, int] = field(default_factory=dict)
    committed_at: float = 0.0


class Stage:
    """A service's consumer: topics and their handlers, under the service's group."""

    def __init__(
        self,
        bus: Bus,
        group: str,
        routes: Mapping[Topic, Handler],
        metrics: RuntimeMetrics,
        clock: Clock,
        options: StageOptions | None = None,
    ) -> None:
        self.name = f"stage:{group}"
        self._bus = bus
        self._group = group
        self._routes = {
            bus.real_name(topic.name): (topic, handle) for topic, handle in routes.items()
        }
        self._metrics = metrics
        self._clock = clock
        self._options = options or StageOptions()
        self._state = _State()
        self._busy = asyncio.Lock()
        self._consumer = bus.consumer(group)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Join the group and begin."""
        try:
            await self._consumer.start()
        except KafkaError as error:
            raise Unavailable("bus.away", f"cannot join the group: {error}") from error
        self._consumer.subscribe(list(self._routes), listener=_Rebalance(self))
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Finish the batch in hand, commit, leave the group."""
        self._state.is_stopping = True
        if self._task is not None:
            await self._task
        await self.settle()
        await self._consumer.stop()

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The running loop: it ends only when stopped, or by a bug."""
        return self._task

    def probe(self) -> str | None:
        """Say which partitions are no longer read because too much failed, if any."""
        if not self._state.open_fuses:
            return None
        names = ", ".join(sorted(f"{tp.topic}/{tp.partition}" for tp in self._state.open_fuses))
        return f"stopped reading {names}: too many events in a row could not be handled"

    def heartbeat(self) -> str | None:
        """Say so when the loop stands still: then only a restart helps. An outage is no standstill."""
        silent_s = time.monotonic() - self._state.progressed_at
        return f"no turn of the loop for {silent_s:.0f} s" if silent_s > STUCK_AFTER_S else None

    async def settle(self) -> None:
        """Return when no batch is in hand or uncommitted (called when partitions are taken away)."""
        async with self._busy:
            await self._commit_handled()

    def dealt(self, partitions: set[TopicPartition]) -> None:
        """Note the partitions of this process after a rebalance."""
        self._metrics.assigned.set(len(partitions))
        self._metrics.rebalances.inc()
        state = self._state
        state.fuses = {tp: fuse for tp, fuse in state.fuses.items() if tp in partitions}
        state.open_fuses &= partitions
        self._consumer.pause(*state.open_fuses)

    async def _run(self) -> None:
        options, ended_at = self._options, 0.0
        while not self._state.is_stopping:
            polled = await self._consumer.getmany(
                timeout_ms=options.poll_ms, max_records=options.batch
            )
            self._state.progressed_at = time.monotonic()
            if not polled:
                await self._commit_due()
                continue
            is_busy = time.monotonic() - ended_at < options.gather_s
            if is_busy and sum(map(len, polled.values())) < options.small:
                polled = await self._gather(polled)
            async with self._busy:
                await self._turn(polled)
            await self._commit_due()
            ended_at = time.monotonic()

    async def _gather(self, polled: Polled) -> Polled:
        """Under load let a few more records come in: a turn costs the same for one as for many."""
        await asyncio.sleep(self._options.gather_s)
        more = await self._consumer.getmany(timeout_ms=0, max_records=self._options.batch)
        return {tp: [*polled.get(tp, ()), *more.get(tp, ())] for tp in {**polled, **more}}

    async def _turn(self, polled: Polled) -> None:
        by_topic: dict[str, list[Slot]] = {}
        for tp, records in polled.items():
            by_topic.setdefault(tp.topic, []).extend(Slot(record) for record in records)
        for real, slots in by_topic.items():
            topic, handle = self._routes[real]
            started = time.perf_counter()
            await self._handle(topic, handle, slots)
            if all(is_settled(slot) for slot in slots):
                await self._settle_slots(topic, slots)
            self._metrics.batch_seconds.labels(topic.name).observe(time.perf_counter() - started)

    async def _handle(self, topic: Topic, handle: Handler, slots: list[Slot]) -> None:
        for slot in slots:
            decode_slot(topic, slot)
        deadline = time.monotonic() + RETRY_BUDGET_S
        pending = [slot for slot in slots if slot.outcome is None]
        while pending and not self._state.is_stopping:
            await self._attempt(handle, pending)
            pending = [slot for slot in pending if not is_settled(slot)]
            if pending:
                await self._wait_or_give_up(topic, pending, deadline)
                pending = [slot for slot in pending if not is_settled(slot)]

    async def _wait_or_give_up(self, topic: Topic, pending: list[Slot], deadline: float) -> None:
        wait_s = max(wait_of(slot) for slot in pending)
        left_s = deadline - time.monotonic()
        for slot in pending:
            if slot.attempts >= ATTEMPTS or wait_s > left_s:
                retry = slot.outcome.retry if slot.outcome else None
                why = retry.why if retry else "no outcome"
                code = retry.code if retry else "retry.exhausted"
                slot.outcome = Outcome(
                    dead=Dead(code, f"gave up after {slot.attempts} tries: {why}")
                )
        if not all(is_settled(slot) for slot in pending):
            self._metrics.retries.labels(topic.name).inc(len(pending))
            await self._clock.sleep(wait_s)

    async def _attempt(self, handle: Handler, slots: list[Slot]) -> None:
        """Give every slot an outcome. An outage of what all need is waited for, however long."""
        wait_s = 0.25
        while not self._state.is_stopping:
            try:
                await call_handler(handle, slots)
                return
            except Unavailable as outage:
                log.warning("stage.dependency_away", code=outage.code, why=outage.why)
                self._state.progressed_at = time.monotonic()
                await self._clock.sleep(min(outage.retry_after_s or wait_s, LONGEST_WAIT_S))
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            except Exception as error:
                self._metrics.unexpected.labels(self.name).inc()
                log.exception("stage.handler_failed", error=type(error).__name__, batch=len(slots))
                if len(slots) > 1:
                    for slot in slots:
                        await self._attempt(handle, [slot])
                    return
                if is_final(slots[0], error):
                    return
                await self._clock.sleep(wait_s)

    async def _settle_slots(self, topic: Topic, slots: list[Slot]) -> None:
        """Publish what the outcomes ask for, then commit: in this order, so nothing is lost."""
        kept = self._through_fuses(topic, slots)
        records: list[Any] = []
        for slot in kept:
            sent = [to_record(event) for event in (slot.outcome or DONE).events]
            if any(len(value) > room_of(name) for name, _, value, _ in sent):
                slot.outcome = Outcome(dead=Dead("event.too_large", "too large for its topic"))
                sent = []
            records += sent
            if slot.outcome and slot.outcome.dead:
                records.append(self._dead_letter(topic, slot, slot.outcome.dead))
        if await self._publish(records):
            for slot in kept:
                tp = TopicPartition(slot.record.topic, slot.record.partition)
                self._state.handled[tp] = slot.record.offset + 1
            if not self._options.commit_s:
                await self._commit_handled()

    def _through_fuses(self, topic: Topic, slots: list[Slot]) -> list[Slot]:
        """Return the slots up to where a partition's fuse opens."""
        by_partition: dict[TopicPartition, list[Slot]] = {}
        for slot in slots:
            tp = TopicPartition(slot.record.topic, slot.record.partition)
            by_partition.setdefault(tp, []).append(slot)
        kept: list[Slot] = []
        for tp, own in by_partition.items():
            if tp not in self._state.open_fuses:
                kept += self._through_fuse(topic, tp, own)
        dead = sum(is_dead(slot) for slot in kept)
        self._metrics.events.labels(topic.name, "dead").inc(dead)
        self._metrics.events.labels(topic.name, "done").inc(len(kept) - dead)
        return kept

    def _through_fuse(self, topic: Topic, tp: TopicPartition, slots: list[Slot]) -> list[Slot]:
        fuse = self._state.fuses.setdefault(tp, Fuse())
        if not any(is_dead(slot) for slot in slots):
            fuse.count_well(len(slots))
            return slots
        for position, slot in enumerate(slots):
            if fuse.count(is_dead(slot)):
                self._open_fuse(topic, tp, slot)
                return slots[:position]
        return slots

    def _open_fuse(self, topic: Topic, tp: TopicPartition, slot: Slot) -> None:
        self._state.open_fuses.add(tp)
        self._metrics.open_fuses.labels(topic.name).inc()
        self._consumer.pause(tp)
        self._consumer.seek(tp, slot.record.offset)
        dead = slot.outcome.dead if slot.outcome else None
        log.error(
            "stage.fuse_opened", topic=topic.name, partition=tp.partition,
            offset=slot.record.offset, code=dead.code if dead else None,
        )  # fmt: skip

    def _dead_letter(self, topic: Topic, slot: Slot, dead: Dead) -> Any:
        record = slot.record
        self._metrics.dead_letters.labels(topic.name, dead.code).inc()
        log.warning(
            "stage.dead_letter", topic=topic.name, partition=record.partition,
            offset=record.offset, code=dead.code,
            event_id=slot.received.event.id if slot.received else None,
        )  # fmt: skip
        origin = Origin(topic.name, record.partition, record.offset, self._group)
        headers = dead_headers(dead, origin, slot.attempts, self._clock.now(), record.headers)
        return topic.dead_letters(self._group), record.key, record.value or b"", headers

    async def _publish(self, records: list[Any]) -> bool:
        """Publish until acknowledged; False when stopped before that (nothing is committed)."""
        wait_s = 0.25
        while True:
            try:
                await self._bus.send_records(records)
                return True
            except Unavailable as outage:
                log.warning("stage.bus_away", why=outage.why)
            if self._state.is_stopping:
                return False
            self._state.progressed_at = time.monotonic()
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _commit_due(self) -> None:
        """Commit what was held back, when it is time."""
        state, wait_s = self._state, self._options.commit_s
        if state.handled and wait_s and time.monotonic() - state.committed_at >= wait_s:
            async with self._busy:
                await self._commit_handled()

    async def _commit_handled(self) -> None:
        """Let the handler put down what it gathered, publish what it says of it, then commit."""
        state = self._state
        if not state.handled or not await self._put_down():
            return
        offsets, state.handled = state.handled, {}
        state.committed_at = time.monotonic()
        await self._commit(offsets)

    async def _put_down(self) -> bool:
        """False when stopped before all was safe: then nothing is committed."""
        put_down, wait_s = self._options.before_commit, 0.25
        while put_down is not None:
            try:
                events = await put_down()
                return await self._publish([to_record(event) for event in events])
            except Unavailable as outage:
                log.warning("stage.dependency_away", code=outage.code, why=outage.why)
            except Exception as error:
                # A bug here must not stop the stream: the handler keeps what it gathered.
                self._metrics.unexpected.labels(self.name).inc()
                log.exception("stage.put_down_failed", error=type(error).__name__)
                return True
            if self._state.is_stopping:
                return False
            self._state.progressed_at = time.monotonic()
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        return True

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # Somebody else has these partitions now and will read the events again: harmless.
            log.warning("stage.commit_refused", why=str(error))
        except KafkaError as error:
            log.warning("stage.commit_failed", why=str(error))
        await self._note_lag(offsets)

    async def _note_lag(self, partitions: Iterable[TopicPartition]) -> None:
        lags: dict[str, int] = {}
        for tp in partitions:
            end = self._consumer.highwater(tp)
            if end is not None and tp in self._consumer.assignment():
                behind = end - await self._consumer.position(tp)
                lags[tp.topic] = lags.get(tp.topic, 0) + max(behind, 0)
        for real, lag in lags.items():
            self._metrics.lag.labels(self._bus.plain_name(real)).set(lag)


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets the batch in hand end before partitions go to somebody else."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        await self._stage.settle()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._stage.dealt(set(assigned))
