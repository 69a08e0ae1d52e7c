"""classify's worker: messages in, the same messages with labels out."""

from collections.abc import Callable, Sequence
from datetime import datetime

from contracts.brands import BrandChanged
from contracts.envelope import Event, Origin, make_event
from contracts.messages import Labels, MessageClassified, MessageReceived
from contracts.scope import BrandScope
from contracts.topics import MESSAGE_CLASSIFIED
from runtime.stage import DONE, Outcome, Received
from services.classify.domain.priority import priority
from services.classify.metrics import ClassifyMetrics
from services.classify.models.linear import LinearModel
from services.classify.store import ClassifyStore

LANGUAGES_KEPT_S = 5.0
SOURCE = "/classify"


class BrandLanguages:
    """A brand's languages, asked of the store at most every few seconds."""

    def __init__(self, store: ClassifyStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._kept: dict[str, tuple[float, list[str] | None]] = {}

    async def of(self, scope: BrandScope) -> list[str] | None:
        """Return the brand's languages, or None for a brand not yet heard of."""
        at = self._now().timestamp()
        kept = self._kept.get(scope.brand_id)
        if kept is None or at - kept[0] > LANGUAGES_KEPT_S:
            kept = (at, await self._store.languages(scope))
            self._kept[scope.brand_id] = kept
        return kept[1]


class MessageWorker:
    """Handles batches of `message.received.v1`."""

    def __init__(
        self,
        model: LinearModel,
        languages: BrandLanguages,
        metrics: ClassifyMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._model = model
        self._languages = languages
        self._metrics = metrics
        self._now = now

    async def __call__(self, batch: Sequence[Received[MessageReceived]]) -> Sequence[Outcome]:
        """Label what has text; pass the rest on, so that readers see one stream in order."""
        readable = [received for received in batch if is_readable(received.payload)]
        expected = [await self._languages.of(received.event.scope) for received in readable]
        labels = self._model.label([r.payload.text or "" for r in readable], expected)
        found = {id(received): given for received, given in zip(readable, labels, strict=True)}
        return [Outcome((self._event(one, found.get(id(one))),)) for one in batch]

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
    """Handles `brand.changed.v1`: which languages to expect."""

    def __init__(self, store: ClassifyStore) -> None:
        self._store = store

    async def __call__(self, batch: Sequence[Received[BrandChanged]]) -> Sequence[Outcome]:
        for received in batch:
            brand = received.payload
            await self._store.note_brand(received.event.scope, brand.languages, brand.revision)
        return [DONE] * len(batch)


def is_readable(message: MessageReceived) -> bool:
    """Say whether there is something to understand: text, by somebody else, not taken back."""
    has_text = bool(message.text and message.text.strip())
    return has_text and not message.is_own and message.action in ("created", "edited")
