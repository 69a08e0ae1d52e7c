"""A text as a reader's eye takes it: one plain character per letter, each with its place in the original.

Case, accents, invisible characters, look-alikes, entities and tags are undone here; digits and signs that
stand in for letters are not, because only a term tells what they stand for.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from language.wording.lookalikes import EITHER_I_OR_L, READINGS, lookalikes

_MARKUP = re.compile(
    r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});?|</?[a-z][^<>]{0,60}>", re.IGNORECASE
)
_INVISIBLE = frozenset("\u3164\u115f\u1160\uffa0\u034f\u17b4\u17b5\u180e")
_BLANK = frozenset("\u2800")
_TURNED, _TURNED_ENDS = "\u202e", "\u202c\n\r"
_UNREAD = frozenset("™®©")


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded characters; place i came from original[starts[i]:ends[i]].

    `is_upper` and `is_odd` say whether the original was a capital, and whether it was no ordinary character.
    """

    chars: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    is_upper: tuple[bool, ...]
    is_odd: tuple[bool, ...]


_Piece = tuple[str, int, int, bool, bool]


@lru_cache(maxsize=256)
def fold(text: str) -> Folded:
    """Fold a text. Spans of the result point into the text as it was given."""
    pieces = _repaired(_turned(_pieces(text)))
    columns = tuple(zip(*pieces, strict=True)) or ((), (), (), (), ())
    return Folded("".join(columns[0]), *columns[1:])


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    at = 0
    for markup in _MARKUP.finditer(text):
        found += (
            piece
            for place in range(at, markup.start())
            for piece in _read(text[place], place, place + 1)
        )
        at = markup.end()
        decoded = html.unescape(markup.group())
        if decoded == markup.group() and decoded[0] == "&":
            at = markup.start()
            found.append(("&", at, at + 1, False, False))
            at += 1
        elif decoded[0] != "<" or markup.group()[0] == "&":
            found += (piece for char in decoded for piece in _read(char, markup.start(), at))
    return found + [
        piece for place in range(at, len(text)) for piece in _read(text[place], place, place + 1)
    ]


def _read(char: str, start: int, end: int) -> list[_Piece]:
    """What one character is read as; nothing for what cannot be seen."""
    if char.isascii():
        if char == "\r" or (char < " " and char not in "\n\t"):
            return []
        return [
            (" " if char in "\n\t" else char.lower(), start, end, char.isupper(), end - start > 1)
        ]
    return [(plain, start, end, char.isupper(), is_odd) for plain, is_odd in _plain(char)]


@lru_cache(maxsize=8192)
def _plain(char: str) -> tuple[tuple[str, bool], ...]:
    category = unicodedata.category(char)
    if char in (_TURNED, "\u202c"):
        return ((char, True),)
    if category in {"Cf", "Mn", "Me", "Cc", "Cn"} or char in _INVISIBLE:
        return ()
    if category[0] == "Z" or char in _BLANK:
        return ((" ", False),)
    if char in _UNREAD:
        return ((char, False),)
    direct = lookalikes().get(char) or lookalikes().get(char.lower())
    if direct is not None and not _is_accented(char):
        return tuple((plain, char not in "ßæœøłÆŒØŁ") for plain in direct)
    return tuple(
        piece for part in unicodedata.normalize("NFKD", char) for piece in _part(part, char)
    )


def _part(part: str, char: str) -> tuple[tuple[str, bool], ...]:
    if unicodedata.category(part) in {"Mn", "Me", "Cf"}:
        return ()
    if unicodedata.category(part)[0] == "Z":
        return ((" ", False),)
    if unicodedata.category(part) == "Pd":
        return (("-", False),)
    if part in "’‘ʼ´`":
        return (("'", False),)
    lowered = part.lower()
    if lowered in READINGS:
        return ((lowered, True),)
    plain = lookalikes().get(lowered, lowered)
    return tuple((one, not _is_accented(char) and plain.isalnum()) for one in plain)


def _is_accented(char: str) -> bool:
    """Whether it is a Latin letter with a mark, as the six languages write it."""
    parts = unicodedata.normalize("NFD", char)
    return len(parts) > 1 and parts[0].isascii()


def _turned(pieces: list[_Piece]) -> list[_Piece]:
    """Right-to-left overrides undone: the characters as they are shown."""
    if not any(piece[0] in {_TURNED, "\u202c"} for piece in pieces):
        return pieces
    found: list[_Piece] = []
    shown: list[_Piece] | None = None
    for piece in pieces:
        if piece[0] == _TURNED:
            shown = []
        elif piece[0] in _TURNED_ENDS:
            found += reversed(shown or [])
            shown = None
        else:
            (found if shown is None else shown).append(piece)
    return found + list(reversed(shown or []))


def _repaired(pieces: list[_Piece]) -> list[_Piece]:
    """An I after a small letter, or an l between capitals, may be meant as the other."""
    found = list(pieces)
    for place, (plain, start, end, is_upper, is_odd) in enumerate(pieces):
        if plain not in "il" or is_odd:
            continue
        before = pieces[place - 1] if place else None
        after = pieces[place + 1] if place + 1 < len(pieces) else None
        if (plain == "i" and is_upper and before is not None and _is_small(before)) or (
            plain == "l"
            and not is_upper
            and _is_capital(before)
            and (after is None or not _is_small(after))
        ):
            found[place] = (EITHER_I_OR_L, start, end, is_upper, True)
    return found


def _is_small(piece: _Piece) -> bool:
    return piece[0].isalpha() and not piece[3]


def _is_capital(piece: _Piece | None) -> bool:
    return piece is not None and piece[0].isalpha() and piece[3]
