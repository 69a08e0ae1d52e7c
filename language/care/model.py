"""The costs of faults, read from model.json, and how costs become a score. How they were learned is in training.py."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from language.care.faults import KINDS, Fault
from language.care.verdict import DIMENSIONS

PATH = Path(__file__).with_name("model.json")
_STRAIGHT = 60.0  # up to here a point of cost is a point of score, above it costs weigh less


class ModelError(Exception):
    """The weights are missing or not what they claim to be."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each fault costs in each dimension, in points at full strength."""

    name: str
    points: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path = PATH) -> Self:
        """Read and check the weights; ModelError when they are missing, changed or incomplete."""
        try:
            card = json.loads(path.read_text())
            points = card["costs"]
        except (OSError, ValueError, KeyError) as broken:
            raise ModelError(f"{path.name} cannot be read: {broken}") from broken
        if card.get("sha256") != digest(points):
            raise ModelError(f"{path.name} was changed since it was trained")
        if set(points) != set(DIMENSIONS) or any(set(row) - set(KINDS) for row in points.values()):
            raise ModelError(f"{path.name} was trained on other faults")
        return cls(f"{card['name']}-{card['sha256'][:8]}", points)

    def of(self, dimension: str, faults: Sequence[Fault]) -> list[float]:
        """Return the cost of each fault in a dimension, before squeezing."""
        row = self.points[dimension]
        return [row.get(fault.kind, 0.0) * fault.strength for fault in faults]


def digest(points: Mapping[str, Mapping[str, float]]) -> str:
    """Return the SHA-256 of the weights in a fixed order."""
    return hashlib.sha256(json.dumps(points, sort_keys=True).encode()).hexdigest()


def deduction(cost: float) -> float:
    """Return what is taken from 100 for a sum of costs; it rises always and reaches 100 never."""
    if cost <= _STRAIGHT:
        return cost
    rest = 100 - _STRAIGHT
    return 100 - rest * math.exp(-(cost - _STRAIGHT) / rest)
