"""What people asked of their accounts, kept until it is done: once each, refused with a reason if not."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from contracts.connections import ConnectionRefused, ConnectionRequested
from contracts.envelope import Origin, make_event
from contracts.scope import BrandScope, Scope, brand_filter
from contracts.topics import CONNECTION_REFUSED
from runtime.clock import Clock
from runtime.mongo import BrandCollection, Database, Document, Index
from runtime.outbox import OUTBOX_INDEX, outbox_push
from runtime.stage import DONE, Outcome, Received
from services.ingest.connection_store import SOURCE, ConnectionStore

HOLD_S = 120
KEPT = timedelta(days=30)


class RequestStore:
    """One document a request. Secrets leave it when it is settled."""

    def __init__(self, database: Database) -> None:
        self.requests = database.brand_collection("requests")

    def indexes(self) -> list[tuple[BrandCollection, list[Index]]]:
        """Return the collection's indexes."""
        due = Index("due", [("brand_id", 1), ("state", 1), ("due_at", 1)])
        forgotten = Index("forgotten", [("forget_at", 1)], expire_s=0)
        return [(self.requests, [due, forgotten, OUTBOX_INDEX])]

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        for collection, indexes in self.indexes():
            await collection.ensure(indexes)

    async def keep(self, request: ConnectionRequested, at: datetime) -> bool:
        """Take a request in; False when it is here already, settled or not."""
        return await self.requests.insert(
            {
                "_id": request.request_id,
                "brand_id": request.brand_id,
                "state": "waiting",
                "request": request.model_dump_json(),
                "due_at": at,
                "forget_at": at + KEPT,
                "tries": 0,
            }
        )

    async def take(self, scope: Scope, at: datetime) -> Document | None:
        """Return the next request to work on, and hold it for a while."""
        return await self.requests.take(
            {**brand_filter(scope), "state": "waiting", "due_at": {"$lte": at}},
            {"$set": {"due_at": at + timedelta(seconds=HOLD_S)}, "$inc": {"tries": 1}},
            sort=[("due_at", 1)],
        )

    async def note(self, request: ConnectionRequested, fields: Document) -> None:
        """Keep what may not be done twice (a code that was exchanged), or when to try again."""
        await self.requests.update(_of(request), {"$set": fields})

    async def settle(self, request: ConnectionRequested) -> None:
        """Note that it is done."""
        change = {"$set": {"state": "done"}, "$unset": {"request": "", "sealed_grant": ""}}
        await self.requests.update(_of(request), change)

    async def refuse(
        self, request: ConnectionRequested, code: str, reason: str, at: datetime
    ) -> None:
        """Note that it cannot be done, and say so, in one update."""
        payload = ConnectionRefused(
            request_id=request.request_id, brand_id=request.brand_id, wish=request.wish,
            network=request.network, connection_id=request.connection_id,
            code=code, reason=reason, refused_at=at,
        )  # fmt: skip
        event = make_event(
            CONNECTION_REFUSED.name,
            payload,
            key=(request.request_id,),
            partition_key=request.brand_id,
            origin=Origin(SOURCE, at, BrandScope(request.agency_id, request.brand_id)),
        )
        push = outbox_push([event], at)
        await self.requests.update(
            {**_of(request), "state": "waiting"},
            {
                "$set": {"state": "refused", "code": code, "reason": reason, **push["$set"]},
                "$push": push["$push"],
                "$unset": {"request": "", "sealed_grant": ""},
            },
        )


class RequestInbox:
    """Handles batches of `connection.requested.v1`: kept at once, worked on by errands.py."""

    def __init__(
        self,
        store: RequestStore,
        connections: ConnectionStore,
        clock: Clock,
        nudge: Callable[[], None],
    ) -> None:
        self._store = store
        self._connections = connections
        self._clock = clock
        self._nudge = nudge

    async def __call__(self, batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        """Keep what is asked."""
        for received in batch:
            request: ConnectionRequested = received.payload
            scope = BrandScope(request.agency_id, request.brand_id)
            await self._connections.note_brand(scope, 0)
            await self._store.keep(request, self._clock.now())
        self._nudge()
        return [DONE] * len(batch)


def _of(request: ConnectionRequested) -> Document:
    return {"_id": request.request_id, "brand_id": request.brand_id}
