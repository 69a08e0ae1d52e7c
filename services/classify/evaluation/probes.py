"""Linear heads on a tier's own features, trained here for sets whose labels no shipped head has. Ships nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from services.classify.evaluation import confusion, sets
from services.classify.models.features import (
    character_hashes,
    pair_hashes,
    slots,
    tokens,
    word_hash,
)

Vectors = Callable[[Sequence[str]], Any]
_BITS = 18
_KEPT = 0.95
_OUTSIDE = "oos"


def hashed(texts: Sequence[str]) -> csr_matrix:
    """The fast tier's hashed words and pairs, then its character pieces, one row a text, logarithmic counts."""
    words, pieces = [], []
    for text in texts:
        found = tokens(text)
        forms = np.array([word_hash(token.form) for token in found], dtype=np.uint32)
        words.append(np.concatenate([forms, pair_hashes(forms[:-1], forms[1:])]))
        runs = [run for token in found if token.is_word for run in character_hashes(token.folded)]
        pieces.append(np.array(runs, dtype=np.uint32))
    return hstack([_counted(words), _counted(pieces)]).tocsr()


def _counted(hashes: Sequence[NDArray[np.uint32]]) -> csr_matrix:
    ends = np.cumsum([0, *(len(each) for each in hashes)])
    columns = slots(np.concatenate(hashes), _BITS)
    values = np.ones(len(columns), dtype=np.float32)
    matrix = csr_matrix((values, columns, ends), shape=(len(hashes), 1 << _BITS))
    matrix.sum_duplicates()
    matrix.data = 1 + np.log(matrix.data)
    return matrix


def weighted(train: Any, others: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Rarer columns weigh more, learned on `train`; words and pieces each get length 1. Dense rows get length 1."""
    if isinstance(train, np.ndarray):
        return normalize(train), [normalize(other) for other in others]
    present = np.bincount(train.indices, minlength=train.shape[1])
    rarity = diags(np.log((1 + train.shape[0]) / (1 + present)) + 1)
    return _halves(train @ rarity), [_halves(other @ rarity) for other in others]


def _halves(matrix: Any) -> Any:
    middle = matrix.shape[1] // 2
    return hstack([normalize(matrix[:, :middle]), normalize(matrix[:, middle:])]).tocsr()


def banking(folder: Path, vectors: Vectors, most: int | None = None) -> dict[str, Any]:
    """Accuracy on Banking77."""
    given = _split(sets.rows(folder, "banking77"), most)
    train, (test,) = weighted(vectors(given["train"][0]), [vectors(given["test"][0])])
    model = _fitted(train, given["train"][1])
    names = tuple(sorted({*given["train"][1], *given["test"][1]}))
    counts = confusion.table(given["test"][1], list(model.predict(test)), names)
    return {"figure": confusion.estimate(counts, len(names), confusion.accuracy).card()}


def clinc(folder: Path, vectors: Vectors, most: int | None = None) -> dict[str, Any]:
    """CLINC150: accuracy in scope, and the share of out-of-scope messages under the score that keeps 95 % of the others.

    Trained on the messages in scope only. `oos_at_val_threshold` uses the score of the validation split.
    """
    given = _split(sets.rows(folder, "clinc150"), most)
    inside = [i for i, label in enumerate(given["train"][1]) if label != _OUTSIDE]
    texts = [given["train"][0][i] for i in inside]
    labels = [given["train"][1][i] for i in inside]
    train, (val, test) = weighted(
        vectors(texts), [vectors(given[name][0]) for name in ("val", "test")]
    )
    model = _fitted(train, labels)
    scores = {"val": model.decision_function(val), "test": model.decision_function(test)}
    is_out = {name: np.array(given[name][1]) == _OUTSIDE for name in scores}
    names = tuple(sorted(set(labels)))
    found = [model.classes_[place] for place in scores["test"].argmax(axis=1)]
    kept = np.flatnonzero(~is_out["test"])
    counts = confusion.table([given["test"][1][i] for i in kept], [found[i] for i in kept], names)
    limits = {
        name: np.quantile(each.max(axis=1)[~is_out[name]], 1 - _KEPT)
        for name, each in scores.items()
    }
    outside = scores["test"].max(axis=1)[is_out["test"]]
    caught = outside < limits["test"]
    tally = confusion.table(
        ["oos"] * len(caught), np.where(caught, "oos", "kept").tolist(), ("oos",)
    )
    inside_kept = scores["test"].max(axis=1)[~is_out["test"]] >= limits["val"]
    return {
        "in_scope": confusion.estimate(counts, len(names), confusion.accuracy).card(),
        "oos": confusion.estimate(tally, 1, confusion.accuracy).card(),
        "oos_at_val_threshold": round(100 * float((outside < limits["val"]).mean()), 1),
        "kept_at_val_threshold": round(100 * float(inside_kept.mean()), 1),
    }


def _fitted(train: Any, labels: Sequence[str]) -> LinearSVC:
    dense = isinstance(train, np.ndarray)
    return LinearSVC(C=10.0 if dense else 1.0, random_state=0).fit(train, labels)


def _split(
    rows: Sequence[dict[str, Any]], most: int | None
) -> dict[str, tuple[list[str], list[str]]]:
    """Texts and labels by split; with `most`, that many evenly spaced rows a split."""
    found = {}
    for name in ("train", "val", "test"):
        mine = [row for row in rows if row["split"] == name]
        mine = sets.evenly(mine, most) if most else mine
        found[name] = ([row["text"] for row in mine], [row["label"] for row in mine])
    return found


def vectors_of(tier: str, model: Any) -> Vectors:
    """The features of a tier: hashed n-grams of the fast one, sentence vectors of the accurate one (`model.vectors`)."""
    return model.vectors if tier == "accurate" else hashed
