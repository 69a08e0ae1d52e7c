"""What ingest keeps: cursors, known items and tombstones, threads whose post is still to be fetched,
and, in connection_store.py, the connections. Every method takes a scope first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from contracts.scope import BrandScope, Scope, brand_filter
from runtime.mongo import BrandCollection, Database, Document, Index, Write
from services.ingest.connection_store import SOURCE, ConnectionStore, NewConnection

__all__ = ["SOURCE", "IngestStore", "NewConnection", "Place"]
TOMBSTONE_S = 30 * 24 * 3600
LEASE_S = 30
CALL_KEPT_S = 3 * 24 * 3600
MOST_AGAIN = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading stands. `turn` counts how often it was set back."""

    cursor: str | None
    turn: int = 0
    read_at: datetime | None = None


class Named(Protocol):
    """What has a connection's id."""

    @property
    def connection_id(self) -> str: ...


class IngestStore(ConnectionStore):
    """Ingest's database. The only writer of it is ingest."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.cursors = database.brand_collection("cursors")
        self.items = database.brand_collection("items")
        self.threads = database.brand_collection("threads")
        self.calls = database.brand_collection("calls")

    def indexes(self) -> list[tuple[BrandCollection, list[Index]]]:
        """Return every collection with the indexes it must have."""
        due = Index("context_due", [("brand_id", 1), ("context", 1), ("due_at", 1)])
        forgotten = Index("tombstones", [("forget_at", 1)], expire_s=0)
        return [
            *self.connection_indexes(),
            (self.items, [forgotten]),
            (self.threads, [due]),
            (self.calls, [Index("calls_forgotten", [("forget_at", 1)], expire_s=0)]),
        ]

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        for collection, indexes in self.indexes():
            await collection.ensure(indexes)

    # Cursors

    async def place(self, scope: BrandScope, connection_id: str) -> Place:
        """Return where reading stands."""
        found = await self.cursors.find_one({"_id": connection_id, "brand_id": scope.brand_id})
        known = found or {}
        return Place(known.get("cursor"), known.get("turn", 0), known.get("read_at"))

    async def keep_cursor(
        self, scope: BrandScope, connection_id: str, place: Place, at: datetime
    ) -> None:
        """Save a cursor. Call it only when the page before it is acknowledged on the bus.

        A place of a turn that is over is not kept: somebody set the cursor back meanwhile.
        """
        where = {"_id": connection_id, "brand_id": scope.brand_id}
        await self.cursors.update(where, {"$setOnInsert": {"turn": 0}}, is_upsert=True)
        turn = {"$in": [place.turn, None]} if place.turn == 0 else place.turn
        await self.cursors.update(
            {**where, "turn": turn}, {"$set": {"cursor": place.cursor, "saved_at": at}}
        )

    async def note_read(self, scope: BrandScope, connection_id: str, at: datetime) -> None:
        """Note that the network answered until the end: everything before this moment is here."""
        where = {"_id": connection_id, "brand_id": scope.brand_id}
        await self.cursors.update(where, {"$max": {"read_at": at}}, is_upsert=True)

    async def set_back(self, scope: BrandScope, connection_id: str, cursor: str | None) -> None:
        """Read again from this cursor (None: everything there is), whatever is being read now."""
        await self.cursors.update(
            {"_id": connection_id, "brand_id": scope.brand_id},
            {"$set": {"cursor": cursor}, "$inc": {"turn": 1}},
            is_upsert=True,
        )

    async def note_call(
        self, scope: BrandScope, connection: Named, call: tuple[str, str], at: datetime
    ) -> bool:
        """Remember a webhook's own id with the hash of its body; False when it came with another one."""
        call_id, body = call
        key = sha256(f"{connection.connection_id}\x1f{call_id}".encode("utf-8", "replace"))
        where = {"_id": key.hexdigest(), "brand_id": scope.brand_id}
        forget_at = at + timedelta(seconds=CALL_KEPT_S)
        if await self.calls.insert({**where, "body": body, "forget_at": forget_at}):
            return True
        known = await self.calls.find_one(where)
        return known is None or known["body"] == body

    async def lease(self, scope: BrandScope, connection_id: str, owner: str, at: datetime) -> bool:
        """Take or renew the right to read a connection, so that one process of many does."""
        where = {"_id": connection_id, "brand_id": scope.brand_id}
        await self.cursors.update(where, {"$setOnInsert": {"lease_until": at}}, is_upsert=True)
        free = [{"owner": owner}, {"lease_until": {"$lte": at}}, {"lease_until": None}]
        until = at + timedelta(seconds=LEASE_S)
        changed = await self.cursors.update(
            {**where, "$or": free}, {"$set": {"owner": owner, "lease_until": until}}
        )
        return changed.matched == 1

    async def release(self, scope: BrandScope, connection_id: str, owner: str) -> None:
        """Give the lease back at once (on a clean stop)."""
        where = {"_id": connection_id, "brand_id": scope.brand_id, "owner": owner}
        await self.cursors.update(where, {"$set": {"lease_until": None}})

    # Items and threads

    async def known_items(self, scope: Scope, message_ids: Sequence[str]) -> dict[str, Document]:
        """Return what is known of these items (thread, root, tombstone) by message id."""
        if not message_ids:
            return {}
        where = {"_id": {"$in": list(message_ids)}, **brand_filter(scope)}
        fields = ["thread_id", "root", "deleted_at", "hidden_at"]
        return {str(item["_id"]): item for item in await self.items.find(where, fields=fields)}

    async def keep_items(self, keeps: Sequence[tuple[Document | None, Write]]) -> set[str]:
        """Remember items: new ones are inserted (a tenth of an upsert's cost), the others updated.

        Returns the ids of those that were new.
        """
        fresh = {document["_id"]: document for document, _ in keeps if document}
        there = {one["_id"] for one in await self.items.insert_many(list(fresh.values()))}
        await self.items.write(
            [w for document, w in keeps if document is None or w.filter["_id"] in there]
        )
        return set(fresh) - there

    async def want_contexts(self, threads: Sequence[Document]) -> None:
        """Note threads whose post is to be fetched, unless they are known already."""
        await self.threads.write(
            [
                Write(
                    {"_id": thread["_id"], "brand_id": thread["brand_id"]},
                    {"$setOnInsert": {k: v for k, v in thread.items() if k not in _KEYS}},
                )
                for thread in threads
            ]
        )

    async def want_again(self, threads: Sequence[Document]) -> None:
        """Have the posts of known threads fetched once more, each at most `MOST_AGAIN` times."""
        await self.threads.write(
            [
                Write(
                    {**{key: thread[key] for key in _KEYS}, "context": {"$ne": "wanted"},
                     "again": {"$not": {"$gte": MOST_AGAIN}}},
                    {"$set": {"context": "wanted", "due_at": thread["due_at"], "tries": 0},
                     "$inc": {"again": 1}},
                    is_upsert=False,
                )
                for thread in threads
            ]
        )  # fmt: skip

    async def contexts_due(self, scope: Scope, at: datetime, limit: int) -> list[Document]:
        """Return threads whose post is to be fetched now."""
        where = {**brand_filter(scope), "context": "wanted", "due_at": {"$lte": at}}
        return await self.threads.find(where, sort=[("due_at", 1)], limit=limit)

    async def settle_context(
        self, scope: BrandScope, thread_id: str, context: str, due_at: datetime
    ) -> None:
        """Note that a thread's post was fetched, is gone, or is to be tried again at `due_at`."""
        where = {"_id": thread_id, "brand_id": scope.brand_id}
        change: dict[str, Any] = {"$set": {"context": context, "due_at": due_at}}
        await self.threads.update(where, {**change, "$inc": {"tries": 1}})


_KEYS = ("_id", "brand_id")
