"""The two encoders' recipes: which rows, how often, in how many pieces. Trains nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from language.encoders.spelling import spelled
from services.classify.training.accurate import sets
from services.classify.training.accurate.learning import UNKNOWN, Settings, Table
from services.classify.training.accurate.sets import Row

VALIDATION_SHARE = 0.1
"""Of our own training messages: temperatures and choices are made on them."""


@dataclass(slots=True)
class Material:
    """Rows by what they are for, and the labels of every head."""

    train: list[Row]
    val: list[Row]
    test: list[Row]
    heads: dict[str, tuple[str, ...]]


_ENGLISH = Settings(
    frozen_layers=3,
    rate=1.5e-4,
    repeats={
        "tweeteval_sentiment": 0.34, "umsab/english": 0.8, "tweeteval_emotion": 2.0, "goemotions": 0.12,
        "tweeteval_offensive": 0.5, "davidson_toxicity": 0.3, "tweeteval_irony": 2.4, "sms_spam": 0.8,
        "banking77": 0.12, "clinc150": 0.12, "own": 5.0,
    },
    head_weights={"banking77": 0.5, "clinc150": 0.5},
)  # fmt: skip
ENGLISH = (_ENGLISH,)
_BROAD = Settings(
    frozen_layers=7,
    rate=1.8e-4,
    repeats={
        "tweeteval_sentiment": 0.08, "umsab/english": 0.6, "umsab/spanish": 1.4, "umsab/portuguese": 1.4, "umsab/french": 1.2,
        "umsab/german": 1.2, "umsab/italian": 1.2, "umsab/arabic": 0.15, "umsab/hindi": 0.15, "tweeteval_emotion": 1.0,
        "goemotions": 0.12, "tweeteval_offensive": 0.2, "davidson_toxicity": 0.12, "tweeteval_irony": 0.8, "sms_spam": 0.15,
        "own": 3.0,
    },
)  # fmt: skip
OTHERS = (_BROAD,)
"""A second stage of mostly our own messages was tried: own intent 68 to 72 alone, Spanish UMSAB 61 to 58. Left out."""


def material(folder: Path, *, is_english: bool, has_research: bool = True) -> Material:
    """The rows of an encoder. The English one gets English rows and the probes, the other one all languages."""
    rows = sets.public(folder, has_research=has_research)
    heads = dict(sets.HEADS)
    ours = [_validated(row) for row in sets.own()]
    if is_english:
        more, labels = sets.probes(folder)
        rows, heads = [*rows, *more], heads | labels
        rows, ours = [[row for row in part if row.language == "en"] for part in (rows, ours)]
    rows = [*rows, *sets.without_leaks(ours)]
    used = [row for row in rows if row.labels or row.split != "train"]
    if not is_english:
        # Held-out English is the other encoder's, but for heads that no other language has rows of.
        used = [row for row in used if row.split == "train" or _is_measured(row)]
    parts = {
        split: [row for row in used if row.split == split] for split in ("train", "val", "test")
    }
    return Material(parts["train"], parts["val"], parts["test"], heads)


def table(
    rows: Sequence[Row],
    heads: Mapping[str, tuple[str, ...]],
    tokenizer: Tokenizer,
    settings: Settings,
) -> Table:
    """Rows as pieces and labels, each to be seen as often as its source says."""
    shares = settings.repeats or {}
    labels = [[row.labels.get(head, UNKNOWN) for head in heads] for row in rows]
    repeats = np.array([shares.get(row.source, 1.0) for row in rows])
    seen = _seen(rows, repeats, settings.seed)
    return Table(pieces([row.text for row in seen[0]], tokenizer, settings.longest), np.array(labels)[seen[1]], np.maximum(repeats[seen[1]], 1.0))  # fmt: skip


def pieces(texts: Sequence[str], tokenizer: Tokenizer, longest: int) -> list[NDArray[np.int64]]:
    """Numbers of the pieces of every text, its two marks included, at most `longest`."""
    known = frozenset(
        p.removeprefix("▁") for p in tokenizer.get_vocab() if len(p.removeprefix("▁")) == 1
    )
    found = tokenizer.encode_batch([spelled(text, known) for text in texts])
    return [np.array([*each.ids[: longest - 1], each.ids[-1]] if len(each.ids) > longest else each.ids) for each in found]  # fmt: skip


def _is_measured(row: Row) -> bool:
    is_only_english = row.source.startswith(("tweeteval", "sms_spam", "davidson"))
    return not is_only_english or (row.split == "val" and "sentiment" not in row.labels)


def _seen(
    rows: Sequence[Row], repeats: NDArray[np.float64], seed: int
) -> tuple[list[Row], NDArray[np.int64]]:
    """Of sources that are seen less than once, a part chosen by chance: what is not seen need not be passed."""
    chance = np.random.default_rng(seed)
    places = np.flatnonzero(chance.random(len(rows)) < repeats)
    return [rows[place] for place in places.tolist()], places


def _validated(row: Row) -> Row:
    is_held = row.split == "train" and sets.share_of(row.text) < VALIDATION_SHARE
    return Row(row.text, row.source, "val", row.language, row.labels) if is_held else row
