"""When an answer shall leave, in the brand's own time: at a moment, tomorrow at nine, when it opens. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.brands import Hours
from services.gateway.domain.refusals import Refusal

When = Literal["now", "tomorrow", "opening", "at"]
MOST_AHEAD = timedelta(days=60)
_LEAST_AHEAD = timedelta(seconds=30)
_MORNING = time(9, 0)


def moment(when: When, hours: Hours | None, now: datetime, typed: str = "") -> datetime | None:
    """Return when it leaves: None for at once. `typed` is a local time without a zone, for `at`.

    Raises ValueError for a time that cannot be read, and for `opening` when no hours are known.
    """
    zone = zone_of(hours)
    if when == "now":
        return None
    if when == "opening":
        opens_at = next_opening(hours, now)
        if opens_at is None:
            raise ValueError("the brand has no opening hours")
        return opens_at
    if when == "tomorrow":
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return _at(tomorrow, _MORNING, zone)
    local = datetime.fromisoformat(typed)
    return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)


def next_opening(hours: Hours | None, now: datetime) -> datetime | None:
    """Return when the brand opens next; None when it is open, has no hours, or never opens."""
    if hours is None:
        return None
    zone = zone_of(hours)
    starts = sorted(one for one in _starts(hours, now.astimezone(zone).date(), zone) if one > now)
    return starts[0] if starts else None


def refusal_of_time(send_at: datetime | None, now: datetime) -> Refusal | None:
    """Say why an answer cannot be scheduled for then."""
    if send_at is None:
        return None
    if send_at < now + _LEAST_AHEAD:
        return Refusal("reply.time_past", "That time is over. Choose a later one, or send it now.")
    if send_at > now + MOST_AHEAD:
        return Refusal("reply.time_far", f"At most {MOST_AHEAD.days} days ahead.")
    return None


def zone_of(hours: Hours | None) -> ZoneInfo:
    """Return the brand's zone; UTC where none is known."""
    try:
        return ZoneInfo(hours.timezone) if hours else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _starts(hours: Hours, today: date, zone: ZoneInfo) -> Iterator[datetime]:
    for ahead in range(8):
        day = today + timedelta(days=ahead)
        for start, _ in hours.days[day.weekday()]:
            yield _at(day, time.fromisoformat(start), zone)


def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
