"""The weights in memory and the sums over them. What a word adds is kept for the next message that has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.classify.domain.cues import NAMES
from services.classify.domain.labels import OUTPUTS
from services.classify.models.artefact import ArtefactError
from services.classify.models.features import (
    LONGEST_KEPT,
    Token,
    character_hashes,
    pair_hashes,
    slots,
    word_hash,
)
from services.classify.models.lexicon import Lexicon

TABLES = ("english", "wide")
BLOCKS = 2 + len(TABLES)
"""Words with their pairs, characters, and one block a table of static vectors; each is divided by its own length."""
_MOST_WORDS = 40_000
_WIDE = OUTPUTS + 1  # the outputs of a block, then its share of the squared length
_WIDTH = BLOCKS * _WIDE + 2  # whether it is a word, and whether training saw it
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sums:
    """`totals` float32[texts, OUTPUTS]; `tokens` float32[tokens of all texts, OUTPUTS] where asked for, they add up to
    it; `known`: the share of each text's words that training saw."""

    totals: Floats
    tokens: Floats | None
    known: Floats


class Table:
    """Static vectors of words and pieces, already multiplied with the heads: `values` float16[entries, OUTPUTS + 1],
    the last column being the squared length of the vector."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], name: str) -> None:
        self._lexicon = Lexicon.unpack(arrays[f"{name}_entries"])
        self._values = arrays[f"{name}_values"]

    def add(self, rows: Floats, words: Sequence[str], rarity2: Floats) -> None:
        """Set `rows`, float32[words, OUTPUTS + 1], to the mean over the pieces of each word by its rarity (squared for
        the length); what has no piece stays as it is."""
        cuts = [self._lexicon.cut(word) for word in words]
        sizes = np.array([len(cut) for cut in cuts], dtype=np.int64)
        filled = np.flatnonzero(sizes)
        if len(filled):
            flat = np.array([place for cut in cuts for place in cut], dtype=np.int64)
            sizes, rare = sizes[filled], rarity2[filled, None]
            values = self._values[flat].astype(np.float32)
            means = np.add.reduceat(values, np.cumsum(sizes) - sizes, axis=0) / sizes[
                :, None
            ].astype(np.float32)
            means[:, :OUTPUTS] *= np.sqrt(rare)
            means[:, OUTPUTS:] *= rare
            rows[filled] = means


class Weights:
    """Arrays of a model: `grams` int8[2**bits, OUTPUTS] with `gram_scales` float32[OUTPUTS] (see `unfolded`), `idf2`
    float16[2**bits], `cues` float32[cues, OUTPUTS], `intercept` float32[OUTPUTS], `seen` uint32, the sorted hashes of
    the words of training, and the tables' arrays.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._grams, self._idf2 = arrays["grams"], arrays["idf2"]
        self._unfold = unfolded()
        self._scales = arrays["gram_scales"].astype(np.float32)
        self.cues = arrays["cues"].astype(np.float32)
        self.intercept = arrays["intercept"].astype(np.float32)
        if self.cues.shape != (len(NAMES), OUTPUTS):
            raise ArtefactError(
                "the model was trained with other cues or heads than this program has; "
                "rebuild it with: python -m services.classify.training"
            )
        self._bits = int(self._grams.shape[0]).bit_length() - 1
        self._seen = frozenset(arrays["seen"].tolist())
        self._tables = [Table(arrays, name) for name in TABLES]
        self._forget()

    def sums(self, batch: Sequence[Sequence[Token]], *, by_token: bool) -> Sums:
        """What the n-grams of every text add to its outputs; a pair's share goes half to each of its two tokens."""
        sizes = np.array([len(row) for row in batch], dtype=np.int64)
        full = np.zeros((len(batch), OUTPUTS), dtype=np.float32)
        known = np.ones(len(batch), dtype=np.float32)
        filled = np.flatnonzero(sizes)
        if not len(filled):
            return Sums(full, full[:0] if by_token else None, known)
        places = self._learn([token for row in batch for token in row])
        rows, sizes = self._rows[places], sizes[filled]
        starts = np.cumsum(sizes) - sizes
        totals = np.add.reduceat(rows, starts, axis=0)
        pairs = self._pairs(self._hashes[places], starts)
        many = sizes > 1
        if len(pairs):
            steps = sizes[many] - 1
            totals[many, :_WIDE] += np.add.reduceat(pairs, np.cumsum(steps) - steps, axis=0)
        scales = self._scales_of(totals)
        full[filled] = self._weighed(totals, scales)
        known[filled] = totals[:, -1] / np.maximum(totals[:, -2], 1.0)
        tokens = self._by_token(rows, pairs, starts, np.repeat(scales, sizes, axis=0)) if by_token else None  # fmt: skip
        return Sums(full, tokens, known)

    def _pairs(self, hashes: NDArray[np.uint32], starts: NDArray[np.int64]) -> Floats:
        """Rows of all pairs of neighbours within a text, in order."""
        has_left = np.ones(len(hashes), dtype=np.bool_)
        has_left[starts] = False
        right = np.flatnonzero(has_left)
        return self._grams_of(pair_hashes(hashes[right - 1], hashes[right]))

    def _scales_of(self, totals: Floats) -> Floats:
        """float32[texts, BLOCKS]: what each block of a text is multiplied by."""
        squares = totals[:, OUTPUTS : BLOCKS * _WIDE : _WIDE]
        return np.asarray(1.0 / np.sqrt(np.maximum(squares, np.float32(1e-4))), dtype=np.float32)

    @staticmethod
    def _weighed(rows: Floats, scales: Floats) -> Floats:
        found = np.zeros((len(rows), OUTPUTS), dtype=np.float32)
        for block in range(BLOCKS):
            start = block * _WIDE
            found += rows[:, start : start + OUTPUTS] * scales[:, block, None]
        return found

    def _by_token(
        self, rows: Floats, pairs: Floats, starts: NDArray[np.int64], scales: Floats
    ) -> Floats:
        found = self._weighed(rows, scales)
        has_left = np.ones(len(rows), dtype=np.bool_)
        has_left[starts] = False
        right = np.flatnonzero(has_left)
        half = pairs[:, :OUTPUTS] * (np.float32(0.5) * scales[right, :1])
        found[right] += half
        found[right - 1] += half
        return found

    def _learn(self, found: Sequence[Token]) -> NDArray[np.int64]:
        """The rows of tokens, those of new words worked out and kept."""
        keys = [token.form for token in found]
        if max(map(len, keys)) > LONGEST_KEPT:
            keys = [_key(form) for form in keys]
        if len(self._known) > _MOST_WORDS:
            self._forget()
        fresh = {key: token for key, token in zip(keys, found, strict=True) if key not in self._known}  # fmt: skip
        if fresh:
            self._keep(fresh)
        return np.array([self._known[key] for key in keys], dtype=np.int64)

    def _forget(self) -> None:
        self._known: dict[str, int] = {}
        self._rows = np.zeros((1024, _WIDTH), dtype=np.float32)
        self._hashes = np.zeros(1024, dtype=np.uint32)

    def _keep(self, fresh: Mapping[str, Token]) -> None:
        first, last = len(self._known), len(self._known) + len(fresh)
        if last > len(self._rows):
            more = max(last, 2 * len(self._rows)) - len(self._rows)
            self._rows = np.concatenate([self._rows, np.zeros((more, _WIDTH), dtype=np.float32)])  # fmt: skip
            self._hashes = np.concatenate([self._hashes, np.zeros(more, dtype=np.uint32)])
        self._known.update(zip(fresh, range(first, last), strict=True))
        grams = [
            [word_hash(each.form), *(character_hashes(each.folded) if each.is_word else ())]
            for each in fresh.values()
        ]
        sizes = np.array([len(row) for row in grams], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        hashes = np.array([gram for row in grams for gram in row], dtype=np.uint32)
        values = self._grams_of(hashes)
        whole = values[starts]
        self._hashes[first:last] = hashes[starts]
        rows = self._rows[first:last]
        rows[:] = 0.0
        rows[:, :_WIDE] = whole
        values[starts] = 0.0
        rows[:, _WIDE : 2 * _WIDE] = np.add.reduceat(values, starts, axis=0)
        found = fresh.values()
        rows[:, -2] = [each.is_word for each in found]
        rows[:, -1] = [
            each.is_word and known in self._seen
            for each, known in zip(found, hashes[starts].tolist(), strict=True)
        ]
        words = [each.folded for each in found], [each.form for each in found]
        for place, (table, part) in enumerate(zip(self._tables, words, strict=True), start=2):
            table.add(rows[:, place * _WIDE : (place + 1) * _WIDE], part, whole[:, OUTPUTS])

    def _grams_of(self, hashes: NDArray[np.uint32]) -> Floats:
        """float32[grams, OUTPUTS + 1]: what each n-gram adds before the block's length, and its share of that squared."""
        places = slots(hashes, self._bits)
        found = np.empty((len(places), _WIDE), dtype=np.float32)
        found[:, :OUTPUTS] = self._unfold[self._grams[places]] * self._scales
        found[:, OUTPUTS] = self._idf2[places]
        return found


def _key(form: str) -> str:
    """What a word is kept under: itself, or its beginning and a hash where it is very long."""
    return form if len(form) <= LONGEST_KEPT else f"{form[:LONGEST_KEPT]}\x00{word_hash(form)}"


def unfolded() -> Floats:
    """What a byte stands for, float32[256]: steps grow with the value, so that small weights keep their sign and size."""
    signed = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float32) / np.float32(127.0)
    return np.asarray(np.sign(signed) * np.square(signed), dtype=np.float32)


def folded(values: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Bytes and scales (a column each) for `unfolded`: the nearest byte to each value."""
    scales = np.maximum(np.abs(values).max(axis=0), np.float32(1e-9))
    roots = np.sqrt(np.abs(values) / scales) * np.float32(127.0)
    signed = np.rint(np.copysign(roots, values)).astype(np.int8)
    return signed.view(np.uint8), np.asarray(scales, dtype=np.float32)
