"""The score of a drill, out of the lines of its log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.domain.drills import score_of

ONSET = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def line(minutes: float, kind: str, level: str = "") -> dict[str, Any]:
    return {"at": ONSET + timedelta(minutes=minutes), "kind": kind, "level": level}


def test_times_count_from_onset_and_from_alarm() -> None:
    lines = [
        line(32, "signed"), line(12, "transition", "storm"), line(5, "transition", "watch"),
        line(15, "acknowledged"), line(20, "acknowledged"), line(14, "statement"),
    ]  # fmt: skip
    score = score_of(ONSET, lines)
    assert (score.alarm_min, score.acknowledged_min, score.statement_min) == (12, 3, 20)
    assert score.sentence == (
        "The drill is over: alarm 12 min after the onset; acknowledged after 3 min;"
        " first statement signed off after 20 min."
    )


def test_what_nobody_did_is_said() -> None:
    score = score_of(ONSET, [line(12, "transition", "storm"), line(2, "acknowledged")])
    assert score.sentence.endswith("nobody acknowledged; no statement.")
    assert score_of(ONSET, []).sentence == "The drill is over: no alarm was raised."
