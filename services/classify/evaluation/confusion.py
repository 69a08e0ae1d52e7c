"""Figures that follow from a table of true against given labels, and their bootstrap intervals. Reads no text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1_000
Counts = NDArray[np.float64]
Figure = Callable[[Counts, int], NDArray[np.float64]]
"""Takes counts [..., true, given] and how many labels (the first ones) are scored; gives one value a table, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, in percent, and how many messages it rests on."""

    value: float
    low: float
    high: float
    messages: int

    def card(self) -> dict[str, float]:
        """As it goes into the report."""
        return {
            "value": round(self.value, 2),
            "low": round(self.low, 2),
            "high": round(self.high, 2),
            "messages": self.messages,
        }


def table(true: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> Counts:
    """Counts [true, given]; given labels outside `labels` get rows and columns behind them."""
    names = [*labels, *sorted(set(given) - set(labels))]
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for right, found in zip(true, given, strict=True):
        counts[place[right], place[found]] += 1
    return counts


def recalls(counts: Counts, scored: int) -> NDArray[np.float64]:
    """Recall of each scored label, [..., scored]; 0 for a label that never occurs."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :scored]
    return _share(hits, counts.sum(axis=-1)[..., :scored])


def precisions(counts: Counts, scored: int) -> NDArray[np.float64]:
    """Precision of each scored label, [..., scored]; 0 for a label that is never given."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :scored]
    return _share(hits, counts.sum(axis=-2)[..., :scored])


def f1s(counts: Counts, scored: int) -> NDArray[np.float64]:
    """F1 of each scored label, [..., scored]."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :scored]
    return _share(2 * hits, (counts.sum(axis=-1) + counts.sum(axis=-2))[..., :scored])


def macro_recall(counts: Counts, scored: int) -> NDArray[np.float64]:
    """TweetEval's figure for sentiment."""
    return np.asarray(recalls(counts, scored).mean(axis=-1))


def macro_f1(counts: Counts, scored: int) -> NDArray[np.float64]:
    """Mean F1 of the scored labels."""
    return np.asarray(f1s(counts, scored).mean(axis=-1))


def first_f1(counts: Counts, scored: int) -> NDArray[np.float64]:
    """F1 of the first label: irony's and spam's official figure."""
    return f1s(counts, scored)[..., 0]


def accuracy(counts: Counts, scored: int) -> NDArray[np.float64]:
    """Share of right answers among all messages."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :scored].sum(axis=-1)
    return _share(hits, counts.sum(axis=(-2, -1)))


def estimate(counts: Counts, scored: int, figure: Figure, draws: int = DRAWS) -> Estimate:
    """The figure of a table and the interval in which 95 % of its resamplings fall.

    Drawing n messages with replacement is drawing n cells of the table by their shares.
    """
    total = int(counts.sum())
    values = figure(drawn(counts, draws), scored)
    low, high = np.percentile(values, [2.5, 97.5])
    return Estimate(100 * float(figure(counts, scored)), 100 * float(low), 100 * float(high), total)


def mean_estimate(
    tables: Sequence[Counts], scored: int, figure: Figure, draws: int = DRAWS
) -> Estimate:
    """The mean of the figure over several tables (languages), each resampled on its own."""
    values = np.mean([figure(drawn(each, draws), scored) for each in tables], axis=0)
    point = float(np.mean([figure(each, scored) for each in tables]))
    low, high = np.percentile(values, [2.5, 97.5])
    return Estimate(
        100 * point, 100 * float(low), 100 * float(high), int(sum(each.sum() for each in tables))
    )


def drawn(counts: Counts, draws: int = DRAWS, seed: int = 0) -> Counts:
    """`draws` resampled tables, [draws, true, given]."""
    total = int(counts.sum())
    shares = counts.ravel() / max(total, 1)
    cells = np.random.default_rng(seed).multinomial(total, shares, size=draws)
    return cells.reshape(draws, *counts.shape).astype(np.float64)


def by_label(counts: Counts, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 in percent and the number of messages, label by label."""
    scored = len(labels)
    columns = (precisions(counts, scored), recalls(counts, scored), f1s(counts, scored))
    return {
        label: {
            "precision": round(100 * float(columns[0][number]), 1),
            "recall": round(100 * float(columns[1][number]), 1),
            "f1": round(100 * float(columns[2][number]), 1),
            "messages": int(counts[number].sum()),
        }
        for number, label in enumerate(labels)
    }


def kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """Cohen's kappa of two labellers: agreement beyond what their label shares would give by chance."""
    names = sorted({*one, *other})
    counts = table(one, other, names)
    shares = counts / counts.sum()
    agreed = float(np.trace(shares))
    chance = float((shares.sum(axis=1) * shares.sum(axis=0)).sum())
    return 1.0 if chance == 1.0 else (agreed - chance) / (1.0 - chance)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)
