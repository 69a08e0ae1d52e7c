"""Bluesky payloads to normalised items: notifications, Jetstream frames, threads, feeds and chats. Records live in posts."""

from functools import partial

from contracts.messages import Item
from services.ingest.connectors.bluesky.posts import NETWORK, POSTS, Author, Post, Ref, read_post
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import Part, Reading, listed, nested, read_payload, unknown

_REASONS = {"reply": "comment", "mention": "mention", "quote": "mention"}
_ACTIONS = {"create": "created", "update": "edited", "delete": "deleted"}


class Seen(Model):
    """When the network saw a post."""

    indexedAt: Time = None  # noqa: N815 - the network's name


class Frame(Model):
    """A Jetstream frame; `time_us` is microseconds."""

    did: Id
    kind: Text
    time_us: Time = None


class Commit(Model):
    """What happened to one record. A deletion names no record and no cid."""

    operation: Text
    collection: Text
    rkey: Text


class Chat(Model):
    """The conversation a message is in."""

    convoId: Id = None  # noqa: N815 - the network's name


class ChatMessage(Model):
    """A direct message."""

    id: Id
    text: Text = None
    sentAt: Time = None  # noqa: N815 - the network's name


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a notification, a page of them, a frame, a thread or a feed. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    read = partial(_read, reading)
    if (
        page := listed(part, "notifications", "posts", "feed", "records", "data", "items")
    ) is not None:
        reading.each(page, read)
    elif "kind" in part and "did" in part:
        _read_frame(reading, part)
    elif "reason" in part and "uri" in part:
        _read_notification(reading, part)
    elif isinstance(part.get("thread"), dict):
        _read_node(reading, part["thread"])
    elif isinstance(part.get("post"), dict):
        _read_node(reading, part)
    elif isinstance(part.get("record"), dict) and "uri" in part:
        _read_view(reading, part)
    elif isinstance(part.get("value"), dict) and "uri" in part:
        _read_record(reading, part)
    else:
        _read_talk(reading, part)


def _read_talk(reading: Reading, part: Part) -> None:
    """Read what the chat service sends: messages of one conversation, or a log over all."""
    convo = read_part(Chat, part, "bluesky.chat").convoId
    if (talk := listed(part, "messages", "logs")) is not None:
        reading.each(talk, partial(_read_chat, reading, convo))
    elif convo is not None:
        _read_chat(reading, None, part)
    else:
        raise unknown(NETWORK, part)


def _read_notification(reading: Reading, part: Part) -> None:
    reason = part.get("reason")
    kind = _REASONS.get(reason) if isinstance(reason, str) else None
    if kind is None:
        reading.ignore(reason)
        return
    _read_view(reading, part, kind)


def _read_view(reading: Reading, part: Part, kind: str | None = None) -> None:
    """Read a record with its author: a notification or a post as the network shows it. Raises `Unreadable`."""
    if not isinstance(part.get("record"), dict):
        raise Unreadable("bluesky.post", "a post without its record")
    uri = read_part(Ref, part, "bluesky.post").uri
    author = read_part(Author, part.get("author") or {}, "bluesky.author")
    seen = read_part(Seen, part, "bluesky.post").indexedAt
    read_post(reading, Post(uri, author, part["record"], part, kind, view=part, sent_at=seen))


def _read_record(reading: Reading, part: Part) -> None:
    """Read a record as a repository lists it: who wrote it is in its address. Raises `Unreadable`."""
    uri = read_part(Ref, part, "bluesky.post").uri or ""
    did, _, place = uri.removeprefix("at://").partition("/")
    if not place.startswith(f"{POSTS}/"):
        reading.ignore(place.partition("/")[0])
        return
    read_post(reading, Post(uri, Author(did=did), part["value"], part))


def _read_node(reading: Reading, part: Part) -> None:
    """Read a thread: a post, the chain above it, the answers under it. Gaps in it are no messages."""
    for gap in ("notFound", "blocked"):
        if part.get(gap) is True:
            reading.ignore(f"{gap}Post")
            return
    if nested(part, "reason").get("$type"):
        # A feed shows what somebody reposted.
        reading.ignore("repost")
        return
    if not isinstance(part.get("post"), dict):
        raise unknown(NETWORK, part)
    reading.each(part["post"], partial(_read_view, reading))
    for key in ("parent", "replies"):
        if part.get(key):
            reading.each(part[key], partial(_read_node, reading))


def _read_frame(reading: Reading, part: Part) -> None:
    frame = read_part(Frame, part, "bluesky.frame")
    if frame.kind != "commit":
        reading.ignore(frame.kind)
        return
    commit = read_part(Commit, nested(part, "commit"), "bluesky.commit")
    if commit.collection != POSTS or commit.operation not in _ACTIONS:
        reading.ignore(commit.collection if commit.operation in _ACTIONS else commit.operation)
        return
    if not frame.did or not commit.rkey:
        raise Unreadable("bluesky.commit", "a record without its address")
    uri, author = f"at://{frame.did}/{commit.collection}/{commit.rkey}", Author(did=frame.did)
    action = _ACTIONS[commit.operation]
    record = nested(part, "commit", "record")
    if action == "deleted":
        read_post(
            reading,
            Post(uri, author, {}, part, "post", action, sent_at=frame.time_us),
            is_gone=True,
        )
    elif record:
        read_post(reading, Post(uri, author, record, part, None, action, sent_at=frame.time_us))
    else:
        raise Unreadable("bluesky.commit", "a post without its record")


def _read_chat(reading: Reading, convo: str | None, part: Part) -> None:
    """Read a direct message, or a log entry about one. Raises `Unreadable`."""
    named = read_part(Chat, part, "bluesky.chat").convoId or convo
    kind = part.get("$type")
    kind = kind.rsplit("#", 1)[-1] if isinstance(kind, str) else ""
    inner = part["message"] if isinstance(part.get("message"), dict) else part
    is_gone = kind == "logDeleteMessage" or str(inner.get("$type", "")).endswith(
        "#deletedMessageView"
    )
    if kind.startswith("log") and kind not in {"logCreateMessage", "logDeleteMessage"}:
        reading.ignore(kind)
        return
    message = read_part(ChatMessage, inner, "bluesky.chat")
    author = read_part(Author, nested(inner, "sender"), "bluesky.chat")
    fields = {
        "network": NETWORK,
        "external_id": message.id,
        "kind": "dm",
        "action": "deleted" if is_gone else "created",
        "author_id": author.did,
        "text": None if is_gone else message.text,
        "thread_root_id": named,
        "created_at": message.sentAt,
        "is_own": reading.is_own(author.did),
        "visibility": "direct",
        "raw": part,
    }
    reading.add(read_part(Item, fields, "bluesky.chat"))
