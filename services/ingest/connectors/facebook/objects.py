"""Posts, comments and ratings as the Graph API returns them, alone, nested or in pages. Webhooks are read elsewhere."""

from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from contracts.messages import Item, Kind, Media
from services.ingest.connectors.facebook.people import Person, is_own
from services.ingest.connectors.fields import Id, Part, Text, Time, Unreadable, read_part
from services.ingest.connectors.protocol import Account, Normalised

NETWORK = "facebook"
UNREADABLE = "facebook.object.unreadable"

_DEPTH = 4
_MEDIA = {
    "photo": "image",
    "image": "image",
    "sticker": "image",
    "animated_image_share": "image",
    "video": "video",
}
_COMMENT_KEYS = frozenset(
    [
        "parent",
        "attachment",
        "comment_count",
        "can_comment",
        "can_hide",
        "can_remove",
        "can_reply_privately",
        "user_likes",
    ]
)
_POST_KEYS = frozenset(
    [
        "attachments",
        "full_picture",
        "is_published",
        "promotion_status",
        "shares",
        "status_type",
        "story",
        "updated_time",
    ]
)
_EDGES: Mapping[str, Kind] = {
    "comments": "comment",
    "feed": "post",
    "posts": "post",
    "published_posts": "post",
    "visitor_posts": "post",
    "tagged": "mention",
}


class _Image(Part):
    src: Text = None


class _File(Part):
    image: _Image | None = None
    source: Text = None


class _Target(Part):
    id: Id = None


class _Attachment(Part):
    type: str | None = None
    media_type: str | None = None
    media: _File | None = None
    target: _Target | None = None
    url: Text = None
    description: Text = None
    subattachments: "_Attachments | None" = None


class _Attachments(Part):
    data: list[_Attachment] = Field(default_factory=list)


class _Object(Part):
    id: Id = None
    message: Text = None
    author: Person | None = Field(default=None, alias="from")
    created_time: Time = None
    parent: _Target | None = None
    attachment: _Attachment | None = None
    attachments: _Attachments | None = None
    full_picture: Text = None
    permalink_url: Text = None
    is_hidden: bool | None = None
    reviewer: Person | None = None
    review_text: Text = None
    open_graph_story: _Target | None = None


class ObjectReader:
    """Reads Graph objects into `found`. `root` is the post that the comments of a page or a post hang on."""

    def __init__(self, account: Account, found: Normalised) -> None:
        self._account = account
        self._found = found

    def page(
        self, document: Mapping[str, Any], root: str | None = None, parent: str | None = None
    ) -> None:
        """Read `{data, paging}`. The paging addresses say whose comments these are; no item does."""
        data = document.get("data")
        if not isinstance(data, list):
            self._found.fail(UNREADABLE, "data: is not a list")
            return
        owner, kind = _edge(document.get("paging"))
        if kind == "comment" and owner is not None and root is None:
            root, parent = (None, owner) if _is_answered(owner, data) else (owner, parent)
        for value in data:
            self.one(value, kind, root, parent)

    def one(
        self,
        value: object,
        kind: Kind | None = None,
        root: str | None = None,
        parent: str | None = None,
    ) -> None:
        """Read one object and the comments nested in it. What cannot be read is noted, its neighbours stay."""
        try:
            self._one(value, kind, root, parent)
        except Unreadable as error:
            self._found.fail(error.code, error.why)

    def _one(
        self, value: object, kind: Kind | None, root: str | None, parent: str | None, depth: int = 0
    ) -> None:
        if not isinstance(value, dict):
            raise Unreadable(UNREADABLE, "an object is not a JSON object")
        thing = read_part(_Object, value, UNREADABLE)
        kind = _kind(value, thing, kind, self._account)
        if _is_bare(value):
            self._found.ignore("reference")
        else:
            self._found.items.append(_item(value, thing, kind, root, parent, self._account))
        self._nested(value, thing, kind, root, depth)

    def _nested(
        self, value: dict[str, Any], thing: _Object, kind: Kind, root: str | None, depth: int
    ) -> None:
        comments = value.get("comments")
        if (
            not isinstance(comments, dict)
            or not isinstance(comments.get("data"), list)
            or depth >= _DEPTH
        ):
            return
        root, parent = (root, thing.id) if kind == "comment" else (thing.id, None)
        for comment in comments["data"]:
            try:
                self._one(comment, "comment", root, parent, depth + 1)
            except Unreadable as error:
                self._found.fail(error.code, error.why)


def _item(
    raw: dict[str, Any],
    thing: _Object,
    kind: Kind,
    root: str | None,
    parent: str | None,
    account: Account,
) -> Item:
    author = thing.author or thing.reviewer or Person()
    external_id = (thing.open_graph_story and thing.open_graph_story.id) or thing.id
    if external_id is None:
        raise Unreadable(UNREADABLE, "id: is missing")
    if kind == "comment":
        parent = (thing.parent and thing.parent.id) or parent or root
    else:
        root, parent = external_id, None
    return Item(
        network=NETWORK,
        external_id=external_id,
        kind=kind,
        action="hidden" if thing.is_hidden else "created",
        author_id=author.id,
        author_name=author.name,
        text=thing.review_text or thing.message,
        parent_external_id=parent,
        thread_root_id=root,
        created_at=thing.created_time,
        is_own=is_own(author.id, None, account),
        media=_media(thing),
        permalink=thing.permalink_url,
        raw=raw,
    )


def _kind(value: dict[str, Any], thing: _Object, told: Kind | None, account: Account) -> Kind:
    """What the object is: the edge it came by says so, else fields only one kind has, else the owner in its id."""
    keys = value.keys()
    if "open_graph_story" in keys or "reviewer" in keys or "recommendation_type" in keys:
        return "review"
    if told is not None:
        return told
    if _is_bare(value):
        return "post"
    if "tagged_time" in keys:
        return "mention"
    if keys & _COMMENT_KEYS or "comment_id=" in (thing.permalink_url or ""):
        return "comment"
    owner = (thing.id or "").partition("_")[0]
    return "post" if keys & _POST_KEYS or owner in account.own_ids else "comment"


def _is_answered(owner: str, data: list[Any]) -> bool:
    """True when the owner of a page of comments is a comment itself: their ids share the post in front."""
    place = owner.partition("_")[0] + "_"
    return any(isinstance(one, dict) and str(one.get("id", "")).startswith(place) for one in data)


def _is_bare(value: dict[str, Any]) -> bool:
    """True for an id alone (a publish result, or the post we put around a page of its comments)."""
    return "id" in value and value.keys() <= {"id", "comments"}


def _edge(paging: object) -> tuple[str | None, Kind | None]:
    """Whose edge a page is, and of what, as its own paging addresses tell: /v25.0/{post}/comments."""
    if not isinstance(paging, dict):
        return None, None
    for name in ("next", "previous"):
        address = paging.get(name)
        steps = _path(address) if isinstance(address, str) else []
        if len(steps) >= 2 and steps[-1] in _EDGES:
            return steps[-2], _EDGES[steps[-1]]
    return None, None


def _path(address: str) -> list[str]:
    try:
        return urlsplit(address).path.strip("/").split("/")
    except ValueError:
        return []


def _media(thing: _Object) -> list[Media]:
    attached = [thing.attachment] if thing.attachment else []
    attached += thing.attachments.data if thing.attachments else []
    # An album is its pictures.
    each = [one.subattachments.data if one.subattachments else [one] for one in attached]
    found = [media for media in map(_medium, chain.from_iterable(each)) if media is not None]
    if not found and thing.full_picture:
        found.append(Media(type="image", url=thing.full_picture))
    return found


def _medium(attachment: _Attachment) -> Media | None:
    file = attachment.media or _File()
    kind = (attachment.type or attachment.media_type or "").split("_inline")[0]
    known = _MEDIA.get(kind) or ("video" if kind.startswith("video") else "link")
    picture = file.image.src if file.image else None
    url = attachment.url if known == "link" else file.source or picture or attachment.url
    identity = attachment.target.id if attachment.target else None
    if url is None and identity is None:
        return None
    return Media(type=known, url=url or picture, id=identity, alt=attachment.description)
