"""What an error answer of LinkedIn means for a reader. The publisher has its own outcome classes."""

from datetime import datetime

import httpx

from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s

_WAIT_S = 3600.0


def classify(answer: httpx.Response, now: datetime) -> RapportError:
    """Return `Unavailable` (wait), `Reauthorise`, or `Invalid` (asking again cannot help)."""
    status, why = answer.status_code, f"HTTP {answer.status_code}"
    told = retry_after_s(answer.headers, now)
    is_html = answer.content.lstrip().startswith(b"<")
    if status == 401:
        return Reauthorise("linkedin.grant_refused", why)
    if status == 403 and not is_html:
        return Reauthorise("linkedin.role_lost", "the member may no longer look after the page")
    if status == 429:
        # Quotas are a day's: without a word from LinkedIn, once an hour is often enough.
        return Unavailable("linkedin.rate_limited", why, told or _WAIT_S)
    if 400 <= status < 500 and status not in (408, 425) and not is_html:
        return Invalid("linkedin.gone" if status == 404 else "linkedin.refused", why)
    return Unavailable("linkedin.unavailable", why, told)
