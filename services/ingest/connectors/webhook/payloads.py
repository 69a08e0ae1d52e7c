"""Events of the generic signed webhook (Standard Webhooks envelope) to normalised items. The fields of `data` are ours."""

from functools import partial
from typing import Any, NamedTuple, get_args

from contracts.messages import Item, Kind, Media
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    media_of,
    nested,
    read_payload,
    shown_handle,
    unknown,
)
from services.ingest.connectors.text import html_to_text

NETWORK = "webhook"
_KINDS = {kind: kind for kind in get_args(Kind)} | {"message": "dm"}
_ACTIONS = {
    "created": "created",
    "updated": "edited",
    "edited": "edited",
    "deleted": "deleted",
    "removed": "deleted",
    "hidden": "hidden",
    "unhidden": "unhidden",
}


class Event(Model):
    """The envelope. `timestamp` is when it happened, which need not be when it was delivered."""

    type: Text
    timestamp: Time = None


class Author(Model):
    """Who wrote it."""

    id: Id = None
    handle: Text = None
    name: Text = None


class Data(Model):
    """What was written."""

    id: Id
    kind: Text = None
    thread_id: Id = None
    parent_id: Id = None
    in_reply_to: Id = None
    text: Text = None
    html: Text = None
    url: Text = None
    created_at: Time = None
    edited_at: Time = None
    is_own: bool | None = None


class File(Model):
    """A picture, video or file."""

    type: Text = None
    url: Text = None
    id: Id = None
    alt: Text = None


class Meaning(NamedTuple):
    """What the type of an event says."""

    kind: str = "dm"
    action: str = "created"


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read an event, a list of them, or the data of one. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if isinstance(part.get("type"), str) and "data" in part:
        _read_event(reading, part)
    elif (page := listed(part, "data", "events", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif "id" in part and part.keys() & {"text", "html", "author", "thread_id"}:
        _read_data(reading, Event(type=None), Meaning(), part)
    else:
        raise unknown(NETWORK, part)


def _read_event(reading: Reading, part: Part) -> None:
    event = read_part(Event, part, "webhook.event")
    subject, _, verb = (event.type or "").rpartition(".")
    kind, action = _KINDS.get(subject.rsplit(".", 1)[-1]), _ACTIONS.get(verb)
    if kind is None or action is None:
        reading.ignore(event.type)
        return
    reading.each(part["data"], partial(_read_data, reading, event, Meaning(kind, action)))


def _read_data(reading: Reading, event: Event, meaning: Meaning, part: Part) -> None:
    data = read_part(Data, part, "webhook.data")
    if data.id is None:
        raise Unreadable("webhook.data", "data without an id")
    author = read_part(Author, nested(part, "author"), "webhook.author")
    handle = shown_handle(author.handle)
    kind, action = _KINDS.get(data.kind or "", meaning.kind), meaning.action
    is_gone = action == "deleted"
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": data.id,
        "kind": kind,
        "action": action,
        "author_handle": handle,
        "author_id": author.id,
        "author_name": author.name,
        "text": None if is_gone else data.text or html_to_text(data.html or ""),
        "parent_external_id": data.parent_id or data.in_reply_to,
        "thread_root_id": data.thread_id
        or (data.id if kind in {"post", "review", "mention"} else None),
        "created_at": data.created_at or (event.timestamp if action == "created" else None),
        "edited_at": data.edited_at or (event.timestamp if action == "edited" else None),
        "is_own": bool(data.is_own) or reading.is_own(author.id, handle=handle),
        "media": [] if is_gone else _media(part),
        "permalink": data.url,
        "visibility": "direct" if kind == "dm" else None,
        "sent_at": event.timestamp,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "webhook.data"))


def _media(part: Part) -> list[Media]:
    found = [
        read_part(File, one, "webhook.media") for one in listed(part, "media", "attachments") or []
    ]
    return [media_of(one.type, one.url, one.id, one.alt) for one in found]
