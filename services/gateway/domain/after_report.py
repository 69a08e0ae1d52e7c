"""What is told of an incident afterwards: when what happened, what was said, what other alarms had done. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.gateway.domain.incident_views import CurvePoint, IncidentView, LogLine

FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, and how many minutes after the onset. `name` is a key of words."""

    name: str
    at: datetime
    after_min: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """When a bar at this score would have called it. `at` is null: never.

    `earlier_min` is how much earlier than the real alarm (negative: later). `is_bound`: the first
    minute on record was over the bar already, so it may have been earlier still.
    """

    factor: float
    score: float
    at: datetime | None
    earlier_min: float | None
    is_bound: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the brand said: an answer or a signed statement, by whom. `message_id`: what it answered."""

    kind: str
    at: datetime
    who: str
    text: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """An incident told from its end. Times in minutes; null where it did not happen (yet).

    `seen_before_alarm` is the share of the incident's negative messages that were there before the
    alarm; `negative` all of them as stored, `answered` those with an answer.
    """

    incident: IncidentView
    moments: list[Moment]
    alarm_at: datetime | None
    detect_min: float | None
    first_answer_min: float | None
    calm_min: float | None
    negative: int
    answered: int
    seen_before_alarm: float | None
    what_if: list[WhatIf]
    said: list[Said]
    log: list[LogLine]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many negative messages an incident has as stored, and of those."""

    negative: int
    before_alarm: int
    answered: int


def report_of(
    incident: IncidentView,
    points: Sequence[CurvePoint],
    log: Sequence[LogLine],
    counted: Counted,
    said: Sequence[Said],
) -> ReportView:
    """Return the report."""
    onset, alarm = onset_of(incident), alarm_of(incident)
    return ReportView(
        incident=incident,
        moments=moments_of(incident, log),
        alarm_at=alarm,
        detect_min=_minutes(onset, alarm),
        first_answer_min=_minutes(onset, incident.first_answer_at),
        calm_min=_minutes(onset, incident.line.closed_at),
        negative=counted.negative,
        answered=counted.answered,
        seen_before_alarm=counted.before_alarm / counted.negative if counted.negative else None,
        what_if=what_if(points, alarm),
        said=sorted([*said, *_statements(incident)], key=lambda one: one.at),
        log=sorted(log, key=lambda one: one.at),
    )


def onset_of(incident: IncidentView) -> datetime:
    """Return when it began, as far as is known."""
    return incident.onset_at or incident.line.opened_at


def alarm_of(incident: IncidentView) -> datetime | None:
    """Return when it was called a storm; null when it never was."""
    return incident.reached.get("storm")


def moments_of(incident: IncidentView, log: Sequence[LogLine]) -> list[Moment]:
    """Return what happened in the order of time."""
    told: list[tuple[str, datetime | None]] = [
        ("onset", onset_of(incident)),
        *((level, at) for level, at in incident.reached.items()),
        ("first_answer", incident.first_answer_at),
        ("peak", incident.line.peak.at),
        ("calm", incident.line.closed_at),
    ]
    told += [
        (kind, min((one.at for one in log if one.kind == kind), default=None))
        for kind in ("freeze", "page", "acknowledged", "signed", "resume")
    ]
    onset = onset_of(incident)
    happened = [Moment(name, at, _minutes(onset, at) or 0.0) for name, at in told if at]
    return sorted(happened, key=lambda one: one.at)


def what_if(points: Sequence[CurvePoint], alarm: datetime | None) -> list[WhatIf]:
    """Return when bars lower and higher than the score at the alarm would have called it."""
    if alarm is None or not points:
        return []
    real = next((one for one in points if one.at >= alarm.replace(second=0, microsecond=0)), None)
    if real is None or real.score <= 0:
        return []
    return [_crossing(points, real, factor) for factor in FACTORS]


def _crossing(points: Sequence[CurvePoint], real: CurvePoint, factor: float) -> WhatIf:
    bar = real.score * factor
    first = next((one for one in points if one.score >= bar), None)
    if first is None:
        return WhatIf(factor, bar, None, None)
    earlier = (real.at - first.at).total_seconds() / 60
    return WhatIf(factor, bar, first.at, earlier, is_bound=first is points[0] and factor < 1)


def _statements(incident: IncidentView) -> list[Said]:
    return [
        Said("statement", one.signed_at, one.signed_by, one.text)
        for one in incident.statements
        if one.signed_at is not None
    ]


def _minutes(since: datetime, until: datetime | None) -> float | None:
    return (until - since).total_seconds() / 60 if until is not None else None
