"""Finds the entries that answer a question, in any of the six languages, or says that none does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts.knowledge import Entry
from language.knowledge.concepts import load_concepts
from language.knowledge.features import Features, features
from language.knowledge.judgement import load_judgements, shares
from language.knowledge.lexical import Lexical, Met
from language.knowledge.meanings import Meanings

LONGEST = 1_000
"""So much of a question is read, in characters."""
_TOLD_LANGUAGE = re.compile(r"[._-](en|es|pt|fr|de|it)$")
_HINT, _MOST_HINT = 2.0, 8.0
"""What rare keywords in the question add to an entry's score: somebody chose them for that."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, how likely it is the answer (0 to 1), and the question's folded words that its keywords called."""

    entry: Entry
    score: float
    called_by: frozenset[str] = frozenset()

    @property
    def entry_id(self) -> str:
        """The entry's id."""
        return self.entry.entry_id


@dataclass(frozen=True, slots=True)
class Tools:
    """What searching can use besides words; None where no encoder is there."""

    meanings: Meanings | None = None


class Knowledge:
    """The entries of one brand, indexed once. Holds no lock: one thread at a time, please."""

    def __init__(self, entries: Sequence[Entry], tools: Tools | None = None) -> None:
        self._entries = list(entries)
        self._groups = [group_of(entry) for entry in self._entries]
        self._tools = tools or Tools()
        self._judgements = load_judgements()
        self._lexical = Lexical(self._entries, load_concepts()) if self._entries else None
        meanings = self._tools.meanings
        is_meant = meanings is not None and bool(self._entries)
        self._vectors = meanings.of_entries(self._entries) if meanings and is_meant else None

    def find(
        self, question: str, language: str, most: int = 3, *, is_quick: bool = False
    ) -> list[Match]:
        """Return the entries that answer the question, best first; none when the brand does not know.

        `language` is the question's; entries may be in others. `is_quick`: words only, under a millisecond.
        """
        ranked, confidence, threshold = self._ranked(question[:LONGEST], language, is_quick)
        is_called = bool(ranked) and bool(ranked[0].called_by)
        return ranked[:most] if is_called or confidence > threshold else []

    def called(self, text: str, language: str) -> list[Match]:
        """Return the entries whose keywords are in the text, best first, whether or not they answer it."""
        ranked, _, _ = self._ranked(text[:LONGEST], language, is_quick=True)
        return [match for match in ranked if match.called_by]

    def rank(self, question: str, language: str) -> tuple[list[Match], float]:
        """Return all entries, best first, and how sure it is (0 to 1) that one of them is the answer."""
        ranked, confidence, _ = self._ranked(question[:LONGEST], language, is_quick=False)
        return ranked, confidence

    def weighed(self, question: str, language: str, *, is_quick: bool = False) -> Features:
        """Return the numbers that a question's matches are judged by, for training."""
        return self._features(question, language, self._met(question, language), is_quick)

    def _met(self, question: str, language: str) -> Met:
        assert self._lexical is not None
        return self._lexical.meet(question, language)

    def _features(self, question: str, language: str, met: Met, is_quick: bool) -> Features:
        is_same = np.array([entry.language == language for entry in self._entries], dtype=float)
        meanings = self._tools.meanings
        if is_quick or meanings is None or self._vectors is None:
            return features(met, is_same, None, self._groups)
        asked = meanings.of_question(question)
        whole, title = (vectors @ asked for vectors in self._vectors)
        near = (whole.astype(np.float64), title.astype(np.float64))
        return features(met, is_same, near, self._groups)

    def _ranked(
        self, question: str, language: str, is_quick: bool
    ) -> tuple[list[Match], float, float]:
        if not self._entries or not question.strip():
            return [], 0.0, 0.0
        met = self._met(question, language)
        has_meanings = self._vectors is not None and not is_quick
        judgement = self._judgements["meanings" if has_meanings else "words"]
        scores, nothing = judgement.scores(self._features(question, language, met, is_quick))
        scores = scores + np.minimum(_HINT * met.hints, _MOST_HINT)
        likely = shares(scores, nothing)
        order = np.argsort(-likely, kind="stable").tolist()
        found = [Match(self._entries[at], float(likely[at]), met.called_by[at]) for at in order]
        return _own_first(found, language), float(likely.sum()), judgement.threshold


def group_of(entry: Entry) -> str:
    """Return what entries that say the same in other languages share."""
    return entry.group or _TOLD_LANGUAGE.sub("", entry.entry_id)


def _own_first(found: list[Match], language: str) -> list[Match]:
    """Of entries that say the same, put the one in the question's language where the first of them was."""
    first_of: dict[str, int] = {}
    after = list(found)
    for at, match in enumerate(found):
        first = first_of.setdefault(group_of(match.entry), at)
        is_better = match.entry.language == language != after[first].entry.language
        if first != at and is_better:
            after[first], after[at] = after[at], after[first]
    return after
