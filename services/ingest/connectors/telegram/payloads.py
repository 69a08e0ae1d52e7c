"""Telegram Bot API payloads to normalised items: updates and messages. What a message holds lives in content."""

from functools import partial
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    nested,
    read_payload,
    shown_handle,
    unknown,
)
from services.ingest.connectors.telegram.content import is_service, media, words

NETWORK = "telegram"
_CREATED = ("message", "channel_post", "business_message", "guest_message")
_EDITED = ("edited_message", "edited_channel_post", "edited_business_message")
_KINDS = {"private": "dm", "channel": "post"}


class Chat(Model):
    """A private chat, group, supergroup or channel."""

    id: Id
    type: Text = None
    title: Text = None
    username: Text = None


class Person(Model):
    """Somebody, or a chat that speaks for itself."""

    id: Id = None
    is_bot: bool | None = None
    first_name: Text = None
    last_name: Text = None
    title: Text = None
    username: Text = None


class Message(Model):
    """A message. Its number counts within its chat only."""

    message_id: Id
    chat: Chat
    date: Time = None
    edit_date: Time = None
    message_thread_id: Id = None
    is_automatic_forward: bool | None = None


class Gone(Model):
    """A message that was deleted."""

    message_id: Id
    chat: Chat


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read an update, an answer of getUpdates or one message. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if "ok" in part:
        if part["ok"] is not True:
            raise Unreadable(
                "telegram.http_answer", "an error of the network, not something people wrote"
            )
        reading.each(part.get("result", []), partial(_read, reading))
    elif (page := listed(part, "result", "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif "update_id" in part or part.keys() & {*_CREATED, *_EDITED}:
        _read_update(reading, part)
    elif "message_id" in part:
        _read_message(reading, "message", part)
    else:
        raise unknown(NETWORK, part)


def _read_update(reading: Reading, part: Part) -> None:
    kind = next((key for key in part if key != "update_id"), None)
    if kind is None:
        raise unknown(NETWORK, part)
    if kind in _CREATED or kind in _EDITED:
        reading.each(part[kind], partial(_read_message, reading, kind))
    elif kind == "deleted_business_messages":
        reading.each(part[kind], partial(_read_deleted, reading))
    else:
        reading.ignore(kind)


def _read_message(reading: Reading, update: str, part: Part) -> None:
    message = read_part(Message, part, "telegram.message")
    if message.message_id is None or message.chat.id is None:
        raise Unreadable("telegram.message", "a message without its number or chat")
    if (service := is_service(part)) is not None:
        reading.ignore(service)
        return
    is_edited = update in _EDITED
    author = _author(part)
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": f"{message.chat.id}:{message.message_id}",
        # The copy of a channel's post in its discussion group is the post the comments hang on.
        "kind": "post" if message.is_automatic_forward else _kind(message.chat),
        "action": "edited" if is_edited else "created",
        "text": words(part),
        "created_at": message.date,
        "edited_at": message.edit_date,
        "is_own": _is_own(reading, message, author, part),
        "media": media(part),
        "visibility": "direct" if message.chat.type == "private" else None,
        "raw": part,
    }
    fields |= _named(author) | _place(message, part)
    reading.add(read_part(Item, fields, "telegram.message"))


def _read_deleted(reading: Reading, part: Part) -> None:
    """Read messages somebody deleted in a business chat: the only deletions a bot hears of."""
    chat = read_part(Chat, nested(part, "chat"), "telegram.chat")

    def read_one(number: Part) -> None:
        gone = read_part(
            Gone, {"message_id": number["id"], "chat": part.get("chat")}, "telegram.message"
        )
        if gone.message_id is None or chat.id is None:
            raise Unreadable("telegram.message", "a deletion without a number or a chat")
        fields = {
            "network": NETWORK,
            "external_id": f"{chat.id}:{gone.message_id}",
            "kind": _kind(chat),
            "action": "deleted",
            "thread_root_id": chat.id,
            "visibility": "direct",
            "raw": part,
        }
        reading.add(read_part(Item, fields, "telegram.message"))

    reading.each([{"id": one} for one in listed(part, "message_ids") or []], read_one)


def _kind(chat: Chat) -> str:
    return _KINDS.get(chat.type or "", "comment")


def _author(part: Part) -> Person:
    """Return who speaks: a channel or an anonymous admin speaks as a chat, whatever account carried it."""
    return read_part(Person, nested(part, "sender_chat") or nested(part, "from"), "telegram.author")


def _named(author: Person) -> dict[str, str | None]:
    name = " ".join(filter(None, (author.first_name, author.last_name))) or author.title
    return {
        "author_id": author.id,
        "author_name": name,
        "author_handle": shown_handle(author.username),
    }


def _is_own(reading: Reading, message: Message, author: Person, part: Part) -> bool:
    if reading.is_own(author.id, handle=author.username):
        return True
    if message.chat.type == "channel" or message.is_automatic_forward:
        return True
    if message.chat.type == "private":
        # In a private chat the other one is the chat: who is not the chat is our side.
        return author.id is not None and author.id != message.chat.id
    # An admin who speaks as the group itself.
    return bool(nested(part, "sender_chat")) and author.id == message.chat.id


def _place(message: Message, part: Part) -> dict[str, str | None]:
    """Return what a message answers and what its thread hangs on: the peer, the topic or the copied post."""
    chat, own_id = message.chat, f"{message.chat.id}:{message.message_id}"
    answered = nested(part, "reply_to_message")
    parent = None
    if "message_id" in answered:
        above = read_part(Message, {"chat": part.get("chat")} | dict(answered), "telegram.message")
        parent = f"{above.chat.id}:{above.message_id}"
    if chat.type == "private":
        return {"parent_external_id": parent, "thread_root_id": chat.id}
    if chat.type == "channel" or message.is_automatic_forward:
        return {"parent_external_id": parent, "thread_root_id": own_id}
    if message.message_thread_id is not None:
        root = f"{chat.id}:{message.message_thread_id}"
        return {"parent_external_id": parent or root, "thread_root_id": root}
    above_thread = (
        nested(answered, "is_automatic_forward") or answered.get("is_automatic_forward") is True
    )
    return {"parent_external_id": parent, "thread_root_id": parent if above_thread else chat.id}
