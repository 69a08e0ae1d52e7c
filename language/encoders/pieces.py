"""Cuts texts into an encoder's pieces and puts texts of like length together. Knows no weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from language.encoders.files import checked
from language.encoders.sessions import MEND
from language.encoders.spelling import spelled

BATCH_PIECES = 1_024
"""Pieces of a batch, padding included: more gain nothing on one core and cost memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some texts: `places` in the sequence that was given, `ids` and `mask` int32[texts, pieces]."""

    places: list[int]
    ids: NDArray[np.int32]
    mask: NDArray[np.int32]


class Pieces:
    """A tokenizer of a file."""

    def __init__(self, file: Path) -> None:
        content, _ = checked(file, MEND)
        self._tokenizer = Tokenizer.from_str(content.decode())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        bare = (piece.removeprefix("▁") for piece in self._tokenizer.get_vocab())
        self._known = frozenset(piece for piece in bare if len(piece) == 1)

    def batches(self, texts: Sequence[str], longest: int) -> Iterator[Batch]:
        """The texts in batches of like length, each cut to `longest` pieces with its two marks."""
        spoken = [spelled(text, self._known) for text in texts]
        rows = [_cut(found.ids, longest) for found in self._tokenizer.encode_batch_fast(spoken)]
        start, order = 0, sorted(range(len(rows)), key=lambda place: len(rows[place]))
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(rows[order[end]]) <= BATCH_PIECES:
                end += 1
            yield _padded(order[start:end], rows)
            start = end


def _cut(ids: list[int], longest: int) -> list[int]:
    return [*ids[: longest - 1], ids[-1]] if len(ids) > longest else ids


def _padded(places: list[int], rows: Sequence[list[int]]) -> Batch:
    width = len(rows[places[-1]])
    ids = np.zeros((len(places), width), dtype=np.int32)
    mask = np.zeros((len(places), width), dtype=np.int32)
    for line, place in enumerate(places):
        ids[line, : len(rows[place])] = rows[place]
        mask[line, : len(rows[place])] = 1
    return Batch(places, ids, mask)
