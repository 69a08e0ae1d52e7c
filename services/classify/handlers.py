"""classify's worker: messages in, the same messages with labels out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.brands import BrandChanged, Shadow
from contracts.envelope import Event, Origin, make_event
from contracts.messages import Labels, MessageClassified, MessageReceived
from contracts.scope import BrandScope
from contracts.topics import MESSAGE_CLASSIFIED
from runtime.stage import DONE, Outcome, Received
from services.classify.domain.priority import priority
from services.classify.learning.brandwise import BrandReader, vocabulary_of
from services.classify.learning.shadowing import Shadowed, Shadows
from services.classify.learning.store import LearningStore
from services.classify.metrics import ClassifyMetrics
from services.classify.models.choice import Tiers
from services.classify.models.features import tokens
from services.classify.models.linear import Reading
from services.classify.signals import Signals
from services.classify.store import BrandNote, ClassifyStore

BRANDS_KEPT_S = 5.0
SOURCE = "/classify"


@dataclass(frozen=True, slots=True)
class KnownBrand:
    """A brand's languages (None: not yet heard of it), the words of its name, how it reads messages."""

    languages: list[str] | None
    names: frozenset[str]
    reader: BrandReader = field(default_factory=BrandReader)
    shadow: Shadow | None = None
    tier: str = ""


class Brands:
    """What is known of a brand, asked of the store at most every few seconds."""

    def __init__(
        self, store: ClassifyStore, learning: LearningStore, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._learning = learning
        self._now = now
        self._kept: dict[str, tuple[float, KnownBrand]] = {}

    async def of(self, scope: BrandScope) -> KnownBrand:
        """Return what is known of a brand."""
        at = self._now().timestamp()
        kept = self._kept.get(scope.brand_id)
        if kept is None or at - kept[0] > BRANDS_KEPT_S:
            note = await self._store.brand(scope)
            names = frozenset(token.folded for token in tokens(note.name))
            how = note.understanding
            adapters = await self._learning.adapters(scope, how.adaptation)
            reader = BrandReader(vocabulary_of(how), adapters, how.thresholds)
            kept = (at, KnownBrand(note.languages, names, reader, how.shadow, how.model))
            self._kept[scope.brand_id] = kept
        return kept[1]


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads messages: the tiers, and the models in trial."""

    tiers: Tiers
    shadows: Shadows


class MessageWorker:
    """Handles batches of `message.received.v1`."""

    def __init__(
        self,
        readers: Readers,
        brands: Brands,
        signals: Signals,
        metrics: ClassifyMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._tiers, self._shadows = readers.tiers, readers.shadows
        self._brands = brands
        self._signals = signals
        self._metrics = metrics
        self._now = now

    async def __call__(self, batch: Sequence[Received[MessageReceived]]) -> Sequence[Outcome]:
        """Label what has text; pass the rest on, so that readers see one stream in order."""
        brands = await self._recall(batch)
        readable = [received for received in batch if is_readable(received.payload)]
        found = self._read(readable, brands)
        shadows = self._shadowed(readable, brands)
        outcomes = []
        for one in batch:
            given = found.get(id(one))
            event = self._event(one, given[1] if given else None)
            outcomes.append(Outcome((event, *shadows.get(one.event.id, ()))))
        # Last, so that a batch that is handled again after a failure was not noted before.
        for one in batch:
            self._signals.note(one, found.get(id(one)), brands[str(one.event.brandid)].names)
        return outcomes

    def _read(
        self, readable: Sequence[Received[MessageReceived]], brands: Mapping[str, KnownBrand]
    ) -> dict[int, tuple[Reading, Labels]]:
        """Return how each message was read, as its brand's people would."""
        known = [brands[str(received.event.brandid)] for received in readable]
        read = self._tiers.understand(
            [received.payload.text or "" for received in readable],
            [brand.languages for brand in known],
            [brand.reader.thresholds for brand in known],
            [brand.tier for brand in known],
        )
        usual = self._tiers.thresholds
        return {
            id(received): (reading, brand.reader.read(reading, labels, usual))
            for received, brand, (reading, labels) in zip(readable, known, read, strict=True)
        }

    def _shadowed(
        self, readable: Sequence[Received[MessageReceived]], brands: Mapping[str, KnownBrand]
    ) -> dict[str, tuple[Event]]:
        """Return what the models in trial say, by the id of the message's event."""
        shadowed = []
        for received in readable:
            brand = brands[str(received.event.brandid)]
            if brand.shadow is not None:
                one = Shadowed(received, brand.languages, brand.reader, brand.shadow)
                shadowed.append(one)
        told = self._shadows.told(shadowed) if shadowed else {}
        return {event_id: (event,) for event_id, event in told.items()}

    async def _recall(self, batch: Sequence[Received[MessageReceived]]) -> dict[str, KnownBrand]:
        """Return what is known of the brands of a batch."""
        known = {}
        for event in {str(received.event.brandid): received.event for received in batch}.values():
            await self._signals.recall(event.scope)
            known[event.scope.brand_id] = await self._brands.of(event.scope)
        return known

    def _event(self, received: Received[MessageReceived], labels: Labels | None) -> Event:
        message, now = received.payload, self._now()
        if labels is None:
            self._metrics.passed_on.inc()
        else:
            self._metrics.labels.labels(labels.intent.label).inc()
            delay_s = (now - message.received_at).total_seconds()
            self._metrics.delay_seconds.observe(max(delay_s, 0))
        return make_event(
            MESSAGE_CLASSIFIED.name,
            MessageClassified(message=message, labels=labels, priority=priority(labels)),
            key=(received.event.id, labels.model if labels else ""),
            partition_key=message.thread_id,
            origin=Origin(SOURCE, now, received.event.scope, received.event),
        )


class BrandNotes:
    """Handles `brand.changed.v1`: languages to expect, the name that is no topic, false alarms accepted."""

    def __init__(self, store: ClassifyStore) -> None:
        self._store = store

    async def __call__(self, batch: Sequence[Received[BrandChanged]]) -> Sequence[Outcome]:
        for received in batch:
            brand = received.payload
            alarms = brand.storms.alarms_per_year
            note = BrandNote(brand.languages, brand.name, alarms, brand.understanding)
            await self._store.note_brand(received.event.scope, note, brand.revision)
        return [DONE] * len(batch)


def is_readable(message: MessageReceived) -> bool:
    """Say whether there is something to understand: text, by somebody else, not taken back."""
    has_text = bool(message.text and message.text.strip())
    return has_text and not message.is_own and message.action in ("created", "edited")
