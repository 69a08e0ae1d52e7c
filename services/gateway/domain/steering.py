"""What a person may say about a brand's storm state, and for how long. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from contracts.storms import Steer

LONGEST_NOTE = 500
LONGEST_SNOOZE = timedelta(days=7)
LONGEST_EXPECT = timedelta(days=60)
_AGENTS: frozenset[Steer] = frozenset({"raise"})
LONGEST_UNTIL: Mapping[Steer, timedelta] = MappingProxyType(
    {"snooze": LONGEST_SNOOZE, "expect": LONGEST_EXPECT}
)
_WORDS: Mapping[Steer, str] = MappingProxyType({
    "raise": "Says that it is a storm", "end": "Says that it is over",
    "snooze": "Wants no alarm for a while", "expect": "Expects more messages than usual",
    "confirm": "It was a storm", "reject": "It was a false alarm",
})  # fmt: skip


def is_led(steer: Steer) -> bool:
    """Say whether it takes an owner or lead. Raising an alarm is everybody's who answers."""
    return steer not in _AGENTS


def steer_words(steer: Steer, note: str) -> str:
    """Return the log's sentence."""
    return f"{_WORDS[steer]}: {note}" if note else f"{_WORDS[steer]}."
