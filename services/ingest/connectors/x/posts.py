"""Posts of X to items: API v2 objects and the older Account Activity form. Envelopes live in payloads."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, Reading, listed, media_of, nested, shown_handle

NETWORK = "x"
_MEDIA = {"photo": "image", "animated_gif": "video"}
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_DECODED = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


class User(Model):
    """A person, in either form."""

    id: Id = None
    id_str: Id = None
    name: Text = None
    username: Text = None
    screen_name: Text = None


class Reference(Model):
    """Another post, and how this one refers to it."""

    type: Text = None
    id: Id = None


class Post(Model):
    """A post in the form of API v2. `edit_history_tweet_ids` is oldest first."""

    id: Id
    text: Text = None
    author_id: Id = None
    created_at: Time = None
    conversation_id: Id = None
    in_reply_to_tweet_id: Id = None
    referenced_tweets: list[Reference] | None = None
    edit_history_tweet_ids: list[Id] | None = None


class OldPost(Model):
    """A post in the older form. The numeric id is rounded: only `id_str` counts."""

    id_str: Id
    text: Text = None
    full_text: Text = None
    created_at: Time = None
    in_reply_to_status_id_str: Id = None


class MediaObject(Model):
    """A picture or video, in either form."""

    type: Text = None
    url: Text = None
    media_url_https: Text = None
    preview_image_url: Text = None
    media_key: Id = None
    id_str: Id = None
    alt_text: Text = None
    ext_alt_text: Text = None


class Notice(NamedTuple):
    """What stands around a post: for whom it came, what happened, and the people and media it names."""

    account_id: str | None = None
    event: str | None = None
    users: Mapping[str, User] = {}
    media: Mapping[str, MediaObject] = {}
    sent_at: datetime | None = None


def people(users: object) -> dict[str, User]:
    """Return users by id, from a list or an object, each sometimes wrapped in `data`."""
    found = {}
    for one in (
        users if isinstance(users, list) else users.values() if isinstance(users, dict) else []
    ):
        if isinstance(one, dict):
            inner = one["data"] if isinstance(one.get("data"), dict) else one
            # A profile that cannot be read costs the author's name, never the post.
            with suppress(Unreadable):
                user = read_part(User, inner, "x.user")
                if (key := user.id or user.id_str) is not None:
                    found[key] = user
    return found


def media_objects(parts: object) -> dict[str, MediaObject]:
    """Return media objects by key."""
    found = {}
    for one in parts if isinstance(parts, list) else []:
        with suppress(Unreadable):
            media = read_part(MediaObject, one, "x.media")
            if media.media_key:
                found[media.media_key] = media
    return found


def author(user: User | None) -> dict[str, str | None]:
    """Return the author fields an item takes from a user."""
    handle = shown_handle(user.username or user.screen_name) if user else None
    return {"author_handle": handle, "author_name": user.name if user else None}


def decoded(text: str | None) -> str | None:
    """Return the text without the three entities X writes (&amp; &lt; &gt;), and with no others touched."""
    return _ENTITY.sub(lambda found: _DECODED[found[0]], text) if text else None


def read_post(reading: Reading, notice: Notice, part: Part) -> None:
    """Read a post of API v2. Raises `Unreadable`."""
    post = read_part(Post, part, "x.post")
    refers = {one.type: one.id for one in post.referenced_tweets or []}
    if "retweeted" in refers:
        reading.ignore("repost")
        return
    versions = [one for one in post.edit_history_tweet_ids or [] if one]
    parent = refers.get("replied_to") or post.in_reply_to_tweet_id
    is_own = _is_own(reading, notice, post.author_id)
    is_edited = len(versions) > 1
    fields = {
        "network": NETWORK,
        # An edit has a new id; the first one stays the id of the item.
        "external_id": versions[0] if versions else post.id,
        "kind": _kind(notice, parent, is_own=is_own),
        "action": "edited" if is_edited else "created",
        "author_id": post.author_id,
        "text": decoded(_words(post, part)),
        "parent_external_id": parent,
        "thread_root_id": post.conversation_id
        or (None if parent else versions[0] if versions else post.id),
        "created_at": post.created_at,
        "edited_at": post.created_at if is_edited else None,
        "is_own": is_own,
        "media": attached(notice, part),
    }
    _add(reading, notice, fields, notice.users.get(post.author_id or ""), part)


def read_deleted(reading: Reading, notice: Notice, part: Part) -> None:
    """Read the deletion of a post: its id, and perhaps its author. Raises `Unreadable`."""
    gone = read_part(Post, part, "x.post")
    author_id = gone.author_id or read_part(Reference, {"id": part.get("user_id")}, "x.post").id
    is_own = _is_own(reading, notice, author_id)
    fields = {
        "network": NETWORK,
        "external_id": gone.id,
        "kind": "post",
        "action": "deleted",
        "author_id": author_id,
        "is_own": is_own,
    }
    _add(reading, notice, fields, notice.users.get(author_id or ""), part)


def read_old_post(reading: Reading, notice: Notice, part: Part) -> None:
    """Read a post in the older form. Raises `Unreadable`."""
    post = read_part(OldPost, part, "x.post")
    if isinstance(part.get("retweeted_status"), dict):
        reading.ignore("repost")
        return
    user = read_part(User, nested(part, "user"), "x.user")
    author_id = user.id_str or user.id
    full = nested(part, "extended_tweet")
    words = read_part(OldPost, {"id_str": post.id_str} | dict(full), "x.post").full_text
    is_own = _is_own(reading, notice, author_id)
    parent = post.in_reply_to_status_id_str
    fields = {
        "network": NETWORK,
        "external_id": post.id_str,
        "kind": _kind(notice, parent, is_own=is_own),
        "action": "created",
        "author_id": author_id,
        "text": decoded(words or post.full_text or post.text),
        "parent_external_id": parent,
        # The older form does not name the conversation of a reply.
        "thread_root_id": None if parent else post.id_str,
        "created_at": post.created_at,
        "is_own": is_own,
        "media": old_media(
            nested(full, "extended_entities")
            or nested(part, "extended_entities")
            or nested(part, "entities")
        ),
    }
    _add(reading, notice, fields, user, part)


def old_media(entities: Part) -> list[Media]:
    """Return the media an older form names under its entities."""
    found = [read_part(MediaObject, one, "x.media") for one in listed(entities, "media") or []]
    return [_medium(one) for one in found]


def _add(
    reading: Reading, notice: Notice, fields: dict[str, Any], user: User | None, part: Part
) -> None:
    fields |= author(user)
    fields["is_own"] = fields["is_own"] or reading.is_own(None, handle=fields["author_handle"])
    fields |= {"account_id": notice.account_id, "sent_at": notice.sent_at, "raw": part}
    reading.add(read_part(Item, fields, "x.post"))


def _is_own(reading: Reading, notice: Notice, author_id: str | None) -> bool:
    return reading.is_own(author_id) or (author_id is not None and author_id == notice.account_id)


def _kind(notice: Notice, parent: str | None, *, is_own: bool) -> str:
    if notice.event == "post.mention.create" and not is_own:
        return "mention"
    if parent is not None:
        return "comment"
    return "post" if is_own or notice.event == "post.create" else "mention"


def _words(post: Post, part: Part) -> str | None:
    """Return the whole text: a long post has it in a note, beside a text that is cut."""
    note = nested(part, "note_tweet").get("text")
    return note if isinstance(note, str) and note.strip() else post.text


def attached(notice: Notice, part: Part) -> list[Media]:
    """Return the media an object of API v2 names by key; what they are stands around it."""
    keys = listed(nested(part, "attachments"), "media_keys") or []
    return [
        _medium(notice.media.get(str(key), MediaObject(type="photo", media_key=str(key))))
        for key in keys
    ]


def _medium(one: MediaObject) -> Media:
    url = one.url or one.media_url_https or one.preview_image_url
    kind = _MEDIA.get(one.type or "", one.type)
    return media_of(kind, url, one.media_key or one.id_str, one.alt_text or one.ext_alt_text)
