"""What a reader counts as one character (Unicode UAX 29, extended grapheme clusters). Limits live with the networks."""

import unicodedata

_JOINER = "\u200d"
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me", "Mc"})
# Marks in name, yet clusters of their own or part of one without being marks (UAX 29, tables 2 and 3).
_EXTENDING = ((0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F), (0x200C, 0x200D), (0xFF9E, 0xFF9F))
_FLAG = (0x1F1E6, 0x1F1FF)
_PICTURES = (
    (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122),
    (0x2139, 0x2139), (0x2194, 0x21AA), (0x231A, 0x23FF), (0x24C2, 0x24C2), (0x25AA, 0x25FE),
    (0x2600, 0x27BF), (0x2934, 0x2935), (0x2B05, 0x2B55), (0x3030, 0x303D), (0x3297, 0x3299),
    (0x1F000, 0x1F1E5), (0x1F200, 0x1F3FA), (0x1F400, 0x1FAFF),
)  # fmt: skip


def count(text: str) -> int:
    """Return the number of grapheme clusters: an emoji sequence, a flag or a letter with marks is one."""
    breaks = [is_break(text, at) for at in range(1, len(text))]
    return sum(breaks) + 1 if text else 0


def is_emoji(cluster: str) -> bool:
    """True when a cluster is shown as a picture: an emoji, a flag or a keycap, with all its marks."""
    first = cluster[:1]
    if not first:
        return False
    if _within(first, _FLAG) or "\u20e3" in cluster:
        return True
    is_picture = _is_picture(first) and "\ufe0e" not in cluster
    return is_picture and (ord(first) >= 0x1F000 or len(cluster) > 1 or first in _SHOWN)


def is_break(text: str, at: int) -> bool:
    """True when a new cluster begins at this index (1 or more)."""
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return False
    if _is_control(before) or _is_control(after):
        return True
    if _extends(after) or _hangul_joins(before, after):
        return False
    if before == _JOINER and _is_picture(after):
        return not _follows_picture(text, at - 1)
    if _within(after, _FLAG) and _within(before, _FLAG):
        return _flags_before(text, at) % 2 == 0
    return True


def _within(char: str, span: tuple[int, int]) -> bool:
    return span[0] <= ord(char) <= span[1]


def _is_control(char: str) -> bool:
    category = unicodedata.category(char)
    return category in _CONTROLS or (category == "Cf" and not _extends(char))


def _extends(char: str) -> bool:
    if any(_within(char, span) for span in _EXTENDING):
        return True
    return unicodedata.category(char) in _MARKS


def _is_picture(char: str) -> bool:
    return any(_within(char, span) for span in _PICTURES)


def _follows_picture(text: str, joiner: int) -> bool:
    """True when the joiner at this index hangs on a picture, with marks between them at most."""
    at = joiner - 1
    while at >= 0 and text[at] != _JOINER and _extends(text[at]):
        at -= 1
    return at >= 0 and _is_picture(text[at])


def _flags_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _within(text[start - 1], _FLAG):
        start -= 1
    return at - start


def _hangul(char: str) -> str:
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    spans = {"L": ((0x1100, 0x115F), (0xA960, 0xA97C)), "V": ((0x1160, 0x11A7), (0xD7B0, 0xD7C6))}
    spans["T"] = ((0x11A8, 0x11FF), (0xD7CB, 0xD7FB))
    return next((name for name, both in spans.items() if any(_within(char, s) for s in both)), "")


# The older symbols that are shown as pictures without a selector (Emoji_Presentation).
_SHOWN = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽"
    "✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
)

_HANGUL_JOINS = {
    "L": ("L", "V", "LV", "LVT"),
    "LV": ("V", "T"),
    "V": ("V", "T"),
    "LVT": ("T",),
    "T": ("T",),
}


def _hangul_joins(before: str, after: str) -> bool:
    return before >= "\u1100" and _hangul(after) in _HANGUL_JOINS.get(_hangul(before), ())
