"""Mastodon's paging by ids: max_id, since_id, min_id and the Link header. Works on any list of ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
Query = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows newest first and the Link header, None when the page is empty."""

    rows: list[T]
    link: str | None


def page(
    rows: Sequence[T], query: Query, url: str, id_of: Callable[[T], str], most: int
) -> Page[T]:
    """Cut one page out of `rows` (oldest first). With min_id it is the page directly above it."""
    asked = dict(query)
    limit = _limit(asked.get("limit"), most)
    found = [row for row in rows if _is_between(int(id_of(row)), asked)]
    is_upward = "min_id" in asked
    cut = found[:limit] if is_upward else found[-limit:]
    shown = list(reversed(cut))
    return Page(shown, _link(shown, query, url, id_of))


def _limit(text: str | None, most: int) -> int:
    wanted = int(text) if text and text.isdigit() else most // 2
    return max(1, min(wanted, most))


def _is_between(number: int, asked: dict[str, str]) -> bool:
    above = max(_number(asked.get("min_id")) or 0, _number(asked.get("since_id")) or 0)
    below = _number(asked.get("max_id"))
    return number > above and (below is None or number < below)


def _number(text: str | None) -> int | None:
    """The id as a number; what is no number counts as not asked."""
    return int(text) if text is not None and text.isdigit() else None


def _link(shown: list[T], query: Query, url: str, id_of: Callable[[T], str]) -> str | None:
    if not shown:
        return None
    kept = [(k, v) for k, v in query if k not in ("max_id", "min_id", "since_id", "access_token")]
    older = urlencode([("max_id", id_of(shown[-1])), *kept])
    newer = urlencode([("min_id", id_of(shown[0])), *kept])
    return f'<{url}?{older}>; rel="next", <{url}?{newer}>; rel="prev"'
