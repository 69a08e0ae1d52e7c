"""What an error answer of X means for a reader. The publisher has its own outcome classes."""

from datetime import UTC, datetime

import httpx

from contracts.connections import Quota
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s
from services.ingest.connectors.times import parse_time

_DEFAULT_WAIT_S = 900.0
# A month's posts are used up: asking often changes nothing, and somebody may buy more.
_CAPPED_WAIT_S = 6 * 3600.0


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, problem = answer.status_code, _problem(answer)
    why = f"HTTP {status} {problem}".strip()
    if status == 401:
        return Reauthorise("x.grant_refused", why)
    if status == 429 and problem == "usage-capped":
        return Unavailable("x.usage_capped", why, _CAPPED_WAIT_S)
    if status == 429:
        return Unavailable("x.rate_limited", why, _wait_s(answer, now))
    if problem in ("client-forbidden", "client-not-enrolled"):
        return Invalid("x.not_enrolled", why)
    if status in (404, 410):
        return Invalid("x.gone", why)
    if 400 <= status < 500 and status not in (408, 425):
        return Invalid("x.refused", why)
    return Unavailable("x.unavailable", why, retry_after_s(answer.headers, now))


def quota_of(answer: httpx.Response) -> Quota | None:
    """Return what X says is left of the calls to this place."""
    remaining = _number(answer, "remaining")
    if remaining is None:
        return None
    reset = _number(answer, "reset")
    return Quota(
        remaining=remaining,
        limit=_number(answer, "limit"),
        resets_at=parse_time(reset) if reset else None,
    )


def _number(answer: httpx.Response, name: str) -> int | None:
    value = answer.headers.get(f"x-rate-limit-{name}", "").strip()
    return int(value[:12]) if value.isascii() and value.isdigit() else None


def _wait_s(answer: httpx.Response, now: datetime) -> float:
    told = retry_after_s(answer.headers, now)
    if told is not None:
        return told
    reset = parse_time(_number(answer, "reset") or None)
    return max(1.0, (reset - now.astimezone(UTC)).total_seconds()) if reset else _DEFAULT_WAIT_S


def _problem(answer: httpx.Response) -> str:
    """Return the end of the problem's type; nothing that was written by people."""
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return ""
    kind = told.get("type") if isinstance(told, dict) else None
    end = kind.rpartition("/")[2] if isinstance(kind, str) else ""
    return end if end.replace("-", "").isalpha() else ""
