"""What an answer of TikTok means for a reader: the code in its body counts, for HTTP says 200. All codes are unverified."""

from datetime import datetime
from typing import Any

import httpx

from contracts.networks import tiktok
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

_WAIT_S = 60.0


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, told = answer.status_code, retry_after_s(answer.headers, now)
    code = code_of(answer)
    why = f"HTTP {status}, code {code}"
    if status == 429 or code in tiktok.LIMITED:
        return Unavailable("tiktok.rate_limited", why, told or _WAIT_S)
    if status == 401 or code in tiktok.NO_TOKEN:
        return Reauthorise("tiktok.grant_refused", why)
    if code in tiktok.NO_PERMISSION:
        return Reauthorise("tiktok.permission_missing", why)
    if code is None or code == 0 or code >= tiktok.TROUBLE_FROM:
        return Unavailable("tiktok.unavailable", why, told)
    return Invalid("tiktok.gone" if code in tiktok.GONE else "tiktok.refused", why)


def data_of(answer: httpx.Response, now: datetime) -> dict[str, Any]:
    """Return the data of an answer. Raises what its code means."""
    if code_of(answer) != 0:
        raise classify(answer, now)
    data = answer.json().get("data")
    return data if isinstance(data, dict) else {}


def code_of(answer: httpx.Response) -> int | None:
    """Return the code in the body, or None when there is none (a proxy's page)."""
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return None
    code = told.get("code") if isinstance(told, dict) else None
    return code if type(code) is int else None
