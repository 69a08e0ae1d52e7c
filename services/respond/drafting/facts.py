"""Finds the brand's facts that answer a message, by their keywords. No wording here.

Only a keyword lets a fact in; title and text merely order the facts that were let in (BM25).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.brands import Fact
from services.respond.drafting.stems import stem
from services.respond.drafting.words import content_words, words

_K1, _B = 1.2, 0.6
_KEYWORD_WEIGHT, _TITLE_WEIGHT, _TEXT_WEIGHT = 3.0, 0.6, 0.5
_PHRASE_BONUS = 2.0
MINIMUM_SCORE = 1.0
SECOND_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A fact and the message's folded words that called for it."""

    fact: Fact
    called_by: frozenset[str]
    score: float


class FactIndex:
    """The facts of one brand in one language. Scores by stems, so inflected words meet."""

    def __init__(self, facts: Sequence[Fact], language: str) -> None:
        self._facts = list(facts)
        self._language = language
        self._pointers = [self._pointers_of(fact) for fact in self._facts]
        self._phrases = [self._phrases_of(fact) for fact in self._facts]
        self._weights = [self._weights_of(fact) for fact in self._facts]
        self._lengths = [sum(weights.values()) for weights in self._weights]
        self._mean = (sum(self._lengths) / len(self._lengths)) if self._lengths else 1.0
        holders = Counter(term for weights in self._weights for term in weights)
        total = len(self._facts)
        self._rarity = {
            term: math.log(1 + (total - count + 0.5) / (count + 0.5)) + 0.4
            for term, count in holders.items()
        }

    def find(self, text: str, most: int = 2) -> list[Match]:
        """Return the facts that answer the text, best first; empty when none surely does.

        A fact counts only when one of its keywords is in the text; one of several words as a whole.
        """
        if not self._facts:
            return []
        query = {self._stem(word): word for word in content_words(text)}
        spoken = f" {' '.join(map(self._stem, words(text)))} "
        found = [self._match(at, query, spoken) for at in range(len(self._facts))]
        good = sorted(
            (match for match in found if match and match.score >= MINIMUM_SCORE),
            key=lambda match: -match.score,
        )
        kept: list[Match] = []
        covered: set[str] = set()
        for match in good:
            # A second fact must answer something that the first did not.
            if kept and (match.score < good[0].score * SECOND_SHARE or match.called_by <= covered):
                continue
            kept.append(match)
            covered |= match.called_by
            if len(kept) == most:
                break
        return kept

    def _match(self, at: int, query: Mapping[str, str], spoken: str) -> Match | None:
        phrases = [phrase for phrase in self._phrases[at] if f" {phrase} " in spoken]
        called_by = {query[term] for term in self._pointers[at] & query.keys()}
        called_by.update(phrases)
        if not called_by:
            return None
        weights = self._weights[at]
        norm = _K1 * (1 - _B + _B * self._lengths[at] / self._mean)
        score = _PHRASE_BONUS * len(phrases)
        for term in query.keys() & weights.keys():
            weight = weights[term]
            score += self._rarity[term] * weight * (_K1 + 1) / (weight + norm)
        return Match(self._facts[at], frozenset(called_by), score)

    def _pointers_of(self, fact: Fact) -> set[str]:
        spoken = (words(keyword) for keyword in fact.keywords)
        return {self._stem(found[0]) for found in spoken if len(found) == 1}

    def _phrases_of(self, fact: Fact) -> list[str]:
        spoken = (words(keyword) for keyword in fact.keywords)
        return [" ".join(map(self._stem, found)) for found in spoken if len(found) > 1]

    def _weights_of(self, fact: Fact) -> dict[str, float]:
        weights: defaultdict[str, float] = defaultdict(float)
        for share, text in ((_TEXT_WEIGHT, fact.text), (_TITLE_WEIGHT, fact.title)):
            for term in {self._stem(word) for word in content_words(text)}:
                weights[term] += share
        for term in self._pointers_of(fact):
            weights[term] += _KEYWORD_WEIGHT
        return dict(weights)

    def _stem(self, word: str) -> str:
        return stem(word, self._language)
