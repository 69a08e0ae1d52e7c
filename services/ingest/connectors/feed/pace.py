"""How often a feed wants to be asked, by its headers and its own words. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

SHORTEST_S = 300.0
LONGEST_S = 24 * 3600.0
_PERIODS_S = {"hourly": 3600, "daily": 86_400, "weekly": 7 * 86_400}
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})")
_TTL = re.compile(r"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
_PERIOD = re.compile(r"<\w+:updatePeriod>\s*(\w+)\s*</", re.IGNORECASE)
_FREQUENCY = re.compile(r"<\w+:updateFrequency>\s*(\d{1,4})\s*</", re.IGNORECASE)
_HOURS = re.compile(r"<skipHours>(.{0,2000}?)</skipHours>", re.IGNORECASE | re.DOTALL)
_DAYS = re.compile(r"<skipDays>(.{0,2000}?)</skipDays>", re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(r"<(?:hour|day)>\s*(\w{1,12})\s*</", re.IGNORECASE)
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def wait_s(headers: Mapping[str, str], head: str) -> float:
    """Return the seconds until to ask again. `head` is the document up to its first entry.

    The longest of what Cache-Control, ttl and the update period say, from five minutes to a day.
    """
    return min(LONGEST_S, max(SHORTEST_S, _max_age_s(headers), _ttl_s(head), _period_s(head)))


def awake(moment: datetime, head: str) -> datetime:
    """Return the moment, or the first one after it outside the hours and days (GMT) the feed says to skip."""
    hours = {int(one) % 24 for one in _values(_HOURS, head) if one.isdigit()}
    days = {one.lower() for one in _values(_DAYS, head)}
    for _ in range(24):
        if moment.hour not in hours and _DAY_NAMES[moment.weekday()] not in days:
            break
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


def _max_age_s(headers: Mapping[str, str]) -> float:
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    return float(found[1]) if found else 0.0


def _ttl_s(head: str) -> float:
    found = _TTL.search(head)
    return 60.0 * float(found[1]) if found else 0.0


def _period_s(head: str) -> float:
    """Return the update period. Longer ones than a week are taken for no statement."""
    period = _PERIOD.search(head)
    frequency = _FREQUENCY.search(head)
    times = float(frequency[1]) if frequency else 1.0
    # WordPress says "hourly" on every blog: it is how often the feed may change, and we keep to it.
    return _PERIODS_S.get(period[1].lower(), 0) / max(times, 1.0) if period else 0.0


def _values(block: re.Pattern[str], head: str) -> list[str]:
    found = block.search(head)
    return _VALUE.findall(found[1]) if found else []
