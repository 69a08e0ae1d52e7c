"""Respond's only door to its database. Every method takes a scope first; decisions are in domain."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from contracts.brands import BrandChanged
from contracts.connections import ConnectionChanged
from contracts.envelope import Event
from contracts.scope import AgencyScope, BrandScope, Scope, brand_filter
from runtime.mongo import Database, Document, Index, UnscopedQuery, Write
from runtime.outbox import OUTBOX_INDEX, outbox_fields, outbox_push
from services.respond.allowances import AllowanceStore
from services.respond.domain.publication import (
    LEASE,
    SETTLE_WITHIN,
    STOPPABLE,
    Publication,
    State,
)
from services.respond.entries import EntryStore
from services.respond.freezing.store import FreezeStore
from services.respond.moderation.store import ModerationStore
from services.respond.networks.matching import fingerprint
from services.respond.records import (
    Connection,
    Context,
    ContextNote,
    Echo,
    Lost,
    Reply,
    new_reply,
    progress,
    read_connection,
    read_context,
    read_reply,
    state_update,
)
from services.respond.threads import ThreadStore
from services.respond.undelivered import UndeliveredStore

# Joined, because a path of the document looks like an error code.
_CANCELS = ".".join(("approval", "cancels_on_reply"))  # noqa: FLY002
_REPLY_INDEXES = [
    Index("slot", [("brand_id", 1), ("message_id", 1), ("slot", 1)], is_unique=True),
    Index("due", [("brand_id", 1), ("due_at", 1)], where={"due_at": {"$exists": True}}),
    Index("doubt", [("brand_id", 1), ("connection_id", 1)], where={"state": "unknown"}),
    Index(
        "receipts",
        [("brand_id", 1), ("connection_id", 1), ("published_at", 1)],
        where={"external_id": {"$exists": True}},
    ),
    Index(
        "known_as",
        [("brand_id", 1), ("connection_id", 1), ("external_id", 1)],
        where={"external_id": {"$exists": True}},
    ),
    Index("cancelling", [("brand_id", 1), ("thread_id", 1)], where={_CANCELS: True}),
    Index("keys", [("brand_id", 1), ("sent_key", 1)], where={"sent_key": {"$exists": True}}),
    OUTBOX_INDEX,
]
_OWN_INDEX = Index(
    "own", [("brand_id", 1), ("connection_id", 1), ("fingerprint", 1)], where={"is_own": True}
)
_SKEW = timedelta(seconds=120)
_LEASE_MS = int(LEASE.total_seconds() * 1000)


class Store:
    """Brands, connections, contexts, replies and allowances of the service."""

    def __init__(self, database: Database) -> None:
        # The directory of brands is what scopes are made of, so it lies outside the brand guard.
        self._brands = database.collection("brands")
        self.connections = database.brand_collection("connections")
        self._contexts = database.brand_collection("contexts")
        self.replies = database.brand_collection("replies")
        self.allowances = AllowanceStore(database)
        self.threads = ThreadStore(database)
        self.undelivered = UndeliveredStore(database)
        self.moderations = ModerationStore(database)
        self.freezes = FreezeStore(database)
        self.entries = EntryStore(database)

    async def start(self) -> None:
        """Make the database ready."""
        await self.ensure()

    async def stop(self) -> None:
        """Nothing to put down: the database closes itself."""

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self.replies.ensure(_REPLY_INDEXES)
        await self.connections.ensure([OUTBOX_INDEX])
        await self._contexts.ensure([_OWN_INDEX])
        await self.threads.ensure()
        await self.undelivered.ensure()
        await self.moderations.ensure()
        await self.allowances.ensure()
        await self.freezes.ensure()
        await self.entries.ensure()

    # Brands

    async def everything(self) -> AgencyScope:
        """Return the scope of the service's own loops: every brand that was told to it."""
        found = await self._brands.find({}, fields=["_id"])
        return AgencyScope("*", frozenset(document["_id"] for document in found))

    async def put_brands(self, brands: Sequence[BrandChanged]) -> None:
        """Keep each brand's newest revision."""
        await self._brands.write(
            [_newest(b.brand_id, b.revision, _brand_fields(b)) for b in brands]
        )

    async def revisions(self, scope: Scope) -> dict[str, int]:
        """Return the revision of each brand of the scope that is known."""
        found = await self._brands.find(_ids(scope), fields=["revision"])
        return {document["_id"]: document["revision"] for document in found}

    async def brands(self, scope: Scope) -> list[BrandChanged]:
        """Return the brands of the scope that are known."""
        found = await self._brands.find(_ids(scope))
        return [BrandChanged.read(document["brand"]) for document in found]

    # Connections

    async def put_connections(self, connections: Sequence[ConnectionChanged]) -> None:
        """Keep each connection's newest revision."""
        await self.connections.write(
            [
                _newest(c.connection_id, c.revision, c.model_dump(exclude={"connection_id"}))
                for c in connections
            ]
        )

    async def connection(self, scope: Scope, connection_id: str) -> Connection | None:
        """Return a connection of the scope, or None."""
        found = await self.connections.find_one({**brand_filter(scope), "_id": connection_id})
        return read_connection(found) if found else None

    async def refuse_grant(
        self, scope: BrandScope, connection: Connection, told: Event, at: datetime
    ) -> None:
        """Remember that the network refuses this grant until a new revision comes; tell it once."""
        where = {
            **brand_filter(scope), "_id": connection.connection_id,
            "revision": connection.revision, "refused_revision": {"$ne": connection.revision},
        }  # fmt: skip
        push = outbox_push([told], at)
        push["$set"]["refused_revision"] = connection.revision
        await self.connections.update(where, push)

    async def wake(self, scope: Scope, connection_ids: Collection[str], now: datetime) -> None:
        """Make due what waits for these connections' grants."""
        if not connection_ids:
            return
        where = {
            **brand_filter(scope), "connection_id": {"$in": sorted(connection_ids)},
            "state": State.WAITING.value, "refused_at": {"$exists": True},
        }  # fmt: skip
        await self.replies.update_all(where, {"$set": {"due_at": now}})

    # Contexts

    async def put_contexts(
        self, scope: Scope, notes: Sequence[ContextNote], known: Collection[str]
    ) -> None:
        """Apply a batch's notes. Messages not among `known` are inserted, ten times as fast as an upsert."""
        fresh = {note.message.message_id: note for note in reversed(notes)}
        fresh = {key: note for key, note in fresh.items() if key not in known}
        documents = [note.document() for note in fresh.values()]
        _check_scope(scope, [note.brand_id for note in notes])
        there = {one["_id"] for one in await self._contexts.insert_many(documents)}
        inserted = {id(note) for key, note in fresh.items() if key not in there}
        await self._contexts.write([note.write() for note in notes if id(note) not in inserted])

    async def contexts(self, scope: Scope, message_ids: Collection[str]) -> dict[str, Context]:
        """Return what is known of these messages."""
        where = {**brand_filter(scope), "_id": {"$in": sorted(message_ids)}}
        return {found["_id"]: read_context(found) for found in await self._contexts.find(where)}

    async def own_echoes(
        self, scope: BrandScope, connection_id: str, text: str, since: datetime
    ) -> list[Echo]:
        """Return the brand's own messages with this text since the call."""
        where = {
            **brand_filter(scope), "connection_id": connection_id, "is_own": True,
            "fingerprint": fingerprint(text), "created_at": {"$gte": since - _SKEW},
        }  # fmt: skip
        found = await self._contexts.find(where)
        return [
            Echo(one["external_id"], one.get("parent_external_id"), one["thread_id"], one["kind"])
            for one in found
        ]

    # Replies

    async def insert(
        self, scope: Scope, replies: Sequence[Reply], told: Sequence[Event], at: datetime
    ) -> None:
        """Add new replies, each with the event that tells of it; those already there stay as they are."""
        _check_scope(scope, [reply.target.brand_id for reply in replies])
        await self.replies.insert_many(
            [
                {**new_reply(reply), **outbox_fields([event], at)}
                for reply, event in zip(replies, told, strict=True)
            ]
        )

    async def apply(self, scope: Scope, writes: Sequence[Write]) -> None:
        """Apply the batch's changes to replies in one command."""
        _check_scope(scope, [write.filter["brand_id"] for write in writes])
        await self.replies.write(writes)

    async def reply(self, scope: Scope, reply_id: str) -> Reply | None:
        """Return a reply of the scope, or None."""
        found = await self.replies.find_one({**brand_filter(scope), "_id": reply_id})
        return read_reply(found) if found else None

    async def replies_to(self, scope: Scope, message_ids: Collection[str]) -> list[Reply]:
        """Return the replies to these messages, every slot."""
        where = {**brand_filter(scope), "message_id": {"$in": sorted(message_ids)}}
        return [read_reply(found) for found in await self.replies.find(where)]

    async def replies_known_as(
        self, scope: Scope, connection_id: str, external_id: str | None, key: str | None
    ) -> list[Reply]:
        """Return the replies of a connection with this id at the network, or sent under this key."""
        named: list[Document] = []
        if external_id is not None:
            named.append({"external_id": external_id})
        if key is not None:
            named.append({"sent_key": key})
        found: list[Document] = []
        for name in named:
            where = {**brand_filter(scope), "connection_id": connection_id, **name}
            found += await self.replies.find(where)
        return [read_reply(one) for one in {one["_id"]: one for one in found}.values()]

    async def in_doubt(self, scope: Scope, connection_ids: Collection[str]) -> list[Reply]:
        """Return the replies of these connections whose receipt is missing."""
        where = {
            **brand_filter(scope), "connection_id": {"$in": sorted(connection_ids)},
            "state": State.UNKNOWN.value,
        }  # fmt: skip
        return [read_reply(found) for found in await self.replies.find(where)]

    async def due(
        self, scope: Scope, now: datetime, limit: int, busy: Collection[str] = ()
    ) -> list[Reply]:
        """Return what must be looked after now, oldest first, leaving out busy connections."""
        where: Document = {**brand_filter(scope), "due_at": {"$lte": now}}
        if busy:
            # No call is made for who waits too long to know: a person is told in time all the same.
            overdue = {"state": State.UNKNOWN.value, "doubted_at": {"$lte": now - SETTLE_WITHIN}}
            where["$or"] = [{"connection_id": {"$nin": sorted(busy)}}, overdue]
        found = await self.replies.find(where, sort=[("due_at", 1)], limit=limit)
        return [read_reply(one) for one in found]

    async def cancelling(self, scope: Scope, thread_ids: Collection[str]) -> list[Reply]:
        """Return the answers in these threads that stay here when their author writes again."""
        waits = {_CANCELS: True, "due_at": {"$exists": True}}
        where = {**brand_filter(scope), **waits, "thread_id": {"$in": sorted(thread_ids)}}
        return [read_reply(found) for found in await self.replies.find(where)]

    async def going_by_itself(self, scope: BrandScope) -> list[Reply]:
        """Return the answers that would leave without a person's hand, and have not begun to."""
        by_itself = [{"approved_by.kind": "policy"}, {"send_at": {"$ne": None}}]
        states = [state.value for state in STOPPABLE]
        where = {**brand_filter(scope), "state": {"$in": states}, "$or": by_itself}
        return [read_reply(one) for one in await self.replies.find(where)]

    async def parked(self, scope: BrandScope, code: str) -> list[Reply]:
        """Return the answers that wait for a person for this reason, oldest first."""
        where = {**brand_filter(scope), "state": State.PARKED.value, "code": code}
        found = await self.replies.find(where, sort=[("decided_at", 1)])
        return [read_reply(one) for one in found]

    async def taken(self, scope: BrandScope, connection_id: str, since: datetime) -> frozenset[str]:
        """Return the ids at the network that are known to be other answers."""
        where = {
            **brand_filter(scope), "connection_id": connection_id,
            "published_at": {"$gte": since - _SKEW}, "external_id": {"$exists": True},
        }  # fmt: skip
        found = await self.replies.find(where, fields=["external_id"])
        return frozenset(one["external_id"] for one in found)

    async def hold(
        self, scope: BrandScope, reply: Reply, after: Publication, lost: Lost | None = None
    ) -> bool:
        """Store a step that holds the reply for one lease; False when somebody was faster.

        The lease is counted by the server, so that two machines' clocks cannot overlap it. `lost` is
        what is about to be sent where, for a look after a lost receipt.
        """
        before = progress(reply, after, (), after.decided_at).filter
        is_over = {"$lte": ["$due_at", "$$NOW"]}
        is_first = after.fence != reply.publication.fence
        state = state_update(after, (), after.decided_at)
        if lost is not None:
            noted = asdict(lost) | {"target_ids": list(lost.target_ids)}
            state["$set"] |= {"lost": noted, "sent_key": lost.key}
        stages: list[Document] = [
            {"$set": {name: {"$literal": value} for name, value in state["$set"].items()}},
            {"$set": {"due_at": {"$add": ["$$NOW", _LEASE_MS]}}},
        ]
        if "$unset" in state:
            stages.append({"$unset": sorted(state["$unset"])})
        where: Document = {**before, **brand_filter(scope)}
        if is_first:
            where["$expr"] = is_over
        if lost is not None:
            # Of a person who takes it back and the one who sends it, exactly one is first here.
            where["$expr"] = {"$lte": [{"$ifNull": ["$recalled_at", "$decided_at"]}, "$decided_at"]}
        changed = await self.replies.update(where, stages)
        return changed.modified == 1

    async def interrupt(
        self,
        scope: BrandScope,
        reply: Reply,
        after: Publication,
        events: Sequence[Event],
        at: datetime,
    ) -> bool:
        """Store that a call's lease ran out by the server's clock; False when it did not."""
        write = progress(reply, after, events, at)
        is_over = {"$expr": {"$lte": ["$due_at", "$$NOW"]}}
        where = {**write.filter, **brand_filter(scope), **is_over}
        changed = await self.replies.update(where, write.update)
        return changed.modified == 1

    async def advance(
        self,
        scope: BrandScope,
        reply: Reply,
        after: Publication,
        events: Sequence[Event],
        at: datetime,
    ) -> bool:
        """Store the next step with its events; False when somebody was faster."""
        write = progress(reply, after, events, at)
        changed = await self.replies.update({**write.filter, **brand_filter(scope)}, write.update)
        return changed.modified == 1

    async def keep_receipt(
        self,
        scope: BrandScope,
        reply: Reply,
        after: Publication,
        events: Sequence[Event],
        at: datetime,
    ) -> bool:
        """Store the network's id for this very call, whatever else happened since; False if there is one."""
        where = {
            **brand_filter(scope), "_id": reply.reply_id,
            "attempt_id": after.attempt_id, "state": {"$ne": State.PUBLISHED.value},
        }  # fmt: skip
        changed = await self.replies.update(where, state_update(after, events, at))
        return changed.modified == 1


def insert_write(reply: Reply) -> Write:
    """Return the upsert of a new reply; one that is there stays as it is."""
    fields = new_reply(reply)
    where = {name: fields.pop(name) for name in ("_id", "brand_id")}
    return Write(where, {"$setOnInsert": fields})


def is_stoppable(reply: Reply) -> bool:
    """Say whether nobody has begun to send it."""
    return reply.publication.state in STOPPABLE and not reply.publication.is_doubtful


def _check_scope(scope: Scope, brand_ids: Sequence[str]) -> None:
    permitted = scope.brand_ids if isinstance(scope, AgencyScope) else {scope.brand_id}
    if not permitted.issuperset(brand_ids):
        raise UnscopedQuery("a write outside its scope")


def _ids(scope: Scope) -> Document:
    return {"_id": brand_filter(scope)["brand_id"]}


def _brand_fields(brand: BrandChanged) -> Document:
    return {"agency_id": brand.agency_id, "brand": brand.model_dump(mode="json")}


def _newest(key: str, revision: int, fields: Document) -> Write:
    """Return the upsert that keeps the greater revision."""
    is_newer = {"$lt": [{"$ifNull": ["$revision", -1]}, revision]}
    merged = {"$mergeObjects": ["$$ROOT", {"$literal": {**fields, "revision": revision}}]}
    where: dict[str, Any] = {"_id": key}
    if "brand_id" in fields:
        where["brand_id"] = fields["brand_id"]
    return Write(where, [{"$replaceWith": {"$cond": [is_newer, merged, "$$ROOT"]}}])
