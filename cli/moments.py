"""Reads a moment as it is typed: a date, a time, or how long ago. No clock of its own."""

import re
from datetime import UTC, datetime, timedelta

from cli.environment import WrongInput

_AGO = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)\Z")
_UNITS = {
    "m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1),
    "d": timedelta(days=1), "w": timedelta(weeks=1),
}  # fmt: skip


def moment_of(told: str, now: datetime) -> datetime:
    """Return the moment, in UTC unless another zone is told. Raises `WrongInput`."""
    text = told.strip()
    ago = _AGO.match(text.lower())
    try:
        moment = now - int(ago[1]) * _UNITS[ago[2]] if ago else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise WrongInput(_how(told)) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now:
        raise WrongInput(f"--since: {told!r} is still to come.")
    return moment.astimezone(UTC)


def _how(told: str) -> str:
    return f"--since: {told!r} is no moment: say 2h, 3d, 2026-11-20 or 2026-11-20T08:30"
