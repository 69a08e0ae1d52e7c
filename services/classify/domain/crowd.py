"""How many different people there are among many hashes, in bounded memory. Nobody can be named from it."""

from collections.abc import Iterable
from typing import Any

MOST = 256


class Crowd:
    """A distinct sample (Gibbons 2001): hashes that end in `level` zero bits; the level grows with the crowd.

    Exact up to `MOST` people; the same people in any order and any number of times give the same crowd.
    """

    def __init__(self, level: int = 0, kept: Iterable[int] = ()) -> None:
        self._level = level
        self._kept = set(kept)

    def add(self, hashes: Iterable[int]) -> None:
        """Let these people in."""
        mask = (1 << self._level) - 1
        self._kept.update(one for one in hashes if not one & mask)
        while len(self._kept) > MOST:
            self._level += 1
            mask = (1 << self._level) - 1
            self._kept = {one for one in self._kept if not one & mask}

    def __len__(self) -> int:
        return len(self._kept) << self._level

    def share_of(self, counted: int, listed: int) -> int:
        """Return how many people `counted` stand for, when `listed` of them were let in here."""
        if not listed:
            return counted
        return min(counted, max(round(counted * len(self) / listed), 1))

    def to_state(self) -> list[Any]:
        """Return level and hashes."""
        return [self._level, sorted(self._kept)]

    @classmethod
    def from_state(cls, state: list[Any]) -> "Crowd":
        """Return the same crowd again."""
        return cls(state[0], state[1])
