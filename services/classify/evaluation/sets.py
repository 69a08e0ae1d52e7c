"""Reads the published message sets and our own, as tasks: texts, true labels, head and official figure."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from services.classify.evaluation import confusion
from services.classify.evaluation.confusion import Figure

_T = TypeVar("_T")
TRAINING = Path(__file__).parents[1] / "training"
SENTIMENT = ("negative", "neutral", "positive")
INTENT = (
    "question",
    "complaint",
    "praise",
    "request",
    "purchase_intent",
    "spam",
    "abuse",
    "other",
)
URGENCY = ("0", "1", "2", "3")
EMOTION = (
    "anger",
    "joy",
    "optimism",
    "sadness",
    "fear",
    "disappointment",
    "gratitude",
    "surprise",
    "neutral",
)
LANGUAGES = {
    "english": "en",
    "spanish": "es",
    "portuguese": "pt",
    "french": "fr",
    "german": "de",
    "italian": "it",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One message of a set. `language` is empty where the set does not say."""

    text: str
    label: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A test split: what is asked of which head and how it is scored."""

    name: str
    head: str
    labels: tuple[str, ...]
    figure: Figure
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Own:
    """A message of the project with every label; the sentiment may be open."""

    id: str
    text: str
    language: str
    intent: str
    urgency: int
    needs_human: bool
    sentiment: str | None
    split: str


def published(folder: Path) -> list[Task]:
    """The test splits with an official figure. Raises FileNotFoundError when a set is missing."""
    given = {name: rows(folder, name) for name in ("tweeteval_sentiment", "tweeteval_emotion", "tweeteval_offensive",
                                                   "tweeteval_irony", "sms_spam", "umsab_sentiment", "davidson_toxicity")}  # fmt: skip
    tests = {
        name: [Row(each["text"], each["label"], _language(each)) for each in found if each["split"] == "test"]
        for name, found in given.items()
    }  # fmt: skip
    tasks = [
        Task("sentiment", "sentiment", SENTIMENT, confusion.macro_recall, tests["tweeteval_sentiment"]),
        Task("emotion", "emotion", EMOTION[:4], confusion.macro_f1, tests["tweeteval_emotion"]),
        Task("offensive", "offensive", ("offensive", "not_offensive"), confusion.macro_f1, tests["tweeteval_offensive"]),
        Task("irony", "irony", ("irony", "not_irony"), confusion.first_f1, tests["tweeteval_irony"]),
        Task("spam", "spam", ("spam", "ham"), confusion.first_f1, tests["sms_spam"]),
    ]  # fmt: skip
    for code in LANGUAGES.values():
        mine = [row for row in tests["umsab_sentiment"] if row.language == code]
        tasks.append(Task(f"umsab_{code}", "sentiment", SENTIMENT, confusion.macro_f1, mine))
    return [*tasks, _davidson(tests["davidson_toxicity"]), _goemotions(folder)]


def _davidson(found: list[Row]) -> Task:
    """Hate and offence against neither: the same question by other raters."""
    mine = [
        Row(row.text, "not_offensive" if row.label == "neither" else "offensive") for row in found
    ]
    return Task("davidson", "offensive", ("offensive", "not_offensive"), confusion.macro_f1, mine)


def _goemotions(folder: Path) -> Task:
    """Reddit comments with exactly one emotion that our head has under the same name."""
    mine = [
        Row(each["text"], each["label"])
        for each in rows(folder, "goemotions")
        if each["split"] == "test" and each["label"] in EMOTION
    ]
    return Task("goemotions", "emotion", EMOTION, confusion.macro_f1, mine)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of one set: text, label, split, source."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def own(name: str = "brand_messages") -> list[Own]:
    """The project's messages (`brand_messages`) or its hold-out (`holdout_messages`)."""
    found = []
    for line in (TRAINING / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        given = json.loads(line)
        wanted = {key: given[key] for key in Own.__slots__ if key != "id"}
        found.append(Own(id=identity(given["language"], given["text"]), **wanted))
    return found


def second_pass() -> dict[str, dict[str, Any]]:
    """Labels of the second reader by message id; empty where there was no second reading."""
    file = TRAINING / "brand_messages_second.jsonl"
    if not file.exists():
        return {}
    found = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {each["id"]: each for each in found}


def traits() -> dict[str, list[str]]:
    """What is noted of our messages beside the labels (irony, code_mixed ...), by id."""
    lines = (TRAINING / "brand_situations.jsonl").read_text(encoding="utf-8").splitlines()
    return {each["id"]: each["traits"] for each in map(json.loads, lines)}


def identity(language: str, text: str) -> str:
    """The id of one of our messages."""
    return hashlib.sha256(f"{language}|{text}".encode()).hexdigest()[:12]


def thinned(tasks: Sequence[Task], most: int) -> list[Task]:
    """The same tasks with at most `most` messages each, evenly spaced."""
    return [
        Task(each.name, each.head, each.labels, each.figure, evenly(each.rows, most))
        for each in tasks
    ]


def evenly(items: list[_T], most: int) -> list[_T]:
    """At most `most` items, evenly spaced over the list."""
    if len(items) <= most:
        return items
    return [items[place * len(items) // most] for place in range(most)]


def _language(row: dict[str, Any]) -> str:
    name = str(row["source"]).partition("/")[2]
    return LANGUAGES.get(name, "") if str(row["source"]).startswith("umsab/") else "en"
