"""The numbers a match is judged by: one row per entry, and one for the question. Names and order are the model's."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from language.knowledge.lexical import Met, Scores

WORDS = ("concepts", "titles", "covered", "stems", "pieces", "concepts_lead", "is_same_language")
MEANINGS = ("meaning", "title_meaning", "meaning_above", "meaning_lead")
ASKED = ("one", "unknown", "word_count")
_SCALE = 10.0


@dataclass(frozen=True, slots=True)
class Features:
    """`entries` float64[entries, features]; `asked` float64[len(ASKED)]."""

    entries: NDArray[np.float64]
    asked: NDArray[np.float64]


def features(
    met: Met, is_same: Scores, near: tuple[Scores, Scores] | None, groups: Sequence[str]
) -> Features:
    """Put together what words and meanings say; `near` are the cosines with whole entries and with titles."""
    columns = [
        met.concepts, met.titles, met.covered, met.stems, met.pieces, lead(met.concepts, groups), is_same,
    ]  # fmt: skip
    if near is not None:
        whole, title = near[0] * _SCALE, near[1] * _SCALE
        columns += [whole, title, whole - whole.mean(), lead(whole, groups)]
    asked = np.array([1.0, met.unknown, math.log(met.word_count)])
    return Features(np.stack(columns, axis=1), asked)


def lead(scores: Scores, groups: Sequence[str]) -> Scores:
    """Return how far each score is ahead of the best of other groups: translations are no rivals."""
    best: dict[str, float] = {}
    for group, score in zip(groups, scores, strict=True):
        best[group] = max(score, best.get(group, score))
    if len(best) == 1:
        return np.zeros(len(scores))
    first, second = sorted(best, key=lambda group: -best[group])[:2]
    rivals = [best[second if group == first else first] for group in groups]
    return np.asarray(scores - np.array(rivals))
