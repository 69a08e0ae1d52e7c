"""The words and word pieces that have a vector of their own, and how a word is cut into them. No weights here."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

CONTINUES = "##"
"""Marks a piece that stands inside a word."""
_LONGEST = 24
_MOST_PIECES = 12


class Lexicon:
    """Entries by their row. A word that is an entry is taken whole, others from the left, the longest piece first."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._places = {entry: place for place, entry in enumerate(entries)}

    @classmethod
    def unpack(cls, packed: NDArray[np.uint8]) -> "Lexicon":
        """The lexicon of a model's array: entries in UTF-8, a line each."""
        return cls(packed.tobytes().decode("utf-8").split("\n"))

    def __len__(self) -> int:
        return len(self._places)

    def cut(self, word: str) -> list[int]:
        """Rows of the pieces of a word; letters that are in no piece are passed over."""
        whole = self._places.get(word)
        return [whole] if whole is not None else self._pieces(word[:40])

    def _pieces(self, word: str) -> list[int]:
        find, found, at, prefix = self._places.get, list[int](), 0, ""
        while at < len(word) and len(found) < _MOST_PIECES:
            for end in range(min(len(word), at + _LONGEST), at, -1):
                place = find(prefix + word[at:end])
                if place is not None:
                    found.append(place)
                    at = end
                    break
            else:
                at += 1
            prefix = CONTINUES
        return found


def pack(entries: Iterable[str]) -> NDArray[np.uint8]:
    """The array of a lexicon's entries."""
    return np.frombuffer("\n".join(entries).encode("utf-8"), dtype=np.uint8)
