"""How much is being called now, for each account and each brand: who may begin, and who waits."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls may run at once: in all, for one account, for one brand.

    A brand's share is less than all, so that there is a place at once for whoever comes next.
    """

    at_once: int
    per_connection: int

    @property
    def per_brand(self) -> int:
        """Return the most that one brand may have."""
        return max(1, self.at_once * 3 // 4)


class Lanes:
    """Counts of running calls. Answers and acts of one account share its lane."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._running: dict[str, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self._running)

    @property
    def free(self) -> int:
        """How many more calls may begin."""
        return self._room.at_once - len(self._running)

    def levels(self) -> list[int]:
        """Return how many calls a brand may have, turn by turn: those with the fewest come first."""
        most, levels = self._room.per_brand, [1]
        while levels[-1] < most:
            levels.append(min(levels[-1] * 2, most))
        return levels

    def enter(self, job_id: str, brand_id: str, connection_id: str, level: int) -> bool:
        """Take a place; False when there is none for this job."""
        if job_id in self._running or self.free <= 0:
            return False
        is_full = self._connections()[connection_id] >= self._room.per_connection
        if is_full or self._brands()[brand_id] >= level:
            return False
        self._running[job_id] = (brand_id, connection_id)
        return True

    def leave(self, job_id: str) -> None:
        """Give the place back."""
        self._running.pop(job_id, None)

    def brands_below(self, level: int, brand_ids: Collection[str]) -> frozenset[str]:
        """Return those of the brands that have fewer calls running."""
        running = self._brands()
        return frozenset(brand for brand in brand_ids if running[brand] < level)

    def full(self) -> list[str]:
        """Return the accounts that take nothing more just now."""
        most = self._room.per_connection
        return [one for one, count in self._connections().items() if count >= most]

    def _brands(self) -> Counter[str]:
        return Counter(brand_id for brand_id, _ in self._running.values())

    def _connections(self) -> Counter[str]:
        return Counter(connection_id for _, connection_id in self._running.values())
