"""Blog feeds to normalised items: RSS, Atom and RDF by a parser, JSON Feed by hand. Entries live beside it."""

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from contracts.messages import Item, Media
from services.ingest.connectors.feed.document import SIZE_BYTES, decoded, sources, without_doctype
from services.ingest.connectors.feed.entries import (
    NETWORK,
    Channel,
    entry_item,
    joined,
    main_type,
    words_key,
)
from services.ingest.connectors.feed.parcels import marked, opened
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    media_of,
    read_payload,
    unknown,
)
from services.ingest.connectors.text import html_to_text

_CONTENT = frozenset({"content_text", "content_html", "date_published", "url", "title", "summary"})


class Author(Model):
    """Who wrote a JSON Feed item."""

    name: Text = None
    url: Text = None


class Post(Model):
    """An item of a JSON Feed."""

    id: Id = None
    url: Text = None
    external_url: Text = None
    title: Text = None
    content_text: Text = None
    content_html: Text = None
    summary: Text = None
    date_published: Time = None
    date_modified: Time = None


class Attachment(Model):
    """A file of a JSON Feed item."""

    url: Text = None
    mime_type: Text = None
    title: Text = None


class Home(Model):
    """Where a JSON Feed is from."""

    home_page_url: Text = None
    feed_url: Text = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a feed in XML or JSON, or a parcel of the feed reader.

    Pure; never raises, expands no entities and opens nothing.
    """
    document, edited = opened(raw)
    out = _normalise(document, account)
    if edited:
        out.items = [marked(item, edited) for item in out.items]
    return out


def _normalise(raw: bytes, account: Account) -> Normalised:
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and len(raw) <= SIZE_BYTES:
        return read_payload(raw, NETWORK, account, _read)
    reading = Reading(NETWORK, account)
    # The walk catches what the parser raises on hostile documents.
    reading.each({}, lambda _: _read_xml(reading, raw))
    return reading.out


def _read_xml(reading: Reading, raw: bytes) -> None:
    text, has_entities = without_doctype(decoded(raw))
    # Never the bytes themselves: the parser takes a short text for an address and would open it.
    parsed = feedparser.parse(
        BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    entries, feed, version = parsed.entries, parsed.feed, parsed.get("version") or ""
    if not version and not entries:
        raise Unreadable("feed.unknown", "no RSS, Atom, RDF or JSON Feed")
    if not entries:
        reading.ignore("feed.empty")
    channel = Channel(
        _web(feed.get("link")),
        _str(feed.get("author")),
        version.startswith("atom"),
        not parsed.bozo,
    )
    found = sources(text)
    once = _Once(reading)
    for at, entry in enumerate(entries):
        source = found[at] if len(found) == len(entries) else None
        reading.each({}, partial(_read_entry, once, channel, (dict(entry), source)))
    if has_entities:
        reading.problem("feed.entities", "the document declares entities: they were not expanded")
    if parsed.bozo:
        reading.problem(
            "feed.not_well_formed", "the document is broken or cut: what was whole was read"
        )


class _Once:
    """Keeps the first item of each key: a document may hold the same one twice."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._kept: set[str] = set()

    def add(self, item: Item) -> None:
        if item.external_id in self._kept:
            self.reading.ignore("repeated")
            return
        self._kept.add(item.external_id)
        self.reading.add(item)


def _read_entry(
    once: _Once, channel: Channel, found: tuple[Mapping[str, Any], str | None], _: Part
) -> None:
    item = entry_item(once.reading, channel, *found)
    if item is not None:
        once.add(item)


def _read(reading: Reading, part: Part) -> None:
    version = part.get("version")
    if (page := listed(part, "items", "data")) is not None:
        home = read_part(Home, part, "feed.document")
        reading.each(page, partial(_read_post, _Once(reading), home, _authors(part)))
    elif part.keys() & _CONTENT and not isinstance(version, str):
        _read_post(_Once(reading), Home(), [], part)
    else:
        raise unknown(NETWORK, part)


def _read_post(once: _Once, home: Home, above: list[Author], part: Part) -> None:
    post = read_part(Post, part, "feed.entry")
    link = urljoin(home.home_page_url or home.feed_url or "", post.url) if post.url else None
    text = html_to_text(post.content_html or "") or post.content_text or post.summary
    words = joined(post.title, text)
    if not (post.id or link or words):
        raise unknown(NETWORK, part)
    key = post.id or link or words_key(post.title, text)
    author = next(iter(_authors(part) or above), Author())
    fields = {
        "network": NETWORK,
        "external_id": key,
        "kind": "post",
        "action": "created",
        "author_id": author.url,
        "author_name": author.name,
        "text": words,
        "thread_root_id": link or key,
        "created_at": post.date_published,
        "edited_at": post.date_modified if post.date_modified != post.date_published else None,
        "is_own": once.reading.is_own(author.url, handle=author.name),
        "media": _media(part),
        "permalink": link,
        "raw": part,
    }
    once.add(read_part(Item, fields, "feed.entry"))


def _authors(part: Part) -> list[Author]:
    found = [*(listed(part, "authors") or []), part.get("author")]
    return [read_part(Author, one, "feed.author") for one in found if isinstance(one, dict)]


def _media(part: Part) -> list[Media]:
    found = [
        read_part(Attachment, one, "feed.attachment") for one in listed(part, "attachments") or []
    ]
    pictures = [part["image"]] if isinstance(part.get("image"), str) else []
    return [media_of("image", url) for url in pictures] + [
        media_of(main_type(one.mime_type), one.url, None, one.title) for one in found if one.url
    ]


def _web(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else None


def _str(value: object) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None
