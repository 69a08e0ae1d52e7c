"""Storm and freeze events for the gateway's tests and pages to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import ids
from contracts.replies import Approver
from contracts.storms import FreezeChanged, Growth, StormChanged, StormNumbers, TopicCount

OPENED = datetime(2026, 11, 1, 14, 5, tzinfo=UTC)
POLICY = Approver(kind="policy", id="storm", name="Storm")


def incident_of(brand_id: str, opened_at: datetime = OPENED) -> str:
    return ids.incident_id(brand_id, opened_at.isoformat())


def numbers(hostile: int = 46) -> StormNumbers:
    return StormNumbers(
        score=9.4, attention=3.1, window_min=40, messages=hostile + 18, hostile=hostile,
        hostile_authors=max(0, hostile - 5), expected_messages=12.0, expected_hostile=3.1,
        purity=0.72, usual_share=0.18, toxic_share=0.2, people_per_message=0.89,
        parts={"hostile": 7.2, "toxic": 2.2},
    )  # fmt: skip


def storm(brand_id: str, revision: int, level: str = "storm", **fields: Any) -> StormChanged:
    opened = fields.pop("opened_at", OPENED)
    hostile = fields.pop("hostile", 46)
    minutes = fields.pop("minutes", revision)
    told: dict[str, Any] = {
        "severity": {"calm": 0, "watch": 1, "subsiding": 1}.get(level, 2),
        "before": "watch",
        "growth": Growth(
            doubling_min=22, forecast_messages=400, forecast_low=250, forecast_high=700
        ),
        "sentence": f"Since 14:05: {hostile} hostile messages by {hostile - 5} people in 40 min, 3.1 expected.",
        "ends_when": "Fewer than 20 hostile messages in 40 min for three hours.",
        "topics": [TopicCount(topic_hash="t1", name="refund", messages=40, hostile=38)],
        "emotions": {"anger": 30, "disgust": 9},
        "networks": {"facebook": 50, "x": 14},
        "opened_at": opened,
        "onset_at": opened - timedelta(minutes=12),
        "changed_at": opened + timedelta(minutes=minutes),
        "decided_at": opened + timedelta(minutes=minutes, seconds=4),
        **fields,
    }
    incident = None if level == "calm" else incident_of(brand_id, opened)
    return StormChanged(
        brand_id=brand_id, incident_id=incident, level=level, numbers=numbers(hostile),
        revision=revision, **told,
    )  # fmt: skip


def freeze(brand_id: str, revision: int, *, is_frozen: bool = True, **fields: Any) -> FreezeChanged:
    told: dict[str, Any] = {
        "reason": "storm S2", "changed_by": POLICY, "changed_at": OPENED + timedelta(minutes=revision),
        **fields,
    }  # fmt: skip
    return FreezeChanged(brand_id=brand_id, is_frozen=is_frozen, revision=revision, **told)
