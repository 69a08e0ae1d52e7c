"""One entry of an RSS, Atom or RDF feed to an item: its key, its words and what it answers. Bytes live in document."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from contracts.messages import Item, Media
from services.ingest.connectors.fields import read_part, scrub
from services.ingest.connectors.reading import Reading, media_of
from services.ingest.connectors.text import html_to_text
from services.ingest.connectors.times import parse_time

NETWORK = "feed"
_COMMENT = re.compile(r"#comment-(\d+)$")
# WordPress puts the comment that is answered in front of the text, in the language of the site.
_ANSWERED = re.compile(
    r"\s*(?:<p>)?\s*[^<]{1,80}<a\s[^>]{0,400}?href=\"[^\"]{0,2000}#comment-(\d+)\"[^>]{0,400}>[^<]{0,200}</a>"
    r"\s*[.:]?\s*(?:</p>)?"
)
Entry = Mapping[str, Any]


class Channel(NamedTuple):
    """What an entry takes from its feed."""

    link: str | None
    author: str | None
    is_atom: bool
    is_well_formed: bool


def entry_item(reading: Reading, channel: Channel, entry: Entry, source: str | None) -> Item | None:
    """Return the item of an entry; None for a torn one at the end of a cut document."""
    link = _web(entry.get("link"))
    title, (html, hint) = _title(entry), _body(entry)
    text = _plain(html, _content_type(entry))
    key = _str(entry.get("id")) or link or _hash(title, text, channel)
    if key is None:
        return None
    answered = entry.get("thr_in-reply-to")
    answered = answered if isinstance(answered, Mapping) else {}
    is_comment = bool(answered) or any(_COMMENT.search(one) for one in (key, link or ""))
    author = _author(entry)
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": key,
        "kind": "comment" if is_comment else "post",
        "action": "created",
        "author_name": author.get("name") or (None if is_comment else channel.author),
        "author_id": _web(author.get("href")),
        "text": text if is_comment else joined(title, text),
        "media": _media(entry),
        "permalink": link,
        "raw": scrub(source) if source else _simple(entry),
    }
    fields |= _times(entry, is_atom=channel.is_atom)
    fields |= (
        _place(key, link, channel, answered, hint)
        if is_comment
        else {"thread_root_id": link or key}
    )
    fields["is_own"] = reading.is_own(fields["author_id"], handle=fields["author_name"])
    return read_part(Item, fields, "feed.entry")


def _hash(title: str | None, text: str | None, channel: Channel) -> str | None:
    """Return a key made of the words. A torn entry gets none: its words are not all there."""
    return words_key(title, text) if channel.is_well_formed and (title or text) else None


def words_key(title: str | None, text: str | None) -> str:
    """Return the key of an item that has neither an id nor a link."""
    return hashlib.sha256(f"{title or ''}\n{text or ''}".encode()).hexdigest()


def joined(title: str | None, text: str | None) -> str | None:
    """Return what a reader sees of a post: the title, then the text, once when they are the same."""
    if title and text and text.startswith(title.rstrip("…")):
        return text
    return "\n\n".join(filter(None, (title, text))) or None


def _place(
    key: str, link: str | None, channel: Channel, answered: Mapping[str, Any], hint: str | None
) -> dict[str, str | None]:
    """Return the post a comment hangs on and what it answers."""
    post = _COMMENT.sub("", link) if link and _COMMENT.search(link) else None
    root = post or _web(answered.get("href")) or channel.link or _str(answered.get("ref"))
    parent = _str(answered.get("ref"))
    if parent is None and hint is not None and _COMMENT.search(key):
        parent = _COMMENT.sub(f"#comment-{hint}", key)
    return {"thread_root_id": root, "parent_external_id": parent or root}


def _times(entry: Entry, *, is_atom: bool) -> dict[str, Any]:
    """Return when an entry was written, and when it was changed. RSS has no change: there it is dc:date."""
    published, updated = (parse_time(entry.get(key)) for key in ("published", "updated"))
    if not is_atom:
        return {"created_at": published or updated}
    return {"created_at": published, "edited_at": updated if updated != published else None}


def _title(entry: Entry) -> str | None:
    detail = entry.get("title_detail")
    return _plain(
        _str(entry.get("title")), detail.get("type") if isinstance(detail, Mapping) else None
    )


def _body(entry: Entry) -> tuple[str | None, str | None]:
    """Return the fullest content, and the number of the comment it says it answers."""
    contents = entry.get("content") or []
    found = next(
        (one.get("value") for one in contents if isinstance(one, Mapping) and one.get("value")),
        None,
    )
    html = _str(found) or _str(entry.get("summary"))
    hint = _ANSWERED.match(html) if html else None
    return (html[hint.end() :], hint[1]) if html and hint else (html, None)


def _content_type(entry: Entry) -> str | None:
    contents = entry.get("content") or []
    detail = (
        contents[0]
        if contents and isinstance(contents[0], Mapping)
        else entry.get("summary_detail")
    )
    kind = detail.get("type") if isinstance(detail, Mapping) else None
    return kind if isinstance(kind, str) else None


def _plain(text: str | None, kind: str | None) -> str | None:
    if text is None:
        return None
    return (text.strip() or None) if kind == "text/plain" else html_to_text(text)


def _author(entry: Entry) -> Mapping[str, Any]:
    authors = entry.get("authors") or []
    first = authors[0] if authors and isinstance(authors[0], Mapping) else {}
    return {"name": _str(first.get("name")) or _str(entry.get("author")), "href": first.get("href")}


def _media(entry: Entry) -> list[Media]:
    links = [one for one in entry.get("links") or [] if one.get("rel") == "enclosure"]
    found = [(one.get("type"), _web(one.get("href"))) for one in links]
    files = entry.get("media_content") or []
    found += [(one.get("type") or one.get("medium"), _web(one.get("url"))) for one in files]
    return [media_of(main_type(kind), url) for kind, url in found if url]


def main_type(kind: object) -> str:
    """Return image, video or audio for such a media type, else file."""
    main = kind.split("/", 1)[0].lower() if isinstance(kind, str) else ""
    return main if main in {"image", "video", "audio"} else "file"


def _simple(entry: Entry) -> dict[str, str]:
    return {scrub(key): scrub(value) for key, value in entry.items() if isinstance(value, str)}


def _web(value: object) -> str | None:
    text = _str(value)
    return text if text and text.lower().startswith(("http://", "https://")) else None


def _str(value: object) -> str | None:
    return (scrub(value).strip() or None) if isinstance(value, str) else None
