"""The outbox: events that wait in the document whose change they announce, and the relay that
publishes and removes them. At least once: readers recognise repeats by the event's id."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from contracts.envelope import Event
from contracts.scope import Scope, brand_filter
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.failpoints import Failpoint, off
from runtime.logs import get_logger
from runtime.metrics import RuntimeMetrics
from runtime.mongo import BrandCollection, Document, Index, Write

SWEEP_S = 1.0
BATCH = 200
OUTBOX_INDEX = Index(
    "outbox", [("brand_id", 1), ("outbox_at", 1)], where={"outbox_at": {"$exists": True}}
)

log = get_logger("runtime.outbox")


def outbox_push(events: Sequence[Event], at: datetime) -> dict[str, Any]:
    """Return the update operators that put events into a document's outbox (merge into yours)."""
    waiting = [{"id": event.id, "event": event.encode()} for event in events]
    return {"$push": {"outbox": {"$each": waiting}}, "$set": {"outbox_at": at}}


def outbox_change(fields: Document, events: Sequence[Event], at: datetime) -> Document:
    """Return the operators that make a document hold these fields, None taking one out, and add these
    events to its outbox."""
    update: Document = {
        "$set": {name: value for name, value in fields.items() if value is not None},
        "$unset": {name: "" for name, value in fields.items() if value is None},
    }
    if events:
        push = outbox_push(events, at)
        update["$push"] = push["$push"]
        update["$set"] |= push["$set"]
    return {operator: change for operator, change in update.items() if change}


def outbox_fields(events: Sequence[Event], at: datetime) -> Document:
    """Return the fields of a new document that starts with events in its outbox."""
    return {
        "outbox": [{"id": event.id, "event": event.encode()} for event in events],
        "outbox_at": at,
    }


class Relay:
    """Publishes what waits in the outboxes of one collection. A component."""

    def __init__(
        self,
        collection: BrandCollection,
        bus: Bus,
        scopes: Callable[[], Awaitable[Scope]],
        clock: Clock,
        metrics: RuntimeMetrics,
    ) -> None:
        self.name = f"relay:{collection.name}"
        self._collection = collection
        self._bus = bus
        self._scopes = scopes
        self._clock = clock
        self._metrics = metrics
        self._nudged = asyncio.Event()
        self._is_stopping = False
        self.failpoint: Failpoint = off
        self.task: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Publish now instead of at the next sweep."""
        self._nudged.set()

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Publish what waits, then end."""
        self._is_stopping = True
        self._nudged.set()
        if self.task is not None:
            await self.task

    async def _run(self) -> None:
        while True:
            is_last = self._is_stopping
            self._nudged.clear()
            try:
                while await self.publish_waiting() == BATCH:
                    pass
            except Unavailable as outage:
                log.warning("outbox.waiting", collection=self._collection.name, why=outage.why)
            if is_last:
                return
            if not self._is_stopping:
                await self._pause()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._nudged.wait(), SWEEP_S)

    async def publish_waiting(self) -> int:
        """Publish one batch; return how many documents it came from."""
        where = {**brand_filter(await self._scopes()), "outbox_at": {"$lte": self._clock.now()}}
        fields = ["brand_id", "outbox"]
        found = await self._collection.find(
            where, sort=[("outbox_at", 1)], limit=BATCH, fields=fields
        )
        self._metrics.outbox_depth.labels(self._collection.name).set(len(found))
        if not found:
            return 0
        events = [Event.decode(entry["event"]) for one in found for entry in one["outbox"]]
        self.failpoint("relay.found")
        await self._bus.send(events)
        self.failpoint("relay.sent")
        await self._collection.write([_removal(document) for document in found])
        self.failpoint("relay.removed")
        return len(found)


def _removal(document: Document) -> Write:
    """Remove just what was published: more may have come in between."""
    published = [entry["id"] for entry in document["outbox"]]
    left = {"$filter": {"input": "$outbox", "cond": {"$not": [{"$in": ["$$this.id", published]}]}}}
    empty = {"$eq": [{"$size": "$outbox"}, 0]}
    return Write(
        {"_id": document["_id"], "brand_id": document["brand_id"]},
        [
            {"$set": {"outbox": left}},
            {"$set": {"outbox_at": {"$cond": [empty, "$$REMOVE", "$outbox_at"]}}},
        ],
        is_upsert=False,
    )
