"""A term as a regular expression over folded text: every way of writing it that a reader still reads as it.

Whether a match is really the term, and not a piece of ordinary text, is decided in terms.py.
"""

import re as plain_re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from language.wording.folding import fold
from language.wording.lookalikes import DISGUISES, PAIRS, READINGS

GAP = r"[\W_]{0,5}?"
WORD_GAP = r"[\W_]{0,6}?"
MASKS = "*#•●■█✱_~×"
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
_TOKEN = plain_re.compile(r"[^\W_]+|[%€$£#&+@]")
_SIGNS = {
    "%": r"(?:%|percent|per\s?cent|prozent|por\s?ciento|por\s?cento|pour\s?cent|per\s?cento)",
    "€": r"(?:€|eur(?:o|os)?\b)", "$": r"(?:\$|usd\b|dollars?\b)", "£": r"(?:£|gbp\b|pounds?\b)",
    "&": r"(?:&|and|und|et|y|e)", "#": "#?", "+": r"\+", "@": "@",
}  # fmt: skip
_CHANGES = (("ao", ("[ao]", "[oe]")), ("z", ("[zc]",)), ("l", ("[li]",)), ("m", ("[mn]",)))
_ITALIAN = (("o$", ("[oai]",)), ("e$", ("[ei]",)), ("(?:zi|zz|gg|cc|ci|gi)a$", ("[ae]",)))
"""Not every a becomes an e: a warranty is garantia in Lisbon and Garantie in Berlin."""
_ENDINGS = r"(?:'?s|es|n|en|e|er|ern|em|nen|x|aux|is|ns)"
_MINIMUM_FOR_ENDINGS = 4
_MINIMUM_FOR_CHANGES = 5
_MINIMUM_FOR_VOWELS = 6


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled term. `letters[i]` is the plain form of group i + 1; `opens` are the groups that begin a word."""

    term: str
    letters: tuple[str, ...]
    opens: frozenset[int]
    spaced: "regex.Pattern[str]"
    masked: "regex.Pattern[str] | None"

    @property
    def length(self) -> int:
        """How many letters and digits it has."""
        return sum(letter.isalnum() for letter in self.letters)


@lru_cache(maxsize=4096)
def compiled(term: str) -> Pattern | None:
    """The pattern of a term; None for a term without a letter, digit or known sign."""
    tokens = [_spelled(match.group()) for match in _TOKEN.finditer(_composed(term))]
    tokens = [token for token in tokens if token]
    if not tokens:
        return None
    letters = tuple(letter for token in tokens for letter, _ in token)
    opens, count = set[int](), 0
    for token in tokens:
        opens.add(count)
        count += len(token)
    ending = _ending([letter for letter, _ in tokens[-1]])
    spaced = _joined([*tokens[:-1], _inflected(tokens[-1])], GAP) + ending
    masked = None
    if len(letters) >= 4 and len(tokens) == 1 and all(letter.isalpha() for letter in letters):
        masked = regex.compile(_masked(tokens[0]), regex.V1)
    return Pattern(term, letters, frozenset(opens), regex.compile(spaced, regex.V1), masked)


def _composed(term: str) -> str:
    """The term lower-cased with umlauts kept, so that their second spelling is known."""
    return unicodedata.normalize("NFC", term).casefold().replace("ß", "ss")


def _spelled(token: str) -> list[tuple[str, str]]:
    """Letters of a word of the term with the expression of each."""
    found: list[tuple[str, str]] = []
    for char in token:
        if char in _SIGNS:
            found.append((char, _SIGNS[char]))
            continue
        for plain in fold(char).chars:
            expression = _letter(plain)
            if char in _UMLAUTS:
                second = _UMLAUTS[char][1]
                expression = f"(?:{expression}(?:{GAP}{_letter(second)})?)"
            found.append((plain, expression))
    return found


@lru_cache(maxsize=256)
def _letter(plain: str) -> str:
    if plain.isdigit():
        return _digit(plain)
    signs = [sign for sign, letters in (*DISGUISES.items(), *READINGS.items()) if plain in letters]
    one = "[" + "".join(regex.escape(sign) for sign in (plain, *signs)) + "]{1,12}"
    pairs = [regex.escape(pair) for pair in PAIRS.get(plain, ())]
    return f"(?:{'|'.join((*pairs, one))})" if pairs else one


def _digit(plain: str) -> str:
    return {"0": "[0oθ]", "1": "[1il|!]", "5": "[5s]", "3": "[3з]"}.get(plain, regex.escape(plain))


def _joined(tokens: list[list[tuple[str, str]]], gap: str) -> str:
    found = ""
    for place, token in enumerate(tokens):
        if place:
            meets = tokens[place - 1][-1][0].isdigit() and token[0][0].isdigit()
            found += WORD_GAP.replace("{0,", "{1,") if meets else WORD_GAP
        found += gap.join(f"({expression})" for _, expression in token)
    return found


def _masked(token: list[tuple[str, str]]) -> str:
    masks = regex.escape(MASKS)
    rest = "".join(f"({expression}|[{masks}])" for _, expression in token[1:])
    return f"({token[0][1]}){rest}(?![^\\W_])"


def _ending(letters: list[str]) -> str:
    """What inflection may add, only where the word then ends."""
    word = "".join(letters)
    if len(word) < _MINIMUM_FOR_ENDINGS or not word.isalpha():
        return ""
    return f"((?:{GAP}[s5$]|{_ENDINGS})(?![^\\W_]))?"


def _inflected(token: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The last word with the ends that its plural changes: garanzia and garanzie, promoção and promoções."""
    word = "".join(letter for letter, _ in token)
    if not word.isalpha() or len(word) < _MINIMUM_FOR_CHANGES:
        return token
    changed = next((units for end, units in _CHANGES if word.endswith(end)), ())
    if not changed and len(word) >= _MINIMUM_FOR_VOWELS:
        changed = next((units for end, units in _ITALIAN if plain_re.search(end, word)), ())
    kept = token[: len(token) - len(changed)]
    ends = token[len(token) - len(changed) :]
    return kept + [
        (letter, f"(?:{own}|(?<=[^\\W_]){other})")
        for (letter, own), other in zip(ends, changed, strict=True)
    ]
