"""The connected accounts: tokens sealed, every change announced with the change that made it.

What must not leave ingest (refresh tokens, webhook secrets) is kept here and never announced.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts import ids
from contracts.connections import ConnectionChanged, State
from contracts.envelope import Event, Origin, make_event
from contracts.scope import AgencyScope, BrandScope, Scope, brand_filter
from contracts.topics import CONNECTION_CHANGED
from runtime.mongo import BrandCollection, Database, Document, Index
from runtime.outbox import OUTBOX_INDEX, outbox_fields, outbox_push

SOURCE = "/ingest"
_FORGOTTEN: Document = {
    "sealed_token": None,
    "sealed_oauth": None,
    "sealed_webhook_secret": None,
    "token_expires_at": None,
}


@dataclass(frozen=True, slots=True)
class NewConnection:
    """An account to connect; what is secret is sealed already.

    `private` are fields that stay in ingest: `sealed_oauth`, `sealed_webhook_secret`, `grant_id`.
    """

    network: str
    account_id: str
    name: str
    base_url: str
    sealed_token: str | None
    handle: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    token_expires_at: datetime | None = None
    request_id: str | None = None
    private: dict[str, Any] = field(default_factory=dict)


class ConnectionStore:
    """Brands and their connections. The only writer is ingest (and its operators' commands)."""

    def __init__(self, database: Database) -> None:
        self.brands = database.collection("brands")
        self.connections = database.brand_collection("connections")

    def connection_indexes(self) -> list[tuple[BrandCollection, list[Index]]]:
        """Return the collection's indexes."""
        by_account = Index(
            "account", [("brand_id", 1), ("network", 1), ("account_id", 1)], is_unique=True
        )
        return [(self.connections, [by_account, OUTBOX_INDEX])]

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

    async def connect(self, scope: BrandScope, new: NewConnection, at: datetime) -> str:
        """Add an account, or give a known one a new token. Returns the connection's id."""
        connection_id = ids.connection_id(scope.brand_id, new.network, new.account_id)
        await self.note_brand(scope, 0)
        fields: Document = {
            "agency_id": scope.agency_id,
            "network": new.network,
            "account_id": new.account_id,
            "handle": new.handle,
            "name": new.name,
            "base_url": new.base_url,
            "options": new.options,
            **_FORGOTTEN,
            "sealed_token": new.sealed_token,
            "token_expires_at": new.token_expires_at,
            **new.private,
            "granted_at": at,
            "is_refresh_due": False,
            "state": "active",
            "reason": None,
            "request_id": new.request_id,
        }
        if await self._insert(scope, connection_id, {**fields, "connected_at": at}, at):
            return connection_id
        await self.change(scope, connection_id, fields, at)
        return connection_id

    async def connection(self, scope: BrandScope, connection_id: str) -> Document | None:
        """Return one connection."""
        return await self.connections.find_one({"_id": connection_id, "brand_id": scope.brand_id})

    async def change_state(
        self, scope: BrandScope, connection_id: str, state: State, reason: str | None, at: datetime
    ) -> bool:
        """Move a connection to a state and announce it; False when it is there already."""
        known = await self.connection(scope, connection_id)
        if known is None or known["state"] == state:
            return False
        change = {"state": state, "reason": reason, "request_id": None}
        return await self._change(known, change, at)

    async def change(
        self, scope: BrandScope, connection_id: str, fields: Document, at: datetime
    ) -> bool:
        """Change a connection and announce it in one update; False when there is none."""
        if fields.get("state") == "removed":
            fields = {**fields, **_FORGOTTEN}
        while (known := await self.connection(scope, connection_id)) is not None:
            if await self._change(known, fields, at):
                return True
        return False

    async def renew(self, known: Document, fields: Document, at: datetime) -> bool:
        """Store and announce a new token in one update; False when somebody else changed it first."""
        fresh = {"granted_at": at, "is_refresh_due": False, "request_id": None}
        return await self._change(known, {**fields, **fresh}, at)

    async def keep_aside(self, scope: BrandScope, connection_id: str, fields: Document) -> None:
        """Note what concerns nobody else (when it was subscribed, that a refresh is due)."""
        where = {"_id": connection_id, "brand_id": scope.brand_id}
        await self.connections.update(where, {"$set": fields})

    async def siblings(self, scope: BrandScope, grant_id: str) -> list[Document]:
        """Return the connections that came with one grant, the most recently granted first."""
        where = {**brand_filter(scope), "grant_id": grant_id}
        return await self.connections.find(where, sort=[("granted_at", -1)])

    async def announce_all(self, scope: Scope, at: datetime) -> None:
        """Put every connection into the outbox again: the broker may be a new one."""
        for known in await self.connections.find(brand_filter(scope)):
            push = outbox_push([_announcement(known)], at)
            where = {"_id": known["_id"], "brand_id": known["brand_id"]}
            await self.connections.update(where, {"$set": push["$set"], "$push": push["$push"]})

    async def list_connections(self, scope: Scope) -> list[Document]:
        """Return the connections of these brands."""
        return await self.connections.find(brand_filter(scope), sort=[("network", 1), ("name", 1)])

    async def _insert(
        self, scope: BrandScope, connection_id: str, fields: Document, at: datetime
    ) -> bool:
        where = {"_id": connection_id, "brand_id": scope.brand_id}
        document = {**where, **fields, "revision": 1, "changed_at": at}
        announced = outbox_fields([_announcement(document)], at)
        return await self.connections.insert({**document, **announced})

    async def _change(self, known: Document, fields: Document, at: datetime) -> bool:
        change = {**fields, "revision": known["revision"] + 1, "changed_at": at}
        push = outbox_push([_announcement({**known, **change})], at)
        changed = await self.connections.update(
            {key: known[key] for key in ("_id", "brand_id", "revision")},
            {"$set": {**change, **push["$set"]}, "$push": push["$push"]},
        )
        return changed.matched == 1


def _announcement(connection: Document) -> Event:
    scope = BrandScope(connection["agency_id"], connection["brand_id"])
    fields: dict[str, Any] = {name: connection.get(name) for name in ConnectionChanged.model_fields}
    fields |= {"connection_id": connection["_id"], "options": connection.get("options") or {}}
    payload = ConnectionChanged.model_validate(fields)
    return make_event(
        CONNECTION_CHANGED.name,
        payload,
        key=(payload.connection_id, str(payload.revision)),
        partition_key=payload.connection_id,
        origin=Origin(SOURCE, payload.changed_at, scope),
    )
