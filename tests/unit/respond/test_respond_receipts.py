"""What receipts change, in every order in which they can arrive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages import ReceiptFields
from services.respond.domain import publication as life
from services.respond.domain.publication import Publication, State
from services.respond.domain.receipts import hear

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WHY = ("network.trouble", "something went wrong")


def receipt(state: Any, external_id: str | None = "ext_1", **more: Any) -> ReceiptFields:
    return ReceiptFields(network="whatsapp", state=state, external_id=external_id, **more)


def approved() -> Publication:
    return life.approve(NOW, NOW)


def sending() -> Publication:
    return life.begin(life.claim(approved(), NOW), "att_1", NOW)


def published() -> Publication:
    return life.publish(sending(), NOW, "ext_1", None, "sent")


def unknown() -> Publication:
    return life.lose(sending(), NOW, WHY)


IN_DOUBT = {
    "sending": sending(),
    "unknown": unknown(),
    "waiting": life.retry(sending(), NOW, WHY, is_doubtful=True, jitter=0),
    "parked": life.park(unknown(), WHY),
    "failed": life.fail(unknown(), WHY),
}


@pytest.mark.parametrize("state", ["sent", "delivered", "read"])
@pytest.mark.parametrize("before", IN_DOUBT.values(), ids=list(IN_DOUBT))
def test_a_receipt_settles_what_was_in_doubt(before: Publication, state: str) -> None:
    after = hear(before, receipt(state), NOW)
    assert after is not None
    assert (after.state, after.how, after.external_id) == (State.PUBLISHED, "found", "ext_1")
    assert not after.is_doubtful
    assert after.due_at is None


@pytest.mark.parametrize("state", ["sent", "delivered", "read"])
def test_a_receipt_for_what_is_published_or_never_sent_changes_nothing(state: str) -> None:
    assert hear(published(), receipt(state), NOW) is None
    assert hear(approved(), receipt(state), NOW) is None
    assert hear(unknown(), receipt(state, external_id=None), NOW) is None


@pytest.mark.parametrize("name", ["sending", "unknown", "waiting", "parked"])
def test_a_failure_ends_what_was_in_doubt(name: str) -> None:
    after = hear(IN_DOUBT[name], receipt("failed", code="131047", reason="too late"), NOW)
    assert after is not None
    assert (after.state, after.code) == (State.FAILED, "publish.undelivered")
    assert (after.reason, after.external_id) == ("too late (131047)", "ext_1")
    # The late answer of the call is no longer waited for.
    assert after.attempt_id is None
    assert after.revision == IN_DOUBT[name].revision + 1


def test_a_failure_after_the_receipt_ends_it_once() -> None:
    after = hear(published(), receipt("failed"), NOW)
    assert after is not None
    assert (after.state, after.due_at) == (State.FAILED, None)
    assert hear(after, receipt("failed"), NOW) is None
    assert hear(after, receipt("delivered"), NOW) is None


def test_a_failure_of_another_message_under_the_same_key_changes_nothing() -> None:
    assert hear(published(), receipt("failed", "ext_2"), NOW) is None


def test_an_old_failure_does_not_end_the_next_try() -> None:
    ended = hear(published(), receipt("failed"), NOW)
    assert ended is not None
    later = NOW + timedelta(minutes=1)
    again = life.reopen(ended, later, later)
    assert hear(again, receipt("failed"), later) is None
    calling = life.begin(life.claim(again, later), "att_2", later)
    assert hear(calling, receipt("failed"), later) is None
    second = life.publish(calling, later, "ext_2", None, "sent")
    assert hear(second, receipt("failed"), later) is None
    last = hear(second, receipt("failed", "ext_2"), later)
    assert last is not None
    assert last.state is State.FAILED


def test_what_a_person_stopped_stays_stopped_by_a_failure() -> None:
    stopped = replace(unknown(), state=State.REJECTED)
    assert hear(stopped, receipt("failed"), NOW) is None
