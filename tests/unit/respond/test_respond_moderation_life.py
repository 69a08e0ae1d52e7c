"""The life of an act: it ends for certain, whatever the network does and whoever dies."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.respond.domain import moderation as life
from services.respond.domain.moderation import ENDS, Progress, State

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WHY = ("network.server_error", "trouble")


def requested() -> Progress:
    return life.request(NOW, NOW)


@given(
    steps=st.lists(
        st.sampled_from(["retry", "back_off", "grant", "rest", "dies"]), min_size=200, max_size=200
    ),
    jitter=st.floats(0, 1),
)
def test_it_ends_within_a_day_and_a_lease(steps: list[str], jitter: float) -> None:
    one, now = requested(), NOW
    for step in steps:
        if one.state in ENDS:
            break
        assert one.due_at is not None
        now = max(now, one.due_at) + timedelta(minutes=8)
        one = life.claim(one, now)
        match step:
            case "retry":
                one = life.retry(life.called(one), now, WHY, jitter)
            case "back_off":
                one = life.back_off(life.called(one), now, WHY, 600)
            case "grant":
                one = life.await_grant(one, now, WHY)
            case "rest":
                one = life.put_off(one, now + timedelta(seconds=5))
    if {"retry", "back_off"} & set(steps[190:]):
        assert one.state in ENDS


def test_retries_wait_longer_each_time_and_end_after_an_hour() -> None:
    one = life.retry(life.called(life.claim(requested(), NOW)), NOW, WHY, 0.5)
    assert (one.state, one.due_at) == (State.WAITING, NOW + timedelta(seconds=2))
    one = life.retry(life.called(life.claim(one, NOW)), NOW, WHY, 0.5)
    assert one.due_at == NOW + timedelta(seconds=4)
    late = NOW + timedelta(hours=1)
    ended = life.retry(life.called(life.claim(one, late)), late, WHY, 0.5)
    assert (ended.state, ended.code, ended.attempts) == (State.PARKED, WHY[0], 3)


def test_a_wait_that_is_too_long_is_a_persons() -> None:
    assert life.back_off(requested(), NOW, WHY, 3600).state is State.WAITING
    ended = life.back_off(requested(), NOW, WHY, 86_400)
    assert (ended.state, ended.code) == (State.PARKED, "moderation.too_late")


def test_a_missing_grant_is_waited_for_an_hour() -> None:
    one = life.await_grant(requested(), NOW, WHY)
    assert one.refused_at == NOW
    assert life.await_grant(one, NOW + timedelta(minutes=59), WHY).state is State.WAITING
    assert life.await_grant(one, NOW + timedelta(minutes=60), WHY).state is State.PARKED


@pytest.mark.parametrize(
    ("act", "later", "is_undone"),
    [
        ("hide", "unhide", True), ("unhide", "hide", True), ("like", "unlike", True),
        ("hide", "delete", True), ("delete", "hide", False), ("hide", "like", False),
        ("block", "delete", False), ("hide", "hide", False),
    ],
)  # fmt: skip
def test_which_act_makes_another_pointless(act: object, later: object, is_undone: bool) -> None:
    assert life.is_undone_by(act, later) is is_undone  # type: ignore[arg-type]
