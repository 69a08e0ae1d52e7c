"""What cannot be handled: the dead letter's form, and the fuse that stops a flood of them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

HEADER_PREFIX = "dlq-"
CONSECUTIVE_LIMIT = 50
WINDOW = 1_000
WINDOW_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Dead:
    """Why an event is put aside: a stable dotted code and a sentence."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the dead record was read."""

    topic: str
    partition: int
    offset: int
    group: str


def dead_headers(
    dead: Dead, origin: Origin, attempts: int, at: datetime, kept: Sequence[tuple[str, bytes]]
) -> list[tuple[str, bytes]]:
    """Return the headers of a dead letter: the record's own, and why it lies here."""
    facts = {
        "code": dead.code,
        "why": dead.why[:2_000],
        "topic": origin.topic,
        "partition": str(origin.partition),
        "offset": str(origin.offset),
        "group": origin.group,
        "attempts": str(attempts),
        "at": at.isoformat(),
    }
    own = [(name, value) for name, value in kept if not name.startswith(HEADER_PREFIX)]
    return [*own, *((HEADER_PREFIX + name, value.encode()) for name, value in facts.items())]


class Fuse:
    """Opens when 50 events in a row, or 10 % of the last 1,000, were put aside: then the bug is ours.

    After getsentry/arroyo's DlqLimit. One per partition.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._window: deque[bool] = deque(maxlen=WINDOW)
        self._dead_in_window = 0

    def count(self, is_dead: bool) -> bool:
        """Count one event; return True when the fuse opens at it."""
        if len(self._window) == WINDOW and self._window[0]:
            self._dead_in_window -= 1
        self._window.append(is_dead)
        self._dead_in_window += is_dead
        self._in_a_row = self._in_a_row + 1 if is_dead else 0
        return is_dead and (
            self._in_a_row >= CONSECUTIVE_LIMIT or self._dead_in_window >= WINDOW_LIMIT
        )

    def count_well(self, events: int) -> None:
        """Count this many events that went well."""
        if self._dead_in_window:
            for _ in range(events):
                self.count(is_dead=False)
        else:
            self._window.extend([False] * min(events, WINDOW))
            self._in_a_row = 0
