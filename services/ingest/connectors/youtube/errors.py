"""What an error answer of the YouTube Data API means for a reader. The publisher has its own outcome classes."""

from datetime import datetime

import httpx

from contracts.networks.youtube import resets_at
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_GONE = frozenset({"commentNotFound", "commentThreadNotFound", "videoNotFound"})
_FAST_WAIT_S = 60.0


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, reason = answer.status_code, reason_of(answer)
    why = f"HTTP {status} {reason}".strip()
    told = retry_after_s(answer.headers, now)
    if status == 401:
        return Reauthorise("youtube.grant_refused", why)
    if reason in _SPENT:
        return Unavailable("youtube.quota_spent", why, (resets_at(now) - now).total_seconds())
    if reason in _FAST or status == 429:
        return Unavailable("youtube.rate_limited", why, told or _FAST_WAIT_S)
    if reason == "commentsDisabled":
        return Invalid("youtube.comments_disabled", why)
    if reason in _GONE or status in (404, 410):
        return Invalid("youtube.gone", why)
    if 400 <= status < 500 and status not in (408, 425):
        return Invalid("youtube.refused", why)
    return Unavailable("youtube.unavailable", why, told)


def reason_of(answer: httpx.Response) -> str:
    """Return Google's reason: one word, or none."""
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    rows = error.get("errors") if isinstance(error, dict) else None
    first = rows[0] if isinstance(rows, list) and rows else None
    reason = first.get("reason") if isinstance(first, dict) else None
    return reason if isinstance(reason, str) and reason.isalpha() else ""
