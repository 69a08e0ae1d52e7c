"""Which messages are worth the accurate tier, and how many it may read. No model, no clock of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LEAST_WORTH = 0.05
"""Below it a second reading changes nothing: the fast tier is sure."""
_STAKES = {
    ("urgency", "2"): 1.0, ("urgency", "3"): 2.0, ("intent", "complaint"): 0.5, ("intent", "abuse"): 0.5,
    ("intent", "purchase_intent"): 0.5, ("intent", "question"): 0.2, ("intent", "request"): 0.2,
    ("sentiment", "negative"): 0.5,
}  # fmt: skip
"""What it costs to get a message wrong, by what it may be; 1 is what any message costs."""
_HEADS = ("sentiment", "intent", "urgency")
Shares = Mapping[str, Mapping[str, float]]


@dataclass(slots=True)
class Bucket:
    """Messages that may be read slowly: `per_s` flow in, at most `most` wait. 0 a second is off."""

    per_s: float
    most: float
    level: float = 0.0
    filled_at: float | None = None

    def take(self, wanted: int, now: float) -> int:
        """How many of the wanted there are, taken out. `now` in seconds of any clock that does not go back."""
        if self.filled_at is None:
            self.level = self.most
        else:
            self.level = min(self.most, self.level + max(0.0, now - self.filled_at) * self.per_s)
        self.filled_at = now
        given = min(wanted, int(self.level))
        self.level -= given
        return given

    def give_back(self, unspent: int) -> None:
        """Put back what was taken and not used."""
        self.level = min(self.most, self.level + unspent)


def worth(shares: Shares) -> float:
    """Doubt times stakes of a message, from the probabilities of its heads: 0 (sure) and up."""
    doubt = sum(_doubt(shares[head]) for head in _HEADS) / len(_HEADS)
    stakes = 1.0 + sum(
        weight * shares[head].get(label, 0.0) for (head, label), weight in _STAKES.items()
    )
    return doubt * stakes


def chosen(worths: Sequence[float], most: int) -> list[int]:
    """Places of at most `most` messages that are worth it, the worthiest first, the earlier of two equals."""
    worthy = [place for place, value in enumerate(worths) if value >= _LEAST_WORTH]
    return sorted(worthy, key=lambda place: -worths[place])[:most]


def _doubt(shares: Mapping[str, float]) -> float:
    """0 to 1: what the second likeliest label leaves the likeliest."""
    ordered = sorted(shares.values(), reverse=True)
    return 1.0 - (ordered[0] - ordered[1]) if len(ordered) > 1 else 0.0
