"""Measures a finished model the way it runs: texts in, labels out. Chooses nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from contracts.messages import Head, Labels
from services.classify.domain.labels import LEARNED, RESEARCH_ONLY, SENTIMENT
from services.classify.models.linear import LinearModel
from services.classify.training import data
from services.classify.training.accurate import sets
from services.classify.training.data import BrandMessage, Example

_BATCH = 256
_BINS = 15
TASKS = {
    "emotion": "tweeteval_emotion",
    "offensive": "tweeteval_offensive",
    "irony": "tweeteval_irony",
    "spam": "sms_spam",
}


def labelled(model: LinearModel, texts: Sequence[str]) -> list[Labels]:
    """Labels of many texts, a batch at a time."""
    return [
        each
        for start in range(0, len(texts), _BATCH)
        for each in model.label(texts[start : start + _BATCH])
    ]


def figures(model: LinearModel, folder: Path, *, has_research: bool) -> dict[str, Any]:
    """Every figure of the card, from the test splits."""
    found = {
        "sentiment": sentiment_figures(model, data.sentiment_examples(folder)),
        "brand_messages": brand_figures(model, data.brand_messages()),
        "holdout_messages": brand_figures(model, data.brand_messages(data.HOLDOUT_FILE), "holdout"),
    }
    for head, name in TASKS.items():
        if has_research or head not in RESEARCH_ONLY:
            found[name] = task_figures(model, folder, head, name)
    return found


def task_figures(
    model: LinearModel, folder: Path, head: str, name: str, split: str = "test"
) -> dict[str, Any]:
    """Figures of a public set of one head in percent: its own labels count, whatever else the head can say."""
    rows = [row for row in sets.read(folder, name) if row["split"] == split]
    heads: list[Head] = [
        getattr(each, head) for each in labelled(model, [row["text"] for row in rows])
    ]
    truth, said = [row["label"] for row in rows], [each.label for each in heads]
    known = [label for label in LEARNED[head] if label in set(truth)]
    right = np.array([true == got for true, got in zip(truth, said, strict=True)])
    return {
        "macro_f1": _percent(f1_score(truth, said, labels=known, average="macro", zero_division=0.0)),
        "f1_of_first": _percent(f1_score(truth, said, labels=[LEARNED[head][0]], average="macro")),
        "accuracy": _percent(right.mean()),
        "calibration_error": calibration_error(heads, right),
        "surest_70_macro_f1": _percent(_surest(heads, truth, known)),
    }  # fmt: skip


def _surest(heads: Sequence[Head], truth: Sequence[str], known: Sequence[str]) -> float:
    """Macro F1 over the 70 % of answers with the highest probability."""
    order = sorted(range(len(heads)), key=lambda place: -heads[place].p[heads[place].label])
    kept = order[: round(0.7 * len(order))]
    return float(f1_score([truth[p] for p in kept], [heads[p].label for p in kept], labels=known,
                          average="macro", zero_division=0.0))  # fmt: skip


def sentiment_figures(model: LinearModel, examples: Sequence[Example]) -> dict[str, Any]:
    """TEST figures in percent: TweetEval macro recall, UMSAB macro F1 by language, calibration error of both."""
    test = [each for each in examples if each.split == "test"]
    heads = [labels.sentiment for labels in labelled(model, [each.text for each in test])]
    truth = np.array([each.label for each in test])
    found = np.array([SENTIMENT.index(head.label) for head in heads])
    source = np.array([each.source for each in test])
    is_umsab = np.array([each.source.startswith("umsab/") for each in test])
    by_language = {
        str(name).removeprefix("umsab/"): _percent(
            f1_score(truth[source == name], found[source == name], average="macro")
        )
        for name in sorted(set(source[is_umsab]))
    }
    ours = [
        by_language[name]
        for name in ("english", "spanish", "portuguese", "french", "german", "italian")
    ]
    tweets = ~is_umsab
    sure = np.array([head.p[head.label] for head in heads])
    surest = tweets & (sure >= np.quantile(sure[tweets], 0.3))
    return {
        "tweeteval_surest_70_macro_recall": _percent(recall_score(truth[surest], found[surest], average="macro")),
        "tweeteval_macro_recall": _percent(recall_score(truth[tweets], found[tweets], average="macro")),
        "umsab_macro_f1": by_language,
        "umsab_macro_f1_mean_of_six": round(sum(ours) / len(ours), 1),
        "umsab_macro_f1_mean_of_eight": round(sum(by_language.values()) / len(by_language), 1),
        "tweeteval_calibration_error": calibration_error([h for h, t in zip(heads, tweets, strict=True) if t],
                                                         (truth == found)[tweets]),
        "umsab_calibration_error": calibration_error([h for h, t in zip(heads, tweets, strict=True) if not t],
                                                     (truth == found)[is_umsab]),
    }  # fmt: skip


def brand_figures(
    model: LinearModel, messages: Sequence[BrandMessage], split: str = "test"
) -> dict[str, Any]:
    """Figures of one split of the project's own messages, over all and by language."""
    test = [each for each in messages if each.split == split]
    found = labelled(model, [each.text for each in test])
    figures = _brand(test, found)
    figures["by_language"] = {
        language: _brand(*_of_language(test, found, language))
        for language in sorted({each.language for each in test})
    }
    for head, truth in (
        ("intent", [m.intent for m in test]),
        ("urgency", [str(m.urgency) for m in test]),
    ):
        heads: list[Head] = [getattr(labels, head) for labels in found]
        right = np.array([each.label == true for each, true in zip(heads, truth, strict=True)])
        figures[f"{head}_calibration_error"] = calibration_error(heads, right)
    return figures


def _of_language(
    messages: Sequence[BrandMessage], found: Sequence[Labels], language: str
) -> tuple[list[BrandMessage], list[Labels]]:
    places = [place for place, each in enumerate(messages) if each.language == language]
    return [messages[place] for place in places], [found[place] for place in places]


def _brand(messages: Sequence[BrandMessage], found: Sequence[Labels]) -> dict[str, Any]:
    intents = [m.intent for m in messages], [labels.intent.label for labels in found]
    steps = (
        np.array([m.urgency for m in messages]),
        np.array([int(labels.urgency.label) for labels in found]),
    )
    people = (
        [m.needs_human for m in messages],
        [labels.needs_human.label == "true" for labels in found],
    )
    tones = [
        (m.sentiment, labels.sentiment.label)
        for m, labels in zip(messages, found, strict=True)
        if m.sentiment
    ]
    spoken = [
        labels.language.label == m.language for m, labels in zip(messages, found, strict=True)
    ]
    return {
        "messages": len(messages),
        "intent_macro_f1": _percent(f1_score(*intents, average="macro")),
        "urgency_within_one_step": _percent((np.abs(steps[0] - steps[1]) <= 1).mean()),
        "urgency_accuracy": _percent(accuracy_score(*steps)),
        "urgency_mean_absolute_error": round(float(np.abs(steps[0] - steps[1]).mean()), 3),
        "urgency_3_recall": _percent(recall_score(steps[0] == 3, steps[1] == 3, zero_division=0.0)),
        "needs_human_f1": _percent(f1_score(*people)),
        "needs_human_recall": _percent(recall_score(*people)),
        "needs_human_precision": _percent(precision_score(*people)),
        "sentiment_macro_f1": _percent(
            f1_score([true for true, _ in tones], [got for _, got in tones], average="macro")
        ),
        "language_accuracy": _percent(np.mean(spoken)),
    }


def calibration_error(heads: Sequence[Head], right: NDArray[np.bool_]) -> float:
    """Expected calibration error of the answers' probabilities, 15 equal bins, 0 to 1."""
    sure = np.array([head.p[head.label] for head in heads])
    places = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(right[places == b].mean() - sure[places == b].mean()) * (places == b).mean()
        for b in set(places.tolist())
    ]
    return round(float(sum(gaps)), 4)


def _percent(value: Any) -> float:
    return round(100.0 * float(value), 1)
