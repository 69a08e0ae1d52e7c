"""What an error answer of the Business Profile API means for a reader. The publisher has its own outcome classes."""

from datetime import datetime

import httpx

from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

GONE = "google_business.gone"
_WAIT_S = 60.0
_SCOPE = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, word = answer.status_code, status_of(answer)
    why = f"HTTP {status} {word}".strip()
    told = retry_after_s(answer.headers, now)
    if status == 401 or (status == 403 and _SCOPE in answer.text):
        return Reauthorise("google_business.grant_refused", why)
    if status == 429 or word == "RESOURCE_EXHAUSTED":
        return Unavailable("google_business.rate_limited", why, told or _WAIT_S)
    if word == "NOT_FOUND" or status == 410:
        return Invalid(GONE, why)
    if 400 <= status < 500 and status not in (404, 408, 409, 425):
        return Invalid("google_business.refused", why)
    # A 404 without Google's word is a proxy's, and proves nothing about a review.
    return Unavailable("google_business.unavailable", why, told)


def status_of(answer: httpx.Response) -> str:
    """Return Google's canonical word for what is wrong (google.rpc.Code), or none."""
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    word = error.get("status") if isinstance(error, dict) else None
    return word if isinstance(word, str) and word.replace("_", "").isalpha() else ""
