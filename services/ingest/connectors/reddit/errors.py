"""What an error answer of Reddit means for a reader, and what its headers say is left."""

from datetime import datetime, timedelta

import httpx

from contracts.connections import Quota
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

_DEFAULT_WAIT_S = 60.0


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status = answer.status_code
    why = f"HTTP {status}"
    if status == 401:
        return Reauthorise("reddit.grant_refused", why)
    if status == 429:
        told = retry_after_s(answer.headers, now)
        wait_s = told if told is not None else _number(answer, "reset")
        return Unavailable("reddit.rate_limited", why, wait_s or _DEFAULT_WAIT_S)
    if status in (404, 410):
        return Invalid("reddit.gone", why)
    if 300 <= status < 500 and status not in (408, 425):
        return Invalid("reddit.refused", why)
    return Unavailable("reddit.unavailable", why, retry_after_s(answer.headers, now))


def quota_of(answer: httpx.Response, now: datetime) -> Quota | None:
    """Return what is left of the ten minutes; the reset is seconds from now, not a moment."""
    remaining, used, reset = (_number(answer, name) for name in ("remaining", "used", "reset"))
    if remaining is None:
        return None
    return Quota(
        remaining=int(remaining),
        limit=int(remaining + used) if used is not None else None,
        resets_at=now + timedelta(seconds=reset) if reset is not None else None,
    )


def _number(answer: httpx.Response, name: str) -> float | None:
    try:
        number = float(answer.headers.get(f"x-ratelimit-{name}", ""))
    except ValueError:
        return None
    return number if 0 <= number < 10**9 else None
