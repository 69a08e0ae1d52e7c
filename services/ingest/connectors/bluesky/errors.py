"""What an error answer of an AT Protocol server means for a reader. The publisher has its own outcome classes."""

from datetime import UTC, datetime
from typing import Any

import httpx

from contracts.connections import Quota
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s
from services.ingest.connectors.times import parse_time

SESSION_ENDED = "bluesky.session_ended"
"""The short-lived token is over: a refreshed or new session may go on."""

GONE = "bluesky.gone"

_DEFAULT_WAIT_S = 300.0
_ENDED = frozenset({"ExpiredToken", "InvalidToken"})
_REFUSED = frozenset({"AuthMissing", "AuthenticationRequired", "AuthFactorTokenRequired"})
_CLOSED = frozenset({"AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoTakendown"})
_MISSING = frozenset({"NotFound", "RecordNotFound", "RepoNotFound"})


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (retry or wait), `Reauthorise`, or `Invalid` (asking again cannot help).

    The name in the body decides, the status where there is none; a body that is no JSON has none.
    """
    name, why = _name(answer), f"HTTP {answer.status_code}"
    if answer.status_code == 429 or name == "RateLimitExceeded":
        return Unavailable("bluesky.rate_limited", why, _wait_s(answer, now))
    if name in _ENDED:
        return Reauthorise(SESSION_ENDED, why)
    if name in _CLOSED:
        return Reauthorise("bluesky.account_closed", f"{why}: the account is closed at the network")
    if name in _REFUSED or answer.status_code == 401:
        return Reauthorise("bluesky.grant_refused", why)
    if name in _MISSING or answer.status_code in (404, 410):
        return Invalid(GONE, why)
    if 400 <= answer.status_code < 500 and answer.status_code not in (408, 425):
        return Invalid("bluesky.refused", why)
    return Unavailable("bluesky.unavailable", why, retry_after_s(answer.headers, now))


def quota_of(answer: httpx.Response) -> Quota | None:
    """Return what the RateLimit headers say is left; the reset is unix seconds."""
    remaining = answer.headers.get("ratelimit-remaining", "")
    limit = answer.headers.get("ratelimit-limit", "")
    if not _is_number(remaining):
        return None
    return Quota(
        remaining=int(remaining),
        limit=int(limit) if _is_number(limit) else None,
        resets_at=_resets_at(answer),
    )


def _wait_s(answer: httpx.Response, now: datetime) -> float:
    told = retry_after_s(answer.headers, now)
    if told is not None:
        return told
    resets_at = _resets_at(answer)
    return max(1.0, (resets_at - now).total_seconds()) if resets_at else _DEFAULT_WAIT_S


def _resets_at(answer: httpx.Response) -> datetime | None:
    at = parse_time(answer.headers.get("ratelimit-reset"))
    return at.astimezone(UTC) if at else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _name(answer: httpx.Response) -> str:
    try:
        body: Any = answer.json()
    except (ValueError, RecursionError):
        return ""
    name = body.get("error") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""
