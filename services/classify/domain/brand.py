"""One brand as the storm worker follows it: signals and steering in, decisions out. No I/O and no clock.

Everything follows from what was read, in its order: the same log gives the same decisions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from contracts.storms import SignalObserved, StormChanged, StormSteered
from services.classify.domain.bins import BIN_S, Bin, Bins
from services.classify.domain.decider import Decider
from services.classify.domain.shown import Shown
from services.classify.domain.storms.timeline import since_monday
from services.classify.domain.telling import WINDOW_MIN, fields_of

LATE_SHARE, LATE_LEAST = 0.5, 10
"""A bin more than half of which belongs to another time is a connector's catching up, and proves nothing."""


class Brand:
    """The state of one brand."""

    def __init__(self, brand_id: str, begun_at: datetime) -> None:
        self.brand_id = brand_id
        begun = int(begun_at.timestamp()) // BIN_S * BIN_S - BIN_S
        self._bins = Bins(begun)
        self._shown = Shown()
        self._decider = Decider(brand_id)
        self._revision = 0
        self._told = begun

    @property
    def closed(self) -> int:
        """The end of the last closed bin, in seconds since 1970."""
        return self._bins.closed

    def fold(self, signal: SignalObserved) -> bool:
        """Take a signal in; say whether it changed anything."""
        before = self._bins.arrivals
        if self._bins.fold(signal):
            self._shown.put(signal)
        return self._bins.arrivals != before

    def accept(self, alarms_per_year: float) -> bool:
        """Take over how many false alarms a year the brand accepts; say whether that is new."""
        bar = self._decider.bar
        is_new, bar.alarms_per_year = alarms_per_year != bar.alarms_per_year, alarms_per_year
        return is_new

    def advance(self, until_at: datetime) -> Iterator[StormChanged]:
        """Close what ends by then: yield every transition, and one tick if it is not calm."""
        until = int(until_at.timestamp())
        for one in self._bins.due(until):
            end = one.start + one.length
            self._shown.close(end)
            self._decider.late_share = one.late_share
            if self._decider.decide(_counts(one), self._shown.told, end):
                self._told = end
                yield self._change(_at(end), is_tick=False)
        if until > self._told and until % 60 == 0 and self._decider.level != "calm":
            self._told = until
            yield self._change(_at(until), is_tick=True)

    def steer(self, steered: StormSteered) -> Iterator[StormChanged]:
        """Do what a person said; yield what changed by it."""
        if self._decider.steer(steered):
            yield self._change(steered.at, is_tick=False)
        elif self._decider.level != "calm":
            yield self._change(steered.at, is_tick=True)

    def _change(self, at: datetime, *, is_tick: bool) -> StormChanged:
        # Seconds since 1970: also greater than before where a state was lost and the log is read anew.
        self._revision = max(self._revision + 1, int(at.timestamp()))
        facts, end = self._shown.told(), int(at.timestamp()) // 60 * 60
        sums = self._bins.shown(end - WINDOW_MIN * 60, end)
        fields = fields_of(self._decider, sums, facts, int(at.timestamp())) | facts
        if is_tick:
            fields |= {"before": self._decider.level, "is_manual": False}
        return StormChanged(
            brand_id=self.brand_id,
            is_tick=is_tick,
            changed_at=at,
            decided_at=at,
            revision=self._revision,
            **fields,
        )

    def to_state(self) -> dict[str, Any]:
        """Return all of it as plain lists, numbers and words."""
        return {
            "bins": self._bins.to_state(),
            "shown": self._shown.to_state(),
            "decider": self._decider.to_state(),
            "revision": self._revision,
            "told": self._told,
        }

    @classmethod
    def from_state(cls, brand_id: str, state: dict[str, Any]) -> "Brand":
        """Return the brand that wrote this state: it goes on to the last digit alike."""
        brand = cls(brand_id, _at(state["told"]))
        brand._bins = Bins.from_state(state["bins"])
        brand._shown = Shown.from_state(state["shown"])
        brand._decider = Decider.from_state(brand_id, state["decider"])
        brand._revision, brand._told = state["revision"], state["told"]
        return brand


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _counts(one: Bin) -> dict[str, Any]:
    """Return a bin as the detector reads it."""
    sums = one.sums
    late = sums["late"] + one.late_arrived
    return {
        "t": since_monday(one.start),
        "n": sums["messages"],
        "neg": sums["negative"],
        "pos": sums["positive"],
        "tox": sums["toxic"],
        "new": sums["new_authors"],
        "share": sums["reposts"],
        "authors": sums["authors"],
        "hostile": sums["hostile"],
        "hostile_authors": sums["hostile_authors"],
        "copies": sums["near_copies"],
        "labelled": sums["messages"] - sums["unlabelled"],
        "backfill": late >= LATE_LEAST and one.late_share >= LATE_SHARE,
    }
