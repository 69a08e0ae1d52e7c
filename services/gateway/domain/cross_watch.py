"""The same accusation at several brands: found by topic hashes, told in counts alone. Pure.

No text, no topic's name and no brand's name is in what this returns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.gateway.domain.views import Viewer

LEAST_BRANDS = 3
LEAST_HOSTILE = 3
WINDOW = timedelta(hours=6)
_RISING = ("watch", "storm")


@dataclass(frozen=True, slots=True)
class SharedTopic:
    """A topic at `brands` brands: messages and hostile ones of all together, since the earliest onset."""

    topic_hash: str
    brands: int
    messages: int
    hostile: int
    since: datetime


def led_by(viewer: Viewer) -> frozenset[str]:
    """Return the brands whose owner or lead this is: all that may be looked at together for them.

    Empty for who leads fewer than make a warning: nobody with one client's brands learns of others.
    """
    led = frozenset(brand_id for brand_id in viewer.roles if viewer.may_manage(brand_id))
    return led if len(led) >= LEAST_BRANDS else frozenset()


def shared_topics(storms: Iterable[Mapping[str, Any]], now: datetime) -> list[SharedTopic]:
    """Return the topics that rise at three or more brands, the most hostile first.

    `storms` are the newest decisions, one a brand; those that are calm, subsiding or older than the
    window say nothing about a rise.
    """
    found: dict[str, dict[str, tuple[int, int, datetime]]] = {}
    for storm in storms:
        if storm["level"] not in _RISING or now - storm["changed_at"] > WINDOW:
            continue
        since = storm.get("onset_at") or storm["changed_at"]
        for topic in storm.get("topics") or []:
            if topic["hostile"] >= LEAST_HOSTILE:
                row = (topic["messages"], topic["hostile"], since)
                found.setdefault(topic["topic_hash"], {})[storm["brand_id"]] = row
    shared = [
        SharedTopic(
            topic_hash=key,
            brands=len(rows),
            messages=sum(row[0] for row in rows.values()),
            hostile=sum(row[1] for row in rows.values()),
            since=min(row[2] for row in rows.values()),
        )
        for key, rows in found.items()
        if len(rows) >= LEAST_BRANDS
    ]
    return sorted(shared, key=lambda one: (-one.hostile, one.topic_hash))
