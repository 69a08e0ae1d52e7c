"""Cuts a feed that was read into what is new and what was changed, in parcels the bus takes. Pure.

A changed entry mostly carries no time of its change. The reader noticed it, so the parcel says when.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.feed.cursor import Place, content_of, key_of
from services.ingest.connectors.feed.discovery import head_of
from services.ingest.connectors.feed.document import decoded, sources, without_doctype
from services.ingest.connectors.fields import Unreadable, read_json
from services.ingest.connectors.times import iso_z, parse_time

PARCEL_CHARACTERS = 500_000

ENTRY_CHARACTERS = 1_000_000
"""An entry longer than this is no blog post; it would not fit the bus and is left out."""

TORN_BYTES = 2_000_000
_EDITED = b'{"edited": '


def parcels(
    raw: bytes, items: Sequence[Item], place: Place, now: datetime, *, is_torn: bool = False
) -> Iterator[bytes]:
    """Yield documents with what this place has not given before: new entries, then changed ones.

    A torn document is given whole while the bus takes it: nobody knows where its entries begin.
    """
    fresh = [one for one in items if key_of(one) not in place.seen]
    changed = [
        one
        for one in items
        if key_of(one) in place.seen and place.seen[key_of(one)] != content_of(one)
    ]
    stamped = [one for one in changed if _has_new_time(one, place)]
    silent = [one for one in changed if not _has_new_time(one, place)]
    is_whole = is_torn and len(raw) <= TORN_BYTES
    yield from _cut(raw, [*fresh, *stamped], is_whole=is_whole)
    for document in _cut(raw, silent, is_whole=is_whole):
        yield _with_times(document, {one.external_id: iso_z(now) for one in silent})


def opened(raw: bytes) -> tuple[bytes, dict[str, datetime]]:
    """Return the feed of a parcel, and which entries were changed when. Other bytes come back as they are."""
    if not raw.startswith(_EDITED):
        return raw, {}
    try:
        parcel = read_json(raw, "feed.not_json")
    except Unreadable:
        return raw, {}
    edited, document = parcel.get("edited"), parcel.get("feed")
    if not isinstance(edited, dict) or not isinstance(document, str):
        return raw, {}
    times = {key: at for key, told in edited.items() if (at := parse_time(told)) is not None}
    return document.encode("utf-8", "replace"), times


def marked(item: Item, edited: Mapping[str, datetime]) -> Item:
    """Return the item as an edit when the parcel says that it was changed."""
    at = edited.get(item.external_id)
    return item.model_copy(update={"action": "edited", "edited_at": at}) if at else item


def entry_document(raw: bytes, item: Item) -> bytes:
    """Return the feed with this entry alone."""
    return next(_documents(raw, [item]), raw)


def _cut(raw: bytes, items: Sequence[Item], *, is_whole: bool) -> Iterator[bytes]:
    if is_whole and items:
        yield raw
    else:
        yield from _documents(raw, items)


def _has_new_time(item: Item, place: Place) -> bool:
    return item.edited_at is not None and (place.read_at is None or item.edited_at > place.read_at)


def _with_times(document: bytes, edited: Mapping[str, str]) -> bytes:
    return json.dumps({"edited": edited, "feed": document.decode("utf-8", "replace")}).encode()


def _documents(raw: bytes, items: Sequence[Item]) -> Iterator[bytes]:
    """Yield the feed with these entries only; a torn one, whose parts are not known, whole."""
    if not items:
        return
    parts = [one.raw for one in items]
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        yield from _json_documents(raw, parts)
        return
    text, _ = without_doctype(decoded(raw))
    written = sources(text)
    if not written or not all(isinstance(one, str) for one in parts):
        yield raw
        return
    tail = text[text.rfind(written[-1]) + len(written[-1]) :]
    for some in _bundles(parts):
        yield f"{head_of(text)}{''.join(some)}{tail}".encode("utf-8", "replace")


def _json_documents(raw: bytes, parts: Sequence[Any]) -> Iterator[bytes]:
    document = read_json(raw, "feed.not_json")
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        yield raw
        return
    for some in _bundles([json.dumps(one) for one in parts]):
        yield json.dumps({**document, "items": [json.loads(one) for one in some]}).encode()


def _bundles(parts: Sequence[str]) -> Iterator[list[str]]:
    bundle: list[str] = []
    size = 0
    for part in parts:
        if len(part) > ENTRY_CHARACTERS:
            continue
        if bundle and size + len(part) > PARCEL_CHARACTERS:
            yield bundle
            bundle, size = [], 0
        bundle.append(part)
        size += len(part)
    if bundle:
        yield bundle
