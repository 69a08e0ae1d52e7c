"""Figures on the published test splits: official metric, labels, calibration, abstention. Chooses nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.classify.evaluation import confusion, probability
from services.classify.evaluation.sets import LANGUAGES, Task
from services.classify.evaluation.tiers import Reader

_THREE_WORDS = 3


def figures(reader: Reader, tasks: Sequence[Task]) -> dict[str, Any]:
    """Every task the model has a head for, by name, and the mean over the six languages."""
    found = {}
    for task in tasks:
        given = task_figures(reader, task)
        if given is not None:
            found[task.name] = given
    return found


def task_figures(reader: Reader, task: Task) -> dict[str, Any] | None:
    """One task; None when the model lacks its head."""
    heads = reader.heads([row.text for row in task.rows], task.head)
    if heads is None or not heads:
        return None
    true, given = [row.label for row in task.rows], [head.label for head in heads]
    counts = confusion.table(true, given, task.labels)
    sure = np.array([head.p[head.label] for head in heads])
    is_right = np.array([a == b for a, b in zip(true, given, strict=True)])
    return {
        "head": task.head,
        "figure": confusion.estimate(counts, len(task.labels), task.figure).card(),
        "by_label": confusion.by_label(counts, task.labels),
        "brier": probability.brier(true, [head.p for head in heads]),
        "calibration": probability.calibration(sure, is_right),
        "risk_coverage": probability.risk_coverage(sure, is_right),
        "surest": probability.surest_recall(true, given, sure, task.labels),
    }


def mean_of_six(reader: Reader, tasks: Sequence[Task]) -> dict[str, float]:
    """Mean macro F1 of sentiment over en, es, pt, fr, de, it."""
    tables = []
    scored = 0
    for task in tasks:
        if task.name.startswith("umsab_"):
            heads = reader.heads([row.text for row in task.rows], task.head) or []
            given = [head.label for head in heads]
            tables.append(confusion.table([row.label for row in task.rows], given, task.labels))
            scored = len(task.labels)
    return confusion.mean_estimate(tables, scored, confusion.macro_f1).card()


def languages(reader: Reader, tasks: Sequence[Task]) -> dict[str, Any]:
    """Share of UMSAB test messages of three words and more whose language is told, over all and by language."""
    rows = [
        row
        for task in tasks
        if task.name.startswith("umsab_")
        for row in task.rows
        if _words(row.text) >= _THREE_WORDS
    ]
    heads = reader.heads([row.text for row in rows], "language") or []
    names = tuple(LANGUAGES.values())
    counts = confusion.table([row.language for row in rows], [h.label for h in heads], names)
    return {
        "figure": confusion.estimate(counts, len(names), confusion.accuracy).card(),
        "by_label": confusion.by_label(counts, names),
    }


def _words(text: str) -> int:
    """Words of a message: user names and links are none."""
    return sum(
        any(letter.isalpha() for letter in word) and word != "http" and not word.startswith("@")
        for word in text.split()
    )
