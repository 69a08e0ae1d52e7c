"""Finds the brand's facts that answer a message: BM25 over keywords, titles and texts. No wording here."""

import math
from collections import Counter
from collections.abc import Sequence

from contracts.brands import Fact
from services.respond.drafting.words import content_words, stem, words

_K1, _B = 1.2, 0.6
_KEYWORD_WEIGHT, _TITLE_WEIGHT = 3.0, 2.0
MINIMUM_SCORE = 1.0
SECOND_SHARE = 0.6


class FactIndex:
    """The facts of one brand in one language. Scores by stems, so inflected words meet."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = list(facts)
        self._pointers = [_pointers(fact) for fact in self._facts]
        self._phrases = [_phrases(fact) for fact in self._facts]
        self._weights = [_weights(fact) for fact in self._facts]
        lengths = [sum(weights.values()) for weights in self._weights]
        self._mean = (sum(lengths) / len(lengths)) if lengths else 1.0
        self._lengths = lengths
        holders = Counter(term for weights in self._weights for term in weights)
        total = len(self._facts)
        self._rarity = {
            term: math.log(1 + (total - count + 0.5) / (count + 0.5)) + 0.4
            for term, count in holders.items()
        }

    def find(self, text: str, most: int = 2) -> list[Fact]:
        """Return the facts that answer the text, best first; empty when none surely does.

        A fact counts only when one of its keywords or title words is in the text.
        """
        if not self._facts:
            return []
        query = {stem(word) for word in content_words(text)}
        spoken = f" {' '.join(words(text))} "
        scored = sorted(
            ((self._score(at, query, spoken), -at) for at in range(len(self._facts))), reverse=True
        )
        good = [(score, -at) for score, at in scored if score >= MINIMUM_SCORE]
        kept: list[Fact] = []
        covered: set[str] = set()
        for score, at in good:
            hits = self._pointers[at] & query
            # A second fact must answer something that the first did not.
            if kept and (score < good[0][0] * SECOND_SHARE or hits <= covered):
                continue
            kept.append(self._facts[at])
            covered |= hits
            if len(kept) == most:
                break
        return kept

    def _score(self, at: int, query: set[str], spoken: str) -> float:
        phrase_hits = sum(f" {phrase} " in spoken for phrase in self._phrases[at])
        if not phrase_hits and not (self._pointers[at] & query):
            return 0.0
        weights = self._weights[at]
        norm = _K1 * (1 - _B + _B * self._lengths[at] / self._mean)
        score = 0.0
        for term in query & weights.keys():
            weight = weights[term]
            score += self._rarity[term] * weight * (_K1 + 1) / (weight + norm)
        return score + 2.0 * phrase_hits


def _pointers(fact: Fact) -> set[str]:
    single = [word for keyword in fact.keywords for word in content_words(keyword)]
    return {stem(word) for word in [*single, *content_words(fact.title)]}


def _phrases(fact: Fact) -> list[str]:
    return [" ".join(found) for keyword in fact.keywords if len(found := words(keyword)) > 1]


def _weights(fact: Fact) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word in content_words(fact.text):
        weights[stem(word)] = weights.get(stem(word), 0.0) + 1.0
    for word in content_words(fact.title):
        weights[stem(word)] = weights.get(stem(word), 0.0) + _TITLE_WEIGHT
    for keyword in fact.keywords:
        for word in content_words(keyword):
            weights[stem(word)] = weights.get(stem(word), 0.0) + _KEYWORD_WEIGHT
    return weights
