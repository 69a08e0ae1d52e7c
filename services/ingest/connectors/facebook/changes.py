"""One `changes` entry of a page webhook to an item: comments, posts, mentions and ratings. Envelopes are read elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from contracts.messages import Action, Item, Kind, Media
from services.ingest.connectors.facebook.people import Person, is_own
from services.ingest.connectors.fields import Id, Part, Text, Time, Unreadable, read_part
from services.ingest.connectors.protocol import Account

NETWORK = "facebook"
UNREADABLE = "facebook.change.unreadable"

_ACTIONS: Mapping[str, Action] = {
    "add": "created",
    "edited": "edited",
    "edit": "edited",
    "update": "edited",
    "remove": "deleted",
    "delete": "deleted",
    "hide": "hidden",
    "unhide": "unhidden",
}
_POSTS = frozenset(
    [
        "album",
        "coupon",
        "event",
        "experience",
        "link",
        "milestone",
        "note",
        "offer",
        "photo",
        "photo-album",
        "picture",
        "platform-story",
        "post",
        "question",
        "share",
        "status",
        "story",
        "video",
    ]
)
_REACTIONS = frozenset({"reaction", "like"})


@dataclass(frozen=True, slots=True)
class Entry:
    """The page a change was delivered to, and when Facebook sent it."""

    page_id: str | None
    sent_at: datetime | None


def _urls(value: object) -> object:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


class _Post(Part):
    id: Id = None
    permalink_url: Text = None


class _Value(Part):
    item: str | None = None
    verb: str | None = None
    post_id: Id = None
    comment_id: Id = None
    parent_id: Id = None
    open_graph_story_id: Id = None
    author: Person | None = Field(default=None, alias="from")
    sender_id: Id = None
    sender_name: Text = None
    reviewer_id: Id = None
    reviewer_name: Text = None
    message: Text = None
    review_text: Text = None
    photo: Text = None
    photos: Annotated[list[str], BeforeValidator(_urls)] = Field(default_factory=list)
    video: Text = None
    link: Text = None
    permalink_url: Text = None
    post: _Post | None = None
    created_time: Time = None
    edited_time: Time = None

    @property
    def author_id(self) -> str | None:
        return (self.author and self.author.id) or self.sender_id or self.reviewer_id

    @property
    def author_name(self) -> str | None:
        return (self.author and self.author.name) or self.sender_name or self.reviewer_name

    @property
    def root_id(self) -> str | None:
        return self.post_id or (self.post and self.post.id) or None


@dataclass(frozen=True, slots=True)
class _Place:
    """What an item is and what it hangs on."""

    kind: Kind
    external_id: str
    parent: str | None
    root: str | None


def read_change(change: object, entry: Entry, account: Account) -> Item | str:
    """Return the item, or the name of what is no message (a reaction, an unknown field). Raises `Unreadable`."""
    if not isinstance(change, dict):
        raise Unreadable(UNREADABLE, "a change is not an object")
    field = change.get("field")
    if not isinstance(field, str):
        raise Unreadable(UNREADABLE, "field: is not a text")
    find = _FIELDS.get(field)
    if find is None:
        return f"field.{field}"
    if "value" not in change:
        raise Unreadable(UNREADABLE, "value: is missing")
    value = read_part(_Value, change["value"], UNREADABLE)
    if value.item in _REACTIONS:
        return "reaction"
    return _item(value, find, entry, account, change)


def _item(
    value: _Value,
    find: "Callable[[_Value], _Place | None]",
    entry: Entry,
    account: Account,
    raw: dict[str, Any],
) -> Item | str:
    if value.verb is None:
        raise Unreadable(UNREADABLE, "verb: is missing")
    action = _ACTIONS.get(value.verb)
    place = find(value) if action is not None else None
    if action is None or place is None:
        return f"{raw['field']}.{value.item}.{value.verb}"
    return Item(
        network=NETWORK,
        external_id=place.external_id,
        kind=place.kind,
        action=action,
        author_id=value.author_id,
        author_name=value.author_name,
        text=value.review_text or value.message,
        parent_external_id=place.parent,
        thread_root_id=place.root,
        created_at=value.created_time,
        edited_at=value.edited_time,
        is_own=is_own(value.author_id, entry.page_id, account),
        media=_media(value),
        permalink=value.permalink_url or (_own_permalink(value) if place.kind == "post" else None),
        account_id=entry.page_id,
        sent_at=entry.sent_at,
        raw=raw,
    )


def _feed(value: _Value) -> _Place | None:
    if value.item == "comment" or (value.item is None and value.comment_id):
        return _comment(value)
    # An album alone (album_id, no post_id) is nothing anybody can answer.
    if value.root_id and (value.item in _POSTS or value.item is None):
        return _Place("post", value.root_id, None, value.root_id)
    return None


def _mention(value: _Value) -> _Place | None:
    """A mention in a post has no parent; one in a comment keeps the parent the network names."""
    if value.comment_id:
        return _Place("mention", value.comment_id, value.parent_id, value.root_id)
    post = _needed(value.root_id, "post_id")
    return _Place("mention", post, None, post)


def _rating(value: _Value) -> _Place | None:
    if value.comment_id:
        return _comment(value)
    story = _needed(value.open_graph_story_id or value.root_id, "open_graph_story_id")
    return _Place("review", story, None, story)


def _comment(value: _Value) -> _Place:
    """A comment hangs on its post; the parent of a top-level comment is the post itself."""
    root = value.root_id or value.open_graph_story_id
    return _Place("comment", _needed(value.comment_id, "comment_id"), value.parent_id or root, root)


_FIELDS: Mapping[str, Callable[[_Value], _Place | None]] = {
    "feed": _feed,
    "mention": _mention,
    "ratings": _rating,
}


def _needed(value: str | None, name: str) -> str:
    if value is None:
        raise Unreadable(UNREADABLE, f"{name}: is missing")
    return value


def _own_permalink(value: _Value) -> str | None:
    return value.post.permalink_url if value.post else None


def _media(value: _Value) -> list[Media]:
    """Pictures and films; the `link` of a photo or video post is the file itself."""
    linked = {"photo": "image", "video": "video"}.get(value.item or "", "link")
    found = [
        Media(type="image", url=url)
        for url in ([value.photo] if value.photo else []) + value.photos
    ]
    found += [Media(type="video", url=value.video)] if value.video else []
    found += [Media(type=linked, url=value.link)] if value.link else []
    return list({media.url: media for media in reversed(found)}.values())[::-1]
