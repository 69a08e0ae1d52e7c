"""The worker's handler: batches of signals, steering and time in; states written, decisions published.

Nothing here is asked of Faust: records come in order, may come again, and a batch counts once it is written.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from contracts.envelope import Event, Origin, Payload, Undecodable, make_event
from contracts.scope import BrandScope
from contracts.storms import CLOCK_SHARD, SignalObserved, StormChanged, StormSteered
from contracts.topics import SIGNAL_OBSERVED, STORM_CHANGED, STORM_STEERED
from runtime.bus import partition_of
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.errors import Invalid
from runtime.faust_stage import Record, Rejected
from runtime.logs import get_logger
from runtime.outbox import BATCH, Relay
from services.classify.domain.brand import Brand
from services.classify.storm_worker.clock import SOURCE
from services.classify.storm_worker.metrics import StormMetrics
from services.classify.storm_worker.store import Offsets, Save, Stored, StormStore, packed

BREATHE_EVERY = 20
RULES_EVERY_S = 60.0
TYPES: dict[str, type[Payload]] = {
    SIGNAL_OBSERVED.name: SignalObserved,
    STORM_STEERED.name: StormSteered,
}
Place = tuple[str, int]

log = get_logger("storm.watch")


@dataclass(slots=True)
class Followed:
    """A brand in memory: its state after all that was read, and what of that is not written yet."""

    stored: Stored
    brand: Brand
    offsets: Offsets
    events: list[Event] = field(default_factory=list)
    is_dirty: bool = False

    def has(self, record: Record) -> bool:
        """Say whether this record is in the state already."""
        partition, offset = self.offsets.get(record.topic, (-1, -1))
        return partition == record.partition and record.offset <= offset


@dataclass(slots=True)
class Told:
    """A record that was understood."""

    record: Record
    event: Event

    @property
    def payload(self) -> SignalObserved | StormSteered:
        return self.event.data  # type: ignore[no-any-return]

    @property
    def clock(self) -> SignalObserved | None:
        """The time, where that is what it says."""
        payload = self.payload
        is_clock = isinstance(payload, SignalObserved) and payload.shard == CLOCK_SHARD
        return payload if is_clock else None  # type: ignore[return-value]


class Watch:
    """Follows the brands of this process's partitions."""

    def __init__(
        self, store: StormStore, relay: Relay, metrics: StormMetrics, clock: Clock
    ) -> None:
        self._store = store
        self._relay = relay
        self._metrics = metrics
        self._clock = clock
        self.worked: Callable[[], None] = lambda: None
        self._followed: dict[str, Followed] = {}
        self._loaded: set[int] = set()
        self._dealt_anew = False
        self._waiting: set[str] = set()
        self._alarms: dict[str, float] = {}
        self._asked_at = float("-inf")

    def dealt(self, _partitions: frozenset[Place]) -> None:
        """Forget all brands before the next batch: others may have written them meanwhile."""
        self._dealt_anew = True

    @property
    def waiting(self) -> frozenset[str]:
        """The brands that have events in their documents which may not be published yet."""
        return frozenset(self._waiting)

    async def __call__(self, records: Sequence[Record]) -> Sequence[Rejected]:
        """Take a batch in, write what it changed, publish. Raises `Unavailable`; then call again."""
        if self._dealt_anew:
            self._dealt_anew = False
            self._followed.clear()
            self._loaded.clear()
        told, rejected = _decoded(records)
        bad: dict[int, Rejected] = {}
        only: set[str] | None = None
        while True:
            await self._load(told)
            failed = await self._take(told, only, bad)
            for brand_id in failed:
                self._followed.pop(brand_id, None)
            again = await self._write_all(told) | failed
            if not again:
                break
            for brand_id in again:
                self._followed.pop(brand_id, None)
            await self._follow(await self._store.load(again))
            only = again
        await self._publish(told)  # what an earlier process left, or this one at its last try
        self._metrics.brands.set(len(self._followed))
        return [*rejected, *bad.values()]

    async def _breathe(self) -> None:
        """Let others run in the middle of much work, and say that it goes on."""
        self.worked()
        await asyncio.sleep(0)

    # Loading

    async def _load(self, told: Sequence[Told]) -> None:
        """Bring in the brands that the batch speaks of, and all of a partition whose time it tells."""
        ids = {one.event.scope.brand_id for one in told if one.clock is None}
        partitions = {one.record.partition for one in told if one.clock} - self._loaded
        if partitions:
            ids.update(await self._store.brands_of(partitions))
        missing = ids - self._followed.keys()
        if missing:
            await self._follow(await self._store.load(missing))
        self._loaded |= partitions
        await self._ask_rules(missing)

    async def _follow(self, documents: Iterable[Stored]) -> None:
        for number, stored in enumerate(documents):
            brand_id = stored.scope.brand_id
            brand = Brand.from_state(brand_id, stored.state)
            stored.state = {}
            self._followed[brand_id] = Followed(stored, brand, dict(stored.offsets))
            if stored.has_events:
                self._waiting.add(brand_id)
            if number % BREATHE_EVERY == 0:
                await self._breathe()

    async def _ask_rules(self, fresh: set[str]) -> None:
        """How many false alarms a brand accepts: asked for new brands at once, for all once a minute."""
        now = self._clock.now().timestamp()
        wanted = fresh
        if now - self._asked_at >= RULES_EVERY_S:
            self._asked_at, wanted = now, fresh | self._followed.keys()
        if wanted:
            self._alarms |= await self._store.alarms_per_year(wanted)

    # Working out

    async def _take(
        self, told: Sequence[Told], only: set[str] | None, bad: dict[int, Rejected]
    ) -> set[str]:
        """Work the batch into the brands (of `only`, if given); return those where it failed by a bug.

        Those are read again and worked out without the record that failed: it is in `bad` then.
        """
        failed: set[str] = set()
        for one in told:
            if one.clock is not None:
                await self._close(one, only)
                continue
            brand_id = one.event.scope.brand_id
            if brand_id in failed or id(one) in bad or (only is not None and brand_id not in only):
                continue
            try:
                self._fold(one)
            except Exception as error:
                bad[id(one)] = Rejected(one.record, _reason(error))
                failed.add(brand_id)
                self._metrics.unexpected.labels("storm.record").inc()
                log.exception("storm.record_failed", brand_id=brand_id)
        return failed

    def _fold(self, one: Told) -> None:
        payload, record = one.payload, one.record
        followed = self._followed.get(payload.brand_id) or self._begin(one)
        if followed.has(record):
            return
        if isinstance(payload, SignalObserved):
            followed.is_dirty |= followed.brand.fold(payload)
        else:
            self._note(followed, followed.brand.steer(payload), one)
            followed.is_dirty = True
        followed.offsets[record.topic] = (record.partition, record.offset)

    def _begin(self, one: Told) -> Followed:
        """Begin to follow a brand that was never heard of."""
        payload, scope = one.payload, one.event.scope
        at = payload.observed_at if isinstance(payload, SignalObserved) else payload.at
        partition = partition_of(scope.brand_id.encode(), SIGNAL_OBSERVED.partitions)
        followed = Followed(Stored(scope, partition), Brand(scope.brand_id, at), {})
        self._followed[scope.brand_id] = followed
        return followed

    async def _close(self, one: Told, only: set[str] | None) -> None:
        """Close the bins of the partition's brands up to the time that is told."""
        record, until = one.record, one.payload
        assert isinstance(until, SignalObserved)
        own = [
            followed
            for brand_id, followed in self._followed.items()
            if followed.stored.partition == record.partition and (only is None or brand_id in only)
        ]
        for number, followed in enumerate(own):
            if number % BREATHE_EVERY == BREATHE_EVERY - 1:
                await self._breathe()
            if not followed.has(record):
                self._close_one(followed, until, one)

    def _close_one(self, followed: Followed, until: SignalObserved, one: Told) -> None:
        brand, before = followed.brand, followed.brand.closed
        brand_id = followed.stored.scope.brand_id
        if (accepted := self._alarms.get(brand_id)) is not None:
            brand.accept(accepted)
        try:
            self._note(followed, brand.advance(until.bucket_at), one)
        except Exception:
            # The time is everybody's record and cannot be put aside for one: the brand begins anew.
            log.exception("storm.brand_failed", brand_id=brand_id)
            self._metrics.unexpected.labels("storm.brand").inc()
            followed.brand = Brand(brand_id, until.bucket_at)
            followed.is_dirty = True
        if brand.closed > before:
            followed.is_dirty = True
            self._metrics.bins.inc((brand.closed - before) // 300)
        followed.offsets[one.record.topic] = (one.record.partition, one.record.offset)

    def _note(self, followed: Followed, changes: Iterable[StormChanged], cause: Told) -> None:
        for change in changes:
            followed.is_dirty = True
            stamped = change.model_copy(update={"decided_at": self._clock.now()})
            followed.events.append(_event(stamped, followed.stored.scope, cause))
            if not change.is_tick:
                self._metrics.changes.labels(change.level).inc()

    # Writing and publishing

    async def _write_all(self, told: Sequence[Told]) -> set[str]:
        """Write every brand that changed; those with a decision first, so that it is out at once."""
        dirty = [one for one in self._followed.values() if one.is_dirty]
        urgent = [one for one in dirty if one.events]
        refused: set[str] = set()
        if urgent:
            refused = await self._write(urgent)
            await self._publish(told)
        return refused | await self._write(
            [one for one in dirty if not one.events and one.is_dirty]
        )

    async def _write(self, dirty: Sequence[Followed]) -> set[str]:
        saves = []
        for number, one in enumerate(dirty):
            if number % BREATHE_EVERY == BREATHE_EVERY - 1:
                await self._breathe()
            save = Save(one.stored, packed(one.brand.to_state()), dict(one.offsets), one.events)
            self._metrics.state_bytes.observe(len(save.state))
            saves.append(save)
        refused = await self._store.write(saves, self._clock.now())
        self._metrics.refused_writes.inc(len(refused))
        for one in dirty:
            brand_id = one.stored.scope.brand_id
            if brand_id not in refused:
                if one.events:
                    self._waiting.add(brand_id)
                one.is_dirty, one.events = False, []
        return refused

    async def _publish(self, told: Sequence[Told]) -> None:
        """Publish what waits in the documents of our brands, until nothing does."""
        if not self._waiting:
            return
        while await self._relay.publish_waiting() == BATCH:
            pass
        self._waiting.clear()
        now = self._clock.now()
        for one in told:
            if one.clock is not None:
                delay_s = (now - one.clock.observed_at).total_seconds()
                self._metrics.alarm_seconds.observe(max(delay_s, 0.0))


def _decoded(records: Sequence[Record]) -> tuple[list[Told], list[Rejected]]:
    told: list[Told] = []
    rejected: list[Rejected] = []
    for record in records:
        try:
            event = Event.decode_as(record.value, TYPES[record.topic])
            if event.type != record.topic:
                raise Undecodable(f"type {event.type} on topic {record.topic}")
            one = Told(record, event)
            if one.clock is None and event.scope.brand_id != one.payload.brand_id:
                raise Undecodable("the event is of one brand and its payload of another")
            told.append(one)
        except Undecodable as error:
            rejected.append(Rejected(record, Dead("event.undecodable", str(error))))
    return told, rejected


def _reason(error: Exception) -> Dead:
    if isinstance(error, Invalid):
        return Dead(error.code, error.why)
    return Dead("bug.unexpected", f"{type(error).__name__}: {error}")


def _event(change: StormChanged, scope: BrandScope, cause: Told) -> Event:
    """Return the event of a decision: its id follows from what was decided, so a repeat has the same."""
    kind = "tick" if change.is_tick else "change"
    return make_event(
        STORM_CHANGED.name,
        change,
        key=(change.brand_id, change.changed_at.isoformat(), change.level, kind, str(change.revision)),
        partition_key=change.brand_id,
        origin=Origin(SOURCE, change.decided_at, scope, cause.event),
    )  # fmt: skip
