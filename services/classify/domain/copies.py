"""Near-copies: messages that say nearly the same as an earlier one to the same brand. Bounded memory, no text kept.

A sketch is the four smallest of the hashes of a text's words (bottom-k MinHash, Broder 1997): the share
of them that two texts have in common estimates how alike their sets of words are.
"""

import zlib
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

SKETCH = 4
LEAST_WORDS = 5
"""Shorter texts ("thank you so much") are alike by nature."""
WINDOW_S = 600
MOST_KEYS = 200_000
"""Four keys a message: 50,000 messages of all brands, about 40 MB."""
_MOST_HASHES = 200_000
Sketch = tuple[int, ...]


class _Hashes(dict[str, int]):
    """CRC-32 of words; worked out once for each, and forgotten all together when there are too many."""

    def __missing__(self, word: str) -> int:
        if len(self) > _MOST_HASHES:
            self.clear()
        value = self[word] = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        return value


class WordLike(Protocol):
    """What a sketch needs to know of a token."""

    @property
    def folded(self) -> str: ...
    @property
    def is_word(self) -> bool: ...


class Sketcher:
    """Makes sketches; keeps the hashes of the words it met."""

    def __init__(self) -> None:
        self._hashes = _Hashes()

    def sketch(self, tokens: Iterable[WordLike]) -> Sketch | None:
        """Return the sketch of a text, or None for one too short to be called a copy."""
        hashes = self._hashes
        different = {hashes[token.folded] for token in tokens if token.is_word}
        if len(different) < LEAST_WORDS:
            return None
        return tuple(sorted(different)[:SKETCH])


class CopyWindow:
    """The sketches of the last ten minutes, found again by any three of their four parts. Brands never mix."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most = most_keys
        self._kept: dict[int, tuple[int, int]] = {}

    def is_copy(self, brand_id: str, sketch: Sketch, message: int, at: int) -> bool:
        """Say whether another message to this brand is alike, and keep this one.

        `message` is its hash (a message is no copy of itself), `at` the seconds of its receipt.
        """
        a, b, c, d = sketch
        kept, found = self._kept, False
        keys = (
            hash((brand_id, a, b, c)), hash((brand_id, a, b, d)),
            hash((brand_id, a, c, d)), hash((brand_id, b, c, d)),
        )  # fmt: skip
        for key in keys:
            earlier = kept.get(key)
            if earlier and earlier[0] != message and abs(at - earlier[1]) <= WINDOW_S:
                found = True
                break
        # While copies keep coming the first stays the original, so that a repeat of it is none.
        for key in keys:
            earlier = kept.get(key)
            kept[key] = (earlier[0] if earlier and found else message, at)
        if len(kept) > self._most:
            for key in list(islice(kept, self._most // 8)):
                del kept[key]
        return found

    def __len__(self) -> int:
        return len(self._kept)
