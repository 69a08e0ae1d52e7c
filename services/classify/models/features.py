"""Turns text into tokens with their place in the original, and tokens into hashed n-grams.

What the n-grams weigh lives in the model; what words mean to a reader lives in domain/cues.
"""

import functools
import re
import unicodedata
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_CHARACTERS = 1_000
"""Only this much of a message is read: a comment is shorter, and hostile ones are not."""
LONGEST_KEPT = 40
"""Longer words are known by their beginning and their hash, so that what is kept stays small."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKS = re.compile("[\u0300-\u036f]")
_DIGIT = re.compile(r"\d")
_LONG_NUMBER = 3
_RUNS = re.compile(r"(.)\1{2,}")
# A word keeps its combining marks (Latin, Arabic, Devanagari), so that an accent never splits it.
_WORD = r"[\w\u0300-\u036f\u064b-\u0652\u0900-\u0963]+"
_STARTS_WORD = re.compile(_WORD)
_LINKS = ("https://", "http://", "www.")
_TOKENS = re.compile(
    rf"https?://\S+|www\.\S+|@[\w.]+|{_WORD}(?:['’](?:t|s|re|ve|ll|d|m)(?!\w))?"
    r"|[!?¡¿…]+|\.{2,}|[^\w\s\x00-\x1f\x7f\ufe0f\u200b-\u200f\u202a-\u202e\u2060\ufeff'’`‐-–-]"
)
# The same for texts without anything but ASCII, where it is found sooner.
_PLAIN_TOKENS = re.compile(
    r"https?://\S+|www\.\S+|@[\w.]+|\w+(?:'(?:t|s|re|ve|ll|d|m)(?!\w))?|[!?]+|\.{2,}"
    r"|[^\w\s\x00-\x1f\x7f'`-]"
)


class Token(NamedTuple):
    """A piece of the message: `form` is what is compared, start and end count code points of the original."""

    form: str
    folded: str
    start: int
    end: int
    is_word: bool


def readable(text: str) -> str:
    """The part of a text that is read: at most MAX_CHARACTERS, lone surrogates replaced one for one."""
    text = text[:MAX_CHARACTERS]
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def fold(text: str) -> str:
    """Lower case without accents: people who type fast leave them out."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).lower().replace("ß", "ss")
    return unicodedata.normalize("NFC", _MARKS.sub("", plain))


def _forms(raw: str) -> tuple[str, str, bool]:
    """Form, folded form, and whether it is a word."""
    if raw.startswith(_LINKS) and len(raw) > len(_LINKS[-1]):
        return "http", "http", False
    if raw[0] == "@" and len(raw) > 1:
        return "@user", "@user", False
    form = _RUNS.sub(r"\1\1", unicodedata.normalize("NFKC", raw).lower().replace("’", "'"))
    return form, fold(form), _STARTS_WORD.match(raw) is not None


_known_forms = functools.lru_cache(maxsize=60_000)(_forms)


def tokens(text: str) -> list[Token]:
    """The tokens of a readable text, in order; links and user names are taken together under one form each."""
    found: list[Token] = []
    make, add, known = tuple.__new__, found.append, _known_forms
    pattern = _PLAIN_TOKENS if text.isascii() else _TOKENS
    for match in pattern.finditer(text):
        start, end = match.span()
        raw = text[start:end]
        form, folded, is_word = known(raw) if end - start <= LONGEST_KEPT else _forms(raw)
        add(make(Token, (form, folded, start, end, is_word)))
    return found


def _general(form: str) -> str:
    """Long numbers all alike, by their length: a telephone number is seen once."""
    digits = sum(map(str.isdigit, form))
    return _DIGIT.sub("0", form) if digits >= _LONG_NUMBER else form


def word_hash(form: str) -> int:
    """Hash of a token as a whole, 32 bits."""
    return zlib.crc32(b"w" + _general(form).encode("utf-8", "surrogatepass"))


def character_hashes(folded: str) -> list[int]:
    """Hashes of the character 2- to 5-grams of a word's first 40 letters, with the edges marked."""
    padded, crc = f" {_general(folded[:40])} ", zlib.crc32
    if padded.isascii():
        plain = padded.encode()
        sizes = range(2, min(5, len(plain)) + 1)
        return [crc(b"c" + plain[i : i + n]) for n in sizes for i in range(len(plain) - n + 1)]
    sizes = range(2, min(5, len(padded)) + 1)
    return [
        crc(b"c" + padded[i : i + n].encode("utf-8", "surrogatepass"))
        for n in sizes
        for i in range(len(padded) - n + 1)
    ]


def pair_hashes(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hashes of neighbouring tokens from the hashes of either."""
    return np.asarray(left * np.uint32(0x9E3779B1) + right * np.uint32(0x85EBCA6B))


def slots(hashes: NDArray[np.uint32], bits: int) -> NDArray[np.int64]:
    """Columns of hashed n-grams in a table of 2**bits rows (multiplied first: CRC's low bits alone mix badly)."""
    return ((hashes * np.uint32(2654435761)) >> np.uint32(32 - bits)).astype(np.int64)
