"""What each head learns from: picks the rows of the sets, gives them weights, and keeps validation apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.classify.domain.cues import EVERY, LANGUAGES
from services.classify.domain.labels import LEARNED, SPANS
from services.classify.training.accurate import sets
from services.classify.training.accurate.sets import Row
from services.classify.training.fit import Floats, Lesson, Settings, balanced
from services.classify.training.matrix import Inputs

OWN = ("intent", "urgency")
"""Heads that only our own messages teach."""
MIXED = ("sentiment", "offensive", "irony")
"""Heads whose logits the own heads may use."""


@dataclass(slots=True)
class Material:
    """All rows that training reads (no test row among them) and what may be left out."""

    rows: list[Row]
    heads: tuple[str, ...]

    @property
    def is_train(self) -> NDArray[np.bool_]:
        return np.array([row.split == "train" for row in self.rows])

    @property
    def masks(self) -> list[int]:
        """Whose cue words count, by row."""
        return [mask_of(row.language) for row in self.rows]

    def places(self, head: str, split: str, *, own: bool | None = None) -> NDArray[np.int64]:
        """Places of the rows of a split that know a head; `own`: only ours, or only those of others."""
        return np.array(
            [
                place
                for place, row in enumerate(self.rows)
                if row.split == split and head in row.labels and own in (None, row.source == "own")
            ],
            dtype=np.int64,
        )

    def labels(self, head: str, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of the labels of rows."""
        return np.array([self.rows[place].labels[head] for place in places], dtype=np.int64)


def mask_of(language: str) -> int:
    """Bit mask of a language for the cue words; all where it has none."""
    return 1 << LANGUAGES.index(language) if language in LANGUAGES else EVERY


def material(folder: Path, *, has_research: bool) -> Material:
    """Every row but the tests."""
    rows = sets.public(folder, has_research=has_research)
    if has_research:
        rows += [row for row in _slurs(folder) if row.split == "train"]
    rows += [row for row in sets.own() if row.split != "test"]
    kept = [row for row in rows if row.split != "test"]
    known = {head for row in kept for head in row.labels}
    return Material(kept, tuple(head for head in LEARNED if head in known))


def lesson(
    given: Inputs, read: Material, head: str, settings: Settings, places: NDArray[np.int64], others: Floats | None = None
) -> Lesson:  # fmt: skip
    """The inputs of some rows with labels and weights."""
    labels = read.labels(head, places)
    weights = _weights(read.rows, head, places, dict(settings.weights))
    weights *= balanced(labels)
    none = np.zeros((len(places), 0), dtype=np.float32)
    width = SPANS[head].stop - SPANS[head].start
    return Lesson(given.take(places), none if others is None else others, labels, weights, width)


def _weights(
    rows: Sequence[Row], head: str, places: NDArray[np.int64], known: Mapping[str, float]
) -> Floats:
    found = []
    for place in places:
        source = rows[place].source.partition("/")[0]
        found.append(known.get(f"{source}/{head}", known.get(source, 1.0)))
    return np.array(found, dtype=np.float32)


def _slurs(folder: Path) -> list[Row]:
    return [
        Row(line["text"], "davidson_toxicity", line["split"], "en",
            {"offensive": LEARNED["offensive"].index("not_offensive" if line["label"] == "neither" else "offensive")})
        for line in sets.read(folder, "davidson_toxicity")
    ]  # fmt: skip
