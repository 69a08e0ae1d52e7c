"""Messenger payloads to normalised items: conversations of a Page. Comments of the Page live in facebook."""

from functools import partial
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.meta_messages import Talk
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    media_of,
    nested,
    read_payload,
    unknown,
)

NETWORK = "messenger"


class Entry(Model):
    """One Page in a webhook body. It may hold messages, comments or both."""

    id: Id = None
    time: Time = None


class Kept(Model):
    """A message as the conversations of a Page list it."""

    id: Id
    message: Text = None
    created_time: Time = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, one event, or a page of conversations or messages. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if isinstance(part.get("entry"), list):
        reading.each(part["entry"], partial(_read_entry, reading))
    elif (page := listed(part, "data", "messaging", "standby", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif "sender" in part or "recipient" in part:
        Talk(reading).read(part)
    elif isinstance(part.get("messages"), dict):
        _read_conversation(reading, part)
    elif "id" in part and ("message" in part or "from" in part):
        _read_kept(reading, None, part)
    else:
        raise unknown(NETWORK, part)


def _read_entry(reading: Reading, part: Part) -> None:
    entry = read_part(Entry, part, "messenger.entry")
    talk = Talk(reading, entry.id, entry.time)
    known = [key for key in ("messaging", "standby", "changes", "field") if key in part]
    if not known:
        raise unknown(NETWORK, part)
    for key in ("messaging", "standby"):
        if key in part:
            reading.each(part[key], talk.read, entry.id)
    for change in (
        part["changes"]
        if isinstance(part.get("changes"), list)
        else [part]
        if "field" in part
        else []
    ):
        reading.ignore(change.get("field") if isinstance(change, dict) else None)


def _read_conversation(reading: Reading, part: Part) -> None:
    people = nested(part, "participants").get("data")
    reading.each(nested(part, "messages").get("data", []), partial(_read_kept, reading, people))


def _read_kept(reading: Reading, people: Any, part: Part) -> None:
    kept = read_part(Kept, part, "messenger.message")
    author, others = nested(part, "from"), nested(part, "to").get("data") or people or []
    named = [
        read_part(Entry, one, "messenger.party").id
        for one in [author, *others]
        if isinstance(one, dict)
    ]
    author_id = named[0]
    is_own = reading.is_own(author_id)
    peers = [one for one in named[1:] if one and one != author_id and not reading.is_own(one)]
    root = (peers[0] if peers else None) if is_own else author_id
    found = [one for one in nested(part, "attachments").get("data") or [] if isinstance(one, dict)]
    fields = {
        "network": NETWORK,
        "external_id": kept.id,
        "kind": "dm",
        "action": "created",
        "author_id": author_id,
        "author_name": author.get("name"),
        "text": kept.message,
        "thread_root_id": root,
        "created_at": kept.created_time,
        "is_own": is_own,
        "media": [_media(one) for one in found],
        "visibility": "direct",
        "raw": part,
    }
    reading.add(read_part(Item, fields, "messenger.message"))


def _media(part: Part) -> Any:
    for kind in ("image", "video"):
        if isinstance(data := part.get(f"{kind}_data"), dict):
            return media_of(kind, data.get("url"), None, part.get("name"))
    return media_of("file", part.get("file_url"), None, part.get("name"))
