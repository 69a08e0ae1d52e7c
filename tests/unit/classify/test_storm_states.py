"""Calm, watch, storm, subsiding: when they change, how bad, and the sentence that says why."""

import json
from dataclasses import replace
from math import inf

import pytest

from services.classify.domain.storms.detector import Reading
from services.classify.domain.storms.explanation import explain, sentence
from services.classify.domain.storms.growth import STILL, Forecast, Growth, forecast, growth
from services.classify.domain.storms.states import Circumstances, Machine, State, severity

QUIET = Reading(
    t=0, score=0.0, messages=20, expected=20, hostile=3, hostile_expected=3.1, toxic=1,
    hostile_share=0.18, usual_share=0.18, excess_share=0.0, people_per_message=0.9, growth=STILL,
    forecast=Forecast(0, 0, 0),
)  # fmt: skip
HOSTILE = replace(
    QUIET, score=8.0, messages=75, hostile=46, hostile_share=0.61, excess_share=0.72,
    growth=Growth(22, 17, 31, 8, 38), forecast=Forecast(90, 240, 600),
)  # fmt: skip
STEP = 300


class Follower:
    """A machine and its clock."""

    def __init__(self) -> None:
        self.machine, self.t = Machine(), 1_000_000.0

    def see(
        self, reading: Reading, bins: int = 1, around: Circumstances | None = None
    ) -> list[str]:
        told = []
        for _ in range(bins):
            self.t += STEP
            change = self.machine.update(replace(reading, t=self.t), around)
            if change:
                told.append(f"{change.before}>{change.after}:{change.cause}:{change.severity}")
        return told


@pytest.fixture
def brand() -> Follower:
    return Follower()


def test_a_storm_comes_and_goes_as_one_incident(brand: Follower) -> None:
    assert brand.see(QUIET, 20) == []
    assert brand.see(replace(QUIET, score=3.0, hostile=6)) == ["calm>watch:score:1"]
    assert brand.see(HOSTILE, 12) == ["watch>storm:score:3"]
    since = brand.machine.incident.since_s
    fading = [replace(HOSTILE, score=5 - i / 20, hostile=12, growth=STILL) for i in range(40)]
    told = [line for reading in fading for line in brand.see(reading)]
    assert told == ["storm>subsiding:fallen:3"]
    assert brand.see(HOSTILE, 4) == ["subsiding>storm:second wave:3"]
    assert brand.machine.incident.since_s == since
    told = [line for reading in fading for line in brand.see(reading)]
    assert told == ["storm>subsiding:fallen:3"]
    assert brand.see(QUIET, 12 * 12 + 2) == ["subsiding>calm:over:0"]
    assert brand.machine.incident is None


def test_a_watch_ends_after_two_calm_hours_and_does_not_flutter(brand: Follower) -> None:
    assert brand.see(replace(QUIET, score=2.6)) == ["calm>watch:score:1"]
    for _ in range(5):
        assert brand.see(replace(QUIET, score=1.0), 20) == []
        assert brand.see(replace(QUIET, score=2.0)) == []
    assert brand.see(QUIET, 26) == ["watch>calm:score:0"]


def test_three_fast_bins_below_the_bar_are_a_storm(brand: Follower) -> None:
    rising = replace(HOSTILE, score=5.0)
    assert brand.see(rising, 3) == ["calm>watch:score:1", "watch>storm:rising:3"]
    slow = Follower()
    assert slow.see(replace(rising, growth=STILL), 6) == ["calm>watch:score:1"]


def test_volume_opens_a_watch_and_never_a_storm(brand: Follower) -> None:
    loud = replace(QUIET, hostile_share=0.25)
    assert brand.see(QUIET, 3, Circumstances(volume=40)) == []
    assert brand.see(loud, 3, Circumstances(volume=30, is_expected=True)) == []
    assert brand.see(loud, 30, Circumstances(volume=400)) == ["calm>watch:volume:1"]
    assert brand.machine.state is State.WATCH


def test_what_is_expected_does_not_hide_hostility(brand: Follower) -> None:
    assert brand.see(HOSTILE, 2, Circumstances(is_expected=True)) == ["calm>storm:score:3"]


def test_a_snooze_hides_watches_and_small_storms_only(brand: Follower) -> None:
    brand.machine.snooze(brand.t + 86_400)
    small = replace(HOSTILE, hostile=8, growth=STILL)
    assert brand.see(replace(QUIET, score=3.0), 3) == []
    assert brand.see(small, 3) == []
    assert brand.see(HOSTILE) == ["calm>storm:score:3"]


def test_a_person_may_say_so(brand: Follower) -> None:
    told = brand.machine.override(State.STORM, replace(QUIET, t=brand.t))
    assert (told.before, told.after, told.cause) == (State.CALM, State.STORM, "override")
    assert brand.machine.override(State.STORM, replace(QUIET, t=brand.t)) is None
    assert brand.see(QUIET, 2) == []
    assert brand.machine.state is State.STORM


def test_readings_twice_or_late_decide_nothing(brand: Follower) -> None:
    brand.see(QUIET, 4)
    assert brand.machine.update(replace(HOSTILE, t=brand.t)) is None
    assert brand.machine.update(replace(HOSTILE, t=brand.t - 900)) is None
    assert brand.machine.state is State.CALM


def test_a_restored_machine_decides_the_same() -> None:
    readings = [QUIET] * 3 + [replace(QUIET, score=3.0)] * 2 + [HOSTILE] * 9
    readings += [replace(HOSTILE, score=6 - i / 30, hostile=10, growth=STILL) for i in range(60)]
    readings += [HOSTILE] * 6 + [QUIET] * 200
    one, two = Machine(), Machine()
    for i, reading in enumerate(readings):
        two = Machine.from_state(json.loads(json.dumps(two.to_state())))
        at = replace(reading, t=1e6 + i * STEP)
        assert one.update(at) == two.update(at)
    assert one.state is State.SUBSIDING or one.state is State.CALM


@pytest.mark.parametrize(
    ("reading", "around", "expected"),
    [
        (replace(HOSTILE, hostile=6, growth=STILL), Circumstances(), 1),
        (replace(HOSTILE, hostile=20, growth=STILL), Circumstances(), 2),
        (replace(HOSTILE, hostile=40, growth=STILL), Circumstances(), 3),
        (HOSTILE, Circumstances(), 3),
        (
            replace(HOSTILE, hostile=6, growth=STILL),
            Circumstances(is_press_or_large_account=True),
            3,
        ),
        (HOSTILE, Circumstances(networks=3), 4),
        (replace(HOSTILE, hostile=120), Circumstances(), 4),
        (QUIET, Circumstances(is_safety_or_legal=True), 4),
    ],
)
def test_severity(reading: Reading, around: Circumstances, expected: int) -> None:
    assert severity(reading, around) == expected


def test_severity_climbs_and_is_told(brand: Follower) -> None:
    assert brand.see(replace(HOSTILE, hostile=20, growth=STILL)) == ["calm>storm:score:2"]
    assert brand.see(replace(HOSTILE, hostile=110), 2) == ["storm>storm:severity:4"]
    assert brand.see(HOSTILE, 2) == []


def test_doubling_time_and_its_range() -> None:
    counts = [0.0] * 18 + [2, 4, 6, 8, 16, 24]
    now = growth(counts)
    assert (now.earlier, now.later) == (12, 48)
    assert now.doubling_min == pytest.approx(7.7, abs=0.2)
    assert now.fastest_min < now.doubling_min < now.slowest_min < 15
    assert growth([1.0] * 24).doubling_min == inf
    assert not growth([3, 3, 2, 4] * 6).is_growing
    assert growth([0.0] * 24) == STILL


def test_the_forecast_has_a_range_and_an_end() -> None:
    steady = forecast([5.0] * 24)
    assert steady.low <= steady.likely <= steady.high
    assert steady.low == pytest.approx(120, abs=1)
    wild = forecast([0.0] * 18 + [2, 4, 6, 8, 16, 24])
    assert wild.high <= 48 / 15 * 8 * 120
    assert forecast([0.0] * 24) == Forecast(0, 0, 0)


def test_the_sentence_has_the_numbers() -> None:
    now = replace(HOSTILE, t=14 * 3600 + 2400)
    assert sentence(explain(now, since_s=14 * 3600 + 300, topic="refund")) == (
        "Since 14:05 UTC: 46 hostile messages by about 41 people in 60 min, 3.1 expected; "
        '72% of the extra messages are hostile (usual 18%); topic "refund"; '
        "doubling every 22 min (17 min to 31 min); next 2 h: 90 to 600 hostile messages; "
        "not a few accounts (0.90 people per message)."
    )
    raid = sentence(explain(replace(HOSTILE, people_per_message=0.1, growth=STILL)))
    assert "a few accounts write most of it (0.10 people per message)" in raid
    assert "doubling" not in raid
