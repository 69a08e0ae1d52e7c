"""What an error answer of the Graph API means for a reader. The publisher has its own outcome classes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


class _Error(Part):
    code: int | None = None
    error_subcode: Id = None
    is_transient: bool = False


def classify(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> RapportError:
    """Return `Unavailable` (retry or wait), `Reauthorise`, or `Invalid` (asking again cannot help).

    `headers` are looked up in lower case. No message text of the answer is kept.
    """
    error = _error(body)
    why = f"HTTP {status}, code {error.code}, subcode {error.error_subcode}"
    if error.code in _LIMITED or (error.code is None and status == 429):
        return Unavailable("facebook.rate_limited", why, _wait_s(headers, now))
    if error.code == _BLOCKED:
        return Unavailable("facebook.blocked", why, _BLOCKED_WAIT_S)
    if error.code == 10 and error.error_subcode in _WINDOW_CLOSED:
        return Invalid("facebook.window_closed", why)
    if _needs_grant(error.code, status):
        return Reauthorise("facebook.grant_refused", why)
    if error.code in _PERMANENT:
        return Invalid(
            "facebook.gone" if is_gone(error.code, error.error_subcode) else "facebook.refused", why
        )
    if error.code in (1, 2) or error.is_transient or status >= 500 or error.code is None:
        return Unavailable("facebook.unavailable", why, retry_after_s(headers, now))
    return Invalid("facebook.refused", why)


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
        return read_part(_Error, inner, "facebook.error.unreadable")
    except (ValueError, RecursionError, Unreadable):
        return _Error()


def _wait_s(headers: Mapping[str, str], now: datetime) -> float:
    told = retry_after_s(headers, now)
    minutes = _minutes(headers.get("x-business-use-case-usage", ""))
    return told if told is not None else minutes * 60.0 if minutes else _DEFAULT_WAIT_S


def _minutes(usage: str) -> float:
    """The longest estimated_time_to_regain_access, which Meta gives in minutes."""
    try:
        document = json.loads(usage)
        listed = [use for uses in document.values() for use in uses]
        return max(
            (float(use.get("estimated_time_to_regain_access", 0)) for use in listed), default=0.0
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return 0.0
