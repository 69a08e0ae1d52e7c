"""Finds feeds: those a page names, and the comment feeds that a feed names. Pure; nothing is fetched here."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser
from selectolax.lexbor import LexborHTMLParser

from services.ingest.connectors.feed.document import decoded, without_doctype
from services.ingest.connectors.fields import Unreadable, read_json

NAMED_KEPT = 8
_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
_ABOUT_COMMENTS = ("comment", "kommentar", "commentaire", "comentario", "replies")


@dataclass(frozen=True, slots=True)
class Named:
    """A feed that a page names."""

    url: str
    is_of_comments: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed's name, its text up to the first entry, and the comment feeds of its entries, newest first."""

    title: str | None
    head: str
    comment_feeds: tuple[str, ...]


def feeds_named(page: bytes, url: str) -> list[Named]:
    """Return the feeds of an HTML page, as its <link rel=alternate> elements name them."""
    tree = LexborHTMLParser(page.decode("utf-8", "replace"))
    base = tree.css_first("base[href]")
    base_url = _joined(url, base.attributes.get("href") if base else None) or url
    found: list[Named] = []
    for link in tree.css("link[rel][href]"):
        told = {name: (value or "").strip() for name, value in link.attributes.items()}
        if "alternate" not in told["rel"].lower().split():
            continue
        where = _joined(base_url, told["href"])
        if told.get("type", "").lower().split(";")[0] in _TYPES and where:
            words = f"{told.get('title', '')} {where}".lower()
            found.append(Named(where, any(one in words for one in _ABOUT_COMMENTS)))
    return found[:NAMED_KEPT]


def outline(raw: bytes, url: str) -> Outline:
    """Return the outline of a feed that was read. A JSON Feed names no comment feeds."""
    try:
        text, _ = without_doctype(decoded(raw))
    except Unreadable:
        return Outline(None, "", ())
    if text.lstrip()[:1] in ("{", "["):
        return Outline(_json_title(raw), "", ())
    try:
        parsed = feedparser.parse(
            BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )
    except Exception:
        return Outline(None, head_of(text), ())
    named = [_comment_feed(entry) for entry in parsed.entries]
    urls = [where for one in named if (where := _joined(url, one))]
    title = parsed.feed.get("title")
    return Outline(title if isinstance(title, str) and title else None, head_of(text), tuple(urls))


def head_of(text: str) -> str:
    """Return the document up to its first entry."""
    ends = [at for mark in ("<item", "<entry") if (at := text.find(mark)) >= 0]
    return text[: min(ends)] if ends else text


def _comment_feed(entry: Any) -> str | None:
    """Return wfw:commentRss, or Atom's link rel=replies to a feed (RFC 4685)."""
    told = entry.get("wfw_commentrss")
    if isinstance(told, str) and told:
        return told
    for link in entry.get("links") or []:
        if link.get("rel") == "replies" and link.get("type") in _TYPES:
            href = link.get("href")
            return href if isinstance(href, str) else None
    return None


def _joined(base: str, href: object) -> str | None:
    if not isinstance(href, str) or not href.strip():
        return None
    try:
        where = urljoin(base, href.strip())
    except ValueError:
        return None
    return where if where.startswith(("http://", "https://")) else None


def _json_title(raw: bytes) -> str | None:
    try:
        document = read_json(raw, "feed.not_json")
    except Unreadable:
        return None
    title = document.get("title") if isinstance(document, dict) else None
    return title if isinstance(title, str) and title else None
