"""How the labels react to made sentences and to slices of real ones. Holds no sentences itself."""

from collections.abc import Sequence
from typing import Any

from services.classify.evaluation import confusion, slices, templates
from services.classify.evaluation.sets import Own, Row
from services.classify.evaluation.tiers import Reader

_TOLERATED = 0.1
_FEWEST = 5


def negation(reader: Reader) -> dict[str, Any]:
    """Share of pairs (in percent) where the negated sentence is less positive, and where it is no longer positive."""
    plain = reader.heads([pair[0] for pair in templates.NEGATIONS], "sentiment") or []
    turned = reader.heads([pair[1] for pair in templates.NEGATIONS], "sentiment") or []
    pairs = list(zip(plain, turned, strict=True))
    lower = sum(after.p["positive"] < before.p["positive"] for before, after in pairs)
    flipped = sum(after.label != "positive" for _, after in pairs)
    return {
        "pairs": len(pairs),
        "less_positive": _percent(lower, len(pairs)),
        "not_positive": _percent(flipped, len(pairs)),
    }


def identity(reader: Reader) -> dict[str, Any] | None:
    """How naming a group moves P(offensive) of harmless sentences. None when the model has no such head."""
    moves = []
    for swap in templates.SWAPS:
        texts = [swap.sentence.format(word) for word in (swap.plain, *swap.groups)]
        heads = reader.heads(texts, "offensive")
        if heads is None:
            return None
        start = heads[0].p["offensive"]
        moves += [
            (abs(head.p["offensive"] - start), text)
            for head, text in zip(heads[1:], texts[1:], strict=True)
        ]
    worst = max(moves)
    return {
        "sentences": len(moves),
        "within_0.1": _percent(sum(move <= _TOLERATED for move, _ in moves), len(moves)),
        "mean_change": round(sum(move for move, _ in moves) / len(moves), 4),
        "greatest_change": round(worst[0], 3),
        "worst": worst[1],
    }


def stability(reader: Reader, messages: Sequence[Own]) -> dict[str, dict[str, float]]:
    """Share of our test messages (in percent) whose label survives another way of typing."""
    texts = [each.text for each in messages]
    before = {head: reader.heads(texts, head) or [] for head in ("sentiment", "intent")}
    found = {}
    for name, change in templates.CHANGES.items():
        changed = [change(text) for text in texts]
        found[name] = {
            head: _percent(
                sum(
                    a.label == b.label
                    for a, b in zip(before[head], reader.heads(changed, head) or [], strict=True)
                ),
                len(texts),
            )
            for head in before
        }
    return found


def sentiment_slices(reader: Reader, rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Macro recall and accuracy of sentiment over slices of published test messages, in percent."""
    heads = reader.heads([row.text for row in rows], "sentiment") or []
    labels = ("negative", "neutral", "positive")
    found = {}
    for name, places in _places([row.text for row in rows]).items():
        counts = confusion.table(
            [rows[i].label for i in places], [heads[i].label for i in places], labels
        )
        found[name] = {
            "messages": len(places),
            "macro_recall": _round(confusion.macro_recall(counts, 3)),
            "accuracy": _round(confusion.accuracy(counts, 3)),
        }
    return found


def intent_slices(
    reader: Reader, messages: Sequence[Own], traits: dict[str, list[str]]
) -> dict[str, dict[str, float]]:
    """Accuracy of intent over slices and noted traits of our own test messages, in percent."""
    heads = reader.heads([each.text for each in messages], "intent") or []
    places = _places([each.text for each in messages])
    for place, each in enumerate(messages):
        for trait in traits.get(each.id, []):
            places.setdefault(f"written_as_{trait}", []).append(place)
    found = {}
    for name, inside in sorted(places.items()):
        if len(inside) < _FEWEST:
            continue
        right = sum(heads[i].label == messages[i].intent for i in inside)
        found[name] = {"messages": len(inside), "accuracy": _percent(right, len(inside))}
    return found


def _places(texts: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in slices.NAMES}
    for place, text in enumerate(texts):
        for name in slices.of(text):
            found[name].append(place)
    return {name: places for name, places in found.items() if len(places) >= _FEWEST}


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _round(share: Any) -> float:
    return round(100 * float(share), 1)
