"""Writing what events say into the inbox: one pipeline update per message, correct in any order.

The meaning is domain/inbox.py's; this is the same join, done by MongoDB without reading first.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from runtime.clock import Clock
from runtime.mongo import Write
from services.gateway.domain.inbox import (
    Document,
    Facts,
    Register,
    document,
    slot_name,
    whole_ms,
)
from services.gateway.store.database import GatewayDatabase

_DECIDED = "$decided.state"
_IS_ANSWERED = {
    "$and": [
        {"$gte": [{"$ifNull": ["$answered_slot", -1]}, {"$ifNull": ["$slot", 0]}]},
        {"$ne": [_DECIDED, "open"]},
    ]
}
_DERIVED: Document = {
    "at": {"$ifNull": ["$created_at", "$received_at"]},
    "network": "$content.network",
    "intent": {"$ifNull": ["$corrected.intent.label", "$labels.intent"]},
    "priority": {"$ifNull": ["$labels.priority", 0]},
    "state": {
        "$switch": {
            "branches": [
                {"case": {"$ne": ["$content.is_item", True]}, "then": "none"},
                {"case": {"$eq": [_DECIDED, "done"]}, "then": "done"},
                {"case": _IS_ANSWERED, "then": "answered"},
                {"case": "$is_deleted", "then": "done"},
            ],
            "default": "open",
        }
    },
}


class ProjectionStore:
    """Applies facts about messages. Every write carries its own brand."""

    def __init__(self, database: GatewayDatabase, clock: Clock) -> None:
        self._messages = database.messages
        self._threads = database.threads
        self._clock = clock

    async def apply(self, facts: Sequence[Facts]) -> None:
        """Add the facts to their messages (and threads, where they carry content)."""
        await asyncio.gather(self._apply(facts), self._threads.write(_threads(facts)))

    async def _apply(self, facts: Sequence[Facts]) -> None:
        # A message comes with its content first, nearly always, and an insert costs MongoDB a
        # tenth of an upsert; whatever is there already is joined as usual.
        now = whole_ms(self._clock.now())
        fresh = [{**document(one), "stored_at": now} for one in facts if one.content]
        there = {one["_id"] for one in await self._messages.insert_many(fresh)}
        left = [one for one in facts if not one.content or one.place.message_id in there]
        await self._messages.write([_write(one) for one in left])


def pipeline_of(facts: Facts) -> list[Document]:
    """Return the update that joins these facts into a document, whatever it holds already.

    `stored_at` and `labelled_at` say when the inbox first had content and labels.
    """
    told: Document = {
        "agency_id": {"$literal": facts.place.agency_id},
        "thread_id": {"$literal": facts.place.thread_id},
        "is_deleted": True if facts.is_deleted else {"$ifNull": ["$is_deleted", False]},
    }
    for name in ("content", "hidden", "labels", "source"):
        register: Register | None = getattr(facts, name)
        if register is not None:
            told[name] = _newer(name, register)
    for name in ("received_at", "created_at"):
        at: datetime | None = getattr(facts, name)
        if at is not None:
            told[name] = {"$min": [f"${name}", at]}
    if facts.is_late is not None:
        told["is_late"] = {"$and": [{"$ifNull": ["$is_late", True]}, facts.is_late]}
    told.update(_slots(facts))
    for name, moment in (("content", "stored_at"), ("labels", "labelled_at")):
        if getattr(facts, name) is not None:
            told[moment] = {"$ifNull": [f"${moment}", "$$NOW"]}
    return [{"$set": told}, {"$set": _DERIVED}]


def _slots(facts: Facts) -> Document:
    told: Document = {}
    for slot, registers in facts.slots.items():
        for name, register in registers.items():
            path = f"slots.{slot_name(slot)}.{name}"
            told[path] = _newer(path, register)
    if facts.slots:
        told["slot"] = {"$max": ["$slot", max(facts.slots)]}
    published = [slot for slot, registers in facts.slots.items() if "published" in registers]
    if published:
        told["answered_slot"] = {"$max": ["$answered_slot", max(published)]}
    return told


def _newer(path: str, register: Register) -> Document:
    is_newer = {"$gt": [{"$literal": register.key}, {"$ifNull": [f"${path}.key", ""]}]}
    # $literal: a text that starts with a dollar sign is a text, never a field of the document.
    return {"$cond": [is_newer, {"$literal": register.stored()}, f"${path}"]}


def _write(facts: Facts) -> Write:
    where = {"_id": facts.place.message_id, "brand_id": facts.place.brand_id}
    return Write(where, pipeline_of(facts))


def _threads(facts: Sequence[Facts]) -> list[Write]:
    spans: dict[tuple[str, str], tuple[Facts, datetime, datetime]] = {}
    for one in facts:
        at = one.created_at or one.received_at
        if one.content is None or at is None:
            continue
        key = (one.place.brand_id, one.place.thread_id)
        _, first, last = spans.get(key, (one, at, at))
        spans[key] = (one, min(first, at), max(last, at))
    return [_thread(*span) for span in spans.values()]


def _thread(one: Facts, first: datetime, last: datetime) -> Write:
    content = one.content.value if one.content else {}
    update: dict[str, Any] = {
        "$setOnInsert": {
            "agency_id": one.place.agency_id,
            "network": content["network"],
            "connection_id": content["connection_id"],
        },
        "$min": {"first_at": first},
        "$max": {"last_at": last},
    }
    return Write({"_id": one.place.thread_id, "brand_id": one.place.brand_id}, update)
