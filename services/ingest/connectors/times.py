"""Every time form the networks use, read as an aware UTC datetime. One reader; no network knowledge."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

# A number below the limit is in that unit: 1e11 s is the year 5138, 1e11 ms is 1973.
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))
_LONGEST = 64


def parse_time(value: object) -> datetime | None:
    """Return the moment, or None when the value says none (bad dates become null, never an error).

    Takes unix seconds, milliseconds, microseconds or nanoseconds as number or text, ISO 8601 in any
    offset form ("+0000" too), and RFC 822 with zone names and two-digit years. A text without a zone
    is UTC. Digits below the microsecond are cut.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, datetime):
        return _as_utc(value)
    return _from_text(value.strip()) if isinstance(value, str) else None


def iso_z(moment: datetime) -> str:
    """Return ISO 8601 in UTC with Z; milliseconds or microseconds only when there are any."""
    moment = moment.astimezone(UTC)
    if moment.microsecond == 0:
        digits = "seconds"
    else:
        digits = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(timespec=digits).replace("+00:00", "Z")


def _from_number(value: float) -> datetime | None:
    if not isfinite(value) or value <= 0:
        return None
    for limit, per_second in _UNITS:
        if value < limit:
            return _from_unix(value, per_second)
    return None


def _from_unix(value: float, per_second: int) -> datetime | None:
    seconds, rest = divmod(value, per_second)
    # Whole numbers are cut in whole numbers: a float cannot hold 16 digits and a fraction.
    micro = (
        rest * 10**6 // per_second if isinstance(value, int) else round(rest * 10**6 / per_second)
    )
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(
            microsecond=min(int(micro), 999_999)
        )
    except (OverflowError, OSError, ValueError):
        return None


def _from_text(text: str) -> datetime | None:
    if len(text) > _LONGEST:
        return None
    # Eight digits are a calendar date (20260801), not a moment in the year 1970.
    if len(text) > len("20260801") and text.isascii() and text.replace(".", "", 1).isdigit():
        return _from_number(float(text) if "." in text else int(text))
    return _from_iso(text) or _from_rfc822(text)


def _from_iso(text: str) -> datetime | None:
    try:
        return _as_utc(datetime.fromisoformat(text.upper()))
    except ValueError:
        return None


def _from_rfc822(text: str) -> datetime | None:
    try:
        return _as_utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _as_utc(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
