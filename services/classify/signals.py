"""Gathers what every handled message adds to its brand's signals, stores the totals and says them on the bus.

What counts as what is in domain/signals; how it is stored in signal_store. See docs/adr/0013.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from contracts.envelope import Event, Origin, make_event
from contracts.messages import Labels, MessageReceived
from contracts.scope import AgencyScope, BrandScope
from contracts.topics import SIGNAL_OBSERVED
from runtime.errors import Unavailable
from runtime.stage import Received
from services.classify.domain.copies import CopyWindow, Sketcher
from services.classify.domain.signals import (
    COPY,
    HOSTILE,
    LATE,
    UNKNOWN,
    Fact,
    Key,
    Tally,
    author_hash,
    emotions_of,
    flags_of,
    message_hash,
    place,
)
from services.classify.domain.topics import TopicBook, terms_of
from services.classify.metrics import ClassifyMetrics
from services.classify.models.linear import Reading
from services.classify.signal_store import Person, SignalStore

SOURCE = "/classify"
PUT_DOWN_S = 0.8
"""How often totals are stored and said: a signal is out within this and a poll of its message."""
MOST_TALLIES, MOST_BOOKS, MOST_PEOPLE = 2_000, 10_000, 200_000
_TOPICS_KEPT_EVERY_S = 10.0
_TRIES = 5


class Signals:
    """Everything between two commits stands in memory only: a killed process reads it again.

    A tally holds the messages that are in it, so reading again, in any process, changes no total.
    """

    def __init__(
        self, store: SignalStore, metrics: ClassifyMetrics, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._now = now
        self._scopes: dict[str, BrandScope] = {}
        self._pending: dict[Key, list[Fact]] = {}
        self._moved: list[tuple[Key, Fact]] = []
        self._tallies: OrderedDict[Key, Tally] = OrderedDict()
        self._people = Known(MOST_PEOPLE)
        self._books: OrderedDict[str, TopicBook] = OrderedDict()
        self._books_kept_at = 0.0
        self._sketch = Sketcher().sketch
        self._copies = CopyWindow()

    async def recall(self, scope: BrandScope) -> None:
        """Remember a brand's topics, before the first of its messages is noted. Raises `Unavailable`."""
        brand_id = scope.brand_id
        if brand_id in self._books:
            self._books.move_to_end(brand_id)
        else:
            stored = await self._store.topics(scope)
            self._books[brand_id] = TopicBook.from_state(stored)
            if len(self._books) > MOST_BOOKS:
                self._books.popitem(last=False)
        self._scopes[brand_id] = scope

    def note(
        self,
        received: Received[MessageReceived],
        understood: tuple[Reading, Labels] | None,
        names: frozenset[str] = frozenset(),
    ) -> None:
        """Gather what a message adds: each that somebody else created counts, once."""
        message = received.payload
        if message.is_own or message.action != "created":
            return
        brand_id = str(received.event.brandid)
        bucket, is_late, is_moved, received_s = place(message)
        reading, labels = understood or (None, None)
        cues = reading.cues if reading else {}
        flags = flags_of(message, labels, cues) | (LATE if is_late else 0)
        number, topic = message_hash(message.message_id), None
        if reading is not None:
            sketch = self._sketch(reading.tokens)
            if sketch and self._copies.is_copy(brand_id, sketch, number, received_s):
                flags |= COPY
            book, is_hostile = self._books[brand_id], bool(flags & HOSTILE)
            if is_hostile or book.has_formed:
                terms = terms_of(reading.tokens, names)
                topic = book.assign(terms, message.message_id, received_s, is_hostile=is_hostile)
        fact = Fact(
            number, author_hash(message), flags, message.network, message.thread_id,
            message.message_id, emotions_of(labels, cues), topic,
        )  # fmt: skip
        key = (brand_id, bucket, received.partition)
        if is_moved:
            self._moved.append((key, fact))
        else:
            self._pending.setdefault(key, []).append(fact)

    async def put_down(self) -> list[Event]:
        """Store what was gathered, and return the signals that say it. Raises `Unavailable`.

        After a failure everything is still gathered: the next call begins again.
        """
        await self._settle_moved()
        if not self._pending:
            return []
        scope = self._scope_of(key[0] for key in self._pending)
        now = self._now()
        firsts = await self._firsts(scope, now)
        touched = await self._fold_all(scope, firsts, now)
        await self._keep_topics(now)
        for key, facts in self._pending.items():
            self._people.update((key[0], fact.author) for fact in facts)
        self._pending = {}
        self._metrics.signals.inc(len(touched))
        return [self._event(tally, now) for tally in touched]

    async def _settle_moved(self) -> None:
        """Give messages without a usable time the bucket they were first counted in."""
        if not self._moved:
            return
        wanted = {fact.message_id: key for key, fact in reversed(self._moved)}
        scope = self._scope_of(key[0] for key in wanted.values())
        buckets = await self._store.settled(scope, wanted, self._now())
        for (brand_id, _, shard), fact in self._moved:
            key = (brand_id, buckets[fact.message_id], shard)
            self._pending.setdefault(key, []).append(fact)
        self._moved = []

    async def _firsts(self, scope: AgencyScope, now: datetime) -> dict[Person, int]:
        """Return the first message of everybody who may be new."""
        wrote: dict[Person, int] = {}
        for key, facts in self._pending.items():
            for fact in facts:
                if not fact.flags & UNKNOWN and (key[0], fact.author) not in self._people:
                    wrote.setdefault((key[0], fact.author), fact.message)
        return await self._store.firsts(scope, wrote, now) if wrote else {}

    async def _fold_all(
        self, scope: AgencyScope, firsts: dict[Person, int], now: datetime
    ) -> list[Tally]:
        """Bring every tally up to date, here and in the store; return them all."""
        keys, done = list(self._pending), []
        for _ in range(_TRIES):
            missing = [key for key in keys if key not in self._tallies]
            if missing:
                self._tallies.update(await self._store.tallies(scope, missing))
            tallies = [self._fold(key, firsts) for key in keys]
            changed = [tally for tally in tallies if tally.is_changed]
            refused = await self._store.write(scope, changed, now)
            # Another process counted in these: it had the partition meanwhile, or has it now.
            keys = [tally.key for tally in refused]
            for key in keys:
                del self._tallies[key]
            done += [tally for tally in tallies if tally.key in self._tallies]
            if not keys:
                break
        else:
            raise Unavailable("signals.contended", "tallies keep changing under this process")
        for key in list(islice(self._tallies, max(len(self._tallies) - MOST_TALLIES, 0))):
            del self._tallies[key]
        return done

    def _fold(self, key: Key, firsts: dict[Person, int]) -> Tally:
        tally, brand_id = self._tallies[key], key[0]
        self._tallies.move_to_end(key)
        for fact in self._pending[key]:
            is_new = firsts.get((brand_id, fact.author)) == fact.message
            tally.fold(fact, is_new_author=is_new)
        return tally

    async def _keep_topics(self, now: datetime) -> None:
        """Store the topics that changed, now and then: they are a sketch, not a count."""
        if now.timestamp() - self._books_kept_at < _TOPICS_KEPT_EVERY_S:
            return
        self._books_kept_at = now.timestamp()
        changed = {}
        for brand_id, book in self._books.items():
            if book.is_changed:
                book.forget(int(self._books_kept_at))
                changed[brand_id] = book.to_state()
        if changed:
            await self._store.keep_topics(self._scope_of(changed), changed, now)
            for brand_id in changed:
                self._books[brand_id].is_changed = False

    def _scope_of(self, brand_ids: Iterable[str]) -> AgencyScope:
        return AgencyScope("*", frozenset(brand_ids))

    def _event(self, tally: Tally, now: datetime) -> Event:
        brand_id, bucket, shard = tally.key
        return make_event(
            SIGNAL_OBSERVED.name,
            tally.signal(now),
            key=(brand_id, str(bucket), str(shard), str(tally.revision)),
            partition_key=brand_id,
            origin=Origin(SOURCE, now, self._scopes[brand_id]),
        )


class Known:
    """The people met lately, in two generations: the older goes when the younger is full."""

    def __init__(self, most: int) -> None:
        self._most = most // 2
        self._young: set[Person] = set()
        self._old: set[Person] = set()

    def __contains__(self, person: Person) -> bool:
        return person in self._young or person in self._old

    def update(self, people: Iterable[Person]) -> None:
        """Remember these."""
        self._young.update(people)
        if len(self._young) > self._most:
            self._old, self._young = self._young, set()
