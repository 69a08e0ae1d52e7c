"""Why a brand is in its state: numbers first, and the one sentence that tells them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

from services.classify.domain.storms.detector import Reading

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
# Fewer people per message than this, and a few accounts write most of it.
_BOTS = 0.5
_MANY = 5.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """The numbers of the sentence; shares are 0..1, times in minutes, messages rounded."""

    since_at: datetime
    minutes: int
    hostile: int
    people: int
    expected: float
    excess_share: float
    usual_share: float
    doubling_min: float
    fastest_min: float
    slowest_min: float
    people_per_message: float
    next_low: int
    next_high: int
    topic: str | None = None

    @property
    def is_few_accounts(self) -> bool:
        """Say whether a few accounts write most of it."""
        return self.people_per_message < _BOTS


def explain(now: Reading, since_s: float | None = None, topic: str | None = None) -> Explanation:
    """The numbers of a reading; since_s is when the watch began."""
    since = now.t if since_s is None else since_s
    return Explanation(
        since_at=_MONDAY + timedelta(seconds=since),
        minutes=60,
        hostile=round(now.hostile),
        people=round(now.hostile * now.people_per_message),
        expected=now.hostile_expected,
        excess_share=now.excess_share,
        usual_share=now.usual_share,
        doubling_min=now.growth.doubling_min,
        fastest_min=now.growth.fastest_min,
        slowest_min=now.growth.slowest_min,
        people_per_message=now.people_per_message,
        next_low=now.forecast.low,
        next_high=now.forecast.high,
        topic=topic,
    )


def sentence(told: Explanation) -> str:
    """The explanation in English."""
    wide = f"{told.expected:.1f}" if told.expected < _MANY * 2 else f"{told.expected:.0f}"
    parts = [
        (
            f"Since {told.since_at:%H:%M} UTC: {told.hostile} hostile messages by about {told.people} "
            f"people in {told.minutes} min, {wide} expected"
        ),
        f"{told.excess_share:.0%} of the extra messages are hostile (usual {told.usual_share:.0%})",
    ]
    if told.topic:
        parts.append(f'topic "{told.topic}"')
    if told.doubling_min < inf and told.fastest_min < inf:
        parts.append(_growth(told))
    parts.append(f"next 2 h: {told.next_low} to {told.next_high} hostile messages")
    who = "a few accounts write most of it" if told.is_few_accounts else "not a few accounts"
    parts.append(f"{who} ({told.people_per_message:.2f} people per message)")
    return "; ".join(parts) + "."


def _growth(told: Explanation) -> str:
    slow = f"{told.slowest_min:.0f} min" if told.slowest_min < inf else "not growing"
    return f"doubling every {told.doubling_min:.0f} min ({told.fastest_min:.0f} min to {slow})"
