"""One brand's bins of time: exact under repeats, corrected by what is late, closed only when told to.

Totals in, bins out; what a bin means is decided next door. No clock here: the log says up to when to close.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.storms import BUCKET_S, SignalObserved
from services.classify.domain.crowd import Crowd

MINUTE_S, BIN_S = 60, 300
KEPT_S = 900
"""How long after closing a bucket can still be corrected."""
SHOWN_S = 3600
"""How far back the numbers shown reach."""
MOST_BINS = 288
"""A longer silence of the log is not worked through bin by bin: the bins before its last day are left out."""
AHEAD_S = 600
MOST_STALE = 1_000
SUMS = (
    "messages", "negative", "positive", "toxic", "hostile", "unlabelled", "authors",
    "hostile_authors", "new_authors", "reposts", "near_copies", "late",
)  # fmt: skip
_LISTED, _LISTED_HOSTILE = len(SUMS), len(SUMS) + 1
_WIDTH = len(SUMS) + 2
Row = list[int]
"""The sums in the order of `SUMS`, then how many people were named, and how many hostile ones."""


@dataclass(slots=True)
class Bin:
    """A closed bin: `start` and `length` in seconds, sums by name, and what came for earlier bins meanwhile."""

    start: int
    length: int
    sums: dict[str, int]
    late_arrived: int = 0

    @property
    def late_share(self) -> float:
        """How much of what arrived belongs to another time, 0 to 1."""
        whole = self.sums["messages"] + self.late_arrived
        return (self.sums["late"] + self.late_arrived) / whole if whole else 0.0


@dataclass(slots=True)
class Bins:
    """The open and the lately closed bins of one brand, in seconds since 1970.

    `closed` is the end of the last five-minute bin that was handed out.
    """

    closed: int
    _known: dict[int, dict[int, Row]] = field(default_factory=dict)
    _minutes: dict[int, Row] = field(default_factory=dict)
    _crowds: dict[int, tuple[Crowd, Crowd]] = field(default_factory=dict)
    _stale: dict[str, int] = field(default_factory=dict)
    _late_arrived: int = 0
    arrivals: int = 0
    """How many signals changed something: grows while in memory, says nothing of itself."""

    def fold(self, signal: SignalObserved) -> bool:
        """Take the newer totals of a shard in; say whether they belong to a bin that is still open.

        An older or equal revision changes nothing. Differences to what was known go into the bins,
        so a bucket may come in any number of pieces, in any order, any number of times.
        """
        bucket = int(signal.bucket_at.timestamp()) // BUCKET_S * BUCKET_S
        is_open = bucket >= self.closed
        if bucket < self.closed - KEPT_S or bucket > signal.observed_at.timestamp() + AHEAD_S:
            self._note_stale(bucket, signal)
            return False
        shards = self._known.setdefault(bucket, {})
        known = shards.get(signal.shard, [0] * (_WIDTH + 1))
        if signal.revision <= known[0]:
            return False
        self.arrivals += 1
        row = [int(getattr(signal, name)) for name in SUMS]
        row += [len(signal.author_hashes), len(signal.hostile_hashes)]
        minute = self._minutes.setdefault(bucket // MINUTE_S * MINUTE_S, [0] * _WIDTH)
        for place, value in enumerate(row):
            minute[place] += value - known[place + 1]
        if is_open:
            people, hostile = self._crowds.setdefault(bucket // BIN_S * BIN_S, (Crowd(), Crowd()))
            people.add(signal.author_hashes)
            hostile.add(signal.hostile_hashes)
        else:
            self._late_arrived += max(row[0] - known[1], 0)
        shards[signal.shard] = [signal.revision, *row]
        return is_open

    def _note_stale(self, bucket: int, signal: SignalObserved) -> None:
        """Count what is too late for any bin: it only tells how much of what arrives is of another time."""
        place = f"{bucket}:{signal.shard}"
        known = self._stale.get(place, 0)
        if signal.messages > known and (known or len(self._stale) < MOST_STALE):
            self._stale[place] = signal.messages
            self._late_arrived += signal.messages - known
            self.arrivals += 1

    def due(self, until: int) -> Iterator[Bin]:
        """Close and yield every five-minute bin that ends by `until`, empty ones too, oldest first."""
        self.closed = max(self.closed, until // BIN_S * BIN_S - MOST_BINS * BIN_S)
        while self.closed + BIN_S <= until:
            start = self.closed
            people = self._crowds.pop(start, None)
            sums = self._sum(start, start + BIN_S, people)
            late, self._late_arrived = self._late_arrived, 0
            self._stale.clear()
            self.closed = start + BIN_S
            self._forget()
            yield Bin(start, BIN_S, sums, late)

    def shown(self, start: int, end: int) -> dict[str, int]:
        """Return the sums from minute `start` to minute `end` as corrected by now; an hour at most is kept."""
        return self._sum(start, end, None)

    def _sum(self, start: int, end: int, people: tuple[Crowd, Crowd] | None) -> dict[str, int]:
        total = [0] * _WIDTH
        for minute in range(start, end, MINUTE_S):
            for place, value in enumerate(self._minutes.get(minute, ())):
                total[place] += value
        sums = dict(zip(SUMS, total, strict=False))
        if people is not None:
            sums["authors"] = people[0].share_of(sums["authors"], total[_LISTED])
            sums["hostile_authors"] = people[1].share_of(
                sums["hostile_authors"], total[_LISTED_HOSTILE]
            )
        return sums

    def _forget(self) -> None:
        for bucket in [one for one in self._known if one < self.closed - KEPT_S]:
            del self._known[bucket]
        for minute in [one for one in self._minutes if one < self.closed - SHOWN_S]:
            del self._minutes[minute]
        for start in [one for one in self._crowds if one < self.closed]:
            del self._crowds[start]

    def to_state(self) -> dict[str, Any]:
        """Return all of it as lists and numbers."""
        return {
            "closed": self.closed,
            "known": [
                [bucket, shard, *row]
                for bucket, shards in self._known.items()
                for shard, row in shards.items()
            ],
            "minutes": [[minute, *row] for minute, row in self._minutes.items()],
            "crowds": [
                [start, people.to_state(), hostile.to_state()]
                for start, (people, hostile) in self._crowds.items()
            ],
            "stale": self._stale,
            "late": self._late_arrived,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Bins":
        """Return the same bins again."""
        bins = cls(state["closed"])
        for bucket, shard, *row in state["known"]:
            bins._known.setdefault(bucket, {})[shard] = row
        bins._minutes = {minute: row for minute, *row in state["minutes"]}
        bins._crowds = {
            start: (Crowd.from_state(people), Crowd.from_state(hostile))
            for start, people, hostile in state["crowds"]
        }
        bins._stale = dict(state["stale"])
        bins._late_arrived = state["late"]
        return bins
