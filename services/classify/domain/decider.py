"""Which state a brand is in: detector, volume and state machine together, and what people said about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from contracts.ids import incident_id
from contracts.storms import Level, StormSteered
from services.classify.domain.bar import Bar
from services.classify.domain.storms import Storm, Volume
from services.classify.domain.storms.detector import CALM, Reading
from services.classify.domain.storms.states import Circumstances, Machine, State, Transition
from services.classify.domain.storms.timeline import since_monday

_NETWORK_SHARE, _TOP_POST = 0.15, 10
_LEAST_BY_HAND = 2


@dataclass(slots=True)
class Incident:
    """What is remembered from the opening of an incident until it is over; times in seconds since 1970."""

    incident_id: str
    opened: int
    onset: int


@dataclass(slots=True)
class Decider:
    """The state of one brand. What a person confirmed or rejected moves the bar of the next alarm."""

    brand_id: str
    storm: Storm = field(default_factory=Storm)
    volume: Volume = field(default_factory=Volume)
    machine: Machine = field(default_factory=Machine)
    bar: Bar = field(default_factory=Bar)
    incident: Incident | None = None
    before: Level = "calm"
    is_manual: bool = False
    begun_at: int = 0
    quiet_at: int = 0
    expected_until: float = 0.0
    snoozed_until: float = 0.0
    top_thread: str = ""
    late_share: float = 0.0

    @property
    def level(self) -> Level:
        """The state, as the contract names it."""
        level: Level = self.machine.state.value
        return level

    @property
    def severity(self) -> int:
        """1 to 4, or 0 while it is calm."""
        if self.machine.incident is None or self.machine.state is State.CALM:
            return 0
        return self.machine.incident.severity

    @property
    def reading(self) -> Reading:
        """What the detector shows, measured by this brand's bar."""
        reading = self.storm.reading()
        return replace(reading, score=reading.score * self.bar.gain)

    def decide(
        self, counts: Mapping[str, Any], shown: Callable[[], Mapping[str, Any]], end: int
    ) -> bool:
        """Judge a closed bin; say whether state or severity changed.

        `shown` is asked for topics, threads and networks where something goes on. A bin of a connector's catching up is neither learnt from nor judged.
        """
        self._forget_ended()
        self.begun_at = self.begun_at or end
        self.storm.update(counts)
        volume = self.volume.update(counts)
        if counts["backfill"]:
            return False
        reading = self.reading
        if reading.score < CALM or not self.quiet_at:
            self.quiet_at = end
        around = Circumstances(volume=volume, is_expected=end < self.expected_until)
        if reading.score >= CALM or self.machine.state is not State.CALM:
            facts = shown()
            around = replace(
                around,
                networks=_networks(facts["networks"]),
                has_new_top_post=self._has_new_top_post(facts["threads"]),
            )
        return self._note(self.machine.update(reading, around), end, is_manual=False)

    def steer(self, steered: StormSteered) -> bool:
        """Do what a person said; say whether state or severity changed."""
        self._forget_ended()
        at = int(steered.at.timestamp())
        until = steered.until.timestamp() if steered.until else float(at)
        if steered.steer in ("confirm", "reject"):
            incident = steered.incident_id or (self.incident.incident_id if self.incident else "")
            self.bar.label(incident, at, is_storm=steered.steer == "confirm")
        elif steered.steer == "snooze":
            self.snoozed_until = until
            self.machine.snooze(since_monday(until))
        elif steered.steer == "expect":
            self.expected_until = until
        else:
            return self._override(State.STORM if steered.steer == "raise" else State.CALM, at)
        return False

    def _override(self, state: State, at: int) -> bool:
        self.snoozed_until = 0.0
        transition = self.machine.override(state, self.reading)
        raised = self.machine.incident
        if raised is not None and state is State.STORM:
            raised.severity = max(raised.severity, _LEAST_BY_HAND)
        return self._note(transition, at, is_manual=True)

    def _note(self, transition: Transition | None, at: int, *, is_manual: bool) -> bool:
        if transition is None:
            return False
        self.before, self.is_manual = transition.before.value, is_manual
        if self.incident is None:
            opened = datetime.fromtimestamp(at, UTC).isoformat()
            onset = min(self.quiet_at or at, at)
            self.incident = Incident(incident_id(self.brand_id, opened), at, onset)
        return True

    def _forget_ended(self) -> None:
        """The decision that it is calm again still names the incident; the next does not."""
        if self.machine.state is State.CALM:
            self.incident = None

    def _has_new_top_post(self, threads: list[Any]) -> bool:
        top = threads[0] if threads else None
        if top is None or top.hostile < _TOP_POST or top.thread_id == self.top_thread:
            return False
        was_known, self.top_thread = bool(self.top_thread), top.thread_id
        return was_known

    def to_state(self) -> dict[str, Any]:
        """Return all of it as plain numbers, lists and words."""
        incident = self.incident
        return {
            "storm": self.storm.to_state(),
            "volume": self.volume.to_state(),
            "machine": self.machine.to_state(),
            "bar": self.bar.to_state(),
            "incident": [incident.incident_id, incident.opened, incident.onset]
            if incident
            else None,
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_state(cls, brand_id: str, state: Mapping[str, Any]) -> "Decider":
        """Return the decider that wrote this state: it decides alike from here on."""
        return cls(
            brand_id,
            Storm.from_state(state["storm"]),
            Volume.from_state(state["volume"]),
            Machine.from_state(state["machine"]),
            Bar.from_state(state["bar"]),
            Incident(*state["incident"]) if state["incident"] else None,
            **{name: state[name] for name in _PLAIN},
        )


_PLAIN = (
    "before", "is_manual", "begun_at", "quiet_at", "expected_until", "snoozed_until", "top_thread", "late_share",
)  # fmt: skip


def _networks(messages: Mapping[str, int]) -> int:
    """Return on how many networks a fair share of the messages is."""
    whole = sum(messages.values())
    return max(1, sum(n >= _NETWORK_SHARE * whole and n > 0 for n in messages.values()))
