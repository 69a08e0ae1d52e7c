"""The brands' voices, read from the store and kept while neither brand nor knowledge changes."""

import asyncio
from collections.abc import Sequence

from contracts.brands import BrandChanged
from contracts.knowledge import Entry
from contracts.scope import AgencyScope
from language.knowledge.search import Tools
from services.respond.drafting.phrasebook import PhraseBook
from services.respond.drafting.voice import Voice, make_voice
from services.respond.store import Store

_State = tuple[int, int]


class Voices:
    """A cache by revision: a change of a brand or of what it knows counts from the next batch on."""

    def __init__(self, store: Store, book: PhraseBook, tools: Tools | None = None) -> None:
        self._store = store
        self._book = book
        self._tools = tools
        self._voices: dict[str, tuple[_State, Voice]] = {}

    async def of(self, scope: AgencyScope) -> dict[str, Voice]:
        """Return the voices of the scope's brands; a brand that is not known yet is missing."""
        revisions, marks = await asyncio.gather(
            self._store.revisions(scope), self._store.entries.marks(scope)
        )
        states = {one: (revision, marks.get(one, 0)) for one, revision in revisions.items()}
        stale = {
            brand_id
            for brand_id, state in states.items()
            if brand_id not in self._voices or self._voices[brand_id][0] != state
        }
        if stale:
            narrow = AgencyScope(scope.agency_id, frozenset(stale))
            brands, entries = await asyncio.gather(
                self._store.brands(narrow), self._store.entries.of(narrow)
            )
            # Indexing encodes every new entry: seconds for a brand that knows much.
            made = await asyncio.to_thread(self._made, brands, entries)
            self._voices.update({one: (states[one], voice) for one, voice in made.items()})
        return {brand_id: self._voices[brand_id][1] for brand_id in revisions}

    def _made(
        self, brands: Sequence[BrandChanged], entries: dict[str, list[Entry]]
    ) -> dict[str, Voice]:
        return {
            brand.brand_id: make_voice(
                brand, self._book, entries.get(brand.brand_id, ()), self._tools
            )
            for brand in brands
        }
