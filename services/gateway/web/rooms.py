"""The words and figures of the storm room: what changed, emotions, counts in order. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from services.gateway.web import wording

Words = Mapping[str, str]
CHANGES: Words = MappingProxyType({
    "hostile": "Hostile messages in the window", "hostile_authors": "People behind them",
    "messages": "All messages in the window", "expected_hostile": "Hostile ones expected",
    "severity": "Severity", "score": "Score",
})  # fmt: skip
_KINDS: Mapping[str, Words] = MappingProxyType({"network": wording.NETWORKS, "emotion": {}})


def figure(number: float) -> str:
    """Return a count whole and a measure with one digit behind the point."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.1f}"


def minutes(value: float | None) -> str:
    """Return minutes in words; `Not yet` for what did not happen."""
    if value is None:
        return "Not yet"
    whole = round(value)
    if whole < 120:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60} min" if whole < 2880 else f"{whole / 1440:.1f} days"


def signed(number: float) -> str:
    """Return a difference with its sign; a true minus, and plain words for no change."""
    rounded = round(number, 1)
    if rounded == 0:
        return "same"
    return f"+{figure(rounded)}" if rounded > 0 else f"\u2212{figure(-rounded)}"


def most(counts: Mapping[str, int], limit: int, kind: str) -> list[tuple[str, int]]:
    """Return the greatest counts by name in words, the greatest first."""
    words = _KINDS[kind]
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:limit]
    return [(words.get(key) or key.replace("_", " ").capitalize(), count) for key, count in ordered]
