"""Official metrics of the heads on rows of one split. Chooses nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, recall_score

from services.classify.training.accurate.learning import spread
from services.classify.training.accurate.sets import Row

_BINS = 15


def figures(
    rows: Sequence[Row],
    logits: Mapping[str, NDArray[np.float32]],
    temperatures: Mapping[str, float],
) -> dict[str, Any]:
    """Percentages by head and source: the official metric, and the calibration error from 0 to 1."""
    found: dict[str, Any] = {}
    for head, values in logits.items():
        for source in sorted({row.source for row in rows if head in row.labels}):
            places = [
                p for p, row in enumerate(rows) if row.source == source and head in row.labels
            ]
            truth = np.array([rows[place].labels[head] for place in places])
            found[f"{head} {source}"] = _figure(head, source, truth, values[places])
            found[f"{head} {source}"]["calibration_error"] = calibration_error(
                spread(values[places], temperatures.get(head, 1.0)), truth
            )
    return found


def _figure(head: str, source: str, truth: NDArray[np.int64], values: NDArray[np.float32]) -> dict[str, Any]:  # fmt: skip
    guess = values.argmax(axis=1)
    if source == "tweeteval_sentiment":
        name, value = "macro_recall", recall_score(truth, guess, average="macro")
    elif head in ("irony", "spam"):
        name, value = "f1", f1_score(truth == 0, guess == 0)
    elif head == "urgency":
        name, value = "within_one", (np.abs(truth - guess) <= 1).mean()
    elif source in ("banking77", "clinc150"):
        name, value = "accuracy", accuracy_score(truth, guess)
    else:
        # Over the labels of the set and those that were answered: one that is not in the set is a mistake.
        labels = sorted(set(truth.tolist()))
        name, value = "macro_f1", f1_score(truth, guess, average="macro", labels=labels)
    return {"messages": len(truth), name: round(100.0 * float(value), 1)}


def calibration_error(shares: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Expected calibration error of the answers, 15 equal bins, 0 to 1."""
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    places = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(right[places == b].mean() - sure[places == b].mean()) * (places == b).mean() for b in set(places.tolist())]  # fmt: skip
    return round(float(sum(gaps)), 4)
