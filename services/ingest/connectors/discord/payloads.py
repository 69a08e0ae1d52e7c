"""Discord payloads to normalised items: gateway dispatches and messages. Webhook events are counted, not kept."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.markdown import without_marks
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
from services.ingest.connectors.times import parse_time

NETWORK = "discord"
_EPOCH_MS = 1_420_070_400_000
_REPLY = 19
# Message types people write: plain, reply, slash command, thread starter, context menu.
_WRITTEN = (None, 0, _REPLY, 20, 21, 23)
_NAMED = re.compile(r"<(?:@!?|a?:)([A-Za-z0-9_]+)(?::\d+)?>")
_FORWARD = 1


class Person(Model):
    """Who wrote a message. A member may have a name of their own in the guild."""

    id: Id = None
    username: Text = None
    global_name: Text = None
    nick: Text = None


class Message(Model):
    """A message. Its id holds the time it was written."""

    id: Id
    channel_id: Id = None
    guild_id: Id = None
    content: Text = None
    timestamp: Time = None
    edited_timestamp: Time = None


class File(Model):
    """An attachment."""

    id: Id = None
    url: Text = None
    filename: Text = None
    description: Text = None
    content_type: Text = None


class Words(Model):
    """Where a forwarded message and a poll hold words."""

    content: Text = None
    text: Text = None


class Reference(Model):
    """The message that is answered."""

    message_id: Id = None
    type: int | None = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a dispatch, a webhook event, a page of messages or one of them. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if "op" in part:
        _read_frame(reading, part)
    elif (page := listed(part, "messages", "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif "application_id" in part and "type" in part and "channel_id" not in part:
        kind = nested(part, "event").get("type")
        reading.ignore(kind or "PING")
    elif "id" in part and part.keys() & {"channel_id", "content", "author"}:
        _read_message(reading, None, part)
    else:
        raise unknown(NETWORK, part)


def _read_frame(reading: Reading, part: Part) -> None:
    kind, data = part.get("t"), part.get("d")
    if part["op"] != 0 or not isinstance(kind, str):
        reading.ignore(f"op {part['op']}")
    elif kind in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
        reading.each(data, partial(_read_message, reading, kind))
    elif kind == "MESSAGE_DELETE":
        reading.each(data, partial(_read_deleted, reading))
    elif kind == "MESSAGE_DELETE_BULK" and isinstance(data, dict):
        gone = [{**data, "id": one} for one in listed(data, "ids") or []]
        reading.each(gone, partial(_read_deleted, reading))
    else:
        reading.ignore(kind)


def _read_message(reading: Reading, dispatch: str | None, part: Part) -> None:
    message = read_part(Message, part, "discord.message")
    if part.get("type") not in _WRITTEN:
        reading.ignore("system_message")
        return
    if dispatch == "MESSAGE_UPDATE" and "content" not in part:
        # A partial update: what is missing has not changed, so the words have not.
        reading.ignore("MESSAGE_UPDATE.partial")
        return
    author = read_part(Person, nested(part, "author"), "discord.author")
    member = read_part(Person, nested(part, "member"), "discord.member")
    fields: dict[str, Any] = {
        "action": "edited" if message.edited_timestamp else "created",
        "author_id": author.id,
        "author_handle": author.username,
        "author_name": member.nick or author.global_name or author.username,
        "text": _text(message.content, part) or _words(part),
        "parent_external_id": _answered(part),
        "edited_at": message.edited_timestamp,
        "is_own": reading.is_own(author.id, handle=author.username),
        "media": _media(part) + [one for shot in _forwarded(part) for one in _media(shot)],
    }
    # A page does not say where its channel is; in a dispatch only direct messages have no guild.
    is_direct = dispatch is not None and message.guild_id is None
    reading.add(
        read_part(Item, fields | _common(message, part, is_direct=is_direct), "discord.message")
    )


def _read_deleted(reading: Reading, part: Part) -> None:
    gone = read_part(Message, part, "discord.message")
    fields = _common(gone, part, is_direct=gone.guild_id is None)
    fields |= {"action": "deleted", "created_at": None}
    reading.add(read_part(Item, fields, "discord.message"))


def _common(message: Message, part: Part, *, is_direct: bool) -> dict[str, Any]:
    return {
        "network": NETWORK,
        "external_id": message.id,
        "kind": "dm" if is_direct else "comment",
        "thread_root_id": message.channel_id,
        "created_at": message.timestamp or written_at(message.id),
        "visibility": "direct" if is_direct else None,
        "raw": part,
    }


def written_at(snowflake: str | None) -> datetime | None:
    """Return the time an id holds: milliseconds since 2015 in its upper bits (Discord API reference)."""
    if (
        snowflake is None
        or not snowflake.isascii()
        or not snowflake.isdigit()
        or len(snowflake) > len(str(2**64))
    ):
        return None
    milliseconds = int(snowflake) >> 22
    return parse_time(milliseconds + _EPOCH_MS) if milliseconds else None


def _text(content: str | None, part: Part) -> str | None:
    """Return the words with names instead of ids: people as @name, emoji as :name:."""
    if content is None:
        return None
    people = [read_part(Person, one, "discord.mention") for one in listed(part, "mentions") or []]
    names = {one.id: one.username for one in people if one.id and one.username}
    return without_marks(_NAMED.sub(partial(_shown, names), content)).strip() or None


def _words(part: Part) -> str | None:
    """Return what somebody forwarded, or the question of a poll, when they wrote nothing to it."""
    found = [
        _text(read_part(Words, one, "discord.snapshot").content, one) for one in _forwarded(part)
    ]
    question = read_part(Words, nested(part, "poll", "question"), "discord.poll").text
    return "\n\n".join(filter(None, found)) or question


def _forwarded(part: Part) -> list[Part]:
    shots = [one for one in listed(part, "message_snapshots") or [] if isinstance(one, dict)]
    return [nested(one, "message") for one in shots]


def _shown(names: Mapping[str, str], found: re.Match[str]) -> str:
    if ":" in found[0]:
        return f":{found[1]}:"
    return f"@{names[found[1]]}" if found[1] in names else found[0]


def _answered(part: Part) -> str | None:
    reference = read_part(Reference, nested(part, "message_reference"), "discord.reference")
    is_answer = reference.type != _FORWARD and part.get("type") in (None, 0, _REPLY)
    return reference.message_id if is_answer else None


def _media(part: Part) -> list[Media]:
    files = [
        read_part(File, one, "discord.attachment") for one in listed(part, "attachments") or []
    ]
    found = [_file(one) for one in files]
    stickers = [one for one in listed(part, "sticker_items") or [] if isinstance(one, dict)]
    return found + [
        media_of("sticker", None, str(one.get("id")), str(one.get("name") or ""))
        for one in stickers
    ]


def _file(file: File) -> Media:
    kind = _kind(file.content_type)
    # The name of a picture says nothing about what it shows.
    named = None if kind in {"image", "video"} else file.filename
    return media_of(kind, file.url, file.id, file.description or named)


def _kind(content_type: str | None) -> str:
    main = (content_type or "").split("/", 1)[0]
    return main if main in {"image", "video", "audio"} else "file"
