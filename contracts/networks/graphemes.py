"""What a reader counts as one character (Unicode UAX 29, extended grapheme clusters). Limits live with the networks."""

from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache

from contracts.networks import grapheme_classes as classes

_JOINER, _NO_JOINER = "\u200d", "\u200c"
_SYLLABLES = (0xAC00, 0xD7A3)
_HANGUL = {"L": "1100-115F A960-A97C", "V": "1160-11A7 D7B0-D7C6 16D63 16D67-16D6A", "T": "11A8-11FF D7CB-D7FB"}  # fmt: skip
_HANGUL_JOINS = {
    "L": ("L", "V", "LV", "LVT"),
    "LV": ("V", "T"),
    "V": ("V", "T"),
    "LVT": ("T",),
    "T": ("T",),
}
# The older symbols that are shown as pictures without a selector (Emoji_Presentation).
_SHOWN = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽"
    "✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
)


def count(text: str) -> int:
    """Return the number of grapheme clusters: an emoji sequence, a flag or a letter with marks is one."""
    return sum(1 for _ in starts(text))


def starts(text: str) -> Iterator[int]:
    """Yield the index at which each cluster begins."""
    before = _Before()
    for at, char in enumerate(text):
        kind = _class_of(char)
        if at == 0 or not before.joins(kind, char):
            yield at
        before.pass_by(kind, char)


def clusters(text: str) -> Iterator[str]:
    """Yield the clusters, in order."""
    begun = 0
    for at in starts(text):
        if at:
            yield text[begun:at]
        begun = at
    if text:
        yield text[begun:]


def is_emoji(cluster: str) -> bool:
    """True when a cluster is shown as a picture: an emoji, a flag or a keycap, with all its marks."""
    first = cluster[:1]
    if not first:
        return False
    if _class_of(first) == "flag" or "\u20e3" in cluster:
        return True
    is_picture = _class_of(first) == "picture" and "\ufe0e" not in cluster
    return is_picture and (ord(first) >= 0x1F000 or len(cluster) > 1 or first in _SHOWN)


class _Before:
    """What stands before a character, as far as the rules look back."""

    def __init__(self) -> None:
        self._kind = ""
        self._char = ""
        self._flags = 0
        # How much of "picture, marks, joiner" and of "consonant, sign that links" is there.
        self._picture = 0
        self._conjunct = 0

    def joins(self, kind: str, char: str) -> bool:
        """True when no cluster begins between this and the next character (rules GB3 to GB13)."""
        if self._kind == "control" or kind == "control":
            return self._char == "\r" and char == "\n"
        if kind in ("extending", "spacing") or self._kind == "prepended":
            return True
        if kind == "picture":
            return self._picture == 2
        if kind == "flag":
            return self._flags % 2 == 1
        return (self._conjunct == 2 and _is_consonant(char)) or kind in _HANGUL_JOINS.get(
            self._kind, ()
        )

    def pass_by(self, kind: str, char: str) -> None:
        """Take the next character as the one before."""
        self._flags = self._flags + 1 if kind == "flag" else 0
        if kind == "picture":
            self._picture = 1
        elif not (self._picture == 1 and kind == "extending"):
            self._picture = 0
        elif char == _JOINER:
            self._picture = 2
        self._conjunct = self._linked(kind, char)
        self._kind, self._char = kind, char

    def _linked(self, kind: str, char: str) -> int:
        if _is_consonant(char):
            return 1
        if self._conjunct and _is_linker(char):
            return 2
        return self._conjunct if kind == "extending" and char != _NO_JOINER else 0


def _spans(table: str) -> list[tuple[int, int]]:
    parts = [part.partition("-") for part in table.split()]
    return [(int(first, 16), int(last or first, 16)) for first, _, last in parts]


_CLASSES = sorted(
    (first, last, kind)
    for kind, table in (
        ("control", classes.CONTROL),
        ("control", "A D"),
        ("extending", classes.EXTENDING),
        ("extending", "200D"),
        ("spacing", classes.SPACING),
        ("prepended", classes.PREPENDED),
        ("picture", classes.PICTURES),
        ("flag", "1F1E6-1F1FF"),
        *_HANGUL.items(),
    )
    for first, last in _spans(table)
)
_FIRSTS = [first for first, _, _ in _CLASSES]
_CONSONANTS = frozenset(
    chr(one) for first, last in _spans(classes.CONSONANTS) for one in range(first, last + 1)
)
_LINKERS = frozenset(
    chr(one) for first, last in _spans(classes.LINKERS) for one in range(first, last + 1)
)


def _is_consonant(char: str) -> bool:
    return char in _CONSONANTS


def _is_linker(char: str) -> bool:
    return char in _LINKERS


@lru_cache(maxsize=4096)
def _class_of(char: str) -> str:
    code = ord(char)
    if _SYLLABLES[0] <= code <= _SYLLABLES[1]:
        return "LVT" if (code - _SYLLABLES[0]) % 28 else "LV"
    first, last, kind = _CLASSES[max(bisect(_FIRSTS, code) - 1, 0)]
    return kind if first <= code <= last else ""
