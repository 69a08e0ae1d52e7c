"""Reads the written pairs of replies. Only training, evaluation and tests use them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "data" / "pairs.jsonl"
TURNED = Path(__file__).parent / "data" / "turned.jsonl"
OUTSIDER = Path(__file__).parent / "data" / "outsider.jsonl"
HARDER = Path(__file__).parent / "data" / "harder.jsonl"
SECOND = Path(__file__).parent / "data" / "second.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """A message with a better and a worse reply; ratings are 0 to 100 by dimension."""

    id: str
    language: str
    situation: str
    sector: str
    split: str
    message: str
    better: str
    worse: str
    better_ratings: dict[str, int]
    worse_ratings: dict[str, int]
    differs: list[str]
    better_is: str
    author_name: str | None = None


def read(path: Path = PATH) -> list[Pair]:
    """Return all pairs in file order."""
    return [Pair(**row) for row in _rows(path)]


def read_turned(path: Path = TURNED) -> list[Pair]:
    """Return the pairs in which every easy sign points the wrong way; they carry no ratings."""
    rest: dict[str, Any] = {"split": "turned", "better_ratings": {}, "worse_ratings": {}}
    rest |= {"situation": "turned", "sector": "turned", "differs": [], "better_is": "a"}
    return [Pair(**row, **rest) for row in _rows(path)]


def read_outside(path: Path, split: str) -> list[Pair]:
    """Return the pairs of the other writer in a split, "dev" or "check"; they carry an order and no ratings."""
    rest: dict[str, Any] = {"better_ratings": {}, "worse_ratings": {}, "differs": []}
    rest |= {"situation": path.stem, "sector": path.stem, "better_is": "a"}
    return [Pair(**row, **rest) for row in _rows(path) if row["split"] == split]


def second_choices(path: Path = SECOND) -> dict[str, str]:
    """Return the second person's choice, "a" or "b", by pair; empty when nobody has chosen yet."""
    return {row["id"]: row["better"] for row in _rows(path)} if path.exists() else {}


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
