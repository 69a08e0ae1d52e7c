"""What the brands know and keep at hand, as the gateway told it: kept for drafting."""

from collections.abc import Sequence

from contracts.knowledge import Entry, KnowledgeChanged
from contracts.scope import AgencyScope, Scope, brand_filter
from runtime.dead_letters import Dead
from runtime.mongo import Database, Document, Index, Write
from runtime.stage import DONE, Outcome, Received


class EntryStore:
    """One document an entry, the newest revision of each; a removed one leaves its revision."""

    def __init__(self, database: Database) -> None:
        self._entries = database.brand_collection("entries")

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self._entries.ensure([Index("brand", [("brand_id", 1)])])

    async def put(self, scope: Scope, changes: Sequence[KnowledgeChanged]) -> None:
        """Take the scope's changes in, whatever their order and however often they come."""
        await self._entries.write([_write(one) for one in changes if covers(scope, one.brand_id)])

    async def of(self, scope: Scope) -> dict[str, list[Entry]]:
        """Return the entries of the scope's brands by brand id."""
        found = await self._entries.find({**brand_filter(scope), "entry": {"$ne": None}})
        entries: dict[str, list[Entry]] = {}
        for one in sorted(found, key=lambda document: str(document["_id"])):
            entries.setdefault(one["brand_id"], []).append(Entry.read(one["entry"]))
        return entries

    async def marks(self, scope: Scope) -> dict[str, int]:
        """Return for each brand of the scope a number that grows with every change of its entries."""
        pipeline: list[Document] = [
            {"$match": brand_filter(scope)},
            {"$group": {"_id": "$brand_id", "mark": {"$sum": "$revision"}}},
        ]
        found = await self._entries.aggregate(pipeline)
        return {one["_id"]: one["mark"] for one in found}


class EntryHandler:
    """The handler of knowledge.changed."""

    def __init__(self, store: EntryStore) -> None:
        self._store = store

    async def on_knowledge_changed(
        self, batch: Sequence[Received[KnowledgeChanged]]
    ) -> list[Outcome]:
        """Keep the newest revision of each entry."""
        wrong = Outcome(
            dead=Dead("guard.wrong_brand", "envelope and payload name different brands")
        )
        outcomes = [DONE if one.event.brandid == one.payload.brand_id else wrong for one in batch]
        usable = [
            one.payload for one, outcome in zip(batch, outcomes, strict=True) if outcome is DONE
        ]
        scope = AgencyScope("*", frozenset(one.brand_id for one in usable))
        await self._store.put(scope, usable)
        return outcomes


def covers(scope: Scope, brand_id: str) -> bool:
    """Say whether the brand lies within the scope."""
    if isinstance(scope, AgencyScope):
        return brand_id in scope.brand_ids
    return brand_id == scope.brand_id


def _write(change: KnowledgeChanged) -> Write:
    told: Document = {
        "brand_id": change.brand_id,
        "entry": change.entry.model_dump() if change.entry else None,
        "revision": change.revision,
    }
    is_newer = {"$gt": [change.revision, {"$ifNull": ["$revision", 0]}]}
    update: list[Document] = [
        {
            "$set": {
                name: {"$cond": [is_newer, {"$literal": value}, f"${name}"]}
                for name, value in told.items()
            }
        }
    ]
    # The brand is part of the id, so that nobody can write over another's entry by its id.
    document_id = f"{change.brand_id}/{change.entry_id}"
    return Write({"_id": document_id, "brand_id": change.brand_id}, update)
