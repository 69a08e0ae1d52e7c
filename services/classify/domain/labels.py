"""The heads and their labels, in the order of the model's outputs. No weights, no text."""

SENTIMENT = ("negative", "neutral", "positive")
EMOTION = ("anger", "joy", "optimism", "sadness", "fear", "disappointment", "gratitude", "surprise",
           "neutral")  # fmt: skip
OFFENSIVE = ("offensive", "not_offensive")
IRONY = ("irony", "not_irony")
SPAM = ("spam", "ham")
INTENT = ("question", "complaint", "praise", "request", "purchase_intent", "spam", "abuse", "other")
URGENCY = ("0", "1", "2", "3")
NEEDS_HUMAN = ("true", "false")
LEARNED = {
    "sentiment": SENTIMENT,
    "emotion": EMOTION,
    "offensive": OFFENSIVE,
    "irony": IRONY,
    "spam": SPAM,
    "intent": INTENT,
    "urgency": URGENCY,
}
"""Heads with learned weights. Language comes from an identifier, needs_human from a rule over the others."""
RESEARCH_ONLY = ("emotion", "offensive", "irony")
"""Heads learned from sets that were released for research: a build may leave them out."""


def _spans() -> dict[str, slice]:
    spans, start = {}, 0
    for head, labels in LEARNED.items():
        width = 1 if len(labels) == 2 else len(labels)
        spans[head] = slice(start, start + width)
        start += width
    return spans


SPANS = _spans()
"""The outputs of each head. A head of two labels has one output, the first label's logit; the other's is its negative."""
OUTPUTS = SPANS["urgency"].stop
PLACE = {
    (head, label): SPANS[head].start + place
    for head, labels in LEARNED.items()
    for place, label in enumerate(labels[: SPANS[head].stop - SPANS[head].start])
}


def output(head: str, label: str) -> tuple[int, float]:
    """The output that speaks for a label, and its sign: -1 for the second label of two."""
    place = PLACE.get((head, label))
    return (place, 1.0) if place is not None else (SPANS[head].start, -1.0)
