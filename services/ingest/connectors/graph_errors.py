"""What the Graph API answers beside data: errors and how much may still be asked. The publisher has its own outcome classes."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from contracts.connections import Quota
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.fields import Id, Part, Unreadable, read_part
from services.ingest.connectors.http import retry_after_s

# Source: Graph API error handling; networks.md section 1.
_LIMITED = frozenset({4, 17, 32, 341, 613, *range(80001, 80008)})
_WINDOW_CLOSED = frozenset({"2018278", "2534022"})
_PERMANENT = frozenset({100, 506, 551})
_BLOCKED = 368
_DEFAULT_WAIT_S = 300.0
_BLOCKED_WAIT_S = 6 * 3600.0
_LONGEST_WAIT_MIN = 24 * 60
_SHARES = ("call_count", "total_time", "total_cputime")
_USAGE = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")


class _Error(Part):
    code: int | None = None
    error_subcode: Id = None
    is_transient: bool = False


def classify(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, network: str = "facebook"
) -> RapportError:
    """Return `Unavailable` (retry or wait), `Reauthorise`, or `Invalid` (asking again cannot help).

    `headers` are looked up in lower case. No message text of the answer is kept.
    """
    error = _error(body)
    why = f"HTTP {status}, code {error.code}, subcode {error.error_subcode}"
    if error.code in _LIMITED or (error.code is None and status == 429):
        return Unavailable(f"{network}.rate_limited", why, _wait_s(headers, now))
    if error.code == _BLOCKED:
        return Unavailable(f"{network}.blocked", why, _BLOCKED_WAIT_S)
    if error.code == 10 and error.error_subcode in _WINDOW_CLOSED:
        return Invalid(f"{network}.window_closed", why)
    if _needs_grant(error.code, status):
        return Reauthorise(f"{network}.grant_refused", why)
    if error.code in _PERMANENT:
        return Invalid(
            f"{network}.gone" if is_gone(error.code, error.error_subcode) else f"{network}.refused",
            why,
        )
    if error.code in (1, 2) or error.is_transient or status >= 500 or error.code is None:
        return Unavailable(f"{network}.unavailable", why, retry_after_s(headers, now))
    return Invalid(f"{network}.refused", why)


def is_gone(code: int | None, subcode: str | None) -> bool:
    """True when the object was deleted or hidden from us."""
    return code == 100 and subcode == "33"


def _needs_grant(code: int | None, status: int) -> bool:
    if code is None:
        return status == 401
    return code in (3, 10, 102, 190) or 200 <= code <= 299


def _error(body: bytes) -> _Error:
    """The error object; a page of HTML from a proxy is an error without a code."""
    try:
        document: Any = json.loads(body)
        inner = document.get("error") if isinstance(document, dict) else None
        return read_part(_Error, inner, "graph.error.unreadable")
    except (ValueError, RecursionError, Unreadable):
        return _Error()


def _wait_s(headers: Mapping[str, str], now: datetime) -> float:
    told = retry_after_s(headers, now)
    minutes = _minutes(headers.get("x-business-use-case-usage", ""))
    return told if told is not None else minutes * 60.0 if minutes else _DEFAULT_WAIT_S


def _minutes(usage: str) -> float:
    """The longest estimated_time_to_regain_access, which Meta gives in minutes."""
    return max((_share(use, "estimated_time_to_regain_access") for use in _uses(usage)), default=0)


def quota(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """Return what is left of a hundred, the tightest limit of all; None when Graph does not say.

    The headers give what is used, in percent of calls, time and processor time.
    """
    uses = [use for name in _USAGE for use in _uses(headers.get(name, ""))]
    if not uses:
        return None
    used = max(_share(use, name) for use in uses for name in _SHARES)
    minutes = max(_share(use, "estimated_time_to_regain_access") for use in uses)
    resets_at = now + timedelta(minutes=min(minutes, _LONGEST_WAIT_MIN)) if minutes > 0 else None
    return Quota(remaining=max(0, 100 - int(used)), limit=100, resets_at=resets_at)


def _uses(usage: str) -> list[dict[str, Any]]:
    """The uses in a header: one object of shares, or a list of them for each business object."""
    try:
        document = json.loads(usage)
    except (ValueError, RecursionError):
        return []
    groups = document.values() if isinstance(document, dict) else []
    listed = [use for group in groups if isinstance(group, list) for use in group]
    found = [use for use in listed if isinstance(use, dict)]
    is_plain = isinstance(document, dict) and any(name in document for name in _SHARES)
    return [document, *found] if is_plain else found


def _share(use: Mapping[str, Any], name: str) -> float:
    value = use.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return 0.0
    return float(max(0, value))
