"""What storms and harmless events are made of, and the parameters of a synthetic world."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Mix:
    """What the extra messages of a harmless event are made of, and how many they are."""

    weight: float
    multiple: tuple[float, float]
    negative: float = 0.0
    toxic: float = 0.0
    positive: float = 0.0
    new: float = 0.0
    shared: float = 0.0
    distinct: float = 1.0


def _harmless() -> dict[str, Mix]:
    return {
        "campaign": Mix(1.3, (2, 8), 0.08, 0.10, 0.50, 0.50, 0.40, 0.92),
        "praise": Mix(1.0, (3, 20), 0.04, 0.10, 0.75, 0.80, 0.70, 0.95),
        "giveaway": Mix(1.0, (5, 30), 0.03, 0.05, 0.60, 0.70, 0.60, 0.90),
        "tvad": Mix(1.0, (5, 30), 0.20, 0.10, 0.35, 0.80, 0.10, 0.97),
        "botraid": Mix(0.9, (5, 50), 0.50, 0.30, 0.05, 1.0, 0.30, 0.10),
        "match": Mix(1.0, (2, 6), 0.30, 0.15, 0.35, 0.40, 0.20, 0.80),
        "news": Mix(1.0, (2, 5), 0.30, 0.10, 0.15, 0.55, 0.60, 0.95),
        "backfill": Mix(1.0, (1, 1)),
        # Real complaints: neither a hit nor a false alarm.
        "outage": Mix(0.8, (3, 10), 0.75, 0.05, 0.03, 0.35, 0.05, 0.93),
    }


def _kinds() -> dict[str, float]:
    return {
        "flash": 1.0, "fast": 1.3, "slow": 1.0, "hawkes": 1.3, "smoulder": 0.7, "backfire": 0.7,
    }  # fmt: skip


@dataclass(frozen=True)
class Params:
    """The world's parameters; pairs are the ends of a uniform draw."""

    warm_days: int = 14
    days: int = 56
    storm_gap_days: float = 9.0
    storms_mean: float = 2.6
    harmless_mean: float = 10.0
    micro_per_day: float = 1.2
    micro_neg: float = 0.2
    od_hour: float = 0.12
    od_bin: float = 0.05
    drift: float = 0.10
    neg0: tuple[float, float] = (0.10, 0.30)
    sens: tuple[float, float] = (0.70, 0.90)
    fpr: tuple[float, float] = (0.03, 0.10)
    sarcasm: float = 0.10
    peak_mult: float = 4.0
    peak_sigma: float = 0.7
    peak_floor: tuple[float, float] = (15.0, 120.0)
    doubling_min: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {"flash": (8, 15), "fast": (25, 50), "slow": (90, 240)}
    )
    decay_h: tuple[float, float] = (2.0, 6.0)
    decay_exp: float = 2.3
    wave2: float = 0.35
    hawkes_r: tuple[float, float] = (1.3, 2.2)
    hawkes_tau_h: tuple[float, float] = (4.0, 12.0)
    kernel_theta: float = 0.242
    kernel_s0: float = 300.0
    storm_neg: tuple[float, float] = (0.62, 0.88)
    storm_tox: tuple[float, float] = (0.25, 0.50)
    storm_new: tuple[float, float] = (0.60, 0.90)
    storm_share: tuple[float, float] = (0.35, 0.75)
    kinds: dict[str, float] = field(default_factory=_kinds)
    harmless: dict[str, Mix] = field(default_factory=_harmless)


@dataclass
class Strike:
    """A storm: its bins (first, 95 % sent, busiest hour's end) and its own messages per bin."""

    kind: str
    on: int
    end: int
    peak: int
    total: int
    n: Counts


@dataclass(frozen=True)
class Crowd:
    """What messages are made of: true negative share, toxic among those, and the rest."""

    negative: float | Floats
    toxic: float
    positive: float
    new: float
    shared: float
    distinct: float
    sarcasm: float = 0.0
