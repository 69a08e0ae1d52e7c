"""Ordinary words of the six languages: what a stretched or split word is not. The list is data/words.txt."""

import unicodedata
from functools import cache
from importlib.resources import files

_ALONE = frozenset("aeioyu")


@cache
def listed(name: str) -> frozenset[str]:
    """The lines of data/NAME.txt."""
    text = files("language.wording").joinpath(f"data/{name}.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@cache
def words() -> frozenset[str]:
    """Every listed word without its accents."""
    listed = (
        files("language.wording").joinpath("data/words.txt").read_text(encoding="utf-8").split()
    )
    return frozenset(_bare(word) for word in listed)


@cache
def accented_words() -> frozenset[str]:
    """The listed words that carry an accent, as written."""
    listed = (
        files("language.wording").joinpath("data/words.txt").read_text(encoding="utf-8").split()
    )
    return frozenset(word for word in listed if not word.isascii())


def is_word(letters: str) -> bool:
    """Whether these folded letters are an ordinary word by themselves."""
    return letters in _ALONE if len(letters) == 1 else letters in words()


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.replace("ß", "ss").replace("œ", "oe"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def is_function_word(letters: str) -> bool:
    """Whether it is one of the small words that any other word may stand next to."""
    return letters in listed("function_words")
