"""The same accusation at several brands: three, rising, lately, by their common lead alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.domain.cross_watch import led_by, shared_topics
from services.gateway.domain.views import Role, Viewer

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def storm(brand: str, **more: Any) -> dict[str, Any]:
    topic = {"topic_hash": "t1", "name": "secret words", "messages": 10, "hostile": 8}
    told = {
        "brand_id": brand, "level": "watch", "changed_at": NOW, "topics": [topic],
        "onset_at": NOW - timedelta(minutes=20), "sentence": "secret words",
    }  # fmt: skip
    return told | more


def test_three_rising_brands_are_told_in_counts() -> None:
    early = NOW - timedelta(hours=2)
    (found,) = shared_topics([storm("a"), storm("b", onset_at=early), storm("c")], NOW)
    assert asdict(found) == {
        "topic_hash": "t1", "brands": 3, "messages": 30, "hostile": 24, "since": early,
    }  # fmt: skip


@pytest.mark.parametrize(
    "third",
    [
        storm("c", level="calm"),
        storm("c", level="subsiding"),
        storm("c", changed_at=NOW - timedelta(hours=7)),
        storm("c", topics=[{"topic_hash": "t2", "messages": 10, "hostile": 8}]),
        storm("c", topics=[{"topic_hash": "t1", "messages": 10, "hostile": 2}]),
        storm("a"),
    ],
    ids=["calm", "subsiding", "old", "other", "few", "same"],
)
def test_two_and_a_half_are_not_three(third: dict[str, Any]) -> None:
    assert shared_topics([storm("a"), storm("b"), third], NOW) == []


@pytest.mark.parametrize(
    ("roles", "led"),
    [
        ({"a": "lead", "b": "owner", "c": "lead", "d": "agent"}, {"a", "b", "c"}),
        ({"a": "lead", "b": "owner", "c": "agent"}, set()),
        ({"a": "agent", "b": "agent", "c": "approver"}, set()),
        ({"a": "owner"}, set()),
    ],
)
def test_only_the_common_lead_has_anything_to_look_at(
    roles: dict[str, Role], led: set[str]
) -> None:
    assert led_by(Viewer("p", "P", "", "agy", roles)) == led
