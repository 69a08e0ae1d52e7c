"""Fits what a brand's corrections teach, and tries it on corrections it has not seen. Reads no store."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from services.classify.domain.adapting import (
    ENOUGH_CORRECTIONS,
    MOST_CORRECTIONS,
    Adapter,
    Correction,
    Trial,
    base_logs,
    factors_of,
    folds_of,
    trial_of,
)

WORD_SCALE = 0.3
STRENGTH_C = 0.5
ITERATIONS = 200
SEED = 0


def learnt(
    head: str, version: int, corrections: Sequence[Correction]
) -> tuple[Adapter | None, Trial | None]:
    """Return the best adapter for a head with its trial; None while the base model is better alone.

    The shares are used from the first 25 random samples on; the words once they win against them.
    """
    recent = list(corrections)[-MOST_CORRECTIONS:]
    labels = tuple(recent[0].p) if recent else ()
    factors = factors_of(recent)
    shares = Adapter(head, version, labels, factors, corrections=len(recent)) if factors else None
    if len(recent) < ENOUGH_CORRECTIONS or len({one.label for one in recent}) < 2:
        return shares, None
    trial = _tried(head, labels, recent)
    if trial.is_won:
        return fitted(head, version, labels, recent), trial
    return shares, trial


def fitted(
    head: str, version: int, labels: tuple[str, ...], corrections: Sequence[Correction]
) -> Adapter:
    """Return the word adapter learnt from all these corrections."""
    vocabulary = {
        word: place
        for place, word in enumerate(sorted({w for one in corrections for w in one.words}))
    }
    known = [one for one in corrections if one.label in labels]
    model = LogisticRegression(C=STRENGTH_C, max_iter=ITERATIONS, random_state=SEED)
    model.fit(_rows(known, labels, vocabulary), [one.label for one in known])
    weights = _whole(model, labels)
    base = len(labels)
    words = {
        word: tuple(weights[:, base + place] * WORD_SCALE) for word, place in vocabulary.items()
    }
    slope = tuple(tuple(weights[:, place]) for place in range(base))
    bias = tuple(weights[:, -1])
    factors = factors_of(corrections) or {}
    return Adapter(head, version, labels, factors, bias, slope, words, len(corrections))


def _tried(head: str, labels: tuple[str, ...], corrections: Sequence[Correction]) -> Trial:
    """Compare words with shares (or the base model, before there are any) fold by fold."""
    pairs = []
    for seen, held in folds_of(corrections):
        if len({one.label for one in seen}) < 2:
            continue
        new = fitted(head, 0, labels, seen)
        factors = factors_of(seen) or {}
        old = Adapter(head, 0, labels, factors)
        pairs += [(one, old.applied(one.p, ()), new.applied(one.p, one.words)) for one in held]
    return trial_of(pairs)


def _rows(
    corrections: Sequence[Correction], labels: Sequence[str], vocabulary: dict[str, int]
) -> sparse.csr_matrix:
    base = sparse.csr_matrix(np.array([base_logs(one.p, labels) for one in corrections]))
    rows, columns = [], []
    for row, one in enumerate(corrections):
        for word in set(one.words):
            rows.append(row)
            columns.append(vocabulary[word])
    values = np.full(len(rows), WORD_SCALE)
    shape = (len(corrections), len(vocabulary))
    return sparse.hstack([base, sparse.csr_matrix((values, (rows, columns)), shape)], format="csr")


def _whole(model: LogisticRegression, labels: Sequence[str]) -> NDArray[np.float64]:
    """Return weights and bias of every label; one that no correction has is very improbable."""
    classes = [str(one) for one in model.classes_]
    weights = np.hstack([model.coef_, model.intercept_[:, None]])
    if len(classes) == 2:
        weights = np.vstack([-weights[0] / 2, weights[0] / 2])
    whole = np.zeros((len(labels), weights.shape[1]))
    whole[:, -1] = -8.0
    for place, name in enumerate(classes):
        whole[labels.index(name)] = weights[place]
    return whole
