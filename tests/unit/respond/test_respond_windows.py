"""When an answer may leave: windows, private answers, and what lifts them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.networks.protocol import Connecting, Measure, Rules, Window
from services.respond.domain import window
from services.respond.domain.window import Asked, Open

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = Rules(
    "messenger", "Messenger", Measure(100, "characters", len), Connecting(()), ("webhook",),
    window=Window(frozenset({"dm"}), DAY, 7 * DAY, "some.window_closed", "Wait until they write."),
    private_answer_for=7 * DAY,
)  # fmt: skip
CLOSED = ("some.window_closed", "Wait until they write.")


def asked(ago: timedelta | None, **more: Any) -> Asked:
    fields: dict[str, Any] = {
        "kind": "dm", "written_at": None, "is_by_person": True, "is_private": False, "options": {},
        "last_from_person_at": None if ago is None else NOW - ago,
    }  # fmt: skip
    return Asked(**fields | more)


@pytest.mark.parametrize(
    ("ago", "by_person", "by_policy"),
    [
        (timedelta(0), Open(), Open()),
        (DAY - timedelta(seconds=1), Open(), Open()),
        (DAY, Open(is_in_window=False), CLOSED),
        (7 * DAY - timedelta(seconds=1), Open(is_in_window=False), CLOSED),
        (7 * DAY, CLOSED, CLOSED),
        (None, CLOSED, CLOSED),
    ],
)
def test_a_person_may_answer_longer_than_a_policy(
    ago: timedelta | None, by_person: object, by_policy: object
) -> None:
    assert window.check(RULES, asked(ago), NOW) == by_person
    assert window.check(RULES, asked(ago, is_by_person=False), NOW) == by_policy


def test_what_is_answered_opens_the_window_where_nothing_else_is_known() -> None:
    one = asked(None, written_at=NOW - timedelta(hours=1))
    assert window.check(RULES, one, NOW) == Open()
    assert window.check(RULES, asked(9 * DAY, written_at=NOW - 2 * DAY), NOW) == Open(False)


def test_other_kinds_and_other_networks_have_no_window() -> None:
    assert window.check(RULES, asked(None, kind="comment"), NOW) == Open()
    assert window.check(replace(RULES, window=None), asked(None), NOW) == Open()


def test_an_option_of_the_account_lifts_it() -> None:
    assert RULES.window is not None
    lifted = replace(RULES, window=replace(RULES.window, lifted_by="template"))
    assert window.check(lifted, asked(9 * DAY), NOW) == CLOSED
    late = asked(9 * DAY, options={"template": "late:en"}, is_by_person=False)
    assert window.check(lifted, late, NOW) == Open(is_in_window=False)


def test_private_answers_only_where_and_while_the_network_takes_them() -> None:
    fresh = asked(None, kind="comment", is_private=True, written_at=NOW - 6 * DAY)
    assert window.check(RULES, fresh, NOW) == Open()
    for written_at in (NOW - 7 * DAY, None):
        code, reason = window.check(RULES, replace(fresh, written_at=written_at), NOW)  # type: ignore[misc]
        assert (code, reason) == (
            "private.too_late", "Messenger takes a private answer within 7 days",
        )  # fmt: skip
    code, _ = window.check(replace(RULES, private_answer_for=None), fresh, NOW)  # type: ignore[misc]
    assert code == "private.unsupported"
