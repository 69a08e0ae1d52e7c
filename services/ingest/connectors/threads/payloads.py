"""Threads payloads to normalised items: its webhook has an envelope of its own. Other Meta products live beside it."""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Id, Text, Time, read_part
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

NETWORK = "threads"
_FIELDS = frozenset({"replies", "mentions", "publish", "delete"})
_ACTIONS = {"HIDDEN": "hidden", "UNHUSHED": "unhidden"}
_MEDIA = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio"}


class Envelope(Model):
    """Whom a webhook is for, and when it was sent."""

    target_id: Id = None
    time: Time = None


class Pointer(Model):
    """Another post, or who owns one."""

    id: Id = None
    owner_id: Id = None


class Post(Model):
    """A post or a reply."""

    id: Id
    username: Text = None
    text: Text = None
    timestamp: Time = None
    permalink: Text = None
    media_type: Text = None
    media_url: Text = None
    alt_text: Text = None
    hide_status: Text = None
    is_reply: bool | None = None
    is_reply_owned_by_me: bool | None = None
    replied_to: Pointer | None = None
    root_post: Pointer | None = None
    owner: Pointer | None = None


class Notice(NamedTuple):
    """What a webhook says around a post; empty for a page."""

    field: str | None = None
    account_id: str | None = None
    sent_at: datetime | None = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, a page of replies or one post. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if "values" in part:
        envelope = read_part(Envelope, part, "threads.envelope")
        read = partial(_read_change, reading, envelope)
        reading.each(part["values"], read, envelope.target_id)
    elif (page := listed(part, "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif isinstance(part.get("value"), dict) and "field" in part:
        _read_change(reading, Envelope(), part)
    elif "id" in part and part.keys() & {
        "text",
        "timestamp",
        "media_type",
        "shortcode",
        "permalink",
    }:
        _read_post(reading, Notice(), part)
    else:
        raise unknown(NETWORK, part)


def _read_change(reading: Reading, envelope: Envelope, part: Part) -> None:
    field = part.get("field")
    if not isinstance(field, str):
        raise unknown(NETWORK, part)
    if field not in _FIELDS:
        reading.ignore(field)
        return
    notice = Notice(field, envelope.target_id, envelope.time)
    reading.each(part.get("value"), partial(_read_post, reading, notice), envelope.target_id)


def _read_post(reading: Reading, notice: Notice, part: Part) -> None:
    post = read_part(Post, part, "threads.post")
    if post.media_type == "REPOST_FACADE":
        reading.ignore("repost")
        return
    is_deleted = notice.field == "delete"
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": post.id,
        "action": "deleted" if is_deleted else _ACTIONS.get(post.hide_status or "", "created"),
        "author_handle": shown_handle(post.username),
        "author_id": post.owner.id or post.owner.owner_id if post.owner else None,
        "created_at": None if is_deleted else post.timestamp,
        "is_own": _is_own(reading, post, notice),
        "permalink": post.permalink,
        "account_id": notice.account_id,
        "sent_at": notice.sent_at,
        "raw": part,
    }
    fields |= _place(post, notice)
    fields |= {} if is_deleted else {"text": post.text, "media": _media(post, part)}
    reading.add(read_part(Item, fields, "threads.post"))


def _place(post: Post, notice: Notice) -> dict[str, Any]:
    """Return the kind, the post it answers and the post the thread hangs on."""
    root = post.root_post.id if post.root_post else None
    parent = post.replied_to.id if post.replied_to else None
    if notice.field == "mentions":
        return {"kind": "mention", "parent_external_id": parent, "thread_root_id": root or post.id}
    if notice.field == "replies" or post.is_reply or parent or (root and root != post.id):
        return {"kind": "comment", "parent_external_id": parent or root, "thread_root_id": root}
    return {"kind": "post", "parent_external_id": None, "thread_root_id": root or post.id}


def _is_own(reading: Reading, post: Post, notice: Notice) -> bool:
    owner = (post.owner.id or post.owner.owner_id) if post.owner else None
    # "publish" tells about the posts of the account itself.
    return (
        bool(post.is_reply_owned_by_me)
        or notice.field == "publish"
        or reading.is_own(owner, handle=post.username)
        or (owner is not None and owner == notice.account_id)
    )


def _media(post: Post, part: Part) -> list[Media]:
    children = nested(part, "children").get("data")
    found = [post] + [
        read_part(Post, one, "threads.media") for one in children or [] if isinstance(one, dict)
    ]
    return [
        media_of(_MEDIA.get(one.media_type or "", "file"), one.media_url, None, one.alt_text)
        for one in found
        if one.media_url
    ]
