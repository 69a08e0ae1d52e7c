"""Weighs a question's matches against "the brand does not know". The weights are learned by training.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from language.knowledge.features import Features

FILE = "data/judgement.json"
NAMES = ("weights", "nothing", "means", "spreads", "asked_means", "asked_spreads")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Linear weights of an entry's features and of the question's, on scaled features, and the least confidence."""

    weights: NDArray[np.float64]
    nothing: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    asked_means: NDArray[np.float64]
    asked_spreads: NDArray[np.float64]
    threshold: float

    def scores(self, found: Features) -> tuple[NDArray[np.float64], float]:
        """Return a score per entry, and the score of there being no answer; greater is likelier."""
        rows = (found.entries - self.means) / self.spreads
        asked = (found.asked - self.asked_means) / self.asked_spreads
        return rows @ self.weights, float(asked @ self.nothing)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read one part of the model file."""
        weights, nothing, means, spreads, asked_means, asked_spreads = (
            np.array(told[name], dtype=np.float64) for name in NAMES
        )
        least = float(told["threshold"])
        return cls(weights, nothing, means, spreads, asked_means, asked_spreads, least)


def load_judgements() -> dict[str, Judgement]:
    """Read the weights that come with the package, by how much is known: `words`, `meanings`."""
    source = resources.files("language.knowledge").joinpath(FILE)
    told = json.loads(source.read_text("utf-8"))
    return {name: Judgement.read(part) for name, part in told["parts"].items()}


def shares(scores: NDArray[np.float64], nothing: float) -> NDArray[np.float64]:
    """Return how likely each entry is the answer, float64[entries]; what is missing to one is "no answer"."""
    every = np.append(scores, nothing)
    grown = np.exp(every - every.max())
    return np.asarray((grown / grown.sum())[:-1])
