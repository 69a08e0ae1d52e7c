"""The heads and their labels, in the order of the model's outputs. No weights, no text."""

SENTIMENT = ("negative", "neutral", "positive")
INTENT = ("question", "complaint", "praise", "request", "other")
URGENCY = ("0", "1", "2", "3")
NEEDS_HUMAN = ("true", "false")
LEARNED = {"sentiment": SENTIMENT, "intent": INTENT, "urgency": URGENCY}
"""Heads with learned weights. Language comes from an identifier, needs_human from a rule over the others."""

SPANS = {"sentiment": slice(0, 3), "intent": slice(3, 8), "urgency": slice(8, 12)}
OUTPUTS = 12
PLACE = {
    (head, label): SPANS[head].start + place
    for head, labels in LEARNED.items()
    for place, label in enumerate(labels)
}


def distribution(labels: tuple[str, ...], values: list[float]) -> dict[str, float]:
    """Probabilities by label, rounded to 4 places and still summing to 1: the highest takes the rest."""
    rounded = [round(value, 4) for value in values]
    top = max(range(len(values)), key=values.__getitem__)
    rounded[top] = round(1.0 - (sum(rounded) - rounded[top]), 4)
    return dict(zip(labels, rounded, strict=True))
