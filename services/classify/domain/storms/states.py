"""The states of a brand, calm, watch, storm and subsiding, and how bad a storm is. No sentences here."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from services.classify.domain.storms.detector import CALM, STORM, WATCH, Reading
from services.classify.domain.storms.volume import ATTENTION

_HOUR_S = 3_600.0
# A rising storm need not reach STORM: this score for three bins while doubling within the hour.
_RISING, _RISING_BINS, _RISING_MIN = 4.5, 3, 60.0
_STAY_S = 900.0
_WATCH_CALM_S, _SUBSIDING_S, _OVER_S = 2 * _HOUR_S, 3 * _HOUR_S, 12 * _HOUR_S
_FALLEN, _BACK = 0.5, 0.7
_SHARE_BACK = 0.05
# A campaign that was announced raises the bar of volume, and never that of hostility.
_EXPECTED_VOLUME = 3.0
_MANY_PEOPLE = 30


class State(StrEnum):
    CALM = "calm"
    WATCH = "watch"
    STORM = "storm"
    SUBSIDING = "subsiding"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What people and other services say about the moment."""

    volume: float = 0.0
    is_expected: bool = False
    is_press_or_large_account: bool = False
    is_safety_or_legal: bool = False
    networks: int = 1
    has_new_top_post: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state or severity, and the numbers that caused it."""

    at_s: float
    before: State
    after: State
    severity: int
    cause: str
    reading: Reading
    since_s: float | None


@dataclass(slots=True)
class Incident:
    """One storm from its watch to its calm: what came since then."""

    since_s: float
    peak_rate: float = 0.0
    hostile: float = 0.0
    expected: float = 0.0
    severity: int = 1
    was_storm: bool = False


@dataclass(slots=True)
class Machine:
    """Follows readings of one brand in time order; every method gives the transition it caused, or None."""

    state: State = State.CALM
    entered_s: float = 0.0
    rising_bins: int = 0
    calm_since_s: float | None = None
    fallen_since_s: float | None = None
    snoozed_until_s: float = 0.0
    incident: Incident | None = None
    last: dict[str, float] = field(default_factory=dict)

    def update(self, now: Reading, around: Circumstances | None = None) -> Transition | None:
        """Take in a reading. While snoozed only a storm of S3 or more speaks up."""
        around = around or Circumstances()
        if self.last and now.t <= self.last["t"]:
            return None
        rate = now.hostile
        falling = bool(self.last) and now.score < self.last["score"]
        self.last = {"t": now.t, "score": now.score}
        self._note(now, rate, falling)
        cause = self._next(now, around, rate)
        if cause is None:
            return self._worse(now, around)
        state, why = cause
        is_small = state is State.WATCH or (state is State.STORM and severity(now, around) < 3)
        if is_small and now.t < self.snoozed_until_s:
            return None
        return self._enter(state, why, now, around)

    def override(self, state: State, now: Reading) -> Transition | None:
        """A person says what it is; that holds for the minimum stay, then the numbers speak again."""
        self.snoozed_until_s = 0.0
        if state is self.state:
            return None
        return self._enter(state, "override", now, Circumstances())

    def snooze(self, until_s: float) -> None:
        """Keep quiet about watches and small storms until then."""
        self.snoozed_until_s = until_s

    def _note(self, now: Reading, rate: float, falling: bool) -> None:
        rising = now.score >= _RISING and now.growth.doubling_min < _RISING_MIN
        self.rising_bins = self.rising_bins + 1 if rising else 0
        if now.score >= CALM:
            self.calm_since_s = None
        elif self.calm_since_s is None:
            self.calm_since_s = now.t
        if self.incident is None:
            return
        self.incident.peak_rate = max(self.incident.peak_rate, rate)
        if rate >= _FALLEN * self.incident.peak_rate:
            self.fallen_since_s = None
        elif self.fallen_since_s is None and falling:
            self.fallen_since_s = now.t

    def _next(self, now: Reading, around: Circumstances, rate: float) -> tuple[State, str] | None:
        if self.entered_s and now.t - self.entered_s < _STAY_S and self.state is not State.WATCH:
            return None
        if self.state in (State.CALM, State.WATCH):
            return self._from_quiet(now, around)
        if self.state is State.STORM:
            return self._from_storm(now)
        return self._from_subsiding(now, around, rate)

    def _from_quiet(self, now: Reading, around: Circumstances) -> tuple[State, str] | None:
        if now.score >= STORM:
            return State.STORM, "score"
        if self.rising_bins >= _RISING_BINS:
            return State.STORM, "rising"
        bar = ATTENTION * (_EXPECTED_VOLUME if around.is_expected else 1.0)
        is_loud = around.volume >= bar and now.hostile_share > now.usual_share
        if self.state is State.WATCH:
            is_over = now.t - self.entered_s >= _STAY_S and self._calm_for(now, _WATCH_CALM_S)
            return (State.CALM, "score") if is_over and not is_loud else None
        if now.score >= WATCH:
            return State.WATCH, "score"
        return (State.WATCH, "volume") if is_loud else None

    def _from_storm(self, now: Reading) -> tuple[State, str] | None:
        fallen = self.fallen_since_s
        if fallen is not None and now.t - fallen >= _SUBSIDING_S:
            return State.SUBSIDING, "fallen"
        return None

    def _from_subsiding(
        self, now: Reading, around: Circumstances, rate: float
    ) -> tuple[State, str] | None:
        peak = self.incident.peak_rate if self.incident else 0.0
        if rate >= _BACK * peak > 0 or (around.has_new_top_post and now.score >= STORM):
            return State.STORM, "second wave"
        is_usual = now.hostile_share <= now.usual_share + _SHARE_BACK
        return (State.CALM, "over") if is_usual and self._calm_for(now, _OVER_S) else None

    def _calm_for(self, now: Reading, seconds: float) -> bool:
        return self.calm_since_s is not None and now.t - self.calm_since_s >= seconds

    def _worse(self, now: Reading, around: Circumstances) -> Transition | None:
        """A storm's severity only climbs; it is told when it does."""
        if self.state is not State.STORM or self.incident is None:
            return None
        level = severity(now, around)
        if level <= self.incident.severity:
            return None
        self.incident.severity = level
        return self._told(State.STORM, "severity", now)

    def _enter(self, state: State, cause: str, now: Reading, around: Circumstances) -> Transition:
        before = self.state
        if self.incident is None and state is not State.CALM:
            self.incident = Incident(now.t, now.hostile)
        if self.incident is not None and state is State.STORM:
            self.incident.severity = max(self.incident.severity, severity(now, around))
            self.incident.was_storm = True
            self.incident.peak_rate = max(self.incident.peak_rate, now.hostile)
        self.state, self.entered_s = state, now.t
        self.fallen_since_s = None
        made = self._told(before, cause, now)
        if state is State.CALM:
            self.incident = None
        return made

    def _told(self, before: State, cause: str, now: Reading) -> Transition:
        incident = self.incident
        level = incident.severity if incident and self.state is not State.CALM else 0
        since = incident.since_s if incident else None
        return Transition(now.t, before, self.state, level, cause, now, since)

    def to_state(self) -> dict[str, Any]:
        """Plain numbers, texts and dictionaries."""
        return {**asdict(self), "state": self.state.value}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The machine that wrote this state; it decides the same from here on."""
        incident = state["incident"]
        return cls(
            **{
                **state,
                "state": State(state["state"]),
                "incident": Incident(**incident) if incident else None,
                "last": dict(state["last"]),
            }
        )


def severity(now: Reading, around: Circumstances) -> int:
    """1 local, 2 growing, 3 storm, 4 uncontrolled."""
    times = now.hostile / max(now.hostile_expected, 1.0)
    doubling = now.growth.doubling_min
    people = now.hostile * now.people_per_message
    if times > 30 or around.is_safety_or_legal:
        return 4
    if times > 10 and (around.networks > 1 or doubling < 45):
        return 4 if around.networks > 1 else 3
    if times > 10 or doubling < 45 or around.is_press_or_large_account:
        return 3 if people >= _MANY_PEOPLE or around.is_press_or_large_account else 2
    return 2 if times >= 3 or doubling < 120 or people >= _MANY_PEOPLE else 1
