"""How near a question's meaning is to each entry's, by the multilingual encoder. Without it nothing is said."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.knowledge import Entry

Vectors = NDArray[np.float32]
_REMEMBERED = 4_000


class VectorSource(Protocol):
    """What turns texts into unit vectors float32[texts, width]; `language.encoders.encoder.Encoder` does."""

    def vectors(self, texts: Sequence[str], kind: Literal["query", "passage"] = "query") -> Vectors:
        """Return the vectors in the order of the texts."""
        ...


class Meanings:
    """An encoder that remembers passages: a brand that changed one entry encodes one."""

    def __init__(self, encoder: VectorSource) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def of_entries(self, entries: Sequence[Entry]) -> tuple[Vectors, Vectors]:
        """Return the vectors of whole entries and of their titles, float32[entries, width] each."""
        wholes = [f"{entry.title}. {entry.text}" for entry in entries]
        titles = [entry.title for entry in entries]
        self._learn([*wholes, *titles])
        return self._told(wholes), self._told(titles)

    def of_question(self, question: str) -> Vectors:
        """Return the vector of a question, float32[width]."""
        found: Vectors = self._encoder.vectors([question], "query")[0]
        return found

    def _learn(self, texts: Sequence[str]) -> None:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, self._encoder.vectors(missing, "passage"), strict=True))

    def _told(self, texts: Sequence[str]) -> Vectors:
        for text in texts:
            self._known.move_to_end(text)
        found = np.stack([self._known[text] for text in texts])
        while len(self._known) > max(_REMEMBERED, 2 * len(texts)):
            self._known.popitem(last=False)
        return found
