"""Builds the training matrices with the same n-grams as the running model. Nothing is learned here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.classify.domain import cues, rules
from services.classify.domain.labels import OUTPUTS, PLACE
from services.classify.models.features import (
    Token,
    character_hashes,
    pair_hashes,
    readable,
    slots,
    tokens,
    word_hash,
)
from services.classify.training.statics import Vectors

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Corpus:
    """Texts as counts: of words (one column a form), of word and pair slots, of character slots; cues; what rules add."""

    words: list[Token]
    hashes: NDArray[np.uint32]
    counts: sparse.csr_matrix
    grams: sparse.csr_matrix
    characters: sparse.csr_matrix
    cues: sparse.csr_matrix
    rules: Floats


@dataclass(slots=True)
class Inputs:
    """What a head is fitted on: n-grams weighted by rarity, static vectors (a block of 256 a table), cues, rules."""

    grams: sparse.csr_matrix
    statics: Floats
    cues: sparse.csr_matrix
    rules: Floats

    def take(self, places: NDArray[Any]) -> "Inputs":
        """The rows at these places (indices or a mask)."""
        return Inputs(
            self.grams[places], self.statics[places], self.cues[places], self.rules[places]
        )


def corpus(texts: Sequence[str], languages: Sequence[int], bits: int) -> Corpus:
    """Counts of texts; `languages` are bit masks: whose cue words count."""
    known: dict[str, int] = {}
    words, places, ends = list[Token](), list[int](), [0]
    signs, sign_ends = list[int](), [0]
    added = np.zeros((len(texts), OUTPUTS), dtype=np.float32)
    for row, (text, mask) in enumerate(zip(texts, languages, strict=True)):
        found = tokens(readable(text))
        for token in found:
            if token.form not in known:
                known[token.form] = len(words)
                words.append(token)
            places.append(known[token.form])
        ends.append(len(places))
        heard = cues.find(found, readable(text), mask)
        signs += [cues.INDEX[name] for name in heard]
        sign_ends.append(len(signs))
        for rule in rules.fired(heard) if found else [rules.BLANK]:
            for key, amount in rule.adds.items():
                added[row, PLACE[key]] += amount
    hashes = np.array([word_hash(each.form) for each in words], dtype=np.uint32)
    at, limits = np.array(places, dtype=np.int64), np.array(ends)
    counts = _counted(at, limits, len(words))
    return Corpus(
        words, hashes, counts, _grams(hashes[at], limits, bits),
        sparse.csr_matrix(counts @ _letters(words, bits)),
        _counted(np.array(signs, dtype=np.int64), np.array(sign_ends), len(cues.NAMES)), added,
    )  # fmt: skip


def squared_idf(given: Corpus, is_train: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int64]]:
    """Squared inverse document frequency of every slot, and how many training texts have it."""
    both = sparse.csr_matrix((given.grams + given.characters)[is_train])
    seen = np.bincount(both.indices, minlength=both.shape[1])
    idf = np.log((1.0 + both.shape[0]) / (1.0 + seen)) + 1.0
    return np.square(idf).astype(np.float16).astype(np.float32), seen


def inputs(given: Corpus, idf2: Floats, tables: Sequence[Vectors]) -> Inputs:
    """Each block divided by its own length: the root of a sum over its parts, so that parts of a text add up."""
    grams = _weighted(given.grams, idf2) + _weighted(given.characters, idf2)
    bits = len(idf2).bit_length() - 1
    rarity = np.sqrt(idf2[slots(given.hashes, bits)])
    blocks = []
    for table in tables:
        vectors, lengths2 = table.of(given.words)
        lengths = np.sqrt(np.maximum(given.counts @ (lengths2 * np.square(rarity)), 1e-4))
        blocks.append((given.counts @ (vectors * rarity[:, None])) / lengths[:, None])
    statics = np.concatenate(blocks, axis=1, dtype=np.float32)
    return Inputs(sparse.csr_matrix(grams, dtype=np.float32), statics, given.cues, given.rules)


def _counted(columns: NDArray[np.int64], ends: NDArray[np.int64], width: int) -> sparse.csr_matrix:
    ones = np.ones(len(columns), dtype=np.float32)
    matrix = sparse.csr_matrix((ones, columns, ends), shape=(len(ends) - 1, width))
    matrix.sum_duplicates()
    return matrix


def _grams(hashes: NDArray[np.uint32], ends: NDArray[np.int64], bits: int) -> sparse.csr_matrix:
    """Slots of words and of pairs of neighbours."""
    rows = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    is_pair = rows[1:] == rows[:-1]
    pairs = pair_hashes(hashes[:-1], hashes[1:])[is_pair]
    columns = np.concatenate([slots(hashes, bits), slots(pairs, bits)])
    owners = np.concatenate([rows, rows[1:][is_pair]])
    ones = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((ones, (owners, columns)), shape=(len(ends) - 1, 1 << bits))


def _letters(words: Sequence[Token], bits: int) -> sparse.csr_matrix:
    """Slots of the characters of each word."""
    found = [character_hashes(each.folded) if each.is_word else [] for each in words]
    ends = np.cumsum([0, *map(len, found)])
    flat = np.array([one for row in found for one in row], dtype=np.uint32)
    return _counted(slots(flat, bits), ends, 1 << bits)


def _weighted(matrix: sparse.csr_matrix, idf2: Floats) -> sparse.csr_matrix:
    lengths = np.sqrt(np.maximum(matrix @ idf2, 1e-9)).astype(np.float32)
    weighted = matrix.copy()
    weighted.data = weighted.data * np.sqrt(idf2)[weighted.indices]
    return sparse.csr_matrix(sparse.diags(1.0 / lengths) @ weighted)
