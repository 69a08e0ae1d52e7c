"""What another model would have said of a brand's messages: counts, flips, examples, and agreement with people. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

HEADS = (
    "sentiment",
    "emotion",
    "intent",
    "urgency",
    "needs_human",
    "offensive",
    "irony",
    "spam",
    "language",
)
MODELS: Mapping[str, str] = {
    "fast": "The fast tier, as this brand reads",
    "accurate": "The accurate tier, as this brand reads",
    "fast@base": "The fast tier without vocabulary and corrections",
    "accurate@base": "The accurate tier without vocabulary and corrections",
}
MOST_EXAMPLES = 20
JobState = Literal["reading", "read", "switching", "switched", "dropped", "failed", "shadow"]


@dataclass(frozen=True, slots=True)
class Flip:
    """A message whose label would change."""

    message_id: str
    head: str
    old: str
    new: str
    text: str


@dataclass(frozen=True, slots=True)
class HeadDiff:
    """One head under both models: how often each label, how often it changed, agreement with people."""

    head: str
    old: dict[str, int]
    new: dict[str, int]
    flips: int
    corrected: int = 0
    old_right: int = 0
    new_right: int = 0


@dataclass(frozen=True, slots=True)
class JobView:
    """A job of reading a brand's messages again, or a shadow of the live ones."""

    job_id: str
    brand_id: str
    model: str
    state: JobState
    since: datetime | None
    until: datetime | None
    total: int
    read: int
    by_name: str
    created_at: datetime
    settled_at: datetime | None
    why: str
    heads: list[HeadDiff]
    examples: list[Flip]


@dataclass(slots=True)
class Tally:
    """Both models side by side, added up message by message."""

    read: int = 0
    old: dict[str, Counter[str]] = field(default_factory=dict)
    new: dict[str, Counter[str]] = field(default_factory=dict)
    flips: Counter[str] = field(default_factory=Counter)
    corrected: Counter[str] = field(default_factory=Counter)
    old_right: Counter[str] = field(default_factory=Counter)
    new_right: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, str]] = field(default_factory=list)

    def add(
        self, message_id: str, text: str, old: Mapping[str, Any], new: Mapping[str, Any],
        people: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Compare the labels of one message. `people` are the labels that people gave, by head."""
        self.read += 1
        for head in HEADS:
            before, after = label_of(old, head), label_of(new, head)
            if before is None or after is None:
                continue
            self.old.setdefault(head, Counter())[before] += 1
            self.new.setdefault(head, Counter())[after] += 1
            if head in people:
                self.corrected[head] += 1
                self.old_right[head] += before == people[head]
                self.new_right[head] += after == people[head]
            if before != after:
                self.flips[head] += 1
                if len(self.examples) < MOST_EXAMPLES:
                    told = {"message_id": message_id, "head": head, "old": before, "new": after}
                    self.examples.append({**told, "text": text[:300]})

    def document(self) -> dict[str, Any]:
        """Return the form that is stored."""
        return {
            "read": self.read,
            "old": {head: dict(count) for head, count in self.old.items()},
            "new": {head: dict(count) for head, count in self.new.items()},
            "flips": dict(self.flips), "corrected": dict(self.corrected),
            "old_right": dict(self.old_right), "new_right": dict(self.new_right),
            "examples": self.examples,
        }  # fmt: skip


def label_of(labels: Mapping[str, Any], head: str) -> str | None:
    """Return the label of a head as it is stored, or None."""
    found = labels.get(head)
    return str(found["label"]) if found else None


def added(parts: Iterable[Mapping[str, Any]]) -> tuple[int, list[HeadDiff], list[Flip]]:
    """Add up the stored parts of a job: how many were read, each head, examples."""
    read, examples = 0, []
    sums: dict[str, dict[str, Counter[str]]] = {"old": {}, "new": {}}
    counts = {name: Counter[str]() for name in ("flips", "corrected", "old_right", "new_right")}
    for part in parts:
        read += part["read"]
        for side, by_head in sums.items():
            for head, found in part[side].items():
                by_head.setdefault(head, Counter()).update(found)
        for name, counter in counts.items():
            counter.update(part[name])
        examples += [Flip(**one) for one in part["examples"]]
    heads = [
        HeadDiff(
            head, dict(sums["old"].get(head, {})), dict(sums["new"].get(head, {})),
            counts["flips"][head], counts["corrected"][head], counts["old_right"][head],
            counts["new_right"][head],
        )
        for head in HEADS if head in sums["new"]
    ]  # fmt: skip
    return read, heads, examples[:MOST_EXAMPLES]


@dataclass(frozen=True, slots=True)
class Week:
    """How a brand's messages were read in one week. `agreement` is the share of a random sample that
    people left as it was; None below ten of them."""

    week: str
    messages: int
    shares: dict[str, float]
    sampled: int
    agreement: float | None


ENOUGH_SAMPLED = 10
DROP = 0.10


def drop_of(weeks: Sequence[Week]) -> str | None:
    """Say that people agree less than before, or nothing. `weeks` are the newest first."""
    judged = [one for one in weeks if one.agreement is not None]
    if len(judged) < 2:
        return None
    newest, before = judged[0], judged[1:5]
    usual = sum(one.agreement or 0.0 for one in before) / len(before)
    assert newest.agreement is not None
    if newest.agreement >= usual - DROP:
        return None
    return (
        f"In week {newest.week} people agreed with {newest.agreement:.0%} of the sampled labels, "
        f"against {usual:.0%} before."
    )
