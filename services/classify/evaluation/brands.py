"""Figures on the project's own messages, and how far its two readers agree. Chooses no threshold on what it scores."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.classify.evaluation import confusion, probability
from services.classify.evaluation.sets import INTENT, SENTIMENT, URGENCY, Own
from services.classify.evaluation.tiers import Reader

PRECISION = 0.8
FIELDS = ("intent", "urgency", "needs_human", "sentiment")


def figures(reader: Reader, messages: Sequence[Own]) -> dict[str, Any]:
    """Intent, urgency, needs-a-human and sentiment of one split."""
    texts = [each.text for each in messages]
    intents = [head.label for head in reader.heads(texts, "intent") or []]
    counts = confusion.table([each.intent for each in messages], intents, INTENT)
    return {
        "messages": len(messages),
        "intent": {
            "figure": confusion.estimate(counts, len(INTENT), confusion.macro_f1).card(),
            "accuracy": confusion.estimate(counts, len(INTENT), confusion.accuracy).card(),
            "by_label": confusion.by_label(counts, INTENT),
            "by_language": _by_language(messages, intents),
            **_trust(reader, "intent", texts, [each.intent for each in messages]),
        },
        "urgency": _urgency(reader, messages),
        "needs_human": needs_human(reader, messages),
        "sentiment": _sentiment(reader, messages),
    }


def _trust(reader: Reader, head: str, texts: Sequence[str], true: Sequence[str]) -> dict[str, Any]:
    heads = reader.heads(texts, head) or []
    sure = np.array([each.p[each.label] for each in heads])
    is_right = np.array([each.label == right for each, right in zip(heads, true, strict=True)])
    return {
        "brier": probability.brier(true, [each.p for each in heads]),
        "calibration": probability.calibration(sure, is_right),
        "risk_coverage": probability.risk_coverage(sure, is_right),
    }


def _by_language(messages: Sequence[Own], given: Sequence[str]) -> dict[str, float]:
    found = {}
    for language in sorted({each.language for each in messages}):
        places = [i for i, each in enumerate(messages) if each.language == language]
        true = [messages[i].intent for i in places]
        counts = confusion.table(true, [given[i] for i in places], INTENT)
        found[language] = round(100 * float(confusion.macro_f1(counts, len(INTENT))), 1)
    return found


def _urgency(reader: Reader, messages: Sequence[Own]) -> dict[str, Any]:
    texts = [each.text for each in messages]
    given = [head.label for head in reader.heads(texts, "urgency") or []]
    true = [str(each.urgency) for each in messages]
    counts = confusion.table(true, given, URGENCY)
    near = confusion.estimate(counts, len(URGENCY), _within_one)
    return {
        "figure": near.card(),
        "exact": confusion.estimate(counts, len(URGENCY), confusion.accuracy).card(),
        "by_label": confusion.by_label(counts, URGENCY),
        **_trust(reader, "urgency", texts, true),
    }


def _within_one(counts: NDArray[np.float64], scored: int) -> NDArray[np.float64]:
    """Share of messages whose urgency is at most one step off."""
    steps = np.abs(np.subtract.outer(np.arange(scored), np.arange(scored))) <= 1
    inside = counts[..., :scored, :scored] * steps
    share: NDArray[np.float64] = inside.sum(axis=(-2, -1)) / counts.sum(axis=(-2, -1))
    return share


def needs_human(reader: Reader, messages: Sequence[Own]) -> dict[str, Any]:
    """Recall at the threshold that gives precision 0.8.

    The threshold of every message is chosen on the other half of the split (every second message), so
    that no message helps to judge itself; the precision really met is given beside the recall. `curve` is the
    recall where the split as a whole meets the precision.
    """
    heads = reader.heads([each.text for each in messages], "needs_human") or []
    scores = np.array([head.p["true"] for head in heads])
    is_true = np.array([each.needs_human for each in messages])
    half = np.arange(len(scores)) % 2 == 0
    is_given = np.zeros(len(scores), dtype=bool)
    for part in (half, ~half):
        limit = probability.threshold_at(scores[~part], is_true[~part], PRECISION)
        is_given[part] = scores[part] >= limit
    counts = confusion.table(_words(is_true), _words(is_given), ("true", "false"))
    limit = probability.threshold_at(scores, is_true, PRECISION)
    return {
        "figure": confusion.estimate(counts, 2, _first_recall).card(),
        "precision": round(100 * float(confusion.precisions(counts, 2)[0]), 1),
        "curve": round(100 * float((scores[is_true] >= limit).mean()), 1),
        "threshold": round(limit, 4),
    }


def _first_recall(counts: NDArray[np.float64], scored: int) -> NDArray[np.float64]:
    return confusion.recalls(counts, scored)[..., 0]


def _sentiment(reader: Reader, messages: Sequence[Own]) -> dict[str, Any]:
    known = [each for each in messages if each.sentiment is not None]
    heads = reader.heads([each.text for each in known], "sentiment") or []
    true = [str(each.sentiment) for each in known]
    counts = confusion.table(true, [head.label for head in heads], SENTIMENT)
    return {
        "figure": confusion.estimate(counts, 3, confusion.macro_f1).card(),
        "by_label": confusion.by_label(counts, SENTIMENT),
    }


def agreement(messages: Sequence[Own], second: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Cohen's kappa and plain agreement of the two readers by field, and how the second would score as a model."""
    both = [(each, second[each.id]) for each in messages if each.id in second]
    if not both:
        return {}
    found: dict[str, Any] = {"messages": len(both)}
    for name in FIELDS:
        one = [str(getattr(first, name)).lower() for first, _ in both]
        other = [str(later[name]).lower() for _, later in both]
        same = sum(a == b for a, b in zip(one, other, strict=True))
        found[name] = {
            "kappa": round(confusion.kappa(one, other), 3),
            "same": round(100 * same / len(both), 1),
        }
    test = [(first, later) for first, later in both if first.split == "test"]
    counts = confusion.table([a.intent for a, _ in test], [b["intent"] for _, b in test], INTENT)
    found["second_reader_intent_macro_f1"] = (
        confusion.estimate(counts, len(INTENT), confusion.macro_f1).card() if test else None
    )
    return found


def _words(flags: NDArray[np.bool_]) -> list[str]:
    return ["true" if flag else "false" for flag in flags]
