"""What words mean at one brand: a term moves the probabilities of one head towards its label. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.brands import VocabularyTerm

WEIGHT = 4.0
"""Added to the logit of the term's label; enough to turn a label that the model is 90 % sure of."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a message as it is compared, and where it stands (code points)."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """A term that a message holds, and where."""

    term: VocabularyTerm
    start: int
    end: int


class Vocabulary:
    """The terms of one brand. `fold` is how the model compares words: a term is read the same way."""

    def __init__(self, terms: Sequence[tuple[VocabularyTerm, Sequence[str]]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], VocabularyTerm]]] = {}
        for term, words in terms:
            if words:
                self._by_first.setdefault(words[0], []).append((tuple(words), term))

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def find(self, words: Sequence[Word], language: str) -> list[Said]:
        """Return the terms in a message, in order; a term counts once, the longest at a place."""
        found: dict[VocabularyTerm, Said] = {}
        for at, word in enumerate(words):
            for pattern, term in sorted(
                self._by_first.get(word.folded, ()), key=lambda one: -len(one[0])
            ):
                there = tuple(one.folded for one in words[at : at + len(pattern)])
                if there == pattern and term.language in (None, language):
                    end = words[at + len(pattern) - 1].end
                    found.setdefault(term, Said(term, word.start, end))
                    break
        return list(found.values())


def moved(p: Mapping[str, float], labels: Sequence[str]) -> dict[str, float]:
    """Return the probabilities after terms spoke for these labels; an unknown label changes nothing."""
    gains = {label: WEIGHT * labels.count(label) for label in set(labels) if label in p}
    if not gains:
        return dict(p)
    odds = {label: share * math.exp(gains.get(label, 0.0)) for label, share in p.items()}
    return shares_of(odds)


def shares_of(odds: Mapping[str, float]) -> dict[str, float]:
    """Return odds as probabilities of four places that add up to 1: the highest takes the rest."""
    total = sum(odds.values())
    if total <= 0:
        return {label: round(1 / len(odds), 4) for label in odds}
    rounded = {label: round(value / total, 4) for label, value in odds.items()}
    top = max(rounded, key=lambda label: odds[label])
    rest = sum(value for label, value in rounded.items() if label != top)
    return {**rounded, top: round(1.0 - rest, 4)}
