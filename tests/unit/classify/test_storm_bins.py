"""Bins of a brand: exact under repeats and order, closed by what the log says, corrected by what is late."""

import json
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from contracts.replies import Approver
from contracts.storms import SignalObserved, StormSteered
from services.classify.domain.bar import Bar
from services.classify.domain.bins import BIN_S, SUMS, Bins
from services.classify.domain.brand import Brand
from services.classify.domain.crowd import Crowd

BEGUN = datetime(2026, 11, 2, tzinfo=UTC)
ZERO = int(BEGUN.timestamp())


def signal(second: int = 0, shard: int = 0, revision: int = 1, **counts: Any) -> SignalObserved:
    at = BEGUN + timedelta(seconds=second)
    seen = counts.pop("observed_at", at + timedelta(seconds=5))
    return SignalObserved(
        brand_id="brd_1", bucket_at=at, shard=shard, revision=revision, observed_at=seen, **counts
    )


def closed(bins: Bins, until: int) -> list[tuple[int, int, int]]:
    return [(b.start - ZERO, b.sums["messages"], b.late_arrived) for b in bins.due(ZERO + until)]


def test_a_repeat_and_an_older_revision_change_nothing() -> None:
    bins = Bins(ZERO)
    bins.fold(signal(0, revision=2, messages=5))
    for again in (signal(0, revision=2, messages=5), signal(0, revision=1, messages=3)):
        assert not bins.fold(again)
    bins.fold(signal(0, revision=3, messages=6))
    bins.fold(signal(0, shard=4, messages=1))
    assert closed(bins, BIN_S) == [(0, 7, 0)]


def test_order_within_open_bins_does_not_matter() -> None:
    chance = random.Random(3)
    told = [signal(s, sh, r, messages=r * 2, authors=r, author_hashes=[s + sh, r])
            for s in range(0, 600, 10) for sh in (0, 5) for r in (1, 2)]  # fmt: skip
    results = []
    for _ in range(4):
        chance.shuffle(told)
        bins = Bins(ZERO)
        for one in told + told[:20]:
            bins.fold(one)
        results.append([(b.start, b.sums) for b in bins.due(ZERO + 600)])
    assert results.count(results[0]) == 4


def test_empty_bins_close_too_and_none_before_its_time() -> None:
    bins = Bins(ZERO)
    assert closed(bins, BIN_S - 1) == []
    assert closed(bins, 3 * BIN_S + 60) == [(0, 0, 0), (300, 0, 0), (600, 0, 0)]
    assert closed(bins, 2 * BIN_S) == [], "time never goes back"


def test_what_is_late_corrects_the_numbers_and_is_counted_where_it_arrives() -> None:
    bins = Bins(ZERO)
    bins.fold(signal(10, messages=3))
    assert closed(bins, BIN_S) == [(0, 3, 0)]
    assert not bins.fold(signal(10, revision=2, messages=8))
    assert bins.shown(ZERO, ZERO + BIN_S)["messages"] == 8
    assert closed(bins, 2 * BIN_S) == [(300, 0, 5)]
    assert closed(bins, 3 * BIN_S) == [(600, 0, 0)]


def test_what_is_of_last_week_changes_no_bin_and_counts_once() -> None:
    bins = Bins(ZERO)
    old = signal(-7 * 86_400, messages=40, observed_at=BEGUN)
    for _ in range(3):
        assert not bins.fold(old)
    assert closed(bins, BIN_S) == [(0, 0, 40)]


def test_a_silence_of_a_month_is_not_worked_through() -> None:
    assert len(list(Bins(ZERO).due(ZERO + 30 * 86_400))) == 288


def test_a_state_goes_on_alike() -> None:
    bins = Bins(ZERO)
    for second in range(0, 900, 10):
        bins.fold(signal(second, second % 3, messages=2, hostile=1, hostile_hashes=[second % 7]))
    again = Bins.from_state(json.loads(json.dumps(bins.to_state())))
    assert [vars_of(b) for b in again.due(ZERO + 900)] == [vars_of(b) for b in bins.due(ZERO + 900)]


def vars_of(one: Any) -> tuple[Any, ...]:
    return one.start, one.sums, one.late_arrived


def test_one_person_in_two_shards_counts_once() -> None:
    bins = Bins(ZERO)
    for shard in (0, 1, 2):
        bins.fold(signal(0, shard, messages=2, authors=2, author_hashes=[11, 20 + shard]))
    (one,) = bins.due(ZERO + BIN_S)
    assert one.sums["authors"] == 4
    assert set(SUMS) == set(one.sums)


def test_a_crowd_is_exact_while_small_and_near_when_large() -> None:
    chance = random.Random(5)
    small, large = Crowd(), Crowd()
    people = [chance.getrandbits(53) for _ in range(20_000)]
    small.add(people[:200] * 2)
    large.add(people)
    assert len(small) == 200
    assert abs(len(large) - 20_000) < 5_000
    assert len(large.to_state()[1]) <= 256


def lived(seed: int, *, is_torn: bool) -> list[Any]:
    """Two days and a storm; when torn, the state is written and read back again and again."""
    chance, brand, told = random.Random(seed), Brand("brd_1", BEGUN), []
    for second in range(0, 30 * 3_600, 10):
        is_hot = 26 * 3_600 < second < 28 * 3_600
        count = chance.choice((0, 3, 6)) if is_hot else int(chance.random() < 0.1)
        if count:
            bad = count - 1 if is_hot else int(chance.random() < 0.15)
            brand.fold(signal(second, chance.randrange(12), messages=count, negative=bad,
                              hostile=bad, toxic=bad // 2, authors=count))  # fmt: skip
        if second % 60 == 0:
            told += brand.advance(BEGUN + timedelta(seconds=second - 60))
        if is_torn and second % 1_230 == 0:
            brand = Brand.from_state("brd_1", json.loads(json.dumps(brand.to_state())))
    return told


def test_a_brand_that_is_written_and_read_back_decides_alike_to_the_last_digit() -> None:
    whole = lived(1, is_torn=False)
    assert lived(1, is_torn=True) == whole
    levels = [one.level for one in whole if not one.is_tick]
    assert "storm" in levels
    assert len({one.incident_id for one in whole if one.level != "calm"}) == 1


def test_a_brand_that_is_not_calm_tells_its_numbers_every_minute() -> None:
    told = lived(1, is_torn=False)
    hot = [one.changed_at for one in told if one.level == "storm"]
    assert {(b - a).total_seconds() for a, b in pairwise(hot)} <= {60.0, 0.0}


def test_a_connector_that_catches_up_raises_nothing() -> None:
    brand, told = Brand("brd_1", BEGUN), []
    for minute in range(26 * 60):
        brand.fold(signal(minute * 60, messages=1))
        told += brand.advance(BEGUN + timedelta(minutes=minute - 2))
    for minute in range(26 * 60, 27 * 60):
        brand.fold(signal(minute * 60, messages=60, negative=55, hostile=55, toxic=30, authors=50,
                          late=58))  # fmt: skip
        told += brand.advance(BEGUN + timedelta(minutes=minute - 2))
    assert told == []


def steered(steer: str, minute: int, **more: Any) -> StormSteered:
    by = Approver(kind="person", id="usr_1", name="A")
    return StormSteered(
        steer_id=f"str_{minute}", brand_id="brd_1", steer=steer, by=by,  # type: ignore[arg-type]
        at=BEGUN + timedelta(minutes=minute), **more,
    )  # fmt: skip


def test_a_person_raises_and_ends_a_storm() -> None:
    brand = Brand("brd_1", BEGUN)
    list(brand.advance(BEGUN + timedelta(minutes=5)))
    (raised,) = brand.steer(steered("raise", 7))
    assert (raised.level, raised.before, raised.is_manual) == ("storm", "calm", True)
    assert raised.severity >= 2
    (ended,) = brand.steer(steered("end", 20))
    assert (ended.level, ended.incident_id) == ("calm", raised.incident_id)
    assert ended.revision > raised.revision
    assert list(brand.steer(steered("end", 21))) == []


def test_snoozed_and_expected_are_told() -> None:
    brand = Brand("brd_1", BEGUN)
    list(brand.advance(BEGUN + timedelta(minutes=5)))
    list(brand.steer(steered("raise", 6)))
    until = BEGUN + timedelta(hours=3)
    (snoozed,) = brand.steer(steered("snooze", 7, until=until))
    (expected,) = brand.steer(steered("expect", 8, until=until))
    assert snoozed.is_tick
    assert snoozed.snoozed_until == until
    assert expected.is_expected


@pytest.mark.parametrize(("rate", "least", "most"), [(2.6, 7, 7), (52, 4.5, 4.5), (0.5, 9, 10)])
def test_the_bar_follows_the_rate_a_brand_accepts(rate: float, least: float, most: float) -> None:
    assert least <= Bar(rate).height <= most


def test_false_alarms_raise_the_bar_and_the_last_word_counts() -> None:
    bar = Bar()
    for number in range(5):
        bar.label(f"inc_{number}", ZERO + number, is_storm=False)
    assert bar.height > Bar().height
    for number in range(5):
        bar.label(f"inc_{number}", ZERO + number, is_storm=True)
    assert bar.height == Bar().height
    assert Bar.from_state(json.loads(json.dumps(bar.to_state()))) == bar
