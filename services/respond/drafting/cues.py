"""Finds listed words and phrases in a text. `frein*` begins a word; without the star it is the whole word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SHORTEST, _LONGEST = 2, 16


@dataclass(frozen=True, slots=True)
class Found:
    """The name of a list and the words of the text that are on it."""

    name: str
    words: tuple[str, ...]


class Cues:
    """Lists of words and phrases by name, searched all at once."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._whole: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._begins: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for name, cues in lists.items():
            for cue in cues:
                first, *rest = cue.split()
                table = self._begins if first.endswith("*") else self._whole
                table.setdefault(first.rstrip("*"), []).append((name, tuple(rest)))

    def find(self, spoken: Sequence[str]) -> list[Found]:
        """Return what of the lists is in these folded words, in the order of the words."""
        return [
            Found(name, tuple(spoken[at : at + 1 + len(rest)]))
            for at, word in enumerate(spoken)
            for name, rest in self._starting(word)
            if _continues(spoken, at + 1, rest)
        ]

    def _starting(self, word: str) -> list[tuple[str, tuple[str, ...]]]:
        found = list(self._whole.get(word, ()))
        for size in range(_SHORTEST, min(len(word), _LONGEST) + 1):
            found += self._begins.get(word[:size], ())
        return found


def _continues(spoken: Sequence[str], at: int, rest: tuple[str, ...]) -> bool:
    following = spoken[at : at + len(rest)]
    return len(following) == len(rest) and all(
        word.startswith(cue[:-1]) if cue.endswith("*") else word == cue
        for word, cue in zip(following, rest, strict=True)
    )
