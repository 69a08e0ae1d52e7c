"""What ingest keeps: connections with sealed tokens, cursors, known items and tombstones, threads
whose post is still to be fetched. Every method takes a scope first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts import ids
from contracts.connections import ConnectionChanged, State
from contracts.envelope import Origin, make_event
from contracts.scope import AgencyScope, BrandScope, Scope, brand_filter
from contracts.topics import CONNECTION_CHANGED
from runtime.mongo import BrandCollection, Database, Document, Index, Write
from runtime.outbox import OUTBOX_INDEX, outbox_fields, outbox_push

TOMBSTONE_S = 30 * 24 * 3600
LEASE_S = 30
SOURCE = "/ingest"


@dataclass(frozen=True, slots=True)
class NewConnection:
    """An account to connect; the token is sealed already."""

    network: str
    account_id: str
    name: str
    base_url: str
    sealed_token: str | None
    handle: str | None = None


class IngestStore:
    """Ingest's database. The only writer of it is ingest."""

    def __init__(self, database: Database) -> None:
        self.brands = database.collection("brands")
        self.connections = database.brand_collection("connections")
        self.cursors = database.brand_collection("cursors")
        self.items = database.brand_collection("items")
        self.threads = database.brand_collection("threads")

    def indexes(self) -> list[tuple[BrandCollection, list[Index]]]:
        """Return every collection with the indexes it must have."""
        by_account = Index(
            "account", [("brand_id", 1), ("network", 1), ("account_id", 1)], is_unique=True
        )
        due = Index("context_due", [("brand_id", 1), ("context", 1), ("due_at", 1)])
        forgotten = Index("tombstones", [("forget_at", 1)], expire_s=0)
        return [
            (self.connections, [by_account, OUTBOX_INDEX]),
            (self.items, [forgotten]),
            (self.threads, [due]),
        ]

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        for collection, indexes in self.indexes():
            await collection.ensure(indexes)

    async def note_brand(self, scope: BrandScope, revision: int) -> None:
        """Remember that a brand exists."""
        await self.brands.update(
            {"_id": scope.brand_id},
            {"$set": {"agency_id": scope.agency_id}, "$max": {"revision": revision}},
            is_upsert=True,
        )

    async def everyone(self) -> AgencyScope:
        """Return the scope of ingest's own loops: every brand it knows."""
        found = await self.brands.find({}, fields=["_id"])
        return AgencyScope("*", frozenset(str(brand["_id"]) for brand in found))

    # Connections

    async def connect(self, scope: BrandScope, new: NewConnection, at: datetime) -> str:
        """Add an account, or give a known one a new token. Returns the connection's id."""
        connection_id = ids.connection_id(scope.brand_id, new.network, new.account_id)
        await self.note_brand(scope, 0)
        known = await self.connections.find_one({"_id": connection_id, "brand_id": scope.brand_id})
        fields: Document = {
            "brand_id": scope.brand_id,
            "agency_id": scope.agency_id,
            "network": new.network,
            "account_id": new.account_id,
            "handle": new.handle,
            "name": new.name,
            "base_url": new.base_url,
            "sealed_token": new.sealed_token,
            "state": "active",
            "reason": None,
            "revision": (known["revision"] if known else 0) + 1,
            "changed_at": at,
        }
        announced = [_announcement({"_id": connection_id, **fields})]
        if known is None:
            await self.connections.insert(
                {"_id": connection_id, **fields, **outbox_fields(announced, at)}
            )
        else:
            push = outbox_push(announced, at)
            where = {"_id": connection_id, "brand_id": scope.brand_id}
            await self.connections.update(
                where, {"$set": {**fields, **push["$set"]}, "$push": push["$push"]}
            )
        return connection_id

    async def change_state(
        self, scope: BrandScope, connection_id: str, state: State, reason: str | None, at: datetime
    ) -> bool:
        """Move a connection to a state and announce it; False when it is there already."""
        where = {"_id": connection_id, "brand_id": scope.brand_id}
        known = await self.connections.find_one(where)
        if known is None or known["state"] == state:
            return False
        change = {
            "state": state,
            "reason": reason,
            "revision": known["revision"] + 1,
            "changed_at": at,
        }
        push = outbox_push([_announcement({**known, **change})], at)
        changed = await self.connections.update(
            {**where, "revision": known["revision"]},
            {"$set": {**change, **push["$set"]}, "$push": push["$push"]},
        )
        return changed.matched == 1

    async def announce_all(self, scope: Scope, at: datetime) -> None:
        """Put every connection into the outbox again: the broker may be a new one."""
        for known in await self.connections.find(brand_filter(scope)):
            push = outbox_push([_announcement(known)], at)
            where = {"_id": known["_id"], "brand_id": known["brand_id"]}
            await self.connections.update(where, {"$set": push["$set"], "$push": push["$push"]})

    async def list_connections(self, scope: Scope) -> list[Document]:
        """Return the connections of these brands."""
        return await self.connections.find(brand_filter(scope), sort=[("network", 1), ("name", 1)])

    # Cursors

    async def cursor(self, scope: BrandScope, connection_id: str) -> str | None:
        """Return where polling stands, or None before the first page."""
        found = await self.cursors.find_one({"_id": connection_id, "brand_id": scope.brand_id})
        return found.get("cursor") if found else None

    async def keep_cursor(
        self, scope: BrandScope, connection_id: str, cursor: str, at: datetime
    ) -> None:
        """Save a cursor. Call it only when the page before it is acknowledged on the bus."""
        await self.cursors.update(
            {"_id": connection_id, "brand_id": scope.brand_id},
            {"$set": {"cursor": cursor, "saved_at": at}},
            is_upsert=True,
        )

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
        fields = ["thread_id", "root", "deleted_at"]
        return {str(item["_id"]): item for item in await self.items.find(where, fields=fields)}

    async def keep_items(self, keeps: Sequence[tuple[Document | None, Write]]) -> None:
        """Remember items: new ones are inserted (a tenth of an upsert's cost), the others updated."""
        fresh = {document["_id"]: document for document, _ in keeps if document}
        there = {one["_id"] for one in await self.items.insert_many(list(fresh.values()))}
        await self.items.write(
            [w for document, w in keeps if document is None or w.filter["_id"] in there]
        )

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


def _announcement(connection: Document) -> Any:
    scope = BrandScope(connection["agency_id"], connection["brand_id"])
    fields = {name: connection.get(name) for name in ConnectionChanged.model_fields}
    payload = ConnectionChanged.model_validate({**fields, "connection_id": connection["_id"]})
    return make_event(
        CONNECTION_CHANGED.name,
        payload,
        key=(payload.connection_id, str(payload.revision)),
        partition_key=payload.connection_id,
        origin=Origin(SOURCE, payload.changed_at, scope),
    )
