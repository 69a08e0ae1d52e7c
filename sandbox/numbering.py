"""Ids in the networks' forms: Graph's long decimals and Mastodon's time-ordered snowflakes."""

from datetime import datetime

_GRAPH_FIRST = 10**14


class Numbering:
    """Hands out ids that never repeat; `seen` tells it of ids that were stored before a restart."""

    def __init__(self) -> None:
        self._graph = _GRAPH_FIRST
        self._flakes: set[int] = set()
        self._notification = 4100

    def seen_graph(self, number: int) -> None:
        """Never hand out this Graph number or a smaller one."""
        self._graph = max(self._graph, number)

    def seen_flake(self, number: int) -> None:
        """Never hand out this snowflake."""
        self._flakes.add(number)

    def seen_notification(self, number: int) -> None:
        """Never hand out this notification id or a smaller one."""
        self._notification = max(self._notification, number)

    def graph(self, at: datetime) -> str:
        """A growing decimal of 15 digits, as in {post}_{comment}."""
        self._graph = max(self._graph + 1, _GRAPH_FIRST + int(at.timestamp() * 1000) * 10)
        return str(self._graph)

    def flake(self, at: datetime) -> str:
        """Milliseconds shifted by 16 bits: sorts by the time of writing, also for past times."""
        number = int(at.timestamp() * 1000) << 16
        while number in self._flakes:
            number += 1
        self._flakes.add(number)
        return str(number)

    def notification(self) -> str:
        """A small number that grows in the order of arrival."""
        self._notification += 1
        return str(self._notification)
