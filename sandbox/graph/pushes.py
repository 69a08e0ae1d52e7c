"""What a webhook says of each thing that happens, for pages, their messages and Instagram. Sending is elsewhere."""

from datetime import datetime
from typing import Any

from sandbox.graph.formats import change_json
from sandbox.graph.instagram_formats import comment_change, mention_change
from sandbox.models import Change, Doing, Item

Content = dict[str, Any]
_APP_ID = 700000000000001
_PAGE_INBOX = 26390203743090


def parts_of(change: Change, now: datetime) -> tuple[str, Content | None]:
    """Return the entry's list and what goes into it, None for what Meta does not tell."""
    item = change.item
    if item.kind == "dm":
        return ("standby" if "standby" in item.extra else "messaging"), message(change, now)
    if item.network == "instagram":
        return "changes", _instagram(change)
    return "changes", change_json(change, now)


def _instagram(change: Change) -> Content | None:
    """Only what is written is told: neither edits nor deletions nor hiding."""
    if change.doing is not Doing.CREATED or change.item.kind == "post":
        return None
    is_mention = change.item.kind == "mention"
    return mention_change(change.item) if is_mention else comment_change(change.item)


def message(change: Change, now: datetime) -> Content | None:
    """One event of a conversation: a message, its echo, an edit, or that it was unsent."""
    item = change.item
    told = {
        Doing.CREATED: _words(item),
        Doing.EDITED: {
            "message_edit": {"mid": item.id, "text": item.text, "num_edit": len(item.versions)}
        },
        Doing.DELETED: {"message": {"mid": item.id, "is_deleted": True}},
    }.get(change.doing)
    at = item.created_at if change.doing is Doing.CREATED else now
    return None if told is None else {**_parties(item), "timestamp": _ms(at), **told}


def _words(item: Item) -> Content:
    told: Content = {"mid": item.id, "text": item.text}
    if item.is_own:
        told["is_echo"] = True
        if item.network == "messenger":
            told["app_id"] = _APP_ID if "metadata" in item.extra else _PAGE_INBOX
        if "metadata" in item.extra:
            told["metadata"] = item.extra["metadata"]
    return {"message": told}


def receipt(item: Item, kind: str, now: datetime) -> Content:
    """The customer's device got (delivery) or showed (read) an own message."""
    parties = {"sender": {"id": item.root_id}, "recipient": {"id": item.account_id}}
    if kind == "delivery":
        watermark = _ms(item.created_at)
        return {**parties, "delivery": {"mids": [item.id], "watermark": watermark}}
    told = {"mid": item.id} if item.network == "instagram" else {"watermark": _ms(now)}
    return {**parties, "timestamp": _ms(now), "read": told}


def _parties(item: Item) -> Content:
    here, there = {"id": item.account_id}, {"id": item.root_id}
    sender, recipient = (here, there) if item.is_own else (there, here)
    return {"sender": sender, "recipient": recipient}


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
