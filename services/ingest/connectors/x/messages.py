"""Direct messages of X to items: old events, API v2 events and encrypted chats. Envelopes live in payloads."""

from collections.abc import Iterable, Mapping

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, Reading, nested
from services.ingest.connectors.x.posts import (
    NETWORK,
    Notice,
    attached,
    author,
    decoded,
    old_media,
)


class OldEvent(Model):
    """A direct message in the older form, still used by the Activity API. Milliseconds as text."""

    id: Id
    type: Text = None
    created_timestamp: Time = None


class Sent(Model):
    """From whom, to whom, and what."""

    sender_id: Id = None
    recipient_id: Id = None
    text: Text = None


class Event(Model):
    """A direct message of API v2."""

    id: Id
    event_type: Text = None
    text: Text = None
    sender_id: Id = None
    dm_conversation_id: Id = None
    created_at: Time = None


class Chat(Model):
    """An encrypted message: who wrote when, never what."""

    id: Id
    sender_id: Id = None
    conversation_id: Id = None
    created_at_msec: Time = None


def read_old_message(reading: Reading, notice: Notice, part: Part) -> None:
    """Read a direct message in the older form. Raises `Unreadable`."""
    event = read_part(OldEvent, part, "x.message")
    if event.type not in {None, "message_create"}:
        reading.ignore(event.type)
        return
    create = nested(part, "message_create")
    sent = read_part(Sent, create, "x.message")
    target = read_part(Sent, nested(create, "target"), "x.message")
    data = nested(create, "message_data")
    attachment = nested(data, "attachment").get("media")
    fields = {
        "external_id": event.id,
        "author_id": sent.sender_id,
        "text": decoded(read_part(Sent, data, "x.message").text),
        "created_at": event.created_timestamp,
        "media": old_media({"media": [attachment]} if isinstance(attachment, dict) else {}),
    }
    _add(reading, notice, fields, [sent.sender_id, target.recipient_id], part)


def read_message(reading: Reading, notice: Notice, part: Part) -> None:
    """Read a direct message of API v2. Raises `Unreadable`."""
    event = read_part(Event, part, "x.message")
    if event.event_type not in {None, "MessageCreate"}:
        reading.ignore(event.event_type)
        return
    fields = {
        "external_id": event.id,
        "author_id": event.sender_id,
        "text": decoded(event.text),
        "created_at": event.created_at,
        "media": attached(notice, part),
    }
    _add(reading, notice, fields, _talkers(event.dm_conversation_id, "-"), part)


def read_chat(reading: Reading, notice: Notice, part: Part) -> None:
    """Read an encrypted message: an item without text, to be answered in the app. Raises `Unreadable`."""
    chat = read_part(Chat, part, "x.message")
    fields = {
        "external_id": chat.id,
        "author_id": chat.sender_id,
        "text": None,
        "created_at": chat.created_at_msec,
    }
    _add(reading, notice, fields, _talkers(chat.conversation_id, ":"), part)


def _talkers(conversation_id: str | None, between: str) -> list[str | None]:
    """Return both people of a conversation of two, or the id of a group."""
    return [*conversation_id.split(between)] if conversation_id else []


def _add(
    reading: Reading,
    notice: Notice,
    fields: Mapping[str, object],
    talkers: Iterable[str | None],
    part: Part,
) -> None:
    sender = fields["author_id"]
    if not isinstance(sender, str):
        raise Unreadable("x.message", "a message without a sender")
    talkers = [one for one in talkers if one]
    is_own = reading.is_own(sender) or sender == notice.account_id
    others = [one for one in talkers if one != sender]
    is_group = len(talkers) == 1 and others == talkers
    peer = talkers[0] if is_group else (others[0] if others else None) if is_own else sender
    place: dict[str, object] = {
        "network": NETWORK,
        "kind": "dm",
        "action": "created",
        "is_own": is_own,
    }
    place |= {"thread_root_id": peer, "visibility": "direct", "account_id": notice.account_id}
    place |= {"sent_at": notice.sent_at, "raw": part}
    place |= author(notice.users.get(sender))
    reading.add(read_part(Item, {**fields, **place}, "x.message"))
