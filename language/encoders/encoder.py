"""multilingual-e5-small in 8 bits: texts in, vectors out. Its lower layers also serve other readers' own upper layers."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from language.encoders.files import checked
from language.encoders.pieces import Batch, Pieces
from language.encoders.sessions import MEND, open_session

FOLDER = Path(__file__).parent
WIDTH = 384
LONGEST = 256
"""Pieces that are read of a text, about a page."""
Kind = Literal["query", "passage"]


class Encoder:
    """Results hang on nothing but the text. The upper layers open when vectors are first asked for.

    Raises FileError when a file is missing, cut or altered.
    """

    def __init__(self, folder: Path = FOLDER, threads: int = 1) -> None:
        self._folder, self._threads = folder, threads
        self._pieces = Pieces(folder / "pieces.vocab")
        self._trunk = open_session(folder / "trunk.npz", threads)
        checked(folder / "upper.npz", MEND)

    @functools.cached_property
    def _upper(self) -> Any:
        return open_session(self._folder / "upper.npz", self._threads)

    def vectors(self, texts: Sequence[str], kind: Kind = "query") -> NDArray[np.float32]:
        """Unit vectors float32[texts, 384] in the order of the texts; compare a query with passages by dot product.

        `kind`: what is looked for (or any two texts that are compared as equals) is a "query", what may be found a "passage".
        """
        found = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for batch, states in self.states([f"{kind}: {text}" for text in texts]):
            given = {"states": states, "mask": batch.mask}
            found[batch.places] = self._upper.run(None, given)[0]
        return found

    def states(
        self, texts: Sequence[str], longest: int = LONGEST
    ) -> Iterator[tuple[Batch, NDArray[np.float32]]]:
        """What the lower layers make of at most `longest` pieces of the texts, float32[texts, pieces, 384], by batch."""
        for batch in self._pieces.batches(texts, longest):
            yield batch, self._trunk.run(None, {"ids": batch.ids, "mask": batch.mask})[0]
