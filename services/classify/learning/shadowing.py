"""Shadow mode: another model reads live messages silently, as many as there is time for, and tells what it thinks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.brands import Shadow
from contracts.corrections import Relabelled, RelabelSettled
from contracts.envelope import Event, Origin, make_event
from contracts.messages import MessageReceived
from contracts.topics import RELABEL_SETTLED
from runtime.stage import Received
from services.classify.domain.spending import Bucket
from services.classify.learning.brandwise import BrandReader
from services.classify.models.choice import NAMES, Models

SOURCE = "/classify/shadow"
PER_S = 20.0
SAVED = 200.0


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A live message of a brand that tries another model."""

    received: Received[MessageReceived]
    languages: list[str] | None
    reader: BrandReader
    shadow: Shadow


class Shadows:
    """Spends a bounded number of readings a second; what there is no time for is left out of the trial."""

    def __init__(self, models: Models, now: Callable[[], datetime]) -> None:
        self._models = models
        self._now = now
        self._bucket = Bucket(PER_S, SAVED)

    def told(self, shadowed: Sequence[Shadowed]) -> dict[str, Event]:
        """Return what the other models say, by the id of the message's event."""
        now = self._now()
        running = [one for one in shadowed if now < one.shadow.until and _is_known(one.shadow)]
        running = running[: self._bucket.take(len(running), now.timestamp())]
        return {one.received.event.id: self._event(one, now) for one in running}

    def _event(self, one: Shadowed, now: datetime) -> Event:
        message, shadow = one.received.payload, one.shadow
        name, _, choice = shadow.model.partition("@")
        reader = BrandReader() if choice == "base" else one.reader
        model = self._models.named(name)
        (found,) = model.understand(
            [message.text or ""], [one.languages], [reader.thresholds], with_reasons=False
        )
        labels = reader.read(*found, self._models.thresholds)
        event = one.received.event
        told = RelabelSettled(
            job_id=shadow.job_id,
            brand_id=event.scope.brand_id,
            model=shadow.model,
            part=0,
            items=[Relabelled(message_id=message.message_id, labels=labels)],
            settled_at=now,
        )
        origin = Origin(SOURCE, now, event.scope, event)
        return make_event(
            RELABEL_SETTLED.name,
            told,
            key=(shadow.job_id, event.id),
            partition_key=shadow.job_id,
            origin=origin,
        )


def _is_known(shadow: Shadow) -> bool:
    name, _, choice = shadow.model.partition("@")
    return name in NAMES and choice in ("", "base")
