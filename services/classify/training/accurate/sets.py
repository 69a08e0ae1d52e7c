"""Reads the message sets as rows with the labels of several heads. Learns nothing, weighs nothing but sets."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BRAND_FILE = Path(__file__).parents[1] / "brand_messages.jsonl"
HEADS: dict[str, tuple[str, ...]] = {
    "sentiment": ("negative", "neutral", "positive"),
    "emotion": ("anger", "joy", "optimism", "sadness", "fear", "disappointment", "gratitude", "surprise", "neutral"),
    "offensive": ("offensive", "not_offensive"),
    "irony": ("irony", "not_irony"),
    "spam": ("spam", "ham"),
    "intent": ("question", "complaint", "praise", "request", "purchase_intent", "spam", "abuse", "other"),
    "urgency": ("0", "1", "2", "3"),
}  # fmt: skip
RESEARCH_ONLY = ("tweeteval_emotion", "tweeteval_offensive", "tweeteval_irony")
"""Sets released for research without a standard licence."""
PROBES = ("banking77", "clinc150")
"""Sets with labels of their own: heads that only measure how well the encoder tells intents apart."""
UMSAB = {
    "english": "en", "spanish": "es", "portuguese": "pt", "french": "fr", "german": "de", "italian": "it",
    "arabic": "ar", "hindi": "hi",
}  # fmt: skip
_PUBLIC = {
    "tweeteval_sentiment": "sentiment",
    "umsab_sentiment": "sentiment",
    "tweeteval_emotion": "emotion",
    "tweeteval_offensive": "offensive",
    "tweeteval_irony": "irony",
    "sms_spam": "spam",
}
_FEELINGS = {
    "anger": "anger", "annoyance": "anger", "disgust": "anger", "joy": "joy", "amusement": "joy",
    "excitement": "joy", "love": "joy", "optimism": "optimism", "sadness": "sadness", "grief": "sadness",
    "remorse": "sadness", "fear": "fear", "nervousness": "fear", "disappointment": "disappointment",
    "gratitude": "gratitude", "surprise": "surprise", "neutral": "neutral",
}  # fmt: skip
_NEUTRAL_SHARE = 0.35
"""Of GoEmotions' neutral messages: there are far more of them than of any feeling."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message and the places of its labels, by head; a head that is not named is unknown."""

    text: str
    source: str
    split: str
    language: str
    labels: dict[str, int] = field(default_factory=dict)


def read(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The lines of one set as they are."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def public(folder: Path, *, has_research: bool = True) -> list[Row]:
    """Rows of the public sets: training rows that a validation or test split shares are left out."""
    names = [name for name in _PUBLIC if has_research or name not in RESEARCH_ONLY]
    rows = [row for name in names for row in _labelled(folder, name)]
    rows += _feelings(folder)
    if not has_research:
        rows += _slurs(folder)
    return without_leaks(rows)


def probes(folder: Path) -> tuple[list[Row], dict[str, tuple[str, ...]]]:
    """Rows of the intent sets with many labels of their own, and those labels by set."""
    heads, rows = {}, []
    for name in PROBES:
        lines = list(read(folder, name))
        heads[name] = tuple(sorted({line["label"] for line in lines if line["label"] != "oos"}))
        rows += [
            Row(line["text"], name, line["split"], "en", {name: heads[name].index(line["label"])} if line["label"] != "oos" else {})
            for line in lines
        ]  # fmt: skip
    return without_leaks(rows), heads


def own(path: Path = BRAND_FILE) -> list[Row]:
    """The project's own messages; what they say of emotion, offence and spam follows from their intent."""
    with path.open(encoding="utf-8") as lines:
        return [_own(json.loads(line)) for line in lines]


def without_leaks(rows: Iterable[Row]) -> list[Row]:
    """The rows, less the training rows whose words are also in a validation or test split of any set here."""
    kept = list(rows)
    held_out = {plain(row.text) for row in kept if row.split != "train"}
    return [row for row in kept if row.split != "train" or plain(row.text) not in held_out]


def plain(text: str) -> str:
    """The words of a text alone, for finding copies."""
    return re.sub(r"\W+", " ", text.lower().replace("@user", "").replace("http", "")).strip()


def hashes(folder: Path, rows: Iterable[Row]) -> dict[str, str]:
    """SHA-256 of every file that these rows came from."""
    names = {"umsab_sentiment" if row.source.startswith("umsab/") else row.source for row in rows}
    files = [folder / f"{name}.jsonl.gz" for name in sorted(names - {"own"})]
    if "own" in names:
        files.append(BRAND_FILE)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _labelled(folder: Path, name: str) -> Iterator[Row]:
    head = _PUBLIC[name]
    for line in read(folder, name):
        source = line["source"] if name == "umsab_sentiment" else name
        language = UMSAB[source.partition("/")[2]] if name == "umsab_sentiment" else "en"
        yield Row(line["text"], source, line["split"], language, {head: HEADS[head].index(line["label"])})  # fmt: skip


def _feelings(folder: Path) -> Iterator[Row]:
    """GoEmotions where all its labels mean one of our feelings, a part of the neutral ones."""
    for line in read(folder, "goemotions"):
        found = {_FEELINGS.get(label) for label in line["label"].split("|")}
        feeling = found.pop() if len(found) == 1 else None
        is_spare = feeling == "neutral" and share_of(line["text"]) > _NEUTRAL_SHARE
        if feeling and not (is_spare and line["split"] == "train"):
            yield Row(line["text"], "goemotions", line["split"], "en", {"emotion": HEADS["emotion"].index(feeling)})  # fmt: skip


def _slurs(folder: Path) -> Iterator[Row]:
    """Where the research-only sets are left out, offence is learned from a set under the MIT licence."""
    for line in read(folder, "davidson_toxicity"):
        label = "not_offensive" if line["label"] == "neither" else "offensive"
        yield Row(line["text"], "davidson_toxicity", line["split"], "en", {"offensive": HEADS["offensive"].index(label)})  # fmt: skip


def _own(line: dict[str, Any]) -> Row:
    intent, tone = line["intent"], line["sentiment"]
    names = {"intent": intent, "urgency": str(line["urgency"])}
    if tone:
        names["sentiment"] = tone
    if tone == "neutral" and intent in ("question", "request", "purchase_intent", "other"):
        names["emotion"] = "neutral"
    if intent in ("spam", "abuse"):
        names["spam"] = "spam" if intent == "spam" else "ham"
        names["offensive"] = "offensive" if intent == "abuse" else "not_offensive"
    else:
        names["spam"] = "ham"
        if intent in ("praise", "question", "purchase_intent"):
            names["offensive"] = "not_offensive"
    names |= {
        head: line[head] for head in ("emotion", "offensive", "irony", "spam") if line.get(head)
    }
    labels = {head: HEADS[head].index(name) for head, name in names.items()}
    return Row(line["text"], "own", line["split"], line["language"], labels)


def share_of(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 0x1_0000_0000
