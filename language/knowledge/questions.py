"""Our own questions to invented brands, from data/: what is asked, in which language, and what answers it."""

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from contracts.knowledge import Entry
from language.knowledge.lists import read_lists

DATA = Path(str(resources.files("language.knowledge").joinpath("data")))


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a brand. `answers` are the ids of the entries that answer it; empty: the brand does not know."""

    part: str
    brand: str
    language: str
    text: str
    answers: frozenset[str]


def read_questions(part: str) -> list[Question]:
    """Return the questions of one part: `dev` or `test`."""
    lines = (DATA / "questions.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    return [
        Question(
            one["part"], one["brand"], one["language"], one["question"], frozenset(one["facts"])
        )
        for one in told
        if one["part"] == part
    ]


def read_brands() -> dict[str, list[Entry]]:
    """Return the entries of every invented brand."""
    return read_lists(DATA / "brands")
