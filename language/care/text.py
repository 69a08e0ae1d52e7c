"""Folding, words and sentences of a text, offsets kept. Knows no phrase of any language."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = {"\u2019": "'", "\u2018": "'", "\u00b4": "'", "\u00a0": " ", "\u202f": " "}
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]*+\s*")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char in _QUOTES:
        return _QUOTES[char]
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def fold(text: str) -> str:
    """Return the text in lower case without accents; every code point stays one code point."""
    return "".join(map(_folded, text))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands."""

    start: int
    end: int
    text: str


def words(folded: str) -> list[str]:
    """Return the words of a folded text."""
    return _WORD.findall(folded)


def sentences(folded: str) -> list[Sentence]:
    """Cut a folded text into sentences with at least one word."""
    found = []
    for match in _SENTENCE.finditer(folded):
        text = match.group().rstrip()
        if _WORD.search(text):
            lead = len(text) - len(text.lstrip())
            found.append(Sentence(match.start() + lead, match.start() + len(text), text.strip()))
    return found


def stem(word: str) -> str:
    """Return the part of a word that its forms share: at most its first five letters."""
    return word[:5] if len(word) > 5 else word


def emojis(text: str) -> list[re.Match[str]]:
    """Return where pictures stand."""
    return list(_EMOJI.finditer(text))
