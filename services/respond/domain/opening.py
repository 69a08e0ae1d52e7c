"""When a brand answers by itself: its hours, by its own clock. Pure."""

from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.brands import Hours


def is_open(hours: Hours | None, now: datetime) -> bool:
    """Say whether now lies within the hours; no hours: always. What cannot be read is closed.

    A span that ends at or before its start goes on after midnight, into the next day.
    """
    if hours is None:
        return True
    try:
        local = now.astimezone(ZoneInfo(hours.timezone))
        today, before = hours.days[local.weekday()], hours.days[local.weekday() - 1]
        at = local.time()
        return any(_holds(span, at) for span in today) or any(_spills(span, at) for span in before)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _holds(span: tuple[str, str], at: time) -> bool:
    start, end = _times(span)
    return start <= at < end if start < end else at >= start


def _spills(span: tuple[str, str], at: time) -> bool:
    start, end = _times(span)
    return end <= start and at < end


def _times(span: tuple[str, str]) -> tuple[time, time]:
    start, end = span
    # Some write the end of the day as 24:00.
    return time.fromisoformat(start), time.fromisoformat("00:00" if end == "24:00" else end)
