"""Conversations as the Graph API lists them, for Messenger and Instagram. Pushed messages live in meta_messages."""

from functools import partial
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, Reading, media_of, nested, shown_handle


class Kept(Model):
    """A message as a conversation lists it."""

    id: Id
    message: Text = None
    created_time: Time = None


class Party(Model):
    """Somebody in a conversation. Only Instagram gives a username."""

    id: Id = None
    name: Text = None
    username: Text = None


def read_conversation(reading: Reading, part: Part) -> None:
    """Read the messages of one conversation."""
    people = nested(part, "participants").get("data")
    reading.each(nested(part, "messages").get("data", []), partial(read_kept, reading, people))


def read_kept(reading: Reading, people: Any, part: Part) -> None:
    """Read one message; `people` are the conversation's, when the message does not name its readers."""
    kept = read_part(Kept, part, f"{reading.network}.message")
    author, others = nested(part, "from"), nested(part, "to").get("data") or people or []
    parties = [
        read_part(Party, one, f"{reading.network}.party")
        for one in [author, *others]
        if isinstance(one, dict)
    ]
    writer, author_id = parties[0], parties[0].id
    is_own = reading.is_own(author_id, handle=writer.username)
    named = [one.id for one in parties[1:]]
    peers = [one for one in named if one and one != author_id and not reading.is_own(one)]
    root = (peers[0] if peers else None) if is_own else author_id
    found = [one for one in nested(part, "attachments").get("data") or [] if isinstance(one, dict)]
    fields = {
        "network": reading.network,
        "external_id": kept.id,
        "kind": "dm",
        "action": "created",
        "author_id": author_id,
        "author_name": writer.name,
        "author_handle": shown_handle(writer.username),
        "text": kept.message,
        "thread_root_id": root,
        "created_at": kept.created_time,
        "is_own": is_own,
        "media": [_media(one) for one in found],
        "visibility": "direct",
        "raw": part,
    }
    reading.add(read_part(Item, fields, f"{reading.network}.message"))


def _media(part: Part) -> Any:
    for kind in ("image", "video"):
        if isinstance(data := part.get(f"{kind}_data"), dict):
            return media_of(kind, data.get("url"), None, part.get("name"))
    return media_of("file", part.get("file_url"), None, part.get("name"))
