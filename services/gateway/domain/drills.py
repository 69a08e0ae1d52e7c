"""What a drill is worth: how fast the alarm came, how fast people acknowledged and had a first statement. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

_STATEMENTS = ("signed",)


@dataclass(frozen=True, slots=True)
class DrillScore:
    """Minutes; None where it did not happen before the end.

    `alarm_min` is from the onset to the alarm, as the rules need it, whatever the speed was. The
    others are from the alarm on, by people's clock.
    """

    alarm_min: float | None
    acknowledged_min: float | None
    statement_min: float | None

    @property
    def sentence(self) -> str:
        """Return the score in one sentence."""
        if self.alarm_min is None:
            return "The drill is over: no alarm was raised."
        acknowledged = _said(self.acknowledged_min, "acknowledged", "nobody acknowledged")
        statement = _said(self.statement_min, "first statement signed off", "no statement")
        return (
            f"The drill is over: alarm {self.alarm_min:.0f} min after the onset; {acknowledged};"
            f" {statement}."
        )

    def to_state(self) -> dict[str, Any]:
        """Return it as plain numbers."""
        return asdict(self)


def score_of(onset_at: datetime | None, lines: Iterable[dict[str, Any]]) -> DrillScore:
    """Return the score of a drill from the lines of its log, in any order."""
    kept = sorted(lines, key=lambda line: line["at"])
    alarm_at = next(
        (line["at"] for line in kept if line["kind"] == "transition" and line["level"] == "storm"),
        None,
    )
    if alarm_at is None or onset_at is None:
        return DrillScore(None, None, None)
    return DrillScore(
        _minutes(onset_at, alarm_at),
        _minutes(alarm_at, _first(kept, ("acknowledged",), alarm_at)),
        _minutes(alarm_at, _first(kept, _STATEMENTS, alarm_at)),
    )


def _first(lines: list[dict[str, Any]], kinds: tuple[str, ...], since: datetime) -> datetime | None:
    found = (line["at"] for line in lines if line["kind"] in kinds and line["at"] >= since)
    return next(found, None)


def _minutes(since: datetime, until: datetime | None) -> float | None:
    return None if until is None else max((until - since).total_seconds() / 60, 0.0)


def _said(minutes: float | None, done: str, missing: str) -> str:
    return missing if minutes is None else f"{done} after {minutes:.0f} min"
