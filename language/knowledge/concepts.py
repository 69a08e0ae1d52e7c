"""Which subjects words speak of, in six languages: "parcel" and "Paket" are one. The words are in data/concepts.json."""

import functools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources

# A short beginning would catch half the language, so words that begin so may only be inflected.
_SHORT, _INFLECTED_BY = 3, 2
_LONGEST = 18


class Concepts:
    """Words by language, whole or by how they begin (`deliver*`)."""

    def __init__(self, told: Mapping[str, Mapping[str, str]]) -> None:
        self._whole: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._begins: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, languages in told.items():
            for language, words in languages.items():
                for word in words.split():
                    table = self._begins if word.endswith("*") else self._whole
                    table[language, word.rstrip("*")].add(name)

    def of(self, word: str, language: str) -> frozenset[str]:
        """Return the concepts of a folded word; none for a language that is not known."""
        found = set(self._whole.get((language, word), ()))
        for size in range(2, min(len(word), _LONGEST) + 1):
            if size > _SHORT or len(word) <= size + _INFLECTED_BY:
                found |= self._begins.get((language, word[:size]), set())
        return frozenset(found)

    def of_all(self, words: Sequence[str], language: str) -> list[frozenset[str]]:
        """Return the concepts of each of the folded words."""
        return [self.of(word, language) for word in words]


@functools.cache
def load_concepts() -> Concepts:
    """Read the concepts that come with the package."""
    source = resources.files("language.knowledge").joinpath("data/concepts.json")
    return Concepts(json.loads(source.read_text("utf-8")))
