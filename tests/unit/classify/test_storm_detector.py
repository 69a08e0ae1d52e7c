"""The storm detector: what alarms, what does not, bad input, and state that resumes exactly."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from services.classify.domain.storms import Storm
from services.classify.domain.storms.detector import STORM, WATCH, scaled
from services.classify.domain.storms.timeline import DAY_S, since_monday

STEP = 300
DAYS = 4
START = DAYS * 288


def usual(rng: np.random.Generator, t: float, per_bin: float = 3.0) -> dict[str, Any]:
    """An ordinary five minutes: one in six messages negative."""
    wave = 1 + 0.6 * np.cos((t % 86_400) / 86_400 * 2 * np.pi - 4)
    return made(rng, t, int(rng.poisson(per_bin * wave)), negative=0.16, toxic=0.2, distinct=0.95)


def made(
    rng: np.random.Generator,
    t: float,
    n: int,
    negative: float,
    toxic: float,
    distinct: float = 0.93,
) -> dict[str, Any]:
    neg = int(rng.binomial(n, negative))
    return {
        "t": t, "n": n, "neg": neg, "pos": int(rng.binomial(n - neg, 0.3)),
        "tox": int(rng.binomial(neg, toxic)), "new": int(rng.binomial(n, 0.4)),
        "share": int(rng.binomial(n, 0.3)), "authors": min(n, max(int(n > 0), round(n * distinct))),
    }  # fmt: skip


def plus(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: one[name] if name == "t" else one[name] + other[name] for name in one}


def days(rng: np.random.Generator, count: int = START) -> Iterator[dict[str, Any]]:
    for i in range(count):
        yield usual(rng, i * STEP)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def settled() -> dict[str, Any]:
    """The state of a detector after four ordinary days, as JSON keeps it."""
    storm = Storm()
    for counts in days(np.random.default_rng(5)):
        storm.update(counts)
    return json.loads(json.dumps(storm.to_state()))


def crowd(
    rng: np.random.Generator,
    bins: int,
    n: float,
    negative: float,
    toxic: float,
    distinct: float = 0.93,
) -> Iterator[dict[str, Any]]:
    for i in range(bins):
        t = (START + i) * STEP
        size = int(n * min(1.0, (i + 1) / 6))
        yield plus(usual(rng, t), made(rng, t, size, negative, toxic, distinct))


def highest(storm: Storm, stream: Iterator[dict[str, Any]]) -> float:
    return max(storm.update(counts) for counts in stream)


def test_ordinary_days_stay_calm(rng: np.random.Generator) -> None:
    storm = Storm()
    assert max(storm.update(counts) for counts in days(rng, 7 * 288)) < WATCH


def test_a_hostile_crowd_is_a_storm_within_the_hour(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    assert highest(Storm.from_state(settled), crowd(rng, 12, 15, 0.7, 0.4)) >= STORM


@pytest.mark.parametrize(
    ("what", "negative", "toxic", "distinct"),
    [("praise", 0.05, 0.1, 0.95), ("giveaway", 0.08, 0.05, 0.9), ("a few accounts", 0.8, 0.4, 0.1)],
)
def test_a_crowd_that_is_not_hostile_or_not_a_crowd_is_no_storm(
    settled: dict[str, Any],
    rng: np.random.Generator,
    what: str,
    negative: float,
    toxic: float,
    distinct: float,
) -> None:
    stream = crowd(rng, 36, 40, negative, toxic, distinct)
    assert highest(Storm.from_state(settled), stream) < STORM, what


def test_a_crowd_that_never_swears_is_a_storm_too(rng: np.random.Generator) -> None:
    storm = Storm()
    for counts in days(rng):
        storm.update({**counts, "tox": 0})
    for i in range(24):
        t = (START + i) * STEP
        crowd_now = plus(usual(rng, t), made(rng, t, 8, negative=0.85, toxic=0.0))
        storm.update({**crowd_now, "tox": 0})
    assert storm.reading().score >= STORM
    calm = Storm()
    for counts in days(rng):
        calm.update({**counts, "tox": 0})
    for i in range(24):
        t = (START + i) * STEP
        glad = plus(usual(rng, t), made(rng, t, 8, negative=0.05, toxic=0.0))
        assert calm.update({**glad, "tox": 0}) < STORM


def test_regulars_who_turn_are_seen_without_extra_volume(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    storm = Storm.from_state(settled)
    wave = (usual(rng, (START + i) * STEP)["n"] for i in range(288))
    stream = (
        made(rng, (START + i) * STEP, n, 0.16 + 0.5 * min(1, i / 96), 0.4)
        for i, n in enumerate(wave)
    )
    assert highest(storm, stream) >= STORM


def test_a_restored_detector_scores_the_same_to_the_last_digit(rng: np.random.Generator) -> None:
    first = Storm()
    stream = [*days(rng, 2 * 288), *crowd(rng, 30, 15, 0.7, 0.4)]
    for cut, counts in enumerate(stream):
        if cut % 97 == 0:
            first_state = json.dumps(first.to_state())
            second = Storm.from_state(json.loads(first_state))
        assert first.update(counts) == second.update(counts)
    assert first.to_state() == second.to_state()


def test_state_fits_two_kilobytes(settled: dict[str, Any]) -> None:
    def numbers(value: Any) -> Iterator[float]:
        if isinstance(value, dict | list):
            for one in value.values() if isinstance(value, dict) else value:
                yield from numbers(one)
        else:
            yield float(value or 0)

    packed = b"".join(struct.pack("<d", number) for number in numbers(settled))
    assert len(packed) <= 2048


def test_repeats_and_late_bins_change_nothing(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    storm = Storm.from_state(settled)
    bad = list(crowd(rng, 12, 40, 0.9, 0.5))
    once = [storm.update(counts) for counts in bad]
    before = storm.to_state()
    for late in (bad[-1], bad[3], bad[0]):
        assert storm.update(late) == once[-1]
    assert storm.to_state() == before


def test_a_clock_that_jumps_is_not_believed_at_once(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    storm = Storm.from_state(settled)
    usual_score = storm.update(usual(rng, START * STEP))
    odd = usual(rng, START * STEP + 400 * DAY_S)
    assert storm.update(odd) == usual_score
    assert highest(storm, (usual(rng, (START + i) * STEP) for i in range(1, 24))) < WATCH
    assert storm.reading().t == (START + 23) * STEP


@pytest.mark.parametrize("jump_s", [40 * DAY_S, -2 * DAY_S])
def test_a_clock_that_stays_there_is_followed(
    settled: dict[str, Any], rng: np.random.Generator, jump_s: float
) -> None:
    storm = Storm.from_state(settled)
    stream = (usual(rng, START * STEP + jump_s + i * STEP) for i in range(24))
    assert highest(storm, stream) < WATCH
    assert storm.reading().t == START * STEP + jump_s + 23 * STEP


def test_a_day_of_silence_and_the_return_are_no_storm(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    stream = (usual(rng, (START + 280 + i) * STEP) for i in range(48))
    assert highest(Storm.from_state(settled), stream) < WATCH


def test_a_connector_that_catches_up_neither_alarms_nor_teaches(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    storm = Storm.from_state(settled)
    for i in range(6):
        flood = made(rng, (START + i) * STEP, 4_000, 0.5, 0.4)
        assert storm.update({**flood, "backfill": True}) < WATCH
    assert storm.to_state()["usual"] == settled["usual"]


def test_messages_without_labels_are_not_taken_for_calm_or_storm(
    settled: dict[str, Any], rng: np.random.Generator
) -> None:
    storm = Storm.from_state(settled)
    for i in range(24):
        blind = {**usual(rng, (START + i) * STEP), "n": 50, "neg": 0, "tox": 0, "labelled": 0}
        assert storm.update(blind) < WATCH
    assert storm.to_state()["usual"] == settled["usual"]
    doubled = ("n", "new", "share", "authors")
    late = (
        {
            **c,
            **{name: 2 * c[name] for name in doubled},
            "labelled": c["n"],
            "t": c["t"] + 24 * STEP,
        }
        for c in crowd(rng, 14, 15, 0.7, 0.4)
    )
    assert highest(storm, late) >= STORM


def test_the_first_day_may_be_watched_and_never_called_a_storm(rng: np.random.Generator) -> None:
    storm = Storm()
    for i in range(288):
        assert storm.update(made(rng, i * STEP, 60, 0.8, 0.5)) < STORM


def test_one_minute_bins_see_the_same_storm(rng: np.random.Generator) -> None:
    storm = Storm(bin_s=60)
    for i in range(3 * 1440):
        storm.update(usual(rng, i * 60, per_bin=0.6))
    start = 3 * 1440
    assert max(storm.update(made(rng, (start + i) * 60, 4, 0.7, 0.4)) for i in range(60)) >= STORM


def test_the_reading_tells_the_numbers(settled: dict[str, Any], rng: np.random.Generator) -> None:
    storm = Storm.from_state(settled)
    highest(storm, crowd(rng, 6, 30, 0.7, 0.4))
    now = storm.reading()
    assert now.hostile > 5 * now.hostile_expected
    assert now.excess_share == pytest.approx(0.7, abs=0.1)
    assert now.usual_share == pytest.approx(0.17, abs=0.04)
    assert now.people_per_message == pytest.approx(0.93, abs=0.04)
    assert now.growth.is_growing


def test_scores_stand_at_their_rates_and_never_turn() -> None:
    assert scaled(-0.6) == pytest.approx(WATCH)
    assert scaled(1.2) == pytest.approx(STORM)
    rising = [scaled(x / 10) for x in range(-200, 200)]
    assert rising == sorted(rising)
    assert rising[0] > 0


def test_the_time_axis_begins_on_a_monday() -> None:
    assert since_monday(4 * 86_400) == 0
