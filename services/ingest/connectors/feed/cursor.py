"""What the feed reader remembers between polls: addresses, validators, when to come again, what it saw. Pure."""

from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from contracts.messages import Item

SEEN_KEPT = 500
"""Entries of one feed whose content is remembered; feeds hold ten to a few hundred."""

FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 6 * 3600.0


class Place(BaseModel):
    """One feed: where it is now, how to ask for news only, and when. `seen`: entry to its content."""

    url: str
    etag: str = ""
    modified: str = ""
    due_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    failures: int = 0
    every_s: float = 0.0
    is_site: bool = False
    seen: dict[str, str] = Field(default_factory=dict)

    def is_due(self, now: datetime) -> bool:
        """Say whether it may be asked again."""
        return self.due_at is None or now >= self.due_at

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for news only (RFC 9110, 13.1)."""
        told = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in told.items() if value}

    def fail(self, now: datetime, told_s: float | None) -> float:
        """Note a failure; return how long to wait: twice as long each time, up to six hours, or as told."""
        wait_s: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(self.failures, 10))
        wait_s = max(wait_s, told_s or 0.0)
        self.failures += 1
        self.due_at = now + timedelta(seconds=wait_s)
        return wait_s

    def remember(self, items: list[Item]) -> None:
        """Keep what was read, the newest last."""
        for item in items:
            self.seen.pop(key_of(item), None)
            self.seen[key_of(item)] = content_of(item)
        for old in list(self.seen)[: max(0, len(self.seen) - SEEN_KEPT)]:
            del self.seen[old]


class Memory(BaseModel):
    """The whole cursor of a connection: its feed, and the comment feeds of the site and recent posts."""

    main: Place
    comments: dict[str, Place] = Field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None, url: str) -> "Memory":
        """Return what a cursor holds; a fresh memory when it holds nothing that can be read."""
        try:
            return cls.model_validate_json(cursor or "")
        except ValidationError:
            return cls(main=Place(url=url))

    def written(self) -> str:
        """Return the cursor."""
        return self.model_dump_json(exclude_defaults=True)


def key_of(item: Item) -> str:
    """Return an entry's key, short."""
    return sha256(item.external_id.encode()).hexdigest()[:12]


def content_of(item: Item) -> str:
    """Return what tells two texts of an entry apart, short."""
    return sha256((item.text or "").encode()).hexdigest()[:12]
