"""What the WordPress reader remembers between polls, and what of a page is news. Pure."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from services.ingest.connectors.reading import nested
from services.ingest.connectors.times import iso_z, parse_time

SEEN_KEPT = 2000
FIRST_READ = timedelta(days=30)
_GONE = frozenset({"trash", "spam"})

Comment = dict[str, Any]


class Memory(BaseModel):
    """The cursor: up to when comments were read, when old ones were read again, and how they looked.

    `seen` maps a comment's id to what tells its text, and its status, from others.
    """

    newest_at: AwareDatetime
    swept_at: AwareDatetime | None = None
    seen: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None, now: datetime) -> "Memory":
        """Return what a cursor holds; without one, a memory that begins thirty days ago."""
        try:
            return cls.model_validate_json(cursor or "")
        except ValidationError:
            return cls(newest_at=now - FIRST_READ)

    def written(self) -> str:
        """Return the cursor."""
        return self.model_dump_json(exclude_defaults=True)

    def take(self, page: list[Any], now: datetime) -> list[Comment]:
        """Return the comments of a page that are new or changed, told how, and remember all."""
        comments = [one for one in page if isinstance(one, dict) and one.get("id") is not None]
        news = [told for one in comments if (told := self._news(one, now)) is not None]
        for one in comments:
            self._remember(one, now)
        for old in list(self.seen)[: max(0, len(self.seen) - SEEN_KEPT)]:
            del self.seen[old]
        return news

    def _news(self, comment: Comment, now: datetime) -> Comment | None:
        before = self.seen.get(str(comment["id"]))
        if before == _looks(comment):
            return None
        is_gone = _status(comment) in _GONE
        if before is None:
            # Spam that was never shown here is nobody's news.
            return None if is_gone else comment
        if is_gone:
            return comment
        was_text, _, was_status = before.partition(":")
        if was_text != _text(comment):
            return {**comment, "rapport_edited_at": iso_z(now)}
        if (was_status == "hold") != (_status(comment) == "hold"):
            return {**comment, "rapport_action": _shown(comment)}
        return None

    def _remember(self, comment: Comment, now: datetime) -> None:
        key = str(comment["id"])
        self.seen.pop(key, None)
        self.seen[key] = _looks(comment)
        at = parse_time(comment.get("date_gmt"))
        if at is not None and self.newest_at < at <= now:
            self.newest_at = at


def _shown(comment: Comment) -> str:
    return "hidden" if _status(comment) == "hold" else "unhidden"


def _looks(comment: Comment) -> str:
    return f"{_text(comment)}:{_status(comment)}"


def _status(comment: Comment) -> str:
    return str(comment.get("status"))[:20]


def _text(comment: Comment) -> str:
    rendered = nested(comment, "content").get("rendered")
    return sha256(str(rendered).encode("utf-8", "replace")).hexdigest()[:12]
