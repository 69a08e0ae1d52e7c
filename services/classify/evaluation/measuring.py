"""Runs all figures of one tier and puts them together. Prints and writes nothing."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.classify.evaluation import (
    behaviour,
    brands,
    leaks,
    probes,
    published,
    resources,
    sets,
    tiers,
)
from services.classify.evaluation.sets import Own, Task

SETS = (
    "published",
    "own",
    "holdout",
    "language",
    "banking77",
    "clinc150",
    "behaviour",
    "leaks",
    "resources",
)
SINGLE = (
    "sentiment",
    "emotion",
    "offensive",
    "irony",
    "spam",
    *(f"umsab_{code}" for code in sets.LANGUAGES.values()),
    "davidson",
    "goemotions",
)
"""Published sets that can be measured alone."""
_QUICK = 300


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is scored, read once for all tiers."""

    folder: Path
    tasks: list[Task]
    messages: list[Own]
    holdout: list[Own]
    is_quick: bool

    @property
    def test(self) -> list[Own]:
        """The test part of our messages."""
        return [each for each in self.messages if each.split == "test"]


def material(folder: Path, is_quick: bool = False) -> Material:
    """The sets of a folder; quick ones have 300 messages a set. Raises FileNotFoundError when one is missing."""
    tasks = sets.published(folder)
    return Material(
        folder,
        sets.thinned(tasks, _QUICK) if is_quick else tasks,
        sets.own(),
        sets.own("holdout_messages"),
        is_quick,
    )


def usual(tier: str) -> tuple[str, ...]:
    """The groups measured when none is named: the cascade has no features of its own, and leaks are no tier's."""
    less = {"cascade": {"banking77", "clinc150", "leaks"}, "accurate": {"leaks"}}.get(tier, set())
    return tuple(name for name in SETS if name not in less)


def figures(
    tier: str, given: Material, wanted: tuple[str, ...], say: Callable[[str], None]
) -> dict[str, Any]:
    """All wanted figures of a tier. Raises AbsentTier when there is no such tier."""
    reader = tiers.Reader(tiers.load(tier))
    found: dict[str, Any] = {"version": reader.model.version}
    parts = _parts(tier, reader, given)
    for name in wanted:
        start = time.perf_counter()
        fresh = parts[name]()
        # Single published sets come one by one, under the name of their group.
        both = {**found.get("published", {}), **fresh.get("published", {})}
        found |= {**fresh, "published": both} if both else fresh
        say(f"{tier}: {name} measured in {time.perf_counter() - start:.0f} s")
    return found


def _parts(
    tier: str, reader: tiers.Reader, given: Material
) -> dict[str, Callable[[], dict[str, Any]]]:
    most = _QUICK * 5 if given.is_quick else None
    vectors = probes.vectors_of(tier, reader.model)
    alone = {
        task.name: lambda task=task: {"published": published.figures(reader, [task])}
        for task in given.tasks
    }
    return {
        **alone,
        "published": lambda: {
            "published": published.figures(reader, given.tasks),
            "umsab_mean_of_six": published.mean_of_six(reader, given.tasks),
        },
        "own": lambda: {"own": brands.figures(reader, given.test)},
        "holdout": lambda: {"holdout": brands.figures(reader, given.holdout)},
        "language": lambda: {"language": published.languages(reader, given.tasks)},
        "banking77": lambda: {"banking77": probes.banking(given.folder, vectors, most)},
        "clinc150": lambda: {"clinc150": probes.clinc(given.folder, vectors, most)},
        "behaviour": lambda: _behaviour(reader, given),
        "leaks": lambda: {"leaks": leaks.check(given.folder, given.messages, given.holdout)},
        "resources": lambda: {"resources": resources.measured(tier, given.is_quick)},
    }


def _behaviour(reader: tiers.Reader, given: Material) -> dict[str, Any]:
    rows = [
        row
        for task in given.tasks
        if task.head == "sentiment" and task.name != "umsab_en"
        for row in task.rows
    ]
    test = given.test[: _QUICK // 3] if given.is_quick else given.test
    return {
        "negation": behaviour.negation(reader),
        "identity": behaviour.identity(reader),
        "stability": behaviour.stability(reader, test),
        "slices": {
            "sentiment": behaviour.sentiment_slices(reader, rows),
            "intent": behaviour.intent_slices(reader, given.test, sets.traits()),
        },
        "unsure": _unsure(reader, given.test),
    }


def _unsure(reader: tiers.Reader, test: list[Own]) -> dict[str, float]:
    """Share of our test messages (in percent) of whose label the model itself is unsure, by head."""
    answers = reader.read(each.text for each in test)
    heads = sorted({name for each in answers for name in each.heads})
    return {
        name: round(100 * float(np.mean([name in each.unsure for each in answers])), 1)
        for name in heads
    }


def data_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file the figures rest on."""
    files = [*sorted(folder.glob("*.jsonl.gz")), *sorted(sets.TRAINING.glob("*.jsonl"))]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
