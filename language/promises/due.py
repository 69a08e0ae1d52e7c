"""From words that say when to the moment they mean, by the clock of who said them. The rules: data/GUIDELINE.md."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from language.promises.moments import Moment

Hours = Callable[[date], time | None]
"""When a brand closes on a day; None where it does not open."""
_END_OF_DAY = time(23, 59)
_END_OF_WORK = time(18, 0)
_PARTS = {"morning": 12, "noon": 12, "afternoon": 18, "evening": 22}
_FRIDAY, _SUNDAY = 4, 6
_BEFORE = {"week": 0, "weekend": 2, "month": 0, "day end": 0, "today": 0}
"""Days to go back for "before": the end of a week is its last day, a weekend begins on Saturday."""


def due(
    moment: Moment, said_at: datetime, timezone: str, hours: Hours | None = None
) -> datetime | None:
    """Return the moment in UTC, or None when the words lead to no date."""
    said = said_at.astimezone(ZoneInfo(timezone))
    if moment.amount is not None and moment.unit in {"minute", "hour"}:
        span = (
            timedelta(minutes=moment.amount)
            if moment.unit == "minute"
            else timedelta(hours=moment.amount)
        )
        return (said_at + span).astimezone(UTC)
    day = _day(moment, said)
    if day is None:
        return None
    if moment.is_before and moment.minute is None:
        day -= timedelta(days=_BEFORE.get(moment.period or "", 1))
    at = datetime.combine(day, time(0), said.tzinfo) + _into(moment, day, hours)
    if moment.is_clock_only and at <= said:
        at += timedelta(days=1)
    return at.astimezone(UTC)


def _into(moment: Moment, day: date, hours: Hours | None) -> timedelta:
    """How far into the day."""
    if moment.minute is not None and moment.minute >= 0:
        return timedelta(minutes=moment.minute)
    if moment.period in _PARTS:
        return timedelta(hours=_PARTS[moment.period])
    closing = hours(day) if hours else None
    if closing is None:
        is_work = moment.minute == -1 or moment.period == "day end"
        closing = _END_OF_WORK if is_work else _END_OF_DAY
    return timedelta(hours=closing.hour, minutes=closing.minute)


def _day(moment: Moment, said: datetime) -> date | None:
    today = said.date()
    if moment.amount is not None:
        return _counted(today, moment.amount, moment.unit or "day")
    if moment.days is not None:
        return today + timedelta(days=moment.days)
    if moment.date is not None:
        return _dated(today, *moment.date)
    if moment.weekday is not None:
        return today + timedelta(days=(moment.weekday - today.weekday() - 1) % 7 + 1)
    if moment.period is not None:
        return _period(today, moment.period)
    return today


def _counted(today: date, amount: float, unit: str) -> date:
    whole = int(amount)
    if unit == "workday":
        day = today
        while whole > 0:
            day += timedelta(days=1)
            whole -= day.weekday() < 5
        return day
    if unit == "month":
        return _months_later(today, whole)
    return today + timedelta(days=whole * (7 if unit == "week" else 1))


def _months_later(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _dated(today: date, day: int, month: int, year: int) -> date | None:
    """The next such day: an unsaid month or year is the first that lies ahead."""
    tries = [(year or today.year + later, month or today.month) for later in (0, 1)]
    if not month:
        tries = [
            (later.year, later.month)
            for later in (_months_later(today.replace(day=1), count) for count in range(3))
        ]
    for in_year, in_month in tries:
        if day <= calendar.monthrange(in_year, in_month)[1] and (
            year or date(in_year, in_month, day) >= today
        ):
            return date(in_year, in_month, day)
    return None


def _period(today: date, period: str) -> date:
    monday = today - timedelta(days=today.weekday())
    match period:
        case "week":
            return monday + timedelta(days=_FRIDAY if today.weekday() <= _FRIDAY else _SUNDAY)
        case "weekend":
            return monday + timedelta(days=_SUNDAY)
        case "next week":
            return monday + timedelta(days=7 + _FRIDAY)
        case "early next week":
            return monday + timedelta(days=8)
        case "month":
            return today.replace(day=calendar.monthrange(today.year, today.month)[1])
        case "next month":
            later = _months_later(today.replace(day=1), 1)
            return later.replace(day=calendar.monthrange(later.year, later.month)[1])
        case _:
            return today
