"""What events say about one message, and how it adds up in any order and under repeats.

Pure: a join of registers (the greater key wins), minima and flags. store/projection.py does the
same inside MongoDB; `document` is what it must come to.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from contracts.envelope import Event
from contracts.messages import MessageClassified, MessageReceived
from contracts.moderation import ModerationSettled
from contracts.replies import ReplyDrafted, ReplyFailed, ReplyPublished, ReplyTarget
from contracts.scope import BrandScope

Document = dict[str, Any]
_PLACE_FIELDS = {
    "message_id", "thread_id", "received_at", "is_late", "created_at", "action", "thread_root_id",
}  # fmt: skip
_TARGET_FIELDS = set(ReplyTarget.model_fields)


@dataclass(frozen=True, slots=True)
class Register:
    """A value and the key that orders its versions: compared as text, the greater is the newer."""

    key: str
    value: Document

    def stored(self) -> Document:
        """Return the form in the document."""
        return {"key": self.key, **self.value}


@dataclass(frozen=True, slots=True)
class Place:
    """Whose message it is and where it hangs."""

    message_id: str
    thread_id: str
    brand_id: str
    agency_id: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What some events together say about one message. `slots` maps a slot to its registers."""

    place: Place
    content: Register | None = None
    hidden: Register | None = None
    labels: Register | None = None
    source: Register | None = None
    received_at: datetime | None = None
    created_at: datetime | None = None
    is_late: bool | None = None
    is_deleted: bool = False
    slots: dict[int, dict[str, Register]] = field(default_factory=dict)


def of_received(scope: BrandScope, message: MessageReceived) -> Facts:
    """Read the facts out of `message.received`: the content, or that it was deleted or hidden."""
    is_content = message.action in {"created", "edited"}
    value = _whole_ms(message.model_dump(exclude=_PLACE_FIELDS))
    value["is_item"] = _is_item(message)
    # A notice of deletion must not win over the text it is about, whatever its version.
    key = f"{int(is_content)}{message.version}\x1f{_digest(message)}"
    hidden = None
    if message.action in {"hidden", "unhidden"}:
        is_hidden = message.action == "hidden"
        hidden = Register(f"{message.version}\x1f{message.action}", {"is_hidden": is_hidden})
    return Facts(
        place=_place(scope, message.message_id, message.thread_id),
        content=Register(key, value),
        hidden=hidden,
        received_at=whole_ms(message.received_at),
        created_at=whole_ms(message.created_at) if message.created_at else None,
        is_late=message.is_late,
        is_deleted=message.action == "deleted",
    )


def with_source(facts: Facts, event: Event) -> Facts:
    """Add which delivery brought the message; of several the first to arrive is kept."""
    at = _text(event.time)
    told = {"event_id": event.id, "delivery_id": event.correlationid, "at": whole_ms(event.time)}
    # The greater key wins, so the earlier moment must make the greater key.
    key = "".join(chr(ord("0") + 9 - int(sign)) if sign.isdigit() else sign for sign in at)
    return replace(facts, source=Register(f"{key}\x1f{event.id}", told))


def of_classified(scope: BrandScope, classified: MessageClassified) -> Facts:
    """Read the labels out of `message.classified`; the content comes by `message.received`."""
    message = classified.message
    labels = None
    if classified.labels is not None:
        key = f"{message.version}\x1f{classified.labels.model}"
        labels = Register(
            key,
            {
                "version": message.version,
                "priority": classified.priority,
                "intent": classified.labels.intent.label,
                "value": classified.labels.model_dump(),
            },
        )
    return Facts(_place(scope, message.message_id, message.thread_id), labels=labels)


def of_reply(scope: BrandScope, reply: ReplyDrafted | ReplyPublished | ReplyFailed) -> Facts:
    """Read the facts out of an event about the brand's answer."""
    value = _whole_ms(reply.model_dump(exclude=_TARGET_FIELDS))
    value["reply_id"] = reply.reply_id
    if isinstance(reply, ReplyDrafted):
        name, key = (
            "drafted",
            f"{reply.message_version}\x1f{_text(reply.drafted_at)}\x1f{reply.mode}",
        )
    elif isinstance(reply, ReplyPublished):
        name, key = "published", f"{_text(reply.published_at)}\x1f{reply.external_id}"
    else:
        name, key = "failed", f"{reply.revision:012d}\x1f{reply.state}"
    place = _place(scope, reply.message_id, reply.thread_id)
    return Facts(place, slots={reply.slot: {name: Register(key, value)}})


def of_deletion(scope: BrandScope, settled: ModerationSettled) -> Facts:
    """Read out of `moderation.settled` that the message is gone: we had it deleted."""
    return Facts(_place(scope, settled.message_id, settled.thread_id), is_deleted=True)


def join(one: Facts, other: Facts) -> Facts:
    """Add up two sets of facts about one message. Commutative, associative, idempotent."""
    slots = {slot: dict(registers) for slot, registers in one.slots.items()}
    for slot, registers in other.slots.items():
        mine = slots.setdefault(slot, {})
        for name, register in registers.items():
            newest = _newer(mine.get(name), register)
            if newest is not None:
                mine[name] = newest
    return replace(
        one,
        content=_newer(one.content, other.content),
        hidden=_newer(one.hidden, other.hidden),
        labels=_newer(one.labels, other.labels),
        source=_newer(one.source, other.source),
        received_at=_least(one.received_at, other.received_at),
        created_at=_least(one.created_at, other.created_at),
        is_late=_both(one.is_late, other.is_late),
        is_deleted=one.is_deleted or other.is_deleted,
        slots=slots,
    )


def join_all(facts: Iterable[Facts]) -> list[Facts]:
    """Add up the facts message by message, so that a batch writes each document once."""
    by_message: dict[tuple[str, str], Facts] = {}
    for one in facts:
        place = (one.place.brand_id, one.place.message_id)
        known = by_message.get(place)
        by_message[place] = one if known is None else join(known, one)
    return list(by_message.values())


def document(facts: Facts) -> Document:
    """Return the document that these facts come to: the oracle of the pipeline in the store."""
    place = facts.place
    found: Document = {
        "_id": place.message_id,
        "brand_id": place.brand_id,
        "agency_id": place.agency_id,
        "thread_id": place.thread_id,
        "is_deleted": facts.is_deleted,
        "priority": facts.labels.value["priority"] if facts.labels else 0,
        "received_at": facts.received_at,
        "created_at": facts.created_at,
        "at": facts.created_at or facts.received_at,
        "is_late": facts.is_late,
        "slot": max(facts.slots, default=None),
        "answered_slot": max(
            (slot for slot, registers in facts.slots.items() if "published" in registers),
            default=None,
        ),
    }
    for name in ("content", "hidden", "labels", "source"):
        register: Register | None = getattr(facts, name)
        found[name] = register.stored() if register else None
    found["network"] = facts.content.value["network"] if facts.content else None
    found["intent"] = facts.labels.value["intent"] if facts.labels else None
    found["slots"] = {
        slot_name(slot): {name: register.stored() for name, register in registers.items()}
        for slot, registers in facts.slots.items()
    } or None
    found["state"] = state_of(found)
    return {name: value for name, value in found.items() if value is not None}


def state_of(found: Document) -> str:
    """Say where an item stands; `none` is what never needs a person (own posts, empty ones)."""
    decided = (found.get("decided") or {}).get("state")
    answered = found.get("answered_slot")
    if not (found.get("content") or {}).get("is_item"):
        return "none"
    if decided == "done":
        return "done"
    if answered is not None and answered >= (found.get("slot") or 0) and decided != "open":
        return "answered"
    return "done" if found.get("is_deleted") else "open"


def slot_name(slot: int) -> str:
    """Return the field that a slot has in the document."""
    return f"s{slot}"


def whole_ms(at: datetime) -> datetime:
    """Return the time as MongoDB keeps it: UTC, whole milliseconds."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _place(scope: BrandScope, message_id: str, thread_id: str) -> Place:
    return Place(message_id, thread_id, scope.brand_id, scope.agency_id)


def _is_item(message: MessageReceived) -> bool:
    if message.is_own or message.kind == "post":
        return False
    return bool((message.text or "").strip() or message.media or message.action == "deleted")


def _digest(message: MessageReceived) -> str:
    told = message.model_dump_json(exclude={"received_at", "is_late"})
    return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _whole_ms(value: Document) -> Document:
    return {k: whole_ms(v) if isinstance(v, datetime) else v for k, v in value.items()}


def _newer(one: Register | None, other: Register | None) -> Register | None:
    if one is None or other is None:
        return one or other
    return other if other.key > one.key else one


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is None or other is None:
        return other if one is None else one
    return one and other
