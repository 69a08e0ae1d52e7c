"""What an error answer of a WordPress site means for a reader. The publisher has its own outcome classes."""

from datetime import datetime
from typing import Any

import httpx

from contracts.networks.wordpress import GONE_CODES, GRANT_CODES
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

# A site that limits calls mostly does so by a plugin or a firewall, which seldom says for how long.
_LIMITED_S = 60.0
_FIREWALL_S = 300.0


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (retry or wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, code = answer.status_code, code_of(answer)
    why = f"HTTP {status}" + (f" {code}" if code else "")
    told_s = retry_after_s(answer.headers, now)
    if status == 429 or code == "comment_flood":
        return Unavailable("wordpress.rate_limited", why, told_s or _LIMITED_S)
    if status == 401 or code in GRANT_CODES:
        return Reauthorise("wordpress.grant_refused", why)
    if code in GONE_CODES:
        return Invalid("wordpress.gone", why)
    if status in (403, 406) and not code:
        return Unavailable(
            "wordpress.firewall", f"{why}: a firewall answers", told_s or _FIREWALL_S
        )
    if code == "rest_no_route" or status in (301, 302, 307, 308):
        return Reauthorise(
            "wordpress.no_api", f"{why}: the REST API is not at this address any more"
        )
    if 400 <= status < 500 and status not in (408, 425):
        return Invalid("wordpress.refused", why)
    return Unavailable("wordpress.unavailable", why, told_s)


def code_of(answer: httpx.Response) -> str:
    """Return the site's own error code; empty where the answer is none of WordPress."""
    body = document(answer)
    code = body.get("code") if isinstance(body, dict) else None
    return code[:80] if isinstance(code, str) else ""


def document(answer: httpx.Response) -> Any:
    """Return the JSON of an answer, or None. Sites put warnings of PHP in front of it: those are none."""
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None
