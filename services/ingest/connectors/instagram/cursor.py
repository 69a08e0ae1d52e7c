"""What a poll of Instagram remembers: how far it read, and which comments it saw below the newest media."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from services.ingest.connectors.times import parse_time

MEDIA_KEPT = 10
COMMENTS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Cursor:
    """`seen` maps a medium to its newest comments: one that is not there any more was deleted."""

    since: datetime | None = None
    seen: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """Return a cursor of ours, or of unix seconds alone; anything else begins anew."""
        if not text or (text.isascii() and text.isdigit()):
            return cls(parse_time(text) if text else None)
        try:
            document = json.loads(text)
            seen = {
                str(medium): [str(one) for one in ids] for medium, ids in document["seen"].items()
            }
            return cls(parse_time(document["since"]), seen)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return cls()

    @staticmethod
    def write(since: str, seen: dict[str, list[str]]) -> str:
        """Return the text to keep. `since` is unix seconds."""
        kept = {medium: ids[:COMMENTS_KEPT] for medium, ids in list(seen.items())[-MEDIA_KEPT:]}
        return json.dumps({"since": since, "seen": kept}, separators=(",", ":"))
