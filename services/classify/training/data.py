"""Reads the message sets and maps their labels to our heads. Knows the sets' quirks, learns nothing."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.classify.domain.cues import EVERY, LANGUAGES
from services.classify.domain.labels import SENTIMENT

BRAND_FILE = Path(__file__).with_name("brand_messages.jsonl")
SITUATIONS_FILE = Path(__file__).with_name("brand_situations.jsonl")
HOLDOUT_FILE = Path(__file__).with_name("holdout_messages.jsonl")
"""Messages that no training and no choice of a setting sees."""
SENTIMENT_SETS = ("tweeteval_sentiment", "umsab_sentiment")
_UMSAB = {
    "english": "en",
    "spanish": "es",
    "portuguese": "pt",
    "french": "fr",
    "german": "de",
    "italian": "it",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A message with what is known of it; `label` is the place of the label in its head."""

    text: str
    label: int
    split: str
    source: str
    languages: int = EVERY


@dataclass(frozen=True, slots=True)
class BrandMessage:
    """A message the project wrote, with every head; the sentiment may be left open."""

    text: str
    language: str
    intent: str
    urgency: int
    needs_human: bool
    sentiment: str | None
    split: str

    @property
    def languages(self) -> int:
        """Bit mask of the message's language, for the cue words."""
        return 1 << LANGUAGES.index(self.language)


def brand_messages(path: Path = BRAND_FILE) -> list[BrandMessage]:
    """The project's own messages."""
    with path.open(encoding="utf-8") as lines:
        return [BrandMessage(**json.loads(line)) for line in lines]


def sentiment_examples(folder: Path) -> list[Example]:
    """TweetEval and UMSAB, without training messages that are also in a validation or test split."""
    rows = [row for name in SENTIMENT_SETS for row in _rows(folder, name)]
    held_out = {_plain(row["text"]) for row in rows if row["split"] != "train"}
    found = []
    for row in rows:
        if row["split"] == "train" and _plain(row["text"]) in held_out:
            continue
        label = SENTIMENT.index(row["label"])
        found.append(Example(row["text"], label, row["split"], row["source"], _mask(row["source"])))
    return found


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file the training or its report reads."""
    files = [folder / f"{name}.jsonl.gz" for name in SENTIMENT_SETS]
    return {file.name: file_hash(file) for file in (*files, BRAND_FILE, HOLDOUT_FILE)}


def identity(language: str, text: str) -> str:
    """What a message of ours is called in the list of situations."""
    return hashlib.sha256(f"{language}|{text}".encode()).hexdigest()[:12]


def file_hash(file: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower().replace("@user", "").replace("http", "")).strip()


def _mask(source: str) -> int:
    name = source.partition("/")[2]
    if not source.startswith("umsab"):
        return 1 << LANGUAGES.index("en")
    return 1 << LANGUAGES.index(_UMSAB[name]) if name in _UMSAB else EVERY
