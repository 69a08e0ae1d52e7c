"""The order of the inbox: one number from a message's labels."""

from contracts.messages import Labels


def priority(labels: Labels | None) -> int:
    """0 (can wait) to 100 (first).

    Urgency leads: 20 points a step of its expected value (0..60). Then up to 15 for P(complaint), 10 for
    P(negative) and 15 for P(needs a human). A message without labels has nothing to answer: 0.
    """
    if labels is None:
        return 0
    expected = sum(int(step) * share for step, share in labels.urgency.p.items())
    points = 20.0 * expected
    points += 15.0 * labels.intent.p.get("complaint", 0.0)
    points += 10.0 * labels.sentiment.p.get("negative", 0.0)
    points += 15.0 * labels.needs_human.p.get("true", 0.0)
    return max(0, min(100, round(points)))
