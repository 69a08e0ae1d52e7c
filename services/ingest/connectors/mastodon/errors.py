"""What an error answer of a Mastodon server means for a reader. The publisher has its own outcome classes."""

from collections.abc import Mapping
from datetime import datetime

from contracts.connections import Quota
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s
from services.ingest.connectors.times import parse_time

# The window of Mastodon's limits: 300 requests in 5 minutes.
_DEFAULT_WAIT_S = 300.0


def classify(status: int, headers: Mapping[str, str], now: datetime) -> RapportError:
    """Return `Unavailable` (retry or wait), `Reauthorise`, or `Invalid` (asking again cannot help).

    The body is not looked at: it may be HTML of a proxy. `headers` are looked up in lower case.
    """
    why = f"HTTP {status}"
    if status == 401:
        return Reauthorise("mastodon.grant_refused", why)
    if status == 429:
        return Unavailable("mastodon.rate_limited", why, _wait_s(headers, now))
    if status in (404, 410):
        return Invalid("mastodon.gone", why)
    if 400 <= status < 500 and status not in (408, 425):
        return Invalid("mastodon.refused", why)
    return Unavailable("mastodon.unavailable", why, retry_after_s(headers, now))


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Return what the X-RateLimit headers say is left; the reset is ISO 8601."""
    remaining, limit = (
        headers.get(f"x-ratelimit-{name}", "").strip() for name in ("remaining", "limit")
    )
    if not _is_number(remaining):
        return None
    return Quota(
        remaining=int(remaining),
        limit=int(limit) if _is_number(limit) else None,
        resets_at=parse_time(headers.get("x-ratelimit-reset")),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _wait_s(headers: Mapping[str, str], now: datetime) -> float:
    """The reset is a moment in ISO 8601, not a number of seconds."""
    told = retry_after_s(headers, now)
    reset = parse_time(headers.get("x-ratelimit-reset"))
    if told is not None:
        return told
    return max(1.0, (reset - now).total_seconds()) if reset else _DEFAULT_WAIT_S
