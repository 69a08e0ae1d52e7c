"""How far probabilities can be trusted: calibration, Brier score, and what abstaining buys. Reads no text."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.classify.evaluation.confusion import macro_recall, table

BINS = 15
KEPT = 0.7
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def calibration(sure: NDArray[np.float64], is_right: NDArray[np.bool_]) -> dict[str, Any]:
    """Expected calibration error (0 to 1) over 15 equal bins, and the bins: messages, mean certainty, share right."""
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    rows = []
    error = 0.0
    for place in sorted(set(places.tolist())):
        inside = places == place
        certain, right = float(sure[inside].mean()), float(is_right[inside].mean())
        error += abs(right - certain) * float(inside.mean())
        rows.append(
            {"messages": int(inside.sum()), "sure": round(certain, 3), "right": round(right, 3)}
        )
    return {"ece": round(error, 4), "bins": rows}


def brier(true: Sequence[str], shares: Sequence[Mapping[str, float]]) -> float:
    """Mean over messages of the summed squared distance between probabilities and truth: 0 best, 2 worst."""
    total = 0.0
    for right, p in zip(true, shares, strict=True):
        total += sum((value - (label == right)) ** 2 for label, value in p.items())
        total += 0.0 if right in p else 1.0
    return round(total / max(len(true), 1), 4)


def risk_coverage(sure: NDArray[np.float64], is_right: NDArray[np.bool_]) -> dict[str, Any]:
    """Share of wrong answers among the surest part, for ten parts, and the mean of it over all parts (area)."""
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(~is_right[order]) / np.arange(1, len(order) + 1)
    points = [(part, wrong[max(round(part * len(order)) - 1, 0)]) for part in COVERAGES]
    return {
        "area": round(float(wrong.mean()), 4),
        "curve": [[part, round(float(risk), 4)] for part, risk in points],
    }


def surest_recall(
    true: Sequence[str], given: Sequence[str], sure: NDArray[np.float64], labels: Sequence[str]
) -> dict[str, float]:
    """Macro recall in percent over all messages and over the surest 70 % of them, and the gain in points."""
    kept = np.argsort(-sure, kind="stable")[: round(KEPT * len(sure))]
    everything = float(macro_recall(table(true, given, labels), len(labels)))
    part = table([true[i] for i in kept], [given[i] for i in kept], labels)
    surest = float(macro_recall(part, len(labels)))
    return {
        "all": round(100 * everything, 2),
        "surest_70": round(100 * surest, 2),
        "gain": round(100 * (surest - everything), 2),
    }


def threshold_at(
    scores: NDArray[np.float64], is_true: NDArray[np.bool_], precision: float
) -> float:
    """The lowest score that still keeps the wanted precision; above every score where none does."""
    order = np.argsort(-scores, kind="stable")
    shares = np.cumsum(is_true[order]) / np.arange(1, len(order) + 1)
    # Equal scores stand or fall together: only the last of them is a place to cut.
    is_cut = np.append(np.diff(scores[order]) != 0, values=True)
    good = np.flatnonzero((shares >= precision) & is_cut)
    return float(scores[order[good[-1]]]) if good.size else float(np.inf)
