"""A brand's state as `storm.changed.v1` tells it: numbers, growth, the sentence, and what makes it less sure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from contracts.storms import Growth, Level, StormNumbers
from services.classify.domain.decider import Decider
from services.classify.domain.storms.detector import Reading
from services.classify.domain.storms.explanation import explain, sentence
from services.classify.domain.storms.timeline import since_monday

WINDOW_MIN = 60
"""The detector's shorter sums (half-life 40 minutes) weigh as much as an hour at full weight."""
_DAY_S = 86_400
_LATE, _UNLABELLED = 0.2, 0.2
_ENDS: dict[Level, str] = {
    "calm": "",
    "watch": "calm after two hours with a score under 1.5",
    "storm": "subsiding when hostile messages stay under half of their peak for three hours",
    "subsiding": "calm after twelve quiet hours; a second wave makes it a storm again",
}


def fields_of(
    decider: Decider, sums: Mapping[str, int], facts: Mapping[str, Any], at: int
) -> dict[str, Any]:
    """Return the fields that follow from the state. `sums` are of the last hour, as corrected."""
    reading, incident = decider.reading, decider.incident
    numbers = _numbers(decider, reading, sums)
    topic = facts["topics"][0].name if facts["topics"] else None
    opened = since_monday(incident.opened) if incident else None
    told = replace(
        explain(reading, opened, topic),
        minutes=WINDOW_MIN,
        hostile=numbers.hostile,
        people=numbers.hostile_authors,
        expected=numbers.expected_hostile,
    )
    return {
        "incident_id": incident.incident_id if incident else None,
        "level": decider.level,
        "severity": decider.severity,
        "before": decider.before,
        "numbers": numbers,
        "growth": _growth(reading),
        "sentence": sentence(told),
        "ends_when": _ENDS[decider.level],
        "uncertain": _doubts(decider, sums, at),
        "is_manual": decider.is_manual,
        "is_expected": at < decider.expected_until,
        "snoozed_until": _at(decider.snoozed_until) if decider.snoozed_until > at else None,
        "opened_at": _at(incident.opened) if incident else None,
        "onset_at": _at(incident.onset) if incident else None,
    }


def _numbers(decider: Decider, reading: Reading, sums: Mapping[str, int]) -> StormNumbers:
    hostile = sums["hostile"]
    toxic = min(reading.toxic / reading.hostile, 1.0) if reading.hostile > 0 else 0.0
    return StormNumbers(
        score=reading.score,
        attention=decider.volume.score,
        window_min=WINDOW_MIN,
        messages=sums["messages"],
        hostile=hostile,
        hostile_authors=min(sums["hostile_authors"], hostile),
        expected_messages=reading.expected,
        expected_hostile=reading.hostile_expected,
        purity=reading.excess_share,
        usual_share=reading.usual_share,
        toxic_share=toxic,
        people_per_message=reading.people_per_message,
        late_share=decider.late_share,
        parts={"negative": reading.score * (1 - toxic), "toxic": reading.score * toxic},
    )


def _doubts(decider: Decider, sums: Mapping[str, int], at: int) -> list[str]:
    doubts = []
    if decider.late_share >= _LATE:
        share = f"{decider.late_share:.0%}"
        doubts.append(f"{share} of what came in is of another time: an account is catching up")
    if sums["unlabelled"] > _UNLABELLED * max(sums["messages"], 1):
        doubts.append(f"{sums['unlabelled']} of {sums['messages']} messages have no labels")
    if at - decider.begun_at < _DAY_S:
        doubts.append("the first day of this brand: what is usual is not known yet")
    return doubts


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


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
