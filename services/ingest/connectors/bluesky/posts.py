"""Post records of the AT Protocol to items: text, facets and embeds. Notifications, frames and threads live in payloads."""

from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, Reading, listed, media_of, nested, shown_handle

NETWORK = "bluesky"
POSTS = "app.bsky.feed.post"
_NO_HANDLE = "handle.invalid"


class Author(Model):
    """Who wrote a post: the did stays, the handle may change."""

    did: Id = None
    handle: Text = None
    displayName: Text = None  # noqa: N815 - the network's name


class Ref(Model):
    """Where a post is."""

    uri: Id = None


class Answer(Model):
    """The post that is answered, and the one the thread hangs on."""

    root: Ref | None = None
    parent: Ref | None = None


class Record(Model):
    """A post as its author's client wrote it: the time is that client's clock."""

    text: Text = None
    createdAt: Time = None  # noqa: N815 - the network's name
    reply: Answer | None = None


class Post(NamedTuple):
    """A record with what stands around it."""

    uri: str | None
    author: Author
    record: Part
    raw: Part
    kind: str | None = None
    action: str = "created"
    view: Part | None = None
    sent_at: datetime | None = None


def read_post(reading: Reading, post: Post, *, is_gone: bool = False) -> None:
    """Add the item of a post. Raises `Unreadable`."""
    record = read_part(Record, post.record, "bluesky.record")
    if post.uri is None:
        raise Unreadable("bluesky.record", "a post without its address")
    handle = None if post.author.handle == _NO_HANDLE else shown_handle(post.author.handle)
    is_own = reading.is_own(post.author.did, handle=handle)
    parent = record.reply.parent.uri if record.reply and record.reply.parent else None
    root = record.reply.root.uri if record.reply and record.reply.root else None
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": post.uri,
        "kind": post.kind
        or _kind(reading, post.record, is_reply=record.reply is not None, is_own=is_own),
        "action": post.action,
        "author_handle": handle,
        "author_id": post.author.did,
        "author_name": post.author.displayName,
        "text": shown_text(post.record),
        "parent_external_id": parent,
        "thread_root_id": root or (None if record.reply or is_gone else post.uri),
        "created_at": record.createdAt,
        "is_own": is_own,
        "media": _media(nested(post.record, "embed"), nested(post.view or {}, "embed")),
        "sent_at": post.sent_at,
        "raw": post.raw,
    }
    reading.add(read_part(Item, fields, "bluesky.post"))


def shown_text(record: Part) -> str | None:
    """Return the text with every link in full: what is shown of it is cut."""
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        return None
    data, done, written = text.encode(), 0, b""
    for start, end, uri in sorted(_links(record)):
        if start < done or end > len(data) or not _is_whole(data, start, end):
            continue
        written += data[done:start] + uri.encode()
        done = end
    return (written + data[done:]).decode()


def _links(record: Part) -> list[tuple[int, int, str]]:
    found = []
    for facet in listed(record, "facets") or []:
        if not isinstance(facet, dict) or not isinstance(facet.get("index"), dict):
            continue
        uris = [one.get("uri") for one in listed(facet, "features") or [] if isinstance(one, dict)]
        uri = next((one for one in uris if isinstance(one, str) and one), None)
        start, end = facet["index"].get("byteStart"), facet["index"].get("byteEnd")
        if uri and type(start) is int and type(end) is int and 0 <= start < end:
            found.append((start, end, uri))
    return found


def _is_whole(data: bytes, start: int, end: int) -> bool:
    """True when neither end cuts a character in two."""
    return all(at == len(data) or data[at] & 0xC0 != 0x80 for at in (start, end))


def _kind(reading: Reading, record: Part, *, is_reply: bool, is_own: bool) -> str:
    if is_reply:
        return "comment"
    if is_own:
        return "post"
    named = [one.get("did") for one in _features(record)]
    embed = nested(record, "embed", "record")
    quoted = embed.get("uri") or nested(embed, "record").get("uri")
    if isinstance(quoted, str):
        named.append(quoted.removeprefix("at://").split("/", 1)[0])
    return "mention" if reading.is_own(*(one for one in named if isinstance(one, str))) else "post"


def _features(record: Part) -> list[Part]:
    facets = [one for one in listed(record, "facets") or [] if isinstance(one, dict)]
    found = [one for facet in facets for one in listed(facet, "features") or []]
    return [one for one in found if isinstance(one, dict)]


def _media(embed: Part, view: Part) -> list[Media]:
    """Return pictures, video and link cards. Addresses are in the view of a post, ids in its record."""
    embed, view = (nested(one, "media") or one for one in (embed, view))
    shown = listed(view, "images") or []
    found = []
    for at, one in enumerate(listed(embed, "images") or []):
        if isinstance(one, dict):
            seen = shown[at] if at < len(shown) and isinstance(shown[at], dict) else {}
            found.append(
                media_of(
                    "image", _str(seen.get("fullsize")), _blob(one, "image"), _str(one.get("alt"))
                )
            )
    if isinstance(embed.get("video"), dict):
        found.append(
            media_of(
                "video", _str(view.get("playlist")), _blob(embed, "video"), _str(embed.get("alt"))
            )
        )
    if isinstance(card := embed.get("external"), dict):
        found.append(media_of("link", _str(card.get("uri")), None, _str(card.get("title"))))
    return found


def _blob(part: Part, key: str) -> str | None:
    return _str(nested(part, key, "ref").get("$link")) or _str(nested(part, key).get("cid"))


def _str(value: object) -> str | None:
    return value if isinstance(value, str) else None
