"""Static vectors for training: from a file that `distil` wrote to one row a word. Needs no torch."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.classify.models.features import Token
from services.classify.models.lexicon import Lexicon

Floats = NDArray[np.float32]
WIDTH = 256
_SAMPLE = 20_000


@dataclass(slots=True)
class Vectors:
    """Entries (words and pieces) with their vectors, float32[entries, WIDTH], and the squared length of each."""

    entries: list[str]
    vectors: Floats
    lengths2: Floats
    is_folded: bool

    def of(self, words: Sequence[Token]) -> tuple[Floats, Floats]:
        """Mean vector, and mean squared length, of the pieces of each word."""
        lexicon = Lexicon(self.entries)
        rows = np.zeros((len(words), self.vectors.shape[1]), dtype=np.float32)
        lengths2 = np.zeros(len(words), dtype=np.float32)
        for place, word in enumerate(words):
            pieces = lexicon.cut(word.folded if self.is_folded else word.form)
            if pieces:
                rows[place] = self.vectors[pieces].mean(axis=0)
                lengths2[place] = self.lengths2[pieces].mean()
        return rows, lengths2


def load(file: Path, *, is_folded: bool, seed: int = 0) -> Vectors:
    """The vectors of a file, moved to a mean of zero and turned to their WIDTH strongest axes."""
    with np.load(file) as stored:
        entries, vectors = stored["keys"].tolist(), stored["vec"].astype(np.float32)
    kept = [place for place, entry in enumerate(entries) if "\n" not in entry]
    entries, vectors = [entries[place] for place in kept], vectors[kept]
    vectors -= vectors.mean(axis=0)
    sample = vectors[np.random.RandomState(seed).permutation(len(vectors))[:_SAMPLE]]
    axes = np.linalg.svd(sample, full_matrices=False)[2][:WIDTH]
    vectors = np.asarray(vectors @ axes.T, dtype=np.float32)
    vectors /= np.sqrt(np.square(vectors).sum(axis=1).mean())
    lengths2 = np.square(vectors).sum(axis=1).astype(np.float16).astype(np.float32)
    return Vectors(entries, vectors, lengths2, is_folded)


TABLES = {"english": ("minilm.npz", True), "wide": ("e5.npz", False)}
"""Files of the tables by name, and whether their entries are without accents."""


def tables(folder: Path) -> dict[str, Vectors]:
    """Every table. Raises FileNotFoundError that says how to make them."""
    found = {}
    for name, (file, is_folded) in TABLES.items():
        if not (folder / file).is_file():
            raise FileNotFoundError(
                f"no {folder / file}: make it with python -m services.classify.training.distil"
            )
        found[name] = load(folder / file, is_folded=is_folded)
    return found


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of the files of the tables."""
    return {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest()
        for file, _ in TABLES.values()
    }
