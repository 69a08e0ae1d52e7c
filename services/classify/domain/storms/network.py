"""The small network that weighs the evidence: features in, log-odds of a storm out. Weights elsewhere."""

from base64 import b64decode
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.classify.domain.storms.evidence import (
    FEATURES,
    HALF_LIVES_S,
    HIGHEST,
    LOWEST,
    OF_BRAND,
)
from services.classify.domain.storms.weights import HIDDEN, PACKED

Floats = NDArray[np.float64]


_LOW = np.array([*LOWEST * len(HALF_LIVES_S), *[-9.0] * OF_BRAND])
_HIGH = np.array([*HIGHEST * len(HALF_LIVES_S), *[9.0] * OF_BRAND])


def bounded(features: list[float]) -> Floats:
    """Features as the network takes them, (FEATURES,), none further than it may go."""
    kept: Floats = np.minimum(np.maximum(features, _LOW), _HIGH)
    return kept


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer: `inner` (FEATURES, HIDDEN), `inner_bias` and `outer` (HIDDEN,)."""

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: float

    def log_odds(self, features: list[float]) -> float:
        hidden = np.maximum(bounded(features) @ self.inner + self.inner_bias, 0.0)
        return float(hidden @ self.outer) + self.outer_bias


def unpack(packed: str, hidden: int) -> Network:
    """A network from little-endian 32-bit floats in base64: inner, its bias, outer, its bias."""
    flat = np.frombuffer(b64decode(packed), dtype="<f4").astype(np.float64)
    inner, bias, outer, last = np.split(
        flat, np.cumsum([FEATURES * hidden, hidden, hidden]).tolist()
    )
    return Network(inner.reshape(FEATURES, hidden), bias, outer, float(last[0]))


@cache
def load_network() -> Network:
    """The network that is shipped, decoded once."""
    return unpack(PACKED, HIDDEN)
