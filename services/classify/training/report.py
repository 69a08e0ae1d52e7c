"""Measures a finished model the way it runs: texts in, labels out. Chooses nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, recall_score

from contracts.messages import Head, Labels
from services.classify.domain.labels import SENTIMENT
from services.classify.models.linear import LinearModel
from services.classify.training.data import BrandMessage, Example

_BATCH = 256
_BINS = 15


def labelled(model: LinearModel, texts: Sequence[str]) -> list[Labels]:
    """Labels of many texts, a batch at a time."""
    return [
        each
        for start in range(0, len(texts), _BATCH)
        for each in model.label(texts[start : start + _BATCH])
    ]


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
    return {
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
        "urgency_accuracy": _percent(accuracy_score(*steps)),
        "urgency_mean_absolute_error": round(float(np.abs(steps[0] - steps[1]).mean()), 3),
        "urgency_3_recall": _percent(recall_score(steps[0] == 3, steps[1] == 3, zero_division=0.0)),
        "needs_human_f1": _percent(f1_score(*people)),
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
