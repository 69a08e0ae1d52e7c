"""The weights in memory and the sums over them, with what each word adds kept for the next message that has it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.classify.domain.cues import NAMES
from services.classify.domain.labels import LEARNED, OUTPUTS, SPANS
from services.classify.models.artefact import ArtefactError
from services.classify.models.features import LONGEST_KEPT, Token, pair_gram, slots, word_grams

_KEPT_WORDS = 60_000
_POLAR = SPANS["sentiment"].stop


class Weights:
    """Arrays of a model: `polar` float16[2**a, 3] for sentiment, `rest` float16[2**b, 9] for intent and urgency,
    `idf2` float16[2**a], `mix` float32[3, 9] from sentiment logits to the others, `cues` float32[cues, 12],
    `intercept` float32[12], `temperatures` float32[3].
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.polar, self.rest = arrays["polar"], arrays["rest"]
        self.idf2, self.mix = arrays["idf2"], arrays["mix"].astype(np.float32)
        self.cues = arrays["cues"].astype(np.float32)
        self.intercept = arrays["intercept"].astype(np.float32)
        self.temperatures = arrays["temperatures"].astype(np.float64)
        if self.cues.shape != (len(NAMES), OUTPUTS):
            raise ArtefactError(
                "the model was trained with other cues than this program has; "
                "rebuild it with: python -m services.classify.training"
            )
        self._bits = int(self.polar.shape[0]).bit_length() - 1
        self._shift = self._bits - (int(self.rest.shape[0]).bit_length() - 1)
        self._words: dict[str, NDArray[np.float32]] = {}

    def contributions(self, found: Sequence[Token]) -> NDArray[np.float32]:
        """What each token adds to the logits, float32[tokens, 12]; a pair's share goes half to each of its two."""
        if not found:
            return np.zeros((0, OUTPUTS), dtype=np.float32)
        rows = np.stack([self._word(token) for token in found])
        norm2 = rows[:, OUTPUTS].sum(dtype=np.float64)
        values = rows[:, :OUTPUTS].copy()
        if len(found) > 1:
            pairs = self._rows([pair_gram(left, right) for left, right in pairwise(found)])
            norm2 += pairs[:, OUTPUTS].sum(dtype=np.float64)
            half = pairs[:, :OUTPUTS] * np.float32(0.5)
            values[:-1] += half
            values[1:] += half
        return np.asarray(values / np.float32(np.sqrt(max(norm2, 1e-9))), dtype=np.float32)

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities of every head side by side, float64[texts, 12]."""
        shares = np.empty(logits.shape, dtype=np.float64)
        for place, head in enumerate(LEARNED):
            scaled = logits[:, SPANS[head]].astype(np.float64) / self.temperatures[place]
            grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
            shares[:, SPANS[head]] = grown / grown.sum(axis=1, keepdims=True)
        return shares

    def _word(self, token: Token) -> NDArray[np.float32]:
        row = self._words.get(token.form)
        if row is None:
            if len(self._words) >= _KEPT_WORDS:
                self._words.clear()
            row = self._rows(word_grams(token)).sum(axis=0, dtype=np.float32)
            if len(token.form) <= LONGEST_KEPT:
                self._words[token.form] = row
        return row

    def _rows(self, hashes: list[int]) -> NDArray[np.float32]:
        """float32[grams, 13]: what each n-gram adds before the norm, and its share of the squared norm."""
        places = slots(np.array(hashes, dtype=np.uint32), self._bits)
        idf2 = self.idf2[places].astype(np.float32)
        idf = np.sqrt(idf2)[:, None]
        polar = self.polar[places].astype(np.float32) * idf
        rest = self.rest[places >> self._shift].astype(np.float32) * idf + polar @ self.mix
        return np.concatenate([polar, rest, idf2[:, None]], axis=1)
