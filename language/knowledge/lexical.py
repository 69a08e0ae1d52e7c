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
_NO_TERM = "\x00"
_TITLE_TIMES = 2
_KEYWORD_TIMES = 2
_LEAST = 15
"""A brand that knows less is weighed as if it knew so much: of two entries no word would be rare."""
_SAME_CONCEPT, _ENOUGH_PIECES = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Met:
    """What the words say of each entry, float64[entries] each; `hints` tell how rare the keywords are that called, `unknown` the share of words that no entry has."""

    stems: Scores
    pieces: Scores
    concepts: Scores
    titles: Scores
    covered: Scores
    called_by: list[frozenset[str]]
    hints: Scores
    word_count: int
    unknown: float


class Lexical:
    """The words of one brand's entries, indexed once."""

    def __init__(self, entries: Sequence[Entry], concepts: Concepts) -> None:
        self._concepts = concepts
        self._languages = [entry.language for entry in entries]
        texts = [_text(entry) for entry in entries]
        pairs = list(zip(texts, self._languages, strict=True))
        tongues = sorted(set(self._languages))
        self._stemmed = {
            tongue: _places([frozenset(stems(text, tongue)) for text in texts])
            for tongue in tongues
        }
        self._is_in = {
            tongue: np.array([one == tongue for one in self._languages]) for tongue in tongues
        }
        self._pieces = _places([frozenset(pieces(text)) for text in texts])
        bags = [list(self._subjects(text, tongue)) for text, tongue in pairs]
        self._in_text = _places([frozenset(bag) for bag in bags])
        self._in_title = _places([frozenset(self._subjects(e.title, e.language)) for e in entries])
        self._by_stem = _index([stems(text, tongue) for text, tongue in pairs], 1.2, 0.6)
        self._by_piece = _index([pieces(text) for text in texts], 1.2, 0.6)
        self._by_concept = _index(bags, 1.0, 0.4)
        size = len(entries)
        self._rarity = {name: _rarity(size, at.sum()) for name, at in self._in_text.items()}
        self._by_name = {name: self._by_concept([name]) for name in self._in_text}
        self._most_rare = _rarity(size, 0)
        self._hints = [_hints(entry) for entry in entries]
        holders = Counter(hint for hints in self._hints for hint in hints)
        self._hint_rarity = {hint: _rarity(size, count) for hint, count in holders.items()}

    def meet(self, question: str, language: str) -> Met:
        """Compare a question in `language` with every entry, in the entry's own language."""
        spoken = content_words(question)
        size, count = len(self._languages), max(1, len(spoken))
        concepts, titles, covered = np.zeros(size), np.zeros(size), np.zeros(size)
        total, unknown = 0.0, 0
        for word in spoken:
            names = self._concepts.of(word, language)
            known = [name for name in names if name in self._rarity]
            titled = [name for name in known if name in self._in_title]
            concepts += _most([self._by_name[name] for name in known], size)
            titles += _most([self._in_title[n] * self._rarity[n] for n in titled], size)
            met = np.maximum(
                _most([self._in_text[name] * _SAME_CONCEPT for name in known], size),
                self._same_word(word, language),
            )
            is_known = bool(met.max(initial=0.0) > 0)
            rarity = max((self._rarity[name] for name in known), default=self._most_rare)
            weight = rarity if is_known else self._most_rare
            covered += met * weight
            total += weight
            unknown += not is_known
        tongues = {*self._languages, language}
        called_by, hints = self._called(question, language)
        asked = pieces(question)
        return Met(
            stems=_most([self._by_stem(stems(question, tongue)) for tongue in tongues], size),
            pieces=self._by_piece(asked) / max(1, len(asked)),
            concepts=concepts / math.sqrt(count),
            titles=titles / math.sqrt(count),
            covered=covered / total if total else covered,
            called_by=called_by,
            hints=hints,
            word_count=count,
            unknown=unknown / count,
        )

    def _same_word(self, word: str, language: str) -> Scores:
        size = len(self._languages)
        nowhere = np.zeros(size)
        parts = pieces(word)
        share = sum((self._pieces.get(part, nowhere) for part in parts), nowhere) / max(
            1, len(parts)
        )
        found = np.where(share > _ENOUGH_PIECES, share, 0.0)
        for tongue, places in self._stemmed.items():
            where = places.get(stem(word, tongue), nowhere)
            # An entry is read in its own language, and in the question's where that is a third one.
            found = np.maximum(found, where if tongue == language else where * self._is_in[tongue])
        return np.asarray(found)

    def _called(self, question: str, language: str) -> tuple[list[frozenset[str]], Scores]:
        """Return the question's folded words that are among each entry's keywords, and how rare those are."""
        plain = words(question)
        by_stem = [stem(word, language) for word in plain]
        found: list[frozenset[str]] = []
        strengths = np.zeros(len(self._hints))
        for at, (tongue, hints) in enumerate(zip(self._languages, self._hints, strict=True)):
            called: set[str] = set()
            for hint in hints if tongue == language else ():
                for start in _starts(by_stem, hint):
                    new = set(plain[start : start + len(hint)]) - called
                    strengths[at] += self._hint_rarity[hint] if new else 0.0
                    called |= new
            found.append(frozenset(called))
        return found, strengths

    def _subjects(self, text: str, language: str) -> Iterable[str]:
        for names in self._concepts.of_all(content_words(text), language):
            yield from sorted(names)


def _places(sets: Sequence[frozenset[str]]) -> dict[str, Scores]:
    """Return for each term where it is, float64[sets] of 0 and 1."""
    found: dict[str, Scores] = {}
    for at, one in enumerate(sets):
        for term in one:
            found.setdefault(term, np.zeros(len(sets)))[at] = 1.0
    return found


def _text(entry: Entry) -> str:
    return " ".join([
        *[entry.title] * _TITLE_TIMES, entry.text, *list(entry.keywords) * _KEYWORD_TIMES,
    ])  # fmt: skip


def _hints(entry: Entry) -> list[tuple[str, ...]]:
    spoken = (words(keyword) for keyword in entry.keywords)
    told = [tuple(stem(word, entry.language) for word in found) for found in spoken if found]
    # The longest first: "French press" says more than "press".
    return sorted(dict.fromkeys(told), key=len, reverse=True)


def _starts(spoken: Sequence[str], hint: tuple[str, ...]) -> list[int]:
    size = len(hint)
    return [at for at in range(len(spoken) - size + 1) if tuple(spoken[at : at + size]) == hint]


def _index(bags: list[list[str]], k1: float, b: float) -> Callable[[Sequence[str]], Scores]:
    """Return BM25 over bags of terms as a function from terms to float64[bags]."""
    size = len(bags)
    if not any(bags):
        return lambda terms: np.zeros(size)  # noqa: ARG005
    # A bag without a term would have no place in the index.
    made = bm25s.BM25(method="lucene", k1=k1, b=b)
    none = [[_NO_TERM]] * max(0, _LEAST - size)
    made.index([*(bag or [_NO_TERM] for bag in bags), *none], show_progress=False)
    known = frozenset(made.vocab_dict)

    def scores(terms: Sequence[str]) -> Scores:
        usable = [term for term in terms if term in known]
        if not usable:
            return np.zeros(size)
        return np.asarray(made.get_scores(usable)[:size], dtype=np.float64)

    return scores


def _most(scores: Sequence[Scores], size: int) -> Scores:
    return np.max(scores, axis=0) if scores else np.zeros(size)


def _rarity(size: int, holders: float) -> float:
    return math.log(1 + (max(size, _LEAST) - holders + 0.5) / (holders + 0.5))
