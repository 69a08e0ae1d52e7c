"""What Discord's error answers and close codes mean for a reader. The publisher has its own outcome classes."""

from datetime import datetime
from typing import Any

import httpx

from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

HIDDEN = "discord.not_visible"
_HIDDEN_CODES = frozenset({10003, 10004, 50001, 50013})
_WAIT_S = 60.0
_NO_TOKEN = 4004
_NO_INTENT = frozenset({4013, 4014})
_NEVER = frozenset({4010, 4011, 4012})
OVER = frozenset({1000, 1001, 4003, 4007, 4009})
"""Close codes after which a session cannot be resumed."""


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, told = answer.status_code, _object(answer)
    code = told.get("code") if isinstance(told.get("code"), int) else None
    why = f"HTTP {status}, code {code}"
    if status == 429:
        return Unavailable("discord.rate_limited", why, _wait_s(answer, told, now))
    if status == 401:
        return Reauthorise("discord.grant_refused", why)
    if code in _HIDDEN_CODES:
        return Invalid(HIDDEN, why)
    # A refusal without Discord's own form is a proxy's.
    if 400 <= status < 500 and status not in (408, 425) and told:
        return Invalid("discord.refused", why)
    return Unavailable("discord.unavailable", why, retry_after_s(answer.headers, now))


def closed(code: int | None) -> RapportError | None:
    """Return what a close code of the gateway forbids, or None when one may come again."""
    if code == _NO_TOKEN:
        return Reauthorise("discord.grant_refused", "the gateway does not accept the token")
    if code in _NO_INTENT:
        why = "switch on the Message Content intent at Discord's developer portal"
        return Invalid("discord.intents_refused", why)
    return Invalid("discord.refused", f"the gateway closed with {code}") if code in _NEVER else None


def _wait_s(answer: httpx.Response, told: dict[str, Any], now: datetime) -> float:
    body = told.get("retry_after")
    waits = [
        retry_after_s(answer.headers, now) or 0.0,
        float(body) if isinstance(body, int | float) and not isinstance(body, bool) else 0.0,
    ]
    return max(waits) or _WAIT_S


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
