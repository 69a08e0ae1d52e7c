"""Which notifications of a page are new, and the cursor behind them. Pure; asking for pages is the connector's."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from services.ingest.connectors.fields import Unreadable
from services.ingest.connectors.times import iso_z, parse_time

REASONS = ("mention", "reply", "quote")


class Mark(NamedTuple):
    """Where reading stopped: the network's time of the newest notification, and its post."""

    at: datetime
    uri: str


@dataclass(frozen=True, slots=True)
class News:
    """What one page had that was not read before. `is_end`: everything behind it was."""

    rows: list[dict[str, Any]]
    is_end: bool

    def raw(self) -> bytes:
        """Return the new rows in the network's form."""
        # In ASCII: a half surrogate in a text has no UTF-8.
        return json.dumps({"notifications": self.rows}).encode()

    def uris(self) -> list[str]:
        """Return the posts of the rows."""
        return [row["uri"] for row in self.rows if isinstance(row.get("uri"), str)]


def mark_of(cursor: str | None) -> Mark | None:
    """Read a cursor back; None for none and for one that cannot be read."""
    told, _, uri = (cursor or "").partition("|")
    at = parse_time(told)
    return Mark(at, uri) if at else None


def cursor_of(mark: Mark) -> str:
    """Return a mark as text."""
    return f"{iso_z(mark.at)}|{mark.uri}"


def newest(rows: list[dict[str, Any]], known: Mark | None) -> Mark | None:
    """Return the newest mark of rows (newest first) and the known one."""
    best = known
    for row in rows:
        at, uri = parse_time(row.get("indexedAt")), row.get("uri")
        if at and isinstance(uri, str) and (best is None or at > best.at):
            best = Mark(at, uri)
    return best


def sift(page: object, known: Mark | None, is_missed: Callable[[str], bool]) -> News:
    """Return the rows of a page (newest first) that are newer than the known mark.

    A client that was offline dates its post back, and the network lists it by that date: a row behind
    the mark is new all the same when it `is_missed`. Raises `Unreadable` for what is no page.
    """
    listed = page.get("notifications") if isinstance(page, dict) else None
    if not isinstance(listed, list):
        raise Unreadable("bluesky.page", "the notifications are no list")
    rows, is_end, is_behind = list[dict[str, Any]](), False, False
    for row in listed:
        if not isinstance(row, dict):
            continue
        is_known = known is not None and _is_known(row, known, is_behind=is_behind)
        is_behind = is_behind or (known is not None and row.get("uri") == known.uri)
        is_end = is_end or is_known
        is_wanted = row.get("reason") in REASONS
        if is_wanted and (not is_known or is_missed(str(row.get("uri")))):
            rows.append(row)
    return News(rows, is_end)


def _is_known(row: dict[str, Any], known: Mark, *, is_behind: bool) -> bool:
    """Of rows with the same time, those behind the mark were read with it."""
    at = parse_time(row.get("indexedAt"))
    if row.get("uri") == known.uri or at is None:
        return row.get("uri") == known.uri or is_behind
    return at < known.at or (at == known.at and is_behind)


def known_uris(page: dict[str, Any], news: News) -> list[str]:
    """Return the posts of a page's rows that were read before."""
    new = set(news.uris())
    rows = [row for row in page.get("notifications", []) if isinstance(row, dict)]
    uris = [row.get("uri") for row in rows if row.get("reason") in REASONS]
    return [uri for uri in uris if isinstance(uri, str) and uri not in new]
