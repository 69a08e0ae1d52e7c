"""Where an item belongs: its connection, its thread, its version. Pure: what must be looked up
comes in as arguments."""

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from contracts import ids
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.messages import Item, ItemFields, MessageReceived
from contracts.topics import MESSAGE_RECEIVED
from runtime.mongo import Document, Write
from services.ingest.directory import Connection
from services.ingest.store import SOURCE, TOMBSTONE_S

LATE_AFTER = timedelta(minutes=15)
LATE_CHANNELS = frozenset({"poll", "backfill"})
_TELL = frozenset({"facebook", "instagram", "youtube", "tiktok"})
_CONTENT = frozenset({"created", "edited"})
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its connection and, once known, the root of its thread."""

    item: Item
    connection: Connection
    delivery: DeliveryReceived
    cause: Event
    root: str | None

    @property
    def message_id(self) -> str:
        """The item's id in Rapport."""
        return self._id_of(self.item.external_id)

    @property
    def parent_id(self) -> str | None:
        """The id in Rapport of the item it answers."""
        parent = self.item.parent_external_id
        return self._id_of(parent) if parent else None

    @property
    def thread_id(self) -> str:
        """The id of its thread; the root must be known."""
        connection = self.connection
        root = self.root or self.item.external_id
        return ids.thread_id(
            connection.scope.brand_id, connection.network, connection.account_id, root
        )

    def rooted(self, root: str) -> "Placed":
        """Return the item in the thread of this root."""
        return replace(self, root=root)

    def _id_of(self, external_id: str) -> str:
        connection = self.connection
        return ids.message_id(
            connection.scope.brand_id, connection.network, connection.account_id, external_id
        )


def version_of(item: ItemFields, observed_at: datetime) -> str:
    """Return a text that orders the versions of one item: the greater is the newer.

    An edit is newer than the original whatever the clocks say; an edit without a time of its own
    counts from when it was seen, so that a late repeat of the original cannot undo it.
    """
    is_edit = item.action == "edited" or item.edited_at is not None
    stamp = item.edited_at or (observed_at if is_edit else item.created_at)
    if item.action in ("hidden", "unhidden", "deleted"):
        is_edit, stamp = False, observed_at
    millis = int(stamp.timestamp() * 1000) if stamp else 0
    return f"{int(is_edit)}-{max(millis, 0):014d}"


def to_event(placed: Placed) -> Event:
    """Return `message.received.v1` for an item whose thread is known."""
    item, delivery, connection = placed.item, placed.delivery, placed.connection
    observed_at = item.sent_at or delivery.received_at
    own = item.is_own or item.author_id == connection.account_id
    fields = {name: getattr(item, name) for name in ItemFields.model_fields}
    created = item.created_at
    is_late = delivery.channel in LATE_CHANNELS and bool(
        created and delivery.received_at - created > LATE_AFTER
    )
    version = version_of(item, observed_at)
    message = MessageReceived.model_validate(
        {
            **fields,
            "text": _clean(item.text),
            "author_name": _clean(item.author_name),
            "is_own": own,
            "network": connection.network,
            "thread_root_id": placed.root or item.external_id,
            "message_id": placed.message_id,
            "thread_id": placed.thread_id,
            "connection_id": connection.connection_id,
            "version": version,
            "received_at": delivery.received_at,
            "is_late": is_late and item.kind != "post",
        }
    )
    return make_event(
        MESSAGE_RECEIVED.name,
        message,
        key=(message.message_id, item.action, version, message.text or ""),
        partition_key=message.thread_id,
        origin=Origin(SOURCE, delivery.received_at, connection.scope, placed.cause),
    )


@dataclass(frozen=True, slots=True)
class Keep:
    """How an item is remembered: the whole document while it is new, else the update."""

    fresh: Document | None
    write: Write


def item_keep(placed: Placed, *, is_gone: bool, is_shown_again: bool = False) -> Keep:
    """Return how to remember an item, or that its author took it back.

    A deleted item keeps no content of ours: only its place, so that a repeat is recognised.
    """
    item, connection = placed.item, placed.connection
    where = {"_id": placed.message_id, "brand_id": connection.scope.brand_id}
    place: dict[str, Any] = {
        "connection_id": connection.connection_id,
        "thread_id": placed.thread_id,
        "root": placed.root or item.external_id,
    }
    if item.action == "deleted":
        gone = {"deleted_at": placed.delivery.received_at}
        unset = {"raw": "", "forget_at": ""}
        return Keep(None, Write(where, {"$set": {**place, **gone}, "$unset": unset}))
    if item.action in ("hidden", "unhidden"):
        place["hidden_at"] = placed.delivery.received_at if item.action == "hidden" else None
    if is_gone or item.action in ("hidden", "unhidden"):
        return Keep(None, Write(where, {"$set": place}))
    told = {**place, "raw": _storable(item.raw)}
    if is_shown_again:
        told["hidden_at"] = None
    return Keep({**where, **told}, Write(where, {"$set": told}))


def tells_visibility(placed: Placed) -> bool:
    """Say whether the item was read where a hidden one would have been told as hidden."""
    is_read = placed.delivery.channel in LATE_CHANNELS
    return is_read and placed.connection.network in _TELL and placed.item.action in _CONTENT


def is_shown_again(placed: Placed, known: Document) -> bool:
    """Say whether an item that was told as hidden is read as plain since."""
    hidden_at = known.get("hidden_at")
    is_later = hidden_at is not None and placed.delivery.received_at > hidden_at
    return is_later and tells_visibility(placed)


def tombstone_keep(placed: Placed) -> Keep:
    """Return how to remember a delete whose item never came, for 30 days."""
    at = placed.delivery.received_at
    write = Write(
        {"_id": placed.message_id, "brand_id": placed.connection.scope.brand_id},
        {
            "$set": {
                "connection_id": placed.connection.connection_id,
                "deleted_at": at,
                "forget_at": at + timedelta(seconds=TOMBSTONE_S),
            }
        },
    )
    return Keep(None, write)


def wanted_context(placed: Placed) -> Document | None:
    """Return the thread document that asks for the post this item hangs on, if it hangs on one."""
    item, root = placed.item, placed.root
    if item.kind not in ("comment", "mention") or root is None or root == item.external_id:
        return None
    return {
        "_id": placed.thread_id,
        "brand_id": placed.connection.scope.brand_id,
        "agency_id": placed.connection.scope.agency_id,
        "connection_id": placed.connection.connection_id,
        "root": root,
        "context": "wanted",
        "due_at": placed.delivery.received_at,
        "tries": 0,
    }


def wordless(placed: Placed, fresh: Container[str]) -> Iterator[Document]:
    """Yield the thread to be fetched once more: a new item names it, and its words are only there."""
    is_told = placed.item.text or placed.item.action != "created" or placed.message_id not in fresh
    # What a fetch itself brought is not asked for again.
    if placed.item.kind == "mention" and not is_told and placed.delivery.channel != "context":
        wanted = wanted_context(placed)
        if wanted is not None:
            yield wanted


def _clean(text: str | None) -> str | None:
    """Replace what no UTF-8 can carry (halves of broken emoji); everything else stays as written."""
    return _SURROGATES.sub("\ufffd", text) if text else text


def _storable(raw: Any) -> Any:
    """Keep the raw part as text: it may hold keys and numbers that BSON refuses."""
    return _SURROGATES.sub("\ufffd", json.dumps(raw, ensure_ascii=False, default=str))
