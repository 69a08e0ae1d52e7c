"""Reads a question and an entry together and says whether the one answers the other. Made by training.py."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.knowledge import Entry
from language.encoders.sessions import open_session

FILE = Path(__file__).parent / "data" / "reader.npz"
LONGEST = 128
"""Pieces of a question and an entry that are read."""


class StateSource(Protocol):
    """What passes texts through the lower layers; `language.encoders.encoder.Encoder` does."""

    def states(self, texts: Sequence[str], longest: int) -> Iterable[tuple[Any, NDArray[Any]]]:
        """Return batches with `places` and `mask`, and the states float32[texts, pieces, width]."""
        ...


class Reader:
    """Own upper layers over the encoder's lower ones. Raises FileError when its file does not fit its card."""

    def __init__(self, encoder: StateSource, file: Path = FILE) -> None:
        self._encoder = encoder
        self._session = open_session(file)

    def answers(self, question: str, entries: Sequence[Entry]) -> NDArray[np.float64]:
        """Return how surely each entry answers the question, as log odds, float64[entries]."""
        found = np.zeros(len(entries))
        texts = [text_of(question, entry.title, entry.text) for entry in entries]
        for batch, states in self._encoder.states(texts, LONGEST):
            said = self._session.run(None, {"states": states, "mask": batch.mask})[0]
            found[batch.places] = said[:, 1] - said[:, 0]
        return found


def text_of(question: str, title: str, text: str) -> str:
    """Return a question and an entry as one text."""
    return f"query: {question} passage: {title}. {text}"
