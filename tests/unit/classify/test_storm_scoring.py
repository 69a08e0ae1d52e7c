"""The storm benchmark itself: the same worlds from the same seed, and scores counted by hand."""

import numpy as np
import pytest

from benchmarks.storm_crowds import Params, Strike
from benchmarks.storm_nab import load, records, sweep
from benchmarks.storm_score import calibrate, episodes, figures, judge
from benchmarks.storm_training import REPORTED, labels, random_params
from benchmarks.storm_world import Brand


@pytest.fixture(scope="module")
def brand() -> Brand:
    return Brand(500, (1, 2, 3), 300, Params())


def test_a_seed_gives_the_world_of_the_reference(brand: Brand) -> None:
    again = Brand(500, (1, 2, 3), 300, Params())
    assert all((brand.columns[name] == again.columns[name]).all() for name in brand.columns)
    assert {name: int(column.sum()) for name, column in brand.columns.items()} == SUMS
    assert [(s.kind, s.on, s.end, s.peak, s.total) for s in brand.storms] == STORMS


# What the reference generator gives for this brand.
SUMS = {
    "n": 34565,
    "neg": 9495,
    "pos": 8900,
    "tox": 1791,
    "new": 12211,
    "share": 10875,
    "authors": 32622,
}
STORMS = [
    ("flash", 4325, 4739, 4500, 1902),
    ("slow", 7235, 7639, 7388, 942),
    ("fast", 9948, 10273, 9980, 368),
    ("slow", 12595, 12938, 12890, 1533),
]


def test_an_alarm_lasts_until_it_has_been_quiet_for_long() -> None:
    score = np.zeros(100)
    score[[10, 12, 30, 80]] = 5
    assert episodes(score, 5, 20) == [(10, 30), (80, 80)]
    assert episodes(score, 6, 20) == []


def test_hits_delays_and_false_alarms_are_counted(brand: Brand) -> None:
    storm = brand.storms[0]
    score = np.zeros(brand.bins_n)
    score[storm.on + 5] = 9
    quiet = next(
        i for i in range(14 * 288, brand.bins_n)
        if all(not s.on - 288 <= i <= s.end + 2 * 288 for s in brand.storms)
        and all(not i0 - 288 <= i <= i1 + 288 for _, i0, i1 in brand.events)
    )  # fmt: skip
    score[quiet] = 9
    hits, causes, weeks = judge(brand, score, 9)
    assert hits[0].is_found
    assert hits[0].delay_min == 30
    assert causes == ["noise"]
    assert 4 < weeks < 6


def test_figures_of_no_storms_and_of_missed_ones() -> None:
    assert figures([], 1, 2).false_per_week == 0.5
    assert calibrate([], [np.zeros(3)], 0.05) == np.inf


def test_only_the_highest_of_a_day_passes() -> None:
    passed = records(np.array([1.0, 3.0, 2.0, 3.0, 4.0, *[0.0] * 288, 1.0]))
    assert passed.tolist()[:5] == [1, 3, 0, 0, 4]
    assert passed[-1] == 1


def test_a_detector_that_says_nothing_scores_nothing_on_real_counts() -> None:
    series = load()
    assert (len(series), sum(one.windows for one in series)) == (10, 33)
    assert sweep(series, [np.zeros(len(one.rows)) for one in series]).score == 0
    perfect = [(one.window >= 0).astype(float) for one in series]
    assert sweep(series, perfect).found == 33
    assert sweep(series, perfect).score == pytest.approx(100, abs=1)


def test_what_is_reported_is_not_learnt_from(brand: Brand) -> None:
    assert not REPORTED & {*range(101, 105), *range(401, 405)}
    assert random_params(401) == random_params(401)
    is_storm, worth = labels(brand)
    assert worth[: 3 * 288].sum() == 0
    storm: Strike = brand.storms[0]
    assert is_storm[storm.on] == 1
    assert worth[storm.on] > worth[storm.end]
