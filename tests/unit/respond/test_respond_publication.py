"""The life of an answer under crashes at every point: never two sends without a look in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.messages import ReceiptFields
from services.respond.domain import publication as life
from services.respond.domain.publication import NotPossible, Publication, State
from services.respond.domain.receipts import hear

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WHY = ("network.trouble", "something went wrong")


def sending(now: datetime = NOW) -> Publication:
    return life.begin(life.claim(life.approve(now, now), now), "att_1", now)


class Network:
    """What the network really did, which the machine under test cannot see."""

    def __init__(self) -> None:
        self.applied = 0
        self.calls_since_look = 0


class Life(RuleBasedStateMachine):
    """A clock, a network that loses answers, and a process that dies anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.network = Network()
        self.one = life.approve(self.now, self.now)
        self.in_call = False

    def _is(self, *states: State) -> bool:
        return self.one.state in states

    @rule(seconds=st.sampled_from([1, 11, 31, 120, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: life.is_due(self.one, self.now) and not self.in_call)
    @rule()
    def somebody_claims(self) -> None:
        before = self.one
        self.one = life.claim(before, self.now)
        assert self.one.fence > before.fence
        assert (before.state is State.SENDING) == (
            self.one.state is State.UNKNOWN and before.state is not State.UNKNOWN
        )

    @precondition(lambda self: self._is(State.CLAIMED) and not self.one.is_doubtful)
    @rule()
    def the_call_begins(self) -> None:
        self.one = life.begin(self.one, f"att_{self.one.attempts}", self.now)
        self.in_call = True

    @precondition(lambda self: self.in_call)
    @rule(is_applied=st.booleans(), answer=st.sampled_from(["sent", "lost", "crash", "5xx"]))
    def the_call_is_made(self, is_applied: bool, answer: str) -> None:
        self.in_call = False
        # An honest success is always applied; every other end of a call may be or not.
        applied = is_applied or answer == "sent"
        self.network.applied += applied
        self.network.calls_since_look += 1
        if answer == "sent":
            self.one = life.publish(self.one, self.now, "ext_1", None, "sent")
        elif answer == "lost":
            self.one = life.lose(self.one, self.now, WHY)
        elif answer == "5xx":
            self.one = life.retry(self.one, self.now, WHY, is_doubtful=True, jitter=0.5)

    @precondition(lambda self: self.in_call)
    @rule(
        how=st.sampled_from(["connect", "throttled", "grant", "refused"]),
        wait_s=st.one_of(st.none(), st.floats(0, 1e4)),
    )
    def the_call_is_surely_not_applied(self, how: str, wait_s: float | None) -> None:
        self.in_call = False
        if how == "connect":
            self.one = life.retry(self.one, self.now, WHY, is_doubtful=False, jitter=0.5)
        elif how == "throttled":
            self.one = life.back_off(self.one, self.now, WHY, wait_s)
        elif how == "grant":
            self.one = life.await_grant(self.one, self.now, WHY)
        else:
            self.one = life.fail(self.one, WHY)

    @precondition(lambda self: self.one.is_doubtful and self._is(State.CLAIMED, State.UNKNOWN))
    @rule(is_readable=st.booleans())
    def it_is_looked_for(self, is_readable: bool) -> None:
        if not is_readable:
            self.one = life.cannot_look(self.one, self.now, WHY, jitter=0.5)
            return
        self.network.calls_since_look = 0
        if self.network.applied:
            self.one = life.publish(self.one, self.now, "ext_1", None, "found")
        else:
            self.one = life.miss(self.one, self.now)

    @precondition(lambda self: self._is(State.CLAIMED, State.UNKNOWN) and not self.in_call)
    @rule(seconds=st.sampled_from([1, 60, 3600, 100_000]))
    def the_account_rests(self, seconds: int) -> None:
        was_doubtful = self.one.is_doubtful
        self.one = life.put_off(self.one, self.now + timedelta(seconds=seconds))
        assert self.one.is_doubtful == was_doubtful

    @precondition(lambda self: self.network.applied and not self.in_call)
    @rule(state=st.sampled_from(["sent", "delivered", "failed"]))
    def a_receipt_comes(self, state: Any) -> None:
        receipt = ReceiptFields(network="whatsapp", state=state, external_id="ext_1")
        after = hear(self.one, receipt, self.now)
        if after is None:
            return
        self.one = after
        if state == "failed":
            # It reached nobody, so a person may have it sent once more.
            self.network.applied = 0

    @precondition(lambda self: self._is(*life.REOPENABLE))
    @rule()
    def a_person_releases_it_again(self) -> None:
        self.now += timedelta(seconds=1)
        self.one = life.reopen(self.one, self.now, self.now)

    @invariant()
    def it_is_applied_once_at_most(self) -> None:
        assert self.network.applied <= 1

    @invariant()
    def nothing_in_doubt_can_be_sent(self) -> None:
        if self.one.is_doubtful:
            with pytest.raises(NotPossible):
                life.begin(self.one, "att_x", self.now)

    @invariant()
    def unknown_is_always_in_doubt(self) -> None:
        assert self.one.state is not State.UNKNOWN or self.one.is_doubtful

    @invariant()
    def what_is_not_at_an_end_is_due_some_day(self) -> None:
        ended = {State.PUBLISHED, State.FAILED, State.PARKED, State.REJECTED}
        assert (self.one.due_at is None) == (self.one.state in ended)

    @invariant()
    def a_published_one_has_its_receipt(self) -> None:
        if self.one.state is State.PUBLISHED:
            assert self.network.applied == 1
            assert (self.one.external_id, self.one.how is not None) == ("ext_1", True)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


def test_waits_double_and_end_after_six_tries() -> None:
    one, waits = sending(), []
    for _ in range(5):
        one = life.retry(one, NOW, WHY, is_doubtful=False, jitter=0.5)
        assert one.due_at is not None
        waits.append((one.due_at - NOW).total_seconds())
        one = life.begin(life.claim(one, one.due_at), "att", NOW)
    assert waits == [2, 4, 8, 16, 32]
    ended = life.retry(one, NOW, WHY, is_doubtful=False, jitter=0.5)
    assert (ended.state, ended.code) == (State.FAILED, WHY[0])
    assert life.retry(one, NOW, WHY, is_doubtful=True, jitter=0.5).state is State.PARKED


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)])
def test_jitter_spreads_the_wait(jitter: float, seconds: float) -> None:
    one = life.retry(sending(), NOW, WHY, is_doubtful=False, jitter=jitter)
    assert one.due_at == NOW + timedelta(seconds=seconds)


def test_the_networks_wait_is_obeyed_and_a_day_is_the_longest() -> None:
    one = life.back_off(sending(), NOW, WHY, 777.0)
    assert (one.state, one.due_at) == (State.WAITING, NOW + timedelta(seconds=777))
    late = life.back_off(sending(), NOW + timedelta(hours=25), WHY, 5.0)
    assert (late.state, late.code) == (State.PARKED, "publish.too_late")


def test_a_lost_grant_waits_an_hour_and_is_told_once() -> None:
    one, told = sending(), set()
    for minute in range(61):
        one = life.await_grant(one, NOW + timedelta(minutes=minute), WHY)
        told.add((one.state, one.revision))
    assert told == {(State.WAITING, 1), (State.PARKED, 2)}


def test_two_absences_ten_seconds_apart_are_sure() -> None:
    one = life.lose(sending(), NOW, WHY)
    once = life.miss(one, NOW)
    assert (once.state, once.due_at) == (State.UNKNOWN, NOW + timedelta(seconds=10))
    twice = life.miss(once, NOW)
    assert (twice.state, twice.is_doubtful) == (State.APPROVED, False)
    assert life.miss(one, NOW, needed=1).state is State.APPROVED


def test_what_cannot_be_looked_for_is_parked_within_two_minutes() -> None:
    one, now = life.lose(sending(), NOW, WHY), NOW
    while one.state is State.UNKNOWN:
        assert one.due_at is not None
        now = one.due_at
        one = life.cannot_look(life.claim(one, now), now, WHY, jitter=0.5)
    assert (one.state, one.code) == (State.PARKED, "publish.unknown")
    assert now - NOW <= timedelta(minutes=2)


def test_a_lease_that_ran_out_in_the_call_is_unknown() -> None:
    late = NOW + timedelta(seconds=31)
    one = life.claim(sending(), late)
    assert (one.state, one.code, one.is_doubtful) == (State.UNKNOWN, "publish.interrupted", True)
    before_the_call = life.claim(life.claim(life.approve(NOW, NOW), NOW), late)
    assert (before_the_call.state, before_the_call.is_doubtful) == (State.CLAIMED, False)


def test_a_rest_is_no_news_and_changes_nothing_else() -> None:
    later = NOW + timedelta(minutes=5)
    one = life.put_off(life.claim(life.approve(NOW, NOW), NOW), later)
    assert (one.state, one.due_at, one.revision) == (State.APPROVED, later, 0)
    doubted = life.put_off(life.lose(sending(), NOW, WHY), later)
    assert (doubted.state, doubted.due_at, doubted.is_doubtful) == (State.UNKNOWN, later, True)
    too_long = life.put_off(life.claim(life.approve(NOW, NOW), NOW), NOW + timedelta(days=2))
    assert (too_long.state, too_long.code) == (State.PARKED, "publish.too_late")
    waiting = life.back_off(sending(), NOW, WHY, 86_400.0)
    assert (waiting.state, waiting.code) == (State.PARKED, "publish.too_late")


@pytest.mark.parametrize(
    "step",
    [
        lambda: life.put_off(life.approve(NOW, NOW), NOW),
        lambda: life.undeliver(life.approve(NOW, NOW), WHY, "ext_1"),
        lambda: life.claim(life.approve(NOW, NOW), NOW - timedelta(seconds=1)),
        lambda: life.claim(sending(), NOW),
        lambda: life.begin(life.approve(NOW, NOW), "att", NOW),
        lambda: life.begin(sending(), "att", NOW),
        lambda: life.lose(life.approve(NOW, NOW), NOW, WHY),
        lambda: life.miss(sending(), NOW),
        lambda: life.publish(life.approve(NOW, NOW), NOW, "x", None, "sent"),
        lambda: life.reject(sending(), NOW, WHY),
        lambda: life.reopen(sending(), NOW + timedelta(1), NOW),
        lambda: life.reopen(life.fail(sending(), WHY), NOW, NOW),
        lambda: life.claim(replace(life.fail(sending(), WHY), due_at=NOW), NOW),
    ],
)
def test_steps_out_of_order_are_bugs(step: Any) -> None:
    with pytest.raises(NotPossible):
        step()


def test_reopening_keeps_the_doubt() -> None:
    parked = life.park(life.lose(sending(), NOW, WHY), WHY)
    again = life.reopen(parked, NOW + timedelta(seconds=1), NOW)
    assert (again.state, again.is_doubtful) == (State.APPROVED, True)
    with pytest.raises(NotPossible):
        life.begin(life.claim(again, NOW), "att", NOW)
