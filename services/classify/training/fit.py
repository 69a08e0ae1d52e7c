"""Fits the weights: sentiment on public sets and ours, then intent and urgency on top. Reads no files."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from services.classify.domain import cues, rules
from services.classify.domain.labels import INTENT, OUTPUTS, PLACE, SENTIMENT, SPANS
from services.classify.training import matrix
from services.classify.training.data import BrandMessage, Example


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything chosen by hand or on validation data. Bits are powers of two of table rows."""

    seed: int = 0
    polar_bits: int = 19
    rest_bits: int = 17
    sentiment_c: float = 0.5
    sentiment_cue_scale: float = 0.3
    umsab_weight: float = 2.0
    brand_sentiment_weight: float = 4.0
    head_c: float = 4.0
    head_cue_scale: float = 0.7
    head_mix_scale: float = 0.3
    weak_weight: float = 0.02
    chatter_weight: float = 0.05
    iterations: int = 60

    def card(self) -> dict[str, Any]:
        """For the JSON beside the artefact."""
        return asdict(self)


@dataclass(slots=True)
class Features:
    """Inputs of some texts: n-grams weighted for either table, cue indicators, and what the rules add."""

    grams: sparse.csr_matrix
    cues: sparse.csr_matrix
    rules: NDArray[np.float32]

    def take(self, places: NDArray[Any]) -> "Features":
        """The rows at these places (indices or a mask)."""
        return Features(self.grams[places], self.cues[places], self.rules[places])


@dataclass(slots=True)
class Linear:
    """A fitted head: weights by n-gram, by cue and by sentiment logit, and the intercept."""

    grams: NDArray[np.float32]
    cues: NDArray[np.float32]
    mix: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def logits(
        self, given: Features, polar: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Logits without what the rules add."""
        found = given.grams @ self.grams + given.cues @ self.cues + self.intercept
        return np.asarray(found if polar is None else found + polar @ self.mix, dtype=np.float32)


def features(
    texts: Sequence[str],
    languages: Sequence[int],
    bits: int,
    idf2: NDArray[np.float32] | None = None,
) -> tuple[Features, NDArray[np.float32]]:
    """Features of texts whose languages are known, and the idf2 they were weighted with (measured when not given)."""
    rows = matrix.rows_of_tokens(texts)
    counted = matrix.counts(rows, bits)
    idf2 = matrix.squared_idf(counted) if idf2 is None else idf2
    indptr, indices, added = [0], [], np.zeros((len(rows), OUTPUTS), dtype=np.float32)
    for place, (row, text, mask) in enumerate(zip(rows, texts, languages, strict=True)):
        found = cues.find(row, text, mask)
        indices += [cues.INDEX[name] for name in found]
        indptr.append(len(indices))
        for rule in rules.fired(found) if row else [rules.BLANK]:
            for key, amount in rule.adds.items():
                added[place, PLACE[key]] += amount
    shape = (len(rows), len(cues.NAMES))
    signs = sparse.csr_matrix(
        (np.ones(len(indices), dtype=np.float32), indices, indptr), shape=shape
    )
    return Features(matrix.weighted(counted, idf2), signs, added), idf2


def logistic(
    blocks: Sequence[tuple[sparse.spmatrix | NDArray[np.float32], float]],
    labels: NDArray[np.int64],
    weights: NDArray[np.float32],
    strength: float,
    settings: Settings,
) -> list[NDArray[np.float32]]:
    """Multinomial logistic regression over (block, scale) pairs: a bigger scale is penalised less.

    Returns one weight array a block (features x classes), then the intercept.
    """
    stacked = sparse.csr_matrix(
        sparse.hstack([sparse.csr_matrix(block) * scale for block, scale in blocks])
    )
    model = LogisticRegression(
        C=strength, max_iter=settings.iterations, tol=1e-3, random_state=settings.seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(stacked, labels, sample_weight=weights)
    found, start = [], 0
    for block, scale in blocks:
        end = start + block.shape[1]
        found.append((model.coef_[:, start:end].T * scale).astype(np.float32))
        start = end
    return [*found, model.intercept_.astype(np.float32)]


def fit_sentiment(
    given: Features, labels: NDArray[np.int64], weights: NDArray[np.float32], settings: Settings
) -> Linear:
    """Negative, neutral, positive from n-grams and cues."""
    blocks = [(given.grams, 1.0), (given.cues, settings.sentiment_cue_scale)]
    grams, signs, intercept = logistic(blocks, labels, weights, settings.sentiment_c, settings)
    return Linear(grams, signs, np.zeros((0, len(SENTIMENT)), dtype=np.float32), intercept)


def fit_head(
    given: Features,
    polar: NDArray[np.float32],
    labels: NDArray[np.int64],
    weights: NDArray[np.float32],
    settings: Settings,
) -> Linear:
    """Intent or urgency from n-grams (the smaller table), cues and the sentiment logits."""
    blocks = [
        (given.grams, 1.0),
        (given.cues, settings.head_cue_scale),
        (polar, settings.head_mix_scale),
    ]
    return Linear(*logistic(blocks, labels, weights, settings.head_c, settings))


def temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The divisor of the logits with the least log loss."""

    def loss(value: float) -> float:
        scaled = logits / value
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(
            np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels])
        )

    found = optimize.minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded")
    return round(float(found.x), 4)


def narrow(grams: sparse.csr_matrix, shift: int) -> sparse.csr_matrix:
    """The n-grams folded into a table 2**shift times smaller."""
    folded = sparse.csr_matrix(
        (grams.data, grams.indices >> shift, grams.indptr),
        shape=(grams.shape[0], grams.shape[1] >> shift),
    )
    folded.sum_duplicates()
    return folded


def brand_labels(messages: Sequence[BrandMessage]) -> dict[str, NDArray[np.int64]]:
    """Places of the labels of our messages, by head."""
    return {
        "intent": np.array([INTENT.index(each.intent) for each in messages]),
        "urgency": np.array([each.urgency for each in messages]),
    }


def cross_fit(
    head: str, ours: Features, polar: NDArray[np.float32], labels: NDArray[np.int64],
    weak: tuple[Features, NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]] | None, settings: Settings,
) -> NDArray[np.float32]:  # fmt: skip
    """Logits, rules included, of every one of our messages from a model that did not see it (5 folds)."""
    found = np.zeros((len(labels), SPANS[head].stop - SPANS[head].start), dtype=np.float32)
    folds = StratifiedKFold(5, shuffle=True, random_state=settings.seed)
    for train, test in folds.split(np.zeros(len(labels)), labels):
        model = fit_head(*joined(ours.take(train), polar[train], labels[train], weak), settings)
        found[test] = model.logits(ours.take(test), polar[test]) + ours.rules[test, SPANS[head]]
    return found


def joined(
    ours: Features, polar: NDArray[np.float32], labels: NDArray[np.int64],
    weak: tuple[Features, NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]] | None,
) -> tuple[Features, NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:  # fmt: skip
    """Our messages, rare labels weighing more, and, under them, the weakly labelled ones with their weights."""
    full = _balanced(labels)
    if weak is None:
        return ours, polar, labels, full
    more, more_polar, more_labels, more_weights = weak
    both = Features(
        sparse.csr_matrix(sparse.vstack([ours.grams, more.grams])),
        sparse.csr_matrix(sparse.vstack([ours.cues, more.cues])),
        np.vstack([ours.rules, more.rules]),
    )
    return (
        both,
        np.vstack([polar, more_polar]),
        np.concatenate([labels, more_labels]),
        np.concatenate([full, more_weights]),
    )


def _balanced(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Weights with mean 1 that grow with the root of a label's rarity: complaints are the most and win every doubt else."""
    seen = np.maximum(np.bincount(labels), 1)
    weights = np.sqrt(1.0 / seen)[labels]
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def example_arrays(examples: Sequence[Example]) -> tuple[list[str], list[int], NDArray[np.int64]]:
    """Texts, language masks and labels of examples."""
    return (
        [e.text for e in examples],
        [e.languages for e in examples],
        np.array([e.label for e in examples]),
    )
