"""Looks for messages that training and testing share. Removes none."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.classify.evaluation import sets
from services.classify.evaluation.sets import Own
from services.classify.models.artefact import DEFAULT_PATH

_NAMES = (
    "tweeteval_sentiment",
    "tweeteval_emotion",
    "tweeteval_offensive",
    "tweeteval_irony",
    "umsab_sentiment",
    "sms_spam",
    "goemotions",
    "davidson_toxicity",
    "banking77",
    "clinc150",
)
_OURS = "brand_messages.jsonl"
_LONG = 15


def normalised(text: str) -> str:
    """Lower case, no user names, no links, words only: texts that differ in nothing a model reads."""
    plain = text.lower().replace("@user", " ").replace("http", " ")
    return re.sub(r"\W+", " ", plain).strip() or re.sub(r"\s+", "", text)


def check(folder: Path, messages: list[Own], holdout: list[Own]) -> dict[str, Any]:
    """Texts shared between what may be trained on and what is tested, set by set.

    `outdated` counts models trained on another version of our messages (must be 0); `own` our training messages that
    are also in any test split (must be 0); `near` the greatest overlap of 4-letter pieces between a test message of ours
    and a training message in its language; `umsab_english_in_tweeteval` the UMSAB English training messages that
    TweetEval tests; `published` what a source shares between its own splits (texts of 15 letters or more), which training
    has to leave out.
    """
    given = {name: sets.rows(folder, name) for name in _NAMES}
    tests = {
        name: {normalised(row["text"]) for row in rows if row["split"] == "test"}
        for name, rows in given.items()
    }
    mine = {normalised(each.text) for each in messages if each.split != "test"}
    held = {normalised(each.text) for each in messages if each.split == "test"}
    held |= {normalised(each.text) for each in holdout}
    shared = (mine & held) | {text for test in tests.values() for text in mine & test}
    english = [row for row in given["umsab_sentiment"] if row["source"] == "umsab/english"]
    old = outdated()
    return {
        "outdated": len(old),
        "outdated_models": old,
        "own": len({text for text in shared if len(text) >= _LONG}),
        "own_short": len({text for text in shared if len(text) < _LONG}),
        "near": nearest(messages),
        "umsab_english_in_tweeteval": _shared(
            (row["text"] for row in english if row["split"] == "train"),
            tests["tweeteval_sentiment"],
        ),
        "umsab_english_test_in_tweeteval": _shared(
            (row["text"] for row in english if row["split"] == "test"),
            tests["tweeteval_sentiment"],
        ),
        "published": {
            name: _shared((row["text"] for row in rows if row["split"] == "train"), tests[name])
            for name, rows in given.items()
        },
    }


def outdated(models: Path = DEFAULT_PATH.parent) -> list[str]:
    """Model cards that name another version of our messages than today's: their training may hold today's test."""
    today = hashlib.sha256((sets.TRAINING / _OURS).read_bytes()).hexdigest()
    found = []
    for card in sorted(models.glob("*.json")):
        hashes = json.loads(card.read_bytes()).get("data_sha256", {})
        if hashes.get(_OURS, today) != today:
            found.append(card.name)
    return found


def nearest(messages: list[Own]) -> float:
    """Greatest Jaccard overlap of 4-letter pieces between a test and a training message of one language."""
    best = 0.0
    for language in {each.language for each in messages}:
        sides: dict[bool, list[set[str]]] = {True: [], False: []}
        for each in messages:
            if each.language == language and len(pieces(each.text)) >= _LONG:
                sides[each.split == "test"].append(pieces(each.text))
        best = max([best, *(_closest(one, sides[False]) for one in sides[True])])
    return round(best, 3)


def pieces(text: str) -> set[str]:
    """Overlapping runs of four characters of the normalised text."""
    plain = f" {normalised(text)} "
    return {plain[place : place + 4] for place in range(len(plain) - 3)}


def _closest(one: set[str], others: list[set[str]]) -> float:
    return max((len(one & other) / len(one | other) for other in others), default=0.0)


def _shared(texts: Iterable[str], test: set[str]) -> int:
    found = {normalised(text) for text in texts}
    return sum(1 for text in found & test if len(text) >= _LONG)
