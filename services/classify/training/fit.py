"""Fits one head at a time by logistic regression. Reads no files, chooses no data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from services.classify.training.matrix import Inputs

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything chosen by hand or on validation data. A bigger scale is penalised less."""

    seed: int = 0
    bits: int = 19
    least_seen: int = 2
    iterations: int = 100
    static_scale: float = 0.5
    cue_scale: float = 0.3
    brand_cue_scale: float = 0.7
    mix_scale: float = 0.1
    strengths: tuple[tuple[str, float], ...] = (
        ("sentiment", 1.0), ("emotion", 4.0), ("offensive", 2.0), ("irony", 1.0), ("spam", 8.0), ("intent", 2.0),
        ("urgency", 1.5),
    )  # fmt: skip
    weights: tuple[tuple[str, float], ...] = (
        ("umsab", 2.0), ("own/sentiment", 4.0), ("goemotions", 0.1), ("own/emotion", 0.5), ("own/offensive", 1.0),
        ("davidson_toxicity", 0.1), ("own/spam", 1.0),
    )  # fmt: skip
    """Of a message, by source or by source and head; 1 for the others."""

    def card(self) -> dict[str, Any]:
        """For the JSON beside the artefact."""
        return {**asdict(self), "strengths": dict(self.strengths), "weights": dict(self.weights)}


@dataclass(slots=True)
class Linear:
    """A fitted head: weights by n-gram, by axis of the static vectors, by cue and by the logits of other heads."""

    grams: Floats
    statics: Floats
    cues: Floats
    mix: Floats
    intercept: Floats

    def logits(self, given: Inputs, others: Floats | None = None) -> Floats:
        """Logits without what the rules add, float32[texts, outputs]."""
        found = given.grams @ self.grams + given.statics @ self.statics + given.cues @ self.cues
        found = found + self.intercept
        return np.asarray(found if others is None else found + others @ self.mix, dtype=np.float32)


@dataclass(slots=True)
class Lesson:
    """What a head learns from: inputs, logits of other heads, the place of each label, the weight of each text."""

    given: Inputs
    others: Floats
    labels: NDArray[np.int64]
    weights: Floats
    outputs: int


def fit(
    lesson: Lesson,
    strength: float,
    cue_scale: float,
    settings: Settings,
    start: Linear | None = None,
) -> Linear:
    """The head with the least weighted log loss plus squares of weights over their scales.

    `start`: a head fitted on a part of the lesson; the search begins there and takes two thirds of the steps.
    """
    given = lesson.given
    kept = np.flatnonzero(np.bincount(given.grams.indices, minlength=given.grams.shape[1]) >= settings.least_seen)  # fmt: skip
    grams = sparse.csr_matrix(given.grams[:, kept])
    scales = _scales(lesson, cue_scale, settings)
    dense = np.concatenate(
        [given.statics, given.cues.toarray(), lesson.others], axis=1, dtype=np.float32
    )
    dense *= scales
    first = None if start is None else _flat(start, kept, scales)
    wide, narrow, intercept = _minimum(
        grams,
        dense,
        lesson,
        (strength, settings.iterations if first is None else 2 * settings.iterations // 3),
        first,
    )
    full = np.zeros((given.grams.shape[1], lesson.outputs), dtype=np.float32)
    full[kept] = wide
    narrow = narrow * scales[:, None]
    statics, cues = given.statics.shape[1], given.statics.shape[1] + given.cues.shape[1]
    return Linear(full, narrow[:statics], narrow[statics:cues], narrow[cues:], intercept)


def _scales(lesson: Lesson, cue_scale: float, settings: Settings) -> Floats:
    """What the columns of static vectors, cues and other heads are multiplied by."""
    widths = lesson.given.statics.shape[1], lesson.given.cues.shape[1], lesson.others.shape[1]
    scales = settings.static_scale, cue_scale, settings.mix_scale
    return np.repeat(np.array(scales, dtype=np.float32), widths)


def _flat(start: Linear, kept: NDArray[np.int64], scales: Floats) -> NDArray[np.float64]:
    narrow = np.concatenate([start.statics, start.cues, start.mix]) / scales[:, None]
    return np.concatenate([start.grams[kept].ravel(), narrow.ravel(), start.intercept]).astype(
        np.float64
    )


def _minimum(
    grams: sparse.csr_matrix,
    dense: Floats,
    lesson: Lesson,
    limits: tuple[float, int],
    first: NDArray[np.float64] | None,
) -> tuple[Floats, Floats, Floats]:
    """L-BFGS over the two kinds of weights and the intercept."""
    outputs, wide, narrow = lesson.outputs, grams.shape[1], dense.shape[1]
    turned = sparse.csr_matrix(grams.T)
    strength, iterations = limits
    factors = (lesson.weights * np.float32(strength)).astype(np.float32)
    ends = wide * outputs, (wide + narrow) * outputs

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        short = flat.astype(np.float32)
        first, second = short[: ends[0]].reshape(wide, outputs), short[ends[0] : ends[1]].reshape(narrow, outputs)  # fmt: skip
        logits = grams @ first + dense @ second + short[ends[1] :]
        cost, slope = _surprise(logits, lesson.labels, factors)
        gradient = np.concatenate(
            [(turned @ slope).ravel(), (dense.T @ slope).ravel(), slope.sum(axis=0)]
        ).astype(np.float64)
        gradient[: ends[1]] += flat[: ends[1]]
        return cost + 0.5 * float(np.square(flat[: ends[1]]).sum()), gradient

    start = np.zeros((wide + narrow + 1) * outputs) if first is None else first
    options = {"maxiter": iterations, "maxcor": 8, "ftol": 1e-7}
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    best = found.x.astype(np.float32)
    return (
        best[: ends[0]].reshape(wide, outputs),
        best[ends[0] : ends[1]].reshape(narrow, outputs),
        best[ends[1] :],
    )


def _surprise(logits: Floats, labels: NDArray[np.int64], factors: Floats) -> tuple[float, Floats]:
    """Weighted log loss and its slope by logit. One output stands for the first of two labels."""
    if logits.shape[1] == 1:
        signs = np.where(labels == 0, 1.0, -1.0).astype(np.float32)
        margins = logits[:, 0] * signs
        cost = float(np.logaddexp(0.0, -margins) @ factors)
        return cost, (-signs * factors / (1.0 + np.exp(np.clip(margins, -60, 60))))[:, None].astype(np.float32)  # fmt: skip
    moved = logits - logits.max(axis=1, keepdims=True)
    grown = np.exp(moved)
    totals = grown.sum(axis=1)
    rows = np.arange(len(labels))
    cost = float((np.log(totals) - moved[rows, labels]) @ factors)
    slope = grown / totals[:, None]
    slope[rows, labels] -= 1.0
    return cost, np.asarray(slope * factors[:, None], dtype=np.float32)


def probabilities(logits: Floats, temperature: float = 1.0) -> NDArray[np.float64]:
    """Shares of the labels, float64[texts, labels]; one output gives two labels."""
    scaled = logits.astype(np.float64) / temperature
    if scaled.shape[1] == 1:
        scaled = np.concatenate([scaled, np.zeros_like(scaled)], axis=1)
    grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def temperature(logits: Floats, labels: NDArray[np.int64], weights: Floats | None = None) -> float:
    """The divisor of the logits with the least log loss."""
    rows = np.arange(len(labels))
    factors = np.ones(len(labels)) if weights is None else weights

    def loss(value: float) -> float:
        shares = probabilities(logits, value)[rows, labels]
        return float(-(np.log(np.maximum(shares, 1e-12)) * factors).sum())

    found = optimize.minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded")
    return round(float(found.x), 4)


def balanced(labels: NDArray[np.int64]) -> Floats:
    """Weights with mean 1 that grow with the root of a label's rarity: the commonest wins every doubt else."""
    seen = np.maximum(np.bincount(labels), 1)
    weights = np.sqrt(1.0 / seen)[labels]
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def stacked(parts: Sequence[Inputs]) -> Inputs:
    """Inputs under each other."""
    return Inputs(
        sparse.csr_matrix(sparse.vstack([part.grams for part in parts])),
        np.concatenate([part.statics for part in parts]),
        sparse.csr_matrix(sparse.vstack([part.cues for part in parts])),
        np.concatenate([part.rules for part in parts]),
    )
