"""Tells every part of every head's logit of one text. Adds nothing of its own: the parts come from the model."""

import math
from typing import Any

from contracts.messages import Labels
from services.classify.domain.labels import output
from services.classify.models.linear import LinearModel, human_points

_LEAST = 1e-6


def told(
    model: LinearModel, text: str, labels: Labels, languages: list[str] | None = None
) -> dict[str, dict[str, Any]]:
    """For each head the parts of its label's logit: `contributions` by span, `rules` by name, `intercept`; they add up
    to `logit`. Probabilities are the softmax of the logits over `temperature`. Two heads are no linear model:
    `needs_human` adds up points, `language` is an identifier's log odds.
    """
    parts = model.explain(text, languages)
    read = model.read([text], [languages])[0]
    found = {}
    for name in model.heads:
        label = getattr(labels, name).label
        place, sign = output(name, label)
        rules = {rule.name: sign * rule.adds[key] for rule in read.rules for key in rule.adds
                 if key[0] == name and output(*key)[0] == place}  # fmt: skip
        found[name] = {
            "logit": sign * float(parts.logits[place]),
            "intercept": sign * float(parts.intercept[place]),
            "rules": rules,
            "contributions": [
                {"start": start, "end": end, "text": read.text[start:end], "weight": sign * weight}
                for (start, end), weight in zip(parts.spans, parts.words[:, place].tolist(), strict=True)
                if abs(weight) > _LEAST
            ],
            "temperature": model.temperature(name, read.spoken),
        }  # fmt: skip
    return {**found, "needs_human": _of_points(labels, human_points(dict(labels), labels.rules)), "language": _of_share(labels)}  # fmt: skip


def _of_points(labels: Labels, points: dict[str, float]) -> dict[str, Any]:
    sign = 1.0 if labels.needs_human.label == "true" else -1.0
    start = points.pop("start", 0.0)
    return {
        "logit": sign * (start + sum(points.values())),
        "intercept": sign * start,
        "rules": {name: sign * amount for name, amount in points.items()},
        "contributions": [],
        "temperature": 1.0,
    }


def _of_share(labels: Labels) -> dict[str, Any]:
    share = min(max(labels.language.p[labels.language.label], 1e-4), 1.0 - 1e-4)
    odds = math.log(share / (1.0 - share))
    return {"logit": odds, "intercept": 0.0, "rules": {"identifier": odds}, "contributions": [], "temperature": 1.0}  # fmt: skip
