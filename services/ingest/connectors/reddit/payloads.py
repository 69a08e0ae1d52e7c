"""Reddit payloads to normalised items: listings, comment trees and things. Flair, votes and awards are not read."""

import re
from functools import partial
from html import unescape
from typing import Any

from pydantic import Field

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
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

NETWORK = "reddit"
_SITE = "https://www.reddit.com"
_GONE = frozenset({"[deleted]", "[removed]"})
_ROOT = re.compile(r"/comments/([a-z0-9]+)(?:/|$)")
_KINDS = {"t1": "comment", "t3": "post", "t4": "dm"}


class Thing(Model):
    """A comment, post or message. `created` is the author's clock read wrongly: only `created_utc` is right."""

    name: Id = None
    id: Id = None
    author: Text = None
    author_fullname: Id = None
    body: Text = None
    selftext: Text = None
    title: Text = None
    subject: Text = None
    parent_id: Id = None
    link_id: Id = None
    context: Text = None
    permalink: Text = None
    dest: Text = None
    type: Text = None
    url: Text = None
    is_self: bool | None = None
    post_hint: Text = None
    created_at: Time = Field(None, alias="created_utc")


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a listing, a list of them, the answer to a comment, or one thing. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    kind = part.get("kind")
    answer = nested(part, "json")
    if answer:
        if listed(answer, "errors"):
            raise Unreadable(
                "reddit.http_answer", "an error of the network, not something people wrote"
            )
        reading.each(nested(answer, "data").get("things") or [], partial(_read, reading))
    elif kind == "Listing":
        reading.each(nested(part, "data").get("children") or [], partial(_read, reading))
    elif isinstance(kind, str) and isinstance(part.get("data"), dict):
        _read_thing(reading, kind, part)
    elif (page := listed(part, "children", "things", "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif isinstance(name := part.get("name"), str) and name[:2] in _KINDS:
        _read_thing(reading, name[:2], {"data": part})
    else:
        raise unknown(NETWORK, part)


def _read_thing(reading: Reading, kind: str, part: Part) -> None:
    if kind not in _KINDS:
        reading.ignore(kind)
        return
    data = nested(part, "data")
    thing = read_part(Thing, data, "reddit.thing")
    name = thing.name or (f"{kind}_{thing.id}" if thing.id else None)
    words = _words(thing)
    author = None if thing.author == "[deleted]" else thing.author
    edited_at = _edited(data)
    is_gone = _is_gone(thing)
    is_own = reading.is_own(thing.author_fullname, handle=author)
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": name,
        "kind": "mention" if thing.type == "username_mention" else _KINDS[kind],
        "action": "deleted" if is_gone else "edited" if edited_at else "created",
        "author_handle": author,
        "author_id": thing.author_fullname,
        "text": None if is_gone else words,
        "parent_external_id": thing.parent_id,
        "thread_root_id": _root(kind, thing, name, author, is_own=is_own),
        "created_at": thing.created_at,
        "edited_at": edited_at,
        "is_own": is_own,
        "media": [] if is_gone else _media(kind, thing),
        "permalink": _SITE + thing.permalink
        if thing.permalink and thing.permalink.startswith("/")
        else None,
        "visibility": "direct" if kind == "t4" else None,
        "raw": data,
    }
    reading.add(read_part(Item, fields, "reddit.thing"))
    # The answers to a comment hang inside it.
    if isinstance(replies := data.get("replies"), dict):
        reading.each(replies, partial(_read, reading))


def _root(
    kind: str, thing: Thing, name: str | None, author: str | None, *, is_own: bool
) -> str | None:
    """Return the post a comment hangs on, or whom a message is with. Inbox items name the post in their path."""
    if kind == "t3":
        return name
    if kind == "t4":
        return thing.dest if is_own else author
    found = _ROOT.search(thing.context or thing.permalink or "")
    return thing.link_id or (f"t3_{found[1]}" if found else None)


def _words(thing: Thing) -> str | None:
    parts = [thing.title, thing.selftext] if thing.title else [thing.body]
    text = "\n\n".join(filter(None, parts))
    # A link inside Reddit has no host.
    whole = unescape(text).replace("](/", f"]({_SITE}/")
    return without_marks(whole).strip() or None


def _is_gone(thing: Thing) -> bool:
    """True when its author deleted it or a moderator removed it."""
    return thing.body in _GONE or thing.selftext in _GONE


def _edited(data: Part) -> Any:
    """Return the time of the edit; a thing nobody edited says false."""
    edited = data.get("edited")
    return read_part(Thing, {"created_utc": edited}, "reddit.thing").created_at if edited else None


def _media(kind: str, thing: Thing) -> list[Media]:
    if (
        kind != "t3"
        or thing.is_self
        or not thing.url
        or not thing.url.startswith(("http://", "https://"))
    ):
        return []
    return [media_of("image" if thing.post_hint == "image" else "link", thing.url)]
