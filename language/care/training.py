"""Learns what each fault costs from the rated pairs: python -m language.care.training. Nothing at run time uses it."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from language.care.faults import KINDS, find
from language.care.lexicon import lexicon
from language.care.model import PATH, digest
from language.care.pairs import HARDER, OUTSIDER, Pair, read, read_outside
from language.care.reading import Reading
from language.care.verdict import DIMENSIONS

NAMES = tuple(KINDS)
Array = NDArray[np.float64]
_ALLOWED = np.array([[d in KINDS[name].dimensions for name in NAMES] for d in DIMENSIONS])
_RANK = 40.0  # weight of the order of a pair against the exact ratings
_STEEP = 8.0  # points of difference that count as sure
_START = 6.0
_SHRINK = 0.25
_MOST = 45.0
_LEAST = {"wrong_name": 12.0}  # too rare in the pairs to be learned
# Pairs are also ordered as if these told nothing, so that no easy sign carries the whole judgement.
_OUTSIDE = 3.0  # how much more a pair of another writer counts for the order
_HIDDEN: tuple[tuple[str, ...], ...] = (
    (),
    ("no_when", "too_short"),
    ("no_overlap", "no_owner"),
    ("no_when", "no_overlap", "generic", "too_short"),
    ("stock", "boiler", "stale"),
)


def strengths(pair: Pair, reply: str) -> Array:
    """Return the strength of every fault of a reply, in the order of NAMES."""
    reading = Reading.of(pair.message, reply, lexicon(pair.language), pair.author_name)
    found = {fault.kind: fault.strength for fault in find(reading)}
    return np.array([found.get(name, 0.0) for name in NAMES])


def table(pairs: Sequence[Pair]) -> tuple[Array, Array, Array, Array]:
    """Return strengths of better and worse replies, pairs by faults, and ratings, pairs by dimensions."""
    better = np.array([strengths(pair, pair.better) for pair in pairs])
    worse = np.array([strengths(pair, pair.worse) for pair in pairs])
    good = np.array([[pair.better_ratings[d] for d in DIMENSIONS] for pair in pairs], float)
    bad = np.array([[pair.worse_ratings[d] for d in DIMENSIONS] for pair in pairs], float)
    return better, worse, good, bad


def ordered(pairs: Sequence[Pair]) -> Array:
    """Return by how much the worse replies have more of each fault, pairs by faults."""
    rows = [strengths(pair, pair.worse) - strengths(pair, pair.better) for pair in pairs]
    return np.array(rows).reshape(len(pairs), len(NAMES))


def learn(rated: tuple[Array, Array, Array, Array], outside: Array) -> Array:
    """Return costs, dimensions by faults: never below 0, 0 where a fault may not cost.

    `rated` is the table of the rated pairs, `outside` the order of pairs without ratings.
    """
    better, worse, good, bad = rated
    rows = [
        _dimension((better, worse, outside), (good[:, i], bad[:, i]), _ALLOWED[i])
        for i in range(len(DIMENSIONS))
    ]
    return np.array(rows)


def _dimension(
    found: tuple[Array, Array, Array], rated: tuple[Array, Array], allowed: Array
) -> Array:
    better, worse, outside = found
    top = 97.0  # people rarely give 100, and a faultless reply should have it
    aims = [100 - np.minimum(100, rate + 100 - top) for rate in rated]
    differ = (np.abs(rated[0] - rated[1]) >= 15).astype(float)

    apart = np.concatenate([_hidden(worse - better, names) for names in _HIDDEN])
    differ = np.tile(differ, len(_HIDDEN)) / len(_HIDDEN)
    apart = np.concatenate([apart, outside])
    differ = np.concatenate([differ, np.full(len(outside), _OUTSIDE)])

    def loss(costs: Array) -> tuple[float, Array]:
        ahead = apart @ costs / _STEEP
        errors = [better @ costs - aims[0], np.minimum(worse @ costs, 75) - aims[1]]
        held = (worse @ costs < 75).astype(float)
        count = len(better)
        value = _RANK * float(differ @ np.logaddexp(0, -ahead)) / count
        value += sum(float(e @ e) for e in errors) / count / 100
        value += _SHRINK * float((costs - _START) @ (costs - _START)) / 100
        slope = -_RANK * apart.T @ (differ * expit(-ahead)) / _STEEP / count
        slope += 2 * (better.T @ errors[0] + worse.T @ (errors[1] * held)) / count / 100
        slope += 2 * _SHRINK * (costs - _START) / 100
        return value, slope * allowed

    least = np.array([_LEAST.get(name, 0.0) for name in NAMES]) * allowed
    bounds = [(low, _MOST) if may else (0.0, 0.0) for low, may in zip(least, allowed, strict=True)]
    fit = minimize(
        loss, np.maximum(_START * allowed, least), jac=True, bounds=bounds, method="L-BFGS-B"
    )
    return np.asarray(fit.x, dtype=float)


def _hidden(apart: Array, names: Sequence[str]) -> Array:
    made = apart.copy()
    made[:, [NAMES.index(name) for name in names]] = 0
    return made


def card(costs: Array, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the model as it is written: costs, hash and where they come from."""
    points = {
        dimension: {
            name: round(float(costs[i, j]), 2) for j, name in enumerate(NAMES) if _ALLOWED[i, j]
        }
        for i, dimension in enumerate(DIMENSIONS)
    }
    return {
        "name": "care-1",
        "sha256": digest(points),
        "kind": "non-negative linear costs of readable faults, learned from order and ratings",
        "trained_on": f"{len(pairs)} training pairs, and the order of the dev pairs of another writer",
        "licence": "Apache-2.0, as the project",
        "costs": points,
    }


def made() -> dict[str, Any]:
    """Train on the training split and on the other writer's dev pairs; return the model."""
    pairs = [pair for pair in read() if pair.split == "train"]
    outside = [pair for path in (OUTSIDER, HARDER) for pair in read_outside(path, "dev")]
    return card(learn(table(pairs), ordered(outside)), pairs)


def main() -> None:
    """Train and write model.json."""
    model = made()
    PATH.write_text(json.dumps(model, indent=1) + "\n")
    sys.stdout.write(f"{PATH.name} written from {model['trained_on']}\n")


if __name__ == "__main__":
    main()
