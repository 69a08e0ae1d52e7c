"""How well promises are found: precision, recall, spans and dates on the labelled replies of data/promises.jsonl.

Run: python -m language.promises.evaluation [--split train] [--errors]. The errors of the test split are not for looking at.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TextIO

from language.promises.finding import TONGUES, Promise, due_at, find_promises

SAID_AT = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
"""A Wednesday, three in the afternoon in TIMEZONE: the moment at which every reply of the set was said."""
TIMEZONE = "Europe/Berlin"
LEAST_PRECISION, LEAST_RECALL, LEAST_SPANS = 0.95, 0.85, 0.9


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled reply."""

    text: str
    language: str
    split: str
    promise: bool
    due_text: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one language or of all."""

    right: int
    wrong: int
    missed: int
    due: int
    spans: int
    dates: int
    undated: int
    undated_right: int

    @property
    def precision(self) -> float:
        """Of what was found, how much is a promise."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Of the promises, how many were found."""
        return self.right / max(self.right + self.missed, 1)


def rows(split: str) -> list[Row]:
    """Return the replies of a split."""
    lines = (
        files("language.promises")
        .joinpath("data/promises.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    found = []
    for line in lines:
        raw = json.loads(line)
        due = datetime.fromisoformat(raw["due_at"]) if raw["due_at"] else None
        found.append(
            Row(raw["text"], raw["language"], raw["split"], raw["promise"], raw["due_text"], due)
        )
    return [row for row in found if row.split == split]


def first(found: list[Promise]) -> Promise | None:
    """The promise that counts for the reply: the first with a date, else the first."""
    return next((one for one in found if one.due_text), found[0] if found else None)


def score(labelled: Iterable[Row]) -> Score:
    """Judge the finder on replies. Spans and dates count over the promises that have one and were found."""
    judged = [(row, first(find_promises(row.text, row.language))) for row in labelled]
    hits = [(row, one) for row, one in judged if row.promise and one is not None]
    dated = [(row, one) for row, one in hits if row.due_text is not None]
    undated = [(row, one) for row, one in hits if row.due_text is None]
    return Score(
        right=len(hits),
        wrong=sum(one is not None and not row.promise for row, one in judged),
        missed=sum(one is None and row.promise for row, one in judged),
        due=len(dated),
        spans=sum(one.due_text == row.due_text for row, one in dated),
        dates=sum(due_at(one, SAID_AT, TIMEZONE) == row.due_at for row, one in dated),
        undated=len(undated),
        undated_right=sum(one.due_text is None for _, one in undated),
    )


def slowest_ms(labelled: list[Row]) -> float:
    """The 99th percentile of the processor time for one reply, in milliseconds."""
    taken = []
    for row in labelled:
        start = time.thread_time()
        find_promises(row.text, row.language)
        taken.append((time.thread_time() - start) * 1000)
    return sorted(taken)[int(len(taken) * 0.99)]


def write(split: str, out: TextIO) -> None:
    """Write the table of a split."""
    labelled = rows(split)
    out.write(f"promises, {split} split: {len(labelled)} replies\n")
    out.write("language  precision  recall  exact span  right date  rightly undated\n")
    for language in (*TONGUES, "all"):
        own = [row for row in labelled if language in {row.language, "all"}]
        counted = score(own)
        out.write(
            f"{language:8}  {counted.precision:9.3f}  {counted.recall:6.3f}  {counted.spans / max(counted.due, 1):10.3f}  "
            f"{counted.dates / max(counted.due, 1):10.3f}  {counted.undated_right / max(counted.undated, 1):.3f}\n"
        )
    out.write(f"p99 of one reply: {slowest_ms(labelled):.2f} ms\n")


def main() -> None:
    """Print the figures, or what is wrong in the training split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument(
        "--errors", action="store_true", help="list what is wrong in the training split"
    )
    options = parser.parse_args()
    write("train" if options.errors else options.split, sys.stdout)
    counted = score(rows(options.split))
    holds = counted.precision >= LEAST_PRECISION and counted.recall >= LEAST_RECALL
    if not (holds and counted.spans >= LEAST_SPANS * counted.due):
        sys.exit("under the floor")
    for row in rows("train") if options.errors else ():
        one = first(find_promises(row.text, row.language))
        due = due_at(one, SAID_AT, TIMEZONE) if one else None
        if (one is not None, one.due_text if one else None, due) != (
            row.promise,
            row.due_text,
            row.due_at,
        ):
            sys.stdout.write(
                f"{row.language} {row.promise} [{row.due_text} {row.due_at}] got {one and one.due_text!r} {due}: {row.text}\n"
            )


if __name__ == "__main__":
    main()
