"""The handler of relabel.requested: one part of a job in, the labels of its messages out."""

from collections.abc import Sequence

from contracts.corrections import Relabelled, RelabelRequested, RelabelSettled
from contracts.envelope import Origin, make_event
from contracts.scope import BrandScope
from contracts.topics import RELABEL_SETTLED
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.stage import Outcome, Received
from services.classify.learning.brandwise import BrandReader, vocabulary_of
from services.classify.learning.rereading import Rereader
from services.classify.learning.store import LearningStore
from services.classify.models.choice import NAMES
from services.classify.store import ClassifyStore

SOURCE = "/classify/relabel"


class Relabelling:
    """Reads a brand's messages with the model that was asked for, as the brand's own people would."""

    def __init__(
        self, brands: ClassifyStore, learning: LearningStore, rereader: Rereader, clock: Clock
    ) -> None:
        self._brands = brands
        self._learning = learning
        self._rereader = rereader
        self._clock = clock

    async def on_relabel_requested(
        self, batch: Sequence[Received[RelabelRequested]]
    ) -> list[Outcome]:
        """Read part after part; what cannot be read is told, never left open."""
        return [await self._settled(one) for one in batch]

    async def _settled(self, one: Received[RelabelRequested]) -> Outcome:
        asked = one.payload
        if one.event.brandid != asked.brand_id or one.event.agencyid is None:
            why = "envelope and payload name different brands"
            return Outcome(dead=Dead("event.wrong_brand", why))
        name, _, choice = asked.model.partition("@")
        if name not in NAMES or choice not in ("", "base"):
            told = self._told(asked, [], f"there is no model named {asked.model}")
        else:
            reader = BrandReader() if choice == "base" else await self._reader(one.event.scope)
            read = await self._rereader.read(name, reader, asked.items)
            told = self._told(asked, read, None)
        origin = Origin(SOURCE, self._clock.now(), one.event.scope, one.event)
        settled = make_event(
            RELABEL_SETTLED.name,
            told,
            key=(asked.job_id, str(asked.part)),
            partition_key=asked.job_id,
            origin=origin,
        )
        return Outcome((settled,))

    async def _reader(self, scope: BrandScope) -> BrandReader:
        note = await self._brands.brand(scope)
        adapters = await self._learning.adapters(scope)
        how = note.understanding
        return BrandReader(vocabulary_of(how), adapters, how.thresholds)

    def _told(
        self, asked: RelabelRequested, items: list[Relabelled], why: str | None
    ) -> RelabelSettled:
        return RelabelSettled(
            job_id=asked.job_id,
            brand_id=asked.brand_id,
            model=asked.model,
            part=asked.part,
            is_last=asked.is_last,
            items=items,
            why=why,
            settled_at=self._clock.now(),
        )
