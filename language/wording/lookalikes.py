"""Which plain letter a character stands for in the eye of a reader. Tables only; the folding is in folding.py.

Sources: Unicode confusables (UTS 39) by the package confusable-homoglyphs, and the enclosed letters of Unicode
blocks 1F100-1F1FF, which have no compatibility mapping.
"""

import string
from collections.abc import Iterator
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

SPELLED = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ĸ": "k", "ſ": "s", "ə": "e", "ɛ": "e", "ƒ": "f", "ɡ": "g", "ɑ": "a", "ɩ": "i",
}  # fmt: skip
"""Letters that no decomposition turns into plain ones."""

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_UPSIDE_DOWN = dict(zip("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ", "acefghijkmrtvwy", strict=True))
_EMOJI = {
    "🅰": "a", "🅱": "b", "🅾": "o", "🅿": "p", "🆎": "ab", "🆑": "cl", "🆒": "cool", "🆓": "free", "🆔": "id",
    "🆕": "new", "🆖": "ng", "🆗": "ok", "🆘": "sos", "🆙": "up", "🆚": "vs", "Ⓜ": "m", "ℹ": "i", "⭕": "o",
    "❌": "x", "✖": "x", "❎": "x", "✝": "t", "♾": "oo", "💲": "$", "❗": "!", "❕": "!", "➕": "+", "💯": "100",
}  # fmt: skip

READINGS = {
    "а": "a", "в": "bv", "г": "rg", "д": "d", "е": "e", "з": "ez", "и": "niu", "к": "kc", "л": "l", "м": "m",
    "н": "hn", "о": "o", "п": "np", "р": "pr", "с": "cs", "т": "t", "у": "yu", "ф": "f", "х": "xh", "ц": "c",
    "ч": "c", "ш": "w", "щ": "w", "ь": "b", "ы": "y", "э": "e", "я": "r", "є": "e", "ґ": "g", "б": "b6",
    "α": "a", "β": "b", "γ": "yg", "δ": "da", "ε": "e", "ζ": "z", "η": "nh", "θ": "o0", "ι": "i", "κ": "k",
    "λ": "la", "μ": "um", "ν": "vn", "ξ": "e", "ο": "o", "π": "np", "ρ": "pr", "σ": "ose", "ς": "sc", "τ": "t",
    "υ": "uv", "φ": "of", "χ": "x", "ψ": "v", "ω": "w",
}  # fmt: skip
"""Letters of other scripts that are read in more than one way, by shape or by sound."""

EITHER_I_OR_L = "\u01c0"
"""A letter no language of ours has: stands for an I or l whose case does not fit its neighbours: meant as the other one."""

DISGUISES = {
    "4": "a", "@": "a", "8": "b", "(": "c", "¢": "c", "3": "e", "€": "e", "6": "gb", "9": "gq", "#": "h",
    "1": "il", "!": "il", "|": "il", "¡": "i", "0": "o", "°": "o", "5": "s", "$": "s", "§": "s", "7": "t",
    "+": "t", "†": "t", "2": "z", "£": "l", "¥": "y", "×": "x", "√": "v", "µ": "u", EITHER_I_OR_L: "il",
    "^": "a", "<": "c", "[": "c", "{": "c", "ø": "o", "∂": "d", "∑": "e", "∞": "oo", "∧": "a", "∨": "v",
}  # fmt: skip
"""Digits and signs that stand in for letters."""

PAIRS = {"m": ("rn", r"|v|", r"/\/\\"), "w": ("vv", r"\/\/"), "n": (r"|\|", r"/\/"), "v": (r"\/",),
         "k": ("|<",), "h": ("|-|",), "d": ("|)",), "f": ("ph",)}  # fmt: skip
"""Several characters drawn or sounding like one letter."""


def squares() -> Iterator[tuple[str, str]]:
    """Regional indicators and letters in circles and squares, each with its letter."""
    for start in (0x1F1E6, 0x1F130, 0x1F150, 0x1F170, 0x1F110):
        yield from (
            (chr(start + number), letter) for number, letter in enumerate(string.ascii_lowercase)
        )


@cache
def lookalikes() -> dict[str, str]:
    """Characters with the plain letters they look like; built once."""
    found: dict[str, str] = {}
    for plain in string.ascii_letters:
        for other in confusables_data.get(plain, ()):
            sign = other["c"].strip("\u200e\u200f")
            if len(sign) == 1 and not sign.isascii():
                found.setdefault(sign, plain.lower())
    for sign in READINGS:
        found.pop(sign, None)
    for sign in [sign for sign, plain in found.items() if plain == "l" and sign.lower() != sign]:
        # The capital I of every script looks like an l.
        found[sign] = EITHER_I_OR_L
    return found | SPELLED | _SMALL_CAPITALS | _UPSIDE_DOWN | dict(squares()) | _EMOJI
