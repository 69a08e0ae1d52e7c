"""Which state a brand is in: what the detector says, held steady in score and time, and what people say."""

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from contracts.ids import incident_id
from contracts.storms import Growth, Level, StormNumbers, StormSteered
from services.classify.domain.storms import Storm
from services.classify.domain.storms.detector import Reading

WATCH, STORM, CALM = 2.5, 7.0, 1.5
STAY_S, CALM_AFTER_S, SUBSIDE_AFTER_S, END_AFTER_S = 900, 7_200, 10_800, 43_200


class Decider:
    """The state machine of one brand around its detector."""

    def __init__(self, brand_id: str) -> None:
        self._brand_id = brand_id
        self._storm = Storm()
        self.level: Level = "calm"
        self._before: Level = "calm"
        self._severity = 0
        self._incident: str | None = None
        self._opened = self._entered = self._low_since = 0
        self._peak = 0.0
        self._is_manual = False
        self._snoozed_until = self._expected_until = 0.0
        self._alarms_per_year = 2.6
        self._labels: dict[str, bool] = {}

    def accept(self, alarms_per_year: float) -> bool:
        """Take over how many false alarms a year the brand accepts; say whether that is new."""
        is_new = alarms_per_year != self._alarms_per_year
        self._alarms_per_year = alarms_per_year
        return is_new

    def decide(self, counts: dict[str, Any], end: int) -> bool:
        """Judge a closed bin; say whether the state changed."""
        score = self._storm.update(counts)
        reading = self._storm.reading()
        self._peak = max(self._peak * 0.999, reading.hostile)
        if score >= CALM or not self._low_since:
            self._low_since = end
        if counts["backfill"] or end < self._snoozed_until or end - self._entered < STAY_S:
            return False
        wanted = self._wanted(score, reading, end)
        severity = self._severity_of(reading) if wanted != "calm" else 0
        if wanted == self.level:
            return False
        self._enter(wanted, severity, end, is_manual=False)
        return True

    def _wanted(self, score: float, reading: Reading, end: int) -> Level:
        low_s = end - self._low_since
        if self.level == "calm":
            return "storm" if score >= STORM else "watch" if score >= WATCH else "calm"
        if self.level == "watch":
            return "storm" if score >= STORM else "calm" if low_s >= CALM_AFTER_S else "watch"
        if self.level == "storm":
            is_over = reading.hostile < self._peak / 2 and end - self._entered >= SUBSIDE_AFTER_S
            return "subsiding" if is_over else "storm"
        if reading.hostile > 0.7 * self._peak and score >= WATCH:
            return "storm"
        return "calm" if low_s >= END_AFTER_S else "subsiding"

    def _severity_of(self, reading: Reading) -> int:
        times = reading.hostile / max(reading.hostile_expected, 1.0)
        return 4 if times > 30 else 3 if times > 10 else 2 if times > 3 else 1

    def _enter(self, level: Level, severity: int, at: int, *, is_manual: bool) -> None:
        if self._incident is None and level != "calm":
            opened = datetime.fromtimestamp(at, UTC).isoformat()
            self._incident, self._opened = incident_id(self._brand_id, opened), at
            self._peak = 0.0
        self._before, self.level, self._severity = self.level, level, severity
        self._entered, self._is_manual = at, is_manual
        if level == "calm" and self._before == "calm":
            self._incident = None

    def steer(self, steered: StormSteered) -> bool:
        """Do what a person said; say whether the state changed."""
        at = int(steered.at.timestamp())
        until = steered.until.timestamp() if steered.until else 0.0
        if steered.steer in ("confirm", "reject"):
            self._labels[steered.incident_id or ""] = steered.steer == "confirm"
        elif steered.steer == "snooze":
            self._snoozed_until = until
        elif steered.steer == "expect":
            self._expected_until = until
        elif steered.steer == "raise" and self.level != "storm":
            self._enter("storm", max(self._severity, 2), at, is_manual=True)
            return True
        elif steered.steer == "end" and self.level != "calm":
            self._enter("calm", 0, at, is_manual=True)
            return True
        return False

    def fields(self, late_share: float) -> dict[str, Any]:
        """Return what a decision says of the state, its numbers and its reasons."""
        reading = self._storm.reading()
        is_calm = self.level == "calm"
        incident = self._incident
        if is_calm:
            self._incident = None
        opened_at = datetime.fromtimestamp(self._opened, UTC) if incident else None
        return {
            "incident_id": incident,
            "level": self.level,
            "severity": self._severity,
            "before": self._before,
            "numbers": _numbers(reading, late_share),
            "growth": _growth(reading),
            "sentence": (
                f"{reading.hostile:.0f} hostile messages in 40 min, "
                f"{reading.hostile_expected:.1f} expected."
            ),
            "uncertain": ["late"] if late_share >= 0.5 else [],
            "is_manual": self._is_manual,
            "opened_at": opened_at,
            "onset_at": opened_at,
        }

    def to_state(self) -> dict[str, Any]:
        """Return all of it as plain numbers and words."""
        state = {name: value for name, value in vars(self).items() if name not in _OWN}
        return state | {"storm": self._storm.to_state()}

    @classmethod
    def from_state(cls, brand_id: str, state: dict[str, Any]) -> "Decider":
        """Return the decider that wrote this state."""
        made = cls(brand_id)
        made._storm = Storm.from_state(state["storm"])
        for name, value in state.items():
            if name != "storm":
                setattr(made, name, value)
        return made


_OWN = {"_brand_id", "_storm"}


def _numbers(reading: Reading, late_share: float) -> StormNumbers:
    return StormNumbers(
        score=reading.score,
        attention=0.0,
        window_min=40,
        messages=round(reading.messages),
        hostile=round(reading.hostile),
        hostile_authors=round(reading.hostile * reading.people_per_message),
        expected_messages=reading.expected,
        expected_hostile=reading.hostile_expected,
        purity=reading.excess_share,
        usual_share=reading.usual_share,
        toxic_share=min(reading.toxic / max(reading.hostile, 1.0), 1.0),
        people_per_message=reading.people_per_message,
        late_share=late_share,
        parts={"hostile": reading.score},
    )


def _growth(reading: Reading) -> Growth:
    now = reading.growth
    times = (now.doubling_min, now.fastest_min, now.slowest_min)
    doubling, fastest, slowest = (one if isfinite(one) else None for one in times)
    return Growth(
        doubling_min=doubling,
        doubling_low_min=fastest,
        doubling_high_min=slowest,
        forecast_messages=reading.forecast.likely,
        forecast_low=reading.forecast.low,
        forecast_high=reading.forecast.high,
    )
