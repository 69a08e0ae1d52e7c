"""What brands promised in their answers: when to warn, and whether it was kept, told in time or broken. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

PromiseState = Literal["open", "kept", "told", "broken", "dropped"]
PromiseAct = Literal["kept", "told", "dropped", "done"]
STATES: tuple[PromiseState, ...] = ("open", "broken", "kept", "told", "dropped")
ACTS: dict[PromiseAct, frozenset[str]] = {
    "kept": frozenset({"open"}),
    "told": frozenset({"open"}),
    "dropped": frozenset({"open", "broken"}),
    "done": frozenset({"broken"}),
}
"""What a person may say of a promise, and in which states: done is a broken one that was made good."""
WARNED_SHARE = 0.25
LONGEST_WARNING = timedelta(hours=2)
SHORTEST_WARNING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PromiseView:
    """One promise. told: we wrote in time that it takes longer; dropped: it was none.

    `is_pressing`: it is open and will soon be broken. `is_done`: it was broken and made good since.
    """

    promise_id: str
    brand_id: str
    message_id: str
    thread_id: str
    network: str
    text: str
    due_text: str | None
    due_at: datetime | None
    state: PromiseState
    said_by: str
    made_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    is_pressing: bool = False
    is_done: bool = False

    @property
    def may(self) -> list[PromiseAct]:
        """What a person may say of it now."""
        return [act for act, states in ACTS.items() if self.state in states and not self.is_done]


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    """How a brand keeps its word; what was dropped is not counted."""

    brand_id: str
    open: int = 0
    pressing: int = 0
    kept: int = 0
    told: int = 0
    broken: int = 0
    undone: int = 0


@dataclass(frozen=True, slots=True)
class PromiseBook:
    """Promises, the most pressing first, and how each brand keeps its word."""

    promises: list[PromiseView]
    counts: list[PromiseCounts]


@dataclass(frozen=True, slots=True)
class Answer:
    """A later answer of ours to the same person."""

    reply_id: str
    at: datetime


def warns_at(made_at: datetime, due_at: datetime | None) -> datetime | None:
    """Return when to warn: a quarter of the time before, two hours at most, fifteen minutes at least."""
    if due_at is None:
        return None
    early = min((due_at - made_at) * WARNED_SHARE, LONGEST_WARNING)
    return due_at - max(early, SHORTEST_WARNING)


def settled(
    promise: Mapping[str, Any], answers: Sequence[Answer], promising: frozenset[str], now: datetime
) -> tuple[PromiseState, datetime | None]:
    """Return what became of a promise and when.

    The first later answer settles it: it keeps the promise, or, where it holds a new one, tells in time that it
    takes longer. `promising` are the answers that promise something. What a person said stands.
    """
    if promise.get("settled_by"):
        return promise["state"], promise["settled_at"]
    due_at: datetime | None = promise.get("due_at")
    later = [
        one
        for one in answers
        if one.at > promise["made_at"] and one.reply_id != promise["reply_id"]
    ]
    first = min(later, key=lambda one: one.at, default=None)
    if first is not None and (due_at is None or first.at <= due_at):
        return ("told" if first.reply_id in promising else "kept"), first.at
    if due_at is not None and due_at <= now:
        return "broken", due_at
    return "open", None


def view_of(found: Mapping[str, Any], now: datetime) -> PromiseView:
    """Return a stored promise as it is shown."""
    warn_at = found.get("warn_at")
    return PromiseView(
        promise_id=found["_id"],
        brand_id=found["brand_id"],
        message_id=found["message_id"],
        thread_id=found["thread_id"],
        network=found["network"],
        text=found["text"],
        due_text=found["due_text"],
        due_at=found["due_at"],
        state=found["state"],
        said_by=found["said_by"],
        made_at=found["made_at"],
        settled_at=found["settled_at"],
        settled_by=(found["settled_by"] or {}).get("name"),
        is_pressing=found["state"] == "open" and warn_at is not None and warn_at <= now,
        is_done=bool(found.get("is_done")),
    )


def counted(brand_id: str, views: Sequence[PromiseView]) -> PromiseCounts:
    """Add up the promises of one brand."""
    states = [one.state for one in views]
    return PromiseCounts(
        brand_id,
        open=states.count("open"),
        pressing=sum(one.is_pressing for one in views),
        kept=states.count("kept"),
        told=states.count("told"),
        broken=states.count("broken"),
        undone=sum(one.state == "broken" and not one.is_done for one in views),
    )


def order(view: PromiseView) -> tuple[int, float]:
    """Broken and not made good first, then by when they are due; settled ones last, newest first."""
    if view.state == "broken" and not view.is_done:
        return 0, view.due_at.timestamp() if view.due_at else 0.0
    if view.state == "open":
        return 1, view.due_at.timestamp() if view.due_at else float("inf")
    return 2, -(view.settled_at or view.made_at).timestamp()
