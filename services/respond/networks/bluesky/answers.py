"""What an AT Protocol server's error answers mean for an answer or an act. Sessions and calls live beside."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from services.respond.networks.protocol import (
    Backoff,
    Failure,
    Permanent,
    Reauthorise,
    Retry,
    classify_server_error,
)

_ENDED = frozenset({"ExpiredToken", "InvalidToken"})
_REFUSED = frozenset({"AuthMissing", "AuthenticationRequired", "AuthFactorTokenRequired"})
_CLOSED = frozenset({"AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoTakendown"})
_MISSING = frozenset({"NotFound", "RecordNotFound", "RepoNotFound"})
_MEANWHILE = frozenset({"InvalidSwap", "ConcurrentWrites"})
_TROUBLE = frozenset(
    {"UpstreamFailure", "UpstreamTimeout", "InternalServerError", "NotEnoughResources"}
)
_BLOCKED = frozenset({"BlockedActor", "BlockedByActor"})


def is_session_over(response: httpx.Response) -> bool:
    """Say whether a renewed session may do what this one could not."""
    return response.status_code in (400, 401) and name_of(response) in _ENDED


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success: by the error's name, by the HTTP status where there is none."""
    name, status, reason = name_of(response), response.status_code, _reason(response)
    if status == 429 or name == "RateLimitExceeded":
        return Backoff("bluesky.throttled", reason, _wait_s(response))
    if name in _CLOSED:
        return Permanent("bluesky.account_closed", reason)
    if name in _ENDED or name in _REFUSED or status == 401:
        return Reauthorise("bluesky.grant_invalid", reason)
    if name in _MEANWHILE:
        return Retry("bluesky.changed_meanwhile", reason, is_doubtful=True)
    trouble = classify_server_error(status)
    if trouble is not None or name in _TROUBLE:
        return Retry("network.server_error", reason, is_doubtful=True)
    return _refusal(name, status, reason)


def object_of(response: httpx.Response) -> dict[str, Any]:
    """Return the body, or nothing when it is no JSON object."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def name_of(response: httpx.Response) -> str:
    """Return the name of the error, or nothing."""
    name = object_of(response).get("error")
    return name if isinstance(name, str) else ""


def _refusal(name: str, status: int, reason: str) -> Permanent:
    if name in _MISSING or status in (404, 410):
        return Permanent("bluesky.target_gone", reason)
    if name in _BLOCKED or status == 403:
        return Permanent("bluesky.not_allowed", reason)
    return Permanent("bluesky.invalid", reason)


def _reason(response: httpx.Response) -> str:
    body = object_of(response)
    told = body.get("message") or body.get("error")
    return str(told)[:300] if told else f"HTTP {response.status_code} without a reason"


def _wait_s(response: httpx.Response) -> float | None:
    """Read Retry-After (seconds) or RateLimit-Reset (unix seconds, by the server's own clock)."""
    after = response.headers.get("retry-after", "")
    if _is_number(after):
        return float(after)
    reset = response.headers.get("ratelimit-reset", "")
    if not _is_number(reset):
        return None
    now = _http_date(response.headers.get("date")) or datetime.now(UTC)
    return max(1.0, float(reset) - now.timestamp())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _http_date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
