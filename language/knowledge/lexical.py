"""How far a question's words meet those of each entry: stems, concepts, pieces. Knows no meaning beyond the word lists."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np
from numpy.typing import NDArray

from contracts.knowledge import Entry
from language.knowledge.concepts import Concepts
from language.knowledge.words import content_words, pieces, stem, stems, words

Scores = NDArray[np.float64]
_TITLE_TIMES = 2
_KEYWORD_TIMES = 2
_SAME_CONCEPT, _ENOUGH_PIECES = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Met:
    """What the words say of each entry, float64[entries] each; `unknown` is the share of words that no entry has."""

    stems: Scores
    pieces: Scores
    concepts: Scores
    titles: Scores
    covered: Scores
    called_by: list[frozenset[str]]
    word_count: int
    unknown: float


class Lexical:
    """The words of one brand's entries, indexed once."""

    def __init__(self, entries: Sequence[Entry], concepts: Concepts) -> None:
        self._concepts = concepts
        self._languages = [entry.language for entry in entries]
        texts = [_text(entry) for entry in entries]
        pairs = list(zip(texts, self._languages, strict=True))
        self._stem_sets = [
            {tongue: frozenset(stems(text, tongue)) for tongue in set(self._languages)}
            for text in texts
        ]
        self._piece_sets = [frozenset(pieces(text)) for text in texts]
        bags = [list(self._subjects(text, tongue)) for text, tongue in pairs]
        self._concept_sets = [frozenset(bag) for bag in bags]
        self._title_sets = [frozenset(self._subjects(e.title, e.language)) for e in entries]
        self._by_stem = _index([stems(text, tongue) for text, tongue in pairs], 1.2, 0.6)
        self._by_piece = _index([pieces(text) for text in texts], 1.2, 0.6)
        self._by_concept = _index(bags, 1.0, 0.4)
        holders = Counter(name for found in self._concept_sets for name in found)
        size = len(entries)
        self._rarity = {name: _rarity(size, count) for name, count in holders.items()}
        self._most_rare = _rarity(size, 0)
        self._hints = [_hints(entry) for entry in entries]

    def meet(self, question: str, language: str) -> Met:
        """Compare a question in `language` with every entry, in the entry's own language."""
        spoken = content_words(question)
        size, count = len(self._languages), max(1, len(spoken))
        concepts, titles, covered = np.zeros(size), np.zeros(size), np.zeros(size)
        total, unknown = 0.0, 0
        for word in spoken:
            names = self._concepts.of(word, language)
            known = [name for name in names if name in self._rarity]
            concepts += _most([self._by_concept([name]) for name in known], size)
            titles += _most([self._in(self._title_sets, n) * self._rarity[n] for n in known], size)
            met = np.maximum(
                _most([self._in(self._concept_sets, n) * _SAME_CONCEPT for n in known], size),
                self._same_word(word, language),
            )
            is_known = bool(met.max(initial=0.0) > 0)
            rarity = max((self._rarity[name] for name in known), default=self._most_rare)
            weight = rarity if is_known else self._most_rare
            covered += met * weight
            total += weight
            unknown += not is_known
        tongues = {*self._languages, language}
        asked = pieces(question)
        return Met(
            stems=_most([self._by_stem(stems(question, tongue)) for tongue in tongues], size),
            pieces=self._by_piece(asked) / max(1, len(asked)),
            concepts=concepts / math.sqrt(count),
            titles=titles / math.sqrt(count),
            covered=covered / total if total else covered,
            called_by=self._called(question),
            word_count=count,
            unknown=unknown / count,
        )

    def _same_word(self, word: str, language: str) -> Scores:
        parts = pieces(word)
        found = np.zeros(len(self._languages))
        for at, tongue in enumerate(self._languages):
            stemmed, here = self._stem_sets[at], self._piece_sets[at]
            is_same = stem(word, tongue) in stemmed[tongue] or stem(word, language) in stemmed.get(
                language, ()
            )
            share = sum(part in here for part in parts) / max(1, len(parts))
            found[at] = 1.0 if is_same else (share if share > _ENOUGH_PIECES else 0.0)
        return found

    def _called(self, question: str) -> list[frozenset[str]]:
        """Return the folded words of the question that are among each entry's keywords."""
        plain = words(question)
        found = []
        for tongue, hints in zip(self._languages, self._hints, strict=True):
            by_stem = [stem(word, tongue) for word in plain]
            called: set[str] = set()
            for hint in hints:
                size = len(hint)
                for at in range(len(plain) - size + 1):
                    if tuple(by_stem[at : at + size]) == hint:
                        called.update(plain[at : at + size])
            found.append(frozenset(called))
        return found

    def _subjects(self, text: str, language: str) -> Iterable[str]:
        for names in self._concepts.of_all(content_words(text), language):
            yield from sorted(names)

    @staticmethod
    def _in(sets: Sequence[frozenset[str]], name: str) -> Scores:
        return np.array([name in one for one in sets], dtype=np.float64)


def _text(entry: Entry) -> str:
    return " ".join([
        *[entry.title] * _TITLE_TIMES, entry.text, *list(entry.keywords) * _KEYWORD_TIMES,
    ])  # fmt: skip


def _hints(entry: Entry) -> list[tuple[str, ...]]:
    spoken = (words(keyword) for keyword in entry.keywords)
    return [tuple(stem(word, entry.language) for word in found) for found in spoken if found]


def _index(bags: list[list[str]], k1: float, b: float) -> Callable[[Sequence[str]], Scores]:
    """Return BM25 over bags of terms as a function from terms to float64[bags]."""
    size = len(bags)
    if not any(bags):
        return lambda terms: np.zeros(size)  # noqa: ARG005
    # A bag without a term would have no place in the index.
    made = bm25s.BM25(method="lucene", k1=k1, b=b)
    made.index([bag or ["\x00"] for bag in bags], show_progress=False)
    known = frozenset(made.vocab_dict)

    def scores(terms: Sequence[str]) -> Scores:
        usable = [term for term in terms if term in known]
        return made.get_scores(usable).astype(np.float64) if usable else np.zeros(size)

    return scores


def _most(scores: Sequence[Scores], size: int) -> Scores:
    return np.max(scores, axis=0) if scores else np.zeros(size)


def _rarity(size: int, holders: int) -> float:
    return math.log(1 + (size - holders + 0.5) / (holders + 0.5))
