"""What a process remembers of one account while it reads: which posts it has seen, and how far the stream got."""

from collections.abc import Iterable
from datetime import datetime

from contracts.networks.bluesky import parts_of

POSTS_KEPT = 5000


class Memory:
    """Bounded; empty after a start, which costs nothing but a page read twice."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}
        self._authors: dict[str, int] = {}
        self.is_warm = False
        self.stream_us: int | None = None
        self.cursor: str | None = None
        self.polled_at: datetime | None = None

    def has(self, uri: str) -> bool:
        """Say whether a post was seen by this process."""
        return uri in self._seen

    def keep(self, uris: Iterable[str]) -> None:
        """Remember posts; the oldest make room."""
        for uri in uris:
            if uri not in self._seen and (author := _author(uri)):
                self._seen[uri] = None
                self._authors[author] = self._authors.get(author, 0) + 1
        while len(self._seen) > POSTS_KEPT:
            self._forget(next(iter(self._seen)))

    def authors(self) -> frozenset[str]:
        """Return the dids that wrote the posts that are remembered."""
        return frozenset(self._authors)

    def _forget(self, uri: str) -> None:
        del self._seen[uri]
        author = _author(uri)
        if author is not None:
            left = self._authors.pop(author, 1) - 1
            if left > 0:
                self._authors[author] = left


def _author(uri: str) -> str | None:
    parts = parts_of(uri)
    return parts[0] if parts else None
