"""Reads the message sets and maps their labels to our heads. Knows the sets' quirks, learns nothing."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.classify.domain.cues import EVERY, LANGUAGES
from services.classify.domain.labels import INTENT, SENTIMENT

BRAND_FILE = Path(__file__).with_name("brand_messages.jsonl")
HOLDOUT_FILE = Path(__file__).with_name("holdout_messages.jsonl")
"""Messages that no training and no choice of a setting sees."""
SENTIMENT_SETS = ("tweeteval_sentiment", "umsab_sentiment")
INTENT_SETS = ("nlupp", "banking77", "clinc150")
_UMSAB = {
    "english": "en",
    "spanish": "es",
    "portuguese": "pt",
    "french": "fr",
    "german": "de",
    "italian": "it",
}

_NLUPP = (
    ("complaint", {"wrong_notworking_notshowing", "lost_stolen"}),
    ("question", {"request_info", "how", "how_much", "when", "why", "how_long"}),
    ("request", {"change", "cancel_close_leave_freeze", "make_open_apply_setup_get_activate", "handoff", "refund",
                 "transfer_payment_deposit"}),
    ("praise", {"thank"}),
    ("other", {"greet", "end_call", "affirm", "deny", "acknowledge", "dont_know"}),
)  # fmt: skip
_TROUBLE = re.compile(
    r"charged|not_recogni|declined|failed|reverted|wrong|not_working|not_received|lost_or|compromised|swallowed|not_showing|"
    r"pending|blocked|unable|extra_charge",
    re.IGNORECASE,
)
_CLINC = {
    "praise": {"thank_you"},
    "other": {"greeting", "goodbye", "tell_joke", "fun_fact", "yes", "no", "maybe", "roll_dice", "flip_coin", "are_you_a_bot",
              "what_are_your_hobbies", "meaning_of_life", "do_you_have_pets", "how_old_are_you", "play_music", "whisper_mode"},
    "complaint": {"report_fraud", "lost_luggage", "damaged_card", "card_declined", "account_blocked"},
    "request": {"cancel_reservation", "freeze_account", "replacement_card_duration", "pin_change", "cancel", "book_hotel",
                "order_checks", "redeem_rewards", "restaurant_reservation", "schedule_maintenance"},
    "question": {"restaurant_reviews", "ingredients_list", "accept_reservations", "order_status", "carry_on", "how_busy",
                 "nutrition_info", "calories", "exchange_rate", "gas_type", "plug_type", "international_fees", "flight_status"},
}  # fmt: skip


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


def weak_intents(folder: Path) -> list[Example]:
    """English sets about other things, mapped loosely to our intents; only their training splits."""
    english = 1 << LANGUAGES.index("en")
    found = []
    for name in INTENT_SETS:
        for row in _rows(folder, name):
            intent = _weak_intent(name, row["label"], row["text"])
            if row["split"] == "train" and intent and _kept(row["text"], name):
                found.append(Example(row["text"], INTENT.index(intent), "train", name, english))
    return found


def chatter(sentiments: Iterable[Example]) -> list[Example]:
    """Neutral tweets that ask nothing: what a brand need not answer. From UMSAB's validation split."""
    other, neutral = INTENT.index("other"), SENTIMENT.index("neutral")
    return [
        Example(each.text, other, "train", "chatter", each.languages)
        for each in sentiments
        if each.split == "val" and each.source.startswith("umsab") and each.label == neutral and "?" not in each.text
        and each.languages != EVERY
    ]  # fmt: skip


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file the training or its report reads."""
    files = [folder / f"{name}.jsonl.gz" for name in (*SENTIMENT_SETS, *INTENT_SETS)]
    return {file.name: file_hash(file) for file in (*files, BRAND_FILE, HOLDOUT_FILE)}


def file_hash(file: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def split_of(text: str) -> str:
    """`test` for about a third of our messages, by a hash of the text alone."""
    return (
        "test"
        if int(hashlib.sha256(text.lower().encode()).hexdigest()[:8], 16) % 9 < 3
        else "train"
    )


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


def _kept(text: str, name: str) -> bool:
    """A fixed share of the bigger sets: banking and assistants must not outweigh what people write to brands."""
    share = {"nlupp": 100, "banking77": 20, "clinc150": 40}[name]
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 100 < share


def _weak_intent(name: str, label: str, text: str) -> str | None:
    if name == "nlupp":
        pieces = set(label.split("|"))
        return next((intent for intent, known in _NLUPP if pieces & known), None)
    if name == "clinc150":
        return next((intent for intent, known in _CLINC.items() if label in known), None)
    if _TROUBLE.search(label):
        return None if "?" in text else "complaint"
    return "question" if "?" in text else None
