"""Light stems: endings that inflect a word are taken off, those that make another word stay.

So "Hunde" meets "Hund", while "Lieferadresse" does not meet "Lieferung" nor "roasted" a "roast".
"""

import functools

SHORTEST = 4
# Longest first; of each word at most one is taken off. Words are folded: no accents, no capitals.
_ENDINGS: dict[str, tuple[str, ...]] = {
    "en": ("ies", "ing", "es", "s", "e"),
    "de": ("endes", "ende", "ern", "est", "en", "er", "es", "em", "et", "st", "te", "e", "n", "s", "t"),
    "es": ("ariais", "arian", "aria", "eria", "iria", "amos", "emos", "imos", "aban", "ando", "endo",
           "ais", "eis", "aba", "ara", "era", "ira", "ar", "er", "ir", "an", "en", "as", "es", "is", "os",
           "a", "e", "i", "o", "s"),
    "fr": ("aient", "eraient", "erez", "erait", "ait", "ais", "ees", "ent", "ons", "ez", "er", "ee", "es",
           "e", "s", "x"),
    "it": ("eremo", "ando", "endo", "iamo", "ate", "ete", "ite", "ano", "ono", "are", "ere", "ire", "era",
           "a", "e", "i", "o"),
    "pt": ("ariam", "aria", "eria", "amos", "emos", "ando", "endo", "ava", "ara", "era", "ar", "er", "ir",
           "am", "em", "as", "es", "is", "os", "a", "e", "o", "s"),
}  # fmt: skip


@functools.lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """Return what the inflected forms of a folded word share; at least four letters are kept."""
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return _single(word[: -len(ending)]) if ending == "ing" else word[: -len(ending)]
    return word


def _single(word: str) -> str:
    """Undo a doubled last consonant: "shipp" of "shipping" is "ship"."""
    is_doubled = len(word) > SHORTEST and word[-1] == word[-2] and word[-1] not in "aeiousl"
    return word[:-1] if is_doubled else word
