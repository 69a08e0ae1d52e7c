"""The collection of acts: claims, steps, what is due. Decisions are in domain."""

from collections.abc import Collection, Sequence
from datetime import datetime

from contracts.envelope import Event
from contracts.scope import Scope, brand_filter
from runtime.mongo import Database, Document, Index
from runtime.outbox import OUTBOX_INDEX
from services.respond.domain.moderation import LEASE, Progress, State
from services.respond.moderation.records import (
    Moderation,
    is_unchanged,
    read_moderation,
    state_update,
)

_INDEXES = [
    Index("due", [("brand_id", 1), ("due_at", 1)], where={"due_at": {"$exists": True}}),
    Index("message", [("brand_id", 1), ("message_id", 1)]),
    OUTBOX_INDEX,
]
_LEASE_MS = int(LEASE.total_seconds() * 1000)


class ModerationStore:
    """Acts by their id; the events that tell of their ends wait in their outboxes."""

    def __init__(self, database: Database) -> None:
        self.acts = database.brand_collection("moderations")

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self.acts.ensure(_INDEXES)

    async def put(self, documents: Sequence[Document]) -> None:
        """Add new wishes in one command; those already there stay as they are."""
        await self.acts.insert_many(documents)

    async def find(self, scope: Scope, moderation_id: str) -> Moderation | None:
        """Return an act of the scope, or None."""
        found = await self.acts.find_one({**brand_filter(scope), "_id": moderation_id})
        return read_moderation(found) if found else None

    async def on_message(self, scope: Scope, message_id: str) -> list[Moderation]:
        """Return all acts on a message."""
        where = {**brand_filter(scope), "message_id": message_id}
        return [read_moderation(found) for found in await self.acts.find(where)]

    async def due(
        self, scope: Scope, now: datetime, limit: int, busy: Collection[str]
    ) -> list[Moderation]:
        """Return what must be looked after now, oldest first, leaving out busy connections."""
        where: Document = {**brand_filter(scope), "due_at": {"$lte": now}}
        if busy:
            where["connection_id"] = {"$nin": sorted(busy)}
        found = await self.acts.find(where, sort=[("due_at", 1)], limit=limit)
        return [read_moderation(one) for one in found]

    async def claim(self, scope: Scope, one: Moderation, after: Progress) -> bool:
        """Store that the act is in hand for one lease by the server's clock; False when it is not due."""
        where = {
            **is_unchanged(one), **brand_filter(scope), "$expr": {"$lte": ["$due_at", "$$NOW"]},
        }  # fmt: skip
        stages: list[Document] = [
            {"$set": {"state": after.state.value, "fence": after.fence}},
            {"$set": {"due_at": {"$add": ["$$NOW", _LEASE_MS]}}},
        ]
        return (await self.acts.update(where, stages)).modified == 1

    async def advance(
        self,
        scope: Scope,
        one: Moderation,
        after: Progress,
        events: Sequence[Event],
        at: datetime,
    ) -> bool:
        """Store the next step with its events; False when somebody was faster."""
        where = {**is_unchanged(one), **brand_filter(scope)}
        return (await self.acts.update(where, state_update(after, events, at))).modified == 1

    async def wake(self, scope: Scope, connection_ids: Collection[str], now: datetime) -> None:
        """Make due what waits for these connections' grants."""
        where = {
            **brand_filter(scope), "connection_id": {"$in": sorted(connection_ids)},
            "state": State.WAITING.value, "refused_at": {"$exists": True},
        }  # fmt: skip
        await self.acts.update_all(where, {"$set": {"due_at": now}})
