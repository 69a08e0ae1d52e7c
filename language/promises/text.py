"""A reply made ready for reading: folded one character to one, and cut into sentences. Places stay the same."""

import re
import unicodedata
from functools import lru_cache

_QUOTES = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "–": "-",
    "—": "-",
    "\u00a0": " ",
    "\u202f": " ",
    "\t": " ",
    "\n": " ",
    "\r": " ",
}
_PAST = re.compile(r"(?<=\w)á(?=mos\b)", re.IGNORECASE)
_BREAK = re.compile(
    r"[.!?…]+(?=\s+[^a-z\s]|\s*$|\s+[a-z][^.]{0,200}$)|\n+|[;•]|(?<=[a-z])[.!?](?=[A-Z])|\s[-–—]\s(?=if|wenn|falls|si\b|se\b)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:p|a|z|d|u|e|i|p\.e|n|s|ca|bzw|dr|mr|mrs|ms|sr|sra|nr|no|tel|str|evtl|inkl|ggf|max|min|std|p\.m|a\.m|approx|etc|uhr)|\d)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=512)
def folded(text: str) -> str:
    """Lower case without accents, as long as the text itself."""
    plain = "".join(map(_folded, text))
    # The accent of a Portuguese past tense is all that tells it from the present.
    for past in _PAST.finditer(text):
        plain = plain[: past.start()] + "á" + plain[past.start() + 1 :]
    return plain


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char in _QUOTES:
        return _QUOTES[char]
    if char == "ß":
        return char
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends, its marks included."""
    found: list[tuple[int, int]] = []
    start = 0
    for mark in _BREAK.finditer(text):
        if (
            mark.group().startswith(".")
            and len(mark.group()) == 1
            and _is_inside(text, mark.start(), mark.end())
        ):
            continue
        if text[start : mark.end()].strip():
            found.append((start, mark.end()))
        start = mark.end()
    if text[start:].strip():
        found.append((start, len(text)))
    return found


def _is_inside(text: str, start: int, end: int) -> bool:
    """A full stop after an abbreviation, or after a number that goes on."""
    head, rest = text[max(0, start - 6) : start], text[end:].lstrip()
    if not _ABBREVIATION.search(head):
        return False
    return bool(rest) and (
        rest[0].islower() or not head[-1:].isdigit() or rest[:3].lower() in _MONTHS
    )


_MONTHS = frozenset(
    ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
)
