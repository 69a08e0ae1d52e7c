"""What X's refusals mean for whoever writes. Calling and finding live beside it."""

from datetime import datetime

import httpx

from services.respond.networks.calls import object_of, text_of
from services.respond.networks.protocol import (
    Backoff,
    Failure,
    Permanent,
    Reauthorise,
    Retry,
    classify_server_error,
)

DUPLICATE = "x.duplicate_text"
GONE = "x.target_gone"

# A month's posts are used up: a person must see to it, asking soon changes nothing.
_CAPPED_WAIT_S = 6 * 3600.0
_TIER_ADVICE = (
    "X refuses this answer: on the self-serve tier only people who named or quoted the account"
    " may be answered"
)
# Which words of a 403 mean what; X gives it no code. The first that is found counts.
_CODES = {
    "duplicate content": "x.duplicate_text",
    "have not been mentioned": "x.reply_not_allowed",
    "not allowed to reply": "x.reply_not_allowed",
    "reply to this conversation": "x.reply_not_allowed",
    "deleted or not visible": "x.target_gone",
    "cannot send messages": "x.messages_closed",
    "direct message": "x.messages_closed",
}


def classify(answer: httpx.Response, now: datetime) -> Failure:
    """Class an answer that is no success; bodies that are no JSON are as good as none."""
    status, told = answer.status_code, object_of(answer)
    detail = text_of(told.get("detail") or told.get("title"), f"HTTP {status} without a reason")
    kind = str(told.get("type") or "").rpartition("/")[2]
    trouble = classify_server_error(status)
    if isinstance(trouble, Retry):
        return Retry(trouble.code, detail, trouble.is_doubtful)
    if status == 401:
        return Reauthorise("x.grant_invalid", detail)
    if kind == "usage-capped":
        return Backoff("x.usage_capped", detail, _CAPPED_WAIT_S)
    if status == 429:
        return Backoff("x.throttled", detail, _wait_s(answer, now))
    if kind == "client-forbidden":
        return Permanent("x.not_enrolled", detail)
    if status == 403:
        return _refused(detail)
    return Permanent(GONE if status in (404, 410) else "x.invalid", detail)


def _refused(detail: str) -> Permanent:
    words = detail.casefold()
    code = next((code for part, code in _CODES.items() if part in words), "x.not_allowed")
    if code == "x.reply_not_allowed" and "mentioned" in words:
        return Permanent(code, f"{_TIER_ADVICE} ({detail})")
    return Permanent(code, detail)


def _wait_s(answer: httpx.Response, now: datetime) -> float | None:
    after = answer.headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return float(after[:9])
    reset = answer.headers.get("x-rate-limit-reset", "")
    if not (reset.isascii() and reset.isdigit()):
        return None
    return max(1.0, float(reset[:12]) - now.timestamp())
