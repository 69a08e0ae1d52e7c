"""What an answer of the Bot API that is no success means for a reader. The publisher has its own outcome classes."""

from typing import Any

import httpx

from runtime.clock import Clock
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

_CONFLICT_WAIT_S = 30.0
_DEFAULT_WAIT_S = 30.0


def classify(answer: httpx.Response, clock: Clock) -> RapportError:
    """Return what an answer that is no success means. No text of the answer is kept."""
    status = _status(answer)
    why = f"HTTP {status}"
    # An unknown or misshapen token is answered 404, a revoked one 401.
    if status in (401, 404):
        return Reauthorise("telegram.grant_refused", why)
    if status == 429:
        return Unavailable("telegram.rate_limited", why, _wait_s(answer, clock))
    if status == 409:
        why = "another program reads this bot, or a webhook is set"
        return Unavailable("telegram.conflict", why, _CONFLICT_WAIT_S)
    if 400 <= status < 500:
        return Invalid("telegram.refused", why)
    return Unavailable("telegram.unavailable", why, retry_after_s(answer.headers, clock.now()))


def unreachable(error: Exception) -> Unavailable:
    """Return what no answer at all means. Only the error's kind is told: its words may hold an address."""
    return Unavailable("telegram.unreachable", type(error).__name__)


def _status(answer: httpx.Response) -> int:
    told = object_of(answer).get("error_code")
    return told if isinstance(told, int) and not isinstance(told, bool) else answer.status_code


def _wait_s(answer: httpx.Response, clock: Clock) -> float:
    parameters = object_of(answer).get("parameters")
    told = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(told, int | float) and told > 0:
        return float(told)
    return retry_after_s(answer.headers, clock.now()) or _DEFAULT_WAIT_S


def object_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, empty when it is none."""
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
