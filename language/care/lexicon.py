"""Compiles the phrase lists of words/ and says in which language a text is. The lists themselves are data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from language.care.text import words
from language.care.words import english, french, german, italian, portuguese, spanish

UNDECIDED = "und"
_SOURCES = {
    "en": english,
    "es": spanish,
    "pt": portuguese,
    "fr": french,
    "de": german,
    "it": italian,
}
LANGUAGES = tuple(_SOURCES)
_GAP = r"(?:[^\w.!?]*+\w++){0,3}?"
_SEPARATOR = r"[^\w.!?]*"
_LEAST_SMALL_WORDS = 2
_LEAST_CHARACTERS = 3
_FAULTY = frozenset(
    [
        "stock",
        "boiler",
        "blame",
        "policy",
        "dismiss",
        "promo",
        "pingpong",
        "soon",
        "evasive",
        "passing",
        "waiting",
        "vague",
        "demand",
        "overclaim",
        "defensive",
        "conditional",
        "jargon",
        "feeling",
        "reason",
        "honest",
        "owner",
        "done",
        "will",
    ]
)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a phrase stands."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of one language, compiled; `small` are its function words."""

    language: str
    small: frozenset[str]
    patterns: Mapping[str, re.Pattern[str]]
    suggestions: Mapping[str, str]

    def spans(self, kind: str, folded: str) -> list[Span]:
        """Return where phrases of a kind stand in a folded text."""
        pattern = self.patterns.get(kind)
        if pattern is None:
            return []
        return [
            Span(m.start(), m.end())
            for m in pattern.finditer(folded)
            if m.end() > m.start() and not (kind in _FAULTY and self._is_slight(m.group()))
        ]

    def _is_slight(self, phrase: str) -> bool:
        return phrase in self.small or len(phrase) < _LEAST_CHARACTERS

    def has(self, kind: str, folded: str) -> bool:
        """Say whether a phrase of a kind is there."""
        pattern = self.patterns.get(kind)
        return pattern is not None and pattern.search(folded) is not None


def _phrase(source: str) -> str:
    made = re.sub(r"(?<=[\w\]])\*", r"\\w*+", source)
    made = re.sub(r" ?_ ?", lambda _: _GAP + _SEPARATOR, made)
    return made.replace(" ", _SEPARATOR)


def _pattern(listing: str, part: str) -> re.Pattern[str]:
    phrases = [phrase.strip() for phrase in listing.split(part) if phrase.strip()]
    return re.compile(r"(?<![\w'])(?:" + "|".join(map(_phrase, phrases)) + r")(?!\w)")


@cache
def small_words(language: str) -> frozenset[str]:
    """Return the function words of a language."""
    return frozenset(word.strip() for word in _SOURCES[language].WORDS["small"].split(","))


@cache
def lexicon(language: str) -> Lexicon:
    """Return the phrases of a language; an empty lexicon for one that is none of the six."""
    source = _SOURCES.get(language)
    if source is None:
        return Lexicon(UNDECIDED, frozenset(), {}, {})
    listed = source.WORDS
    return Lexicon(
        language,
        small_words(language),
        {kind: _pattern(text, ";") for kind, text in listed.items() if kind != "small"},
        source.SUGGESTIONS,
    )


def detect(texts: Sequence[str]) -> str:
    """Return the language of the first text that shows one of the six by its small words, else "und"."""
    for folded in texts:
        found = words(folded)
        counts = {code: sum(word in small_words(code) for word in found) for code in LANGUAGES}
        best = max(counts, key=lambda code: counts[code])
        if counts[best] >= _LEAST_SMALL_WORDS and counts[best] * 5 >= len(found):
            return best
    return UNDECIDED
