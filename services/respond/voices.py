"""The brands' voices, read from the store and kept while their revision stays the same."""

from contracts.scope import AgencyScope
from services.respond.drafting.phrasebook import PhraseBook
from services.respond.drafting.voice import Voice, make_voice
from services.respond.store import Store


class Voices:
    """A cache by revision: a change of a brand counts from the next batch on."""

    def __init__(self, store: Store, book: PhraseBook) -> None:
        self._store = store
        self._book = book
        self._voices: dict[str, Voice] = {}

    async def of(self, scope: AgencyScope) -> dict[str, Voice]:
        """Return the voices of the scope's brands; a brand that is not known yet is missing."""
        revisions = await self._store.revisions(scope)
        stale = {
            brand_id
            for brand_id, revision in revisions.items()
            if brand_id not in self._voices or self._voices[brand_id].revision != revision
        }
        if stale:
            brands = await self._store.brands(AgencyScope(scope.agency_id, frozenset(stale)))
            for brand in brands:
                self._voices[brand.brand_id] = make_voice(brand, self._book)
        return {brand_id: self._voices[brand_id] for brand_id in revisions}
