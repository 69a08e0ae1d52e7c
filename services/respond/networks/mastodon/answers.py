"""What a Mastodon server's answers mean, and how it is called. What is written or looked for lives beside."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from services.respond.networks.protocol import (
    Account,
    Backoff,
    Failure,
    Permanent,
    Reauthorise,
    Retry,
    Unknown,
    classify_server_error,
    classify_transport,
)


async def ask(
    client: httpx.AsyncClient, account: Account, method: str, path: str, **what: Any
) -> httpx.Response | Failure:
    """Make a call that may be made again: an answer that is lost proves nothing and harms nothing."""
    try:
        answer = await client.request(
            method, url(account, path), headers=headers(account), follow_redirects=False, **what
        )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        failure = classify_transport(error)
        if isinstance(failure, Unknown):
            return Retry(failure.code, failure.reason, is_doubtful=True)
        return failure
    return answer if answer.is_success else classify(answer)


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success; bodies that are no JSON are as good as none."""
    status = response.status_code
    trouble = classify_server_error(status)
    reason = _reason(response)
    if isinstance(trouble, Retry):
        return Retry(trouble.code, reason, trouble.is_doubtful)
    if status == 401:
        return Reauthorise("mastodon.grant_invalid", reason)
    if status == 429:
        return Backoff("mastodon.throttled", reason, _wait_s(response))
    codes = {
        403: "mastodon.not_allowed",
        404: "mastodon.target_gone",
        410: "mastodon.target_gone",
        422: "mastodon.invalid",
    }
    return Permanent(codes.get(status, "mastodon.refused"), reason)


def url(account: Account, path: str) -> str:
    """Return the address of a call of version 1."""
    return f"{account.base_url.rstrip('/')}/api/v1/{path}"


def headers(account: Account) -> dict[str, str]:
    """Return the header that carries the token."""
    return {"Authorization": f"Bearer {account.token}"}


def json_of(response: httpx.Response) -> Any:
    """Return the body, or None when it is no JSON."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def object_of(response: httpx.Response) -> dict[str, Any]:
    """Return the body, or nothing when it is no JSON object."""
    body = json_of(response)
    return body if isinstance(body, dict) else {}


def time_of(value: object) -> datetime | None:
    """Return an ISO 8601 time, or None."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _wait_s(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return float(after[:9])
    reset_at = time_of(response.headers.get("x-ratelimit-reset"))
    if reset_at is None:
        return None
    server_now = _http_date(response.headers.get("date")) or datetime.now(UTC)
    return max(1.0, (reset_at - server_now).total_seconds())


def _reason(response: httpx.Response) -> str:
    error = object_of(response).get("error")
    return str(error)[:300] if error else f"HTTP {response.status_code} without a reason"


def _http_date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
