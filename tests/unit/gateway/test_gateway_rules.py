"""Who may release what, as which state, and how long a text may be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.brands import BrandChanged, Mode, Policy, Voice
from services.gateway.domain import approvals, replies
from services.gateway.domain.views import Role, Viewer

AT = datetime(2026, 11, 1, 12, 30, 15, tzinfo=UTC)
DRAFT = {"draft_id": "d1", "text": "Hi", "language": "en", "sources": []}


@pytest.mark.parametrize(
    ("record", "state"),
    [
        ({}, "none"),
        ({"drafted": {"drafts": [], "abstained": "no fact"}}, "none"),
        ({"drafted": {"drafts": [DRAFT]}}, "drafted"),
        ({"text": "mine"}, "drafted"),
        ({"drafted": {"drafts": [DRAFT], "approval": "none"}}, "approved"),
        ({"drafted": {"drafts": [DRAFT]}, "rejected": {"by_name": "A", "at": AT}}, "rejected"),
        ({"approved": {"by_name": "A", "at": AT}}, "approved"),
        ({"approved": {"by_name": "A", "at": AT}, "failed": {"state": "unknown"}}, "unknown"),
        ({"failed": {"state": "parked"}, "published": {"published_at": AT}}, "published"),
    ],
)
def test_the_network_weighs_more_than_people_and_people_more_than_drafts(
    record: dict[str, object], state: str
) -> None:
    assert replies.reply_state(record) == state


@pytest.mark.parametrize("mode", ["silent", "suggest", "hold", "automatic"])
@pytest.mark.parametrize("drafted", ["agent", "approver", None])
def test_the_stricter_rule_holds(mode: Mode, drafted: str | None) -> None:
    record = {"drafted": {"approval": drafted}} if drafted else {}
    is_strict = mode in {"hold", "automatic"} or drafted == "approver"
    brand = BrandChanged(
        brand_id="b", agency_id="a", name="B", initials="B", colour="#000000", languages=["en"],
        policy=Policy(mode=mode), voice=Voice(), revision=1, changed_at=AT,
    )  # fmt: skip
    found = {"content": {"network": "facebook", "kind": "comment", "version": "1"}}
    asks = approvals.wanted(brand, found, record)
    assert asks == ("approver" if is_strict else "agent",)


@pytest.mark.parametrize(
    ("role", "plain", "held", "writes", "manages"),
    [
        ("owner", True, True, True, True),
        ("lead", True, True, True, True),
        ("agent", True, False, True, False),
        ("approver", True, True, True, False),
        ("client_approver", False, True, True, False),
        ("auditor", False, False, False, False),
        (None, False, False, False, False),
    ],
)
def test_roles(role: Role | None, plain: bool, held: bool, writes: bool, manages: bool) -> None:
    viewer = Viewer("per_1", "Ana", "", "agy_1", {"brd_1": role} if role else {})
    assert viewer.may_release("brd_1", "agent") is plain
    assert viewer.may_release("brd_1", "approver") is held
    assert viewer.may_write("brd_1") is writes
    assert viewer.may_manage("brd_1") is manages
    assert not viewer.may_release("brd_2", "agent")


def test_a_text_is_counted_as_its_network_counts() -> None:
    assert replies.refusal_of_text("mastodon", "comment", "é" * 500) is None
    assert replies.refusal_of_text("mastodon", "comment", "x" * 501) is not None
    assert (
        replies.refusal_of_text("mastodon", "comment", "https://example.test/" + "x" * 900) is None
    )
    assert replies.refusal_of_text("facebook", "comment", "x" * 501) is None
    empty = replies.refusal_of_text("facebook", "comment", " \n\t")
    assert empty is not None
    assert empty.code == "reply.empty"


def test_a_refusal_names_who_and_when() -> None:
    found = {"slots": {"s0": {"approved": {"by_name": "Ana", "at": AT}}}}
    refusal = replies.refusal_of_release(found, 0)
    assert refusal is not None
    assert refusal.why.startswith("Ana released an answer at 12:30:15 UTC")
    stale = {"revision": 2, "revised_by": "Ben", "revised_at": AT}
    refusal = replies.refusal_of_release(stale, 1)
    assert refusal is not None
    assert refusal.why.startswith("Ben changed this answer at 12:30:15 UTC")
    assert replies.refusal_of_release(stale, 2) is None
