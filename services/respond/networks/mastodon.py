"""Writes statuses as a Mastodon account and finds them again. Counting is in contracts.

Sources: networks.md section 8 of the contract cards; docs.joinmastodon.org, methods/statuses.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from contracts.messages import Visibility
from contracts.networks import mastodon
from services.respond.networks.matching import fingerprint, plain
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Failure,
    Finding,
    Found,
    Network,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
    Unreadable,
    classify_server_error,
    classify_transport,
    unreadable,
)

_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 5
_PAGE = 40
_REPEAT_AGE = timedelta(seconds=2)


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Mastodon(tools.client)


class Mastodon:
    """Statuses in answer to a status, never more public than it."""

    name = "mastodon"
    # Five minutes short of the documented hour: clocks differ.
    same_key_window_s = mastodon.IDEMPOTENCY_S - 300.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    def text_for(self, target: Target, text: str) -> str:
        """Return the text with the author's mention: without it nobody is told."""
        handle = target.author_handle
        if not handle or f"@{handle}".casefold() in text.casefold():
            return text
        return f"@{handle} {text}"

    async def limit_of(self, account: Account, _target: Target) -> int:
        """Return what the account's server allows; the default where it does not say."""
        url = f"{account.base_url.rstrip('/')}/api/v2/instance"
        try:
            response = await self._client.get(url)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return mastodon.LIMIT
        told = _json(response)
        for name in ("configuration", "statuses", "max_characters"):
            told = told.get(name) if isinstance(told, dict) else None
        return told if isinstance(told, int) and told > 0 else mastodon.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /api/v1/statuses under the answer's own Idempotency-Key."""
        started_at = datetime.now(UTC)
        headers = {**_headers(account), "Idempotency-Key": publish.key}
        try:
            response = await self._client.post(
                _url(account, "statuses"), json=_body(publish), headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        if response.status_code >= 300:
            return classify(response)
        status = _json(response)
        status_id = status.get("id") if isinstance(status, dict) else None
        if not isinstance(status_id, str) or not status_id:
            return Unknown("network.answer_unreadable", "the network's answer named no status")
        created_at = _time(status.get("created_at"))
        is_repeat = created_at is not None and created_at < started_at - _REPEAT_AGE
        return Sent(status_id, status.get("url") or status.get("uri"), is_repeat)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the own statuses back to the call: direct ones are among them for their author."""
        params = {"limit": str(_PAGE), "exclude_reblogs": "true"}
        url = _url(account, f"accounts/{account.account_id}/statuses")
        for _ in range(_PAGES):
            try:
                response = await self._client.get(url, params=params, headers=_headers(account))
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                failure = classify_transport(error)
                return Unreadable(failure.code, failure.reason)
            if response.status_code >= 300:
                return unreadable(response, classify)
            rows = _json(response)
            if not isinstance(rows, list):
                return Unreadable("network.answer_unreadable", "the own statuses could not be read")
            found = _own_among(rows, search)
            if found is not None:
                return found
            oldest = _oldest(rows)
            if oldest is None or _is_before(rows, search):
                return Absent()
            params["max_id"] = oldest
        return Unreadable("network.too_much", "too many own statuses since to look through")


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
    codes = {403: "mastodon.not_allowed", 404: "mastodon.target_gone", 422: "mastodon.invalid"}
    return Permanent(codes.get(status, "mastodon.refused"), reason)


def visibility_of(target: Target) -> Visibility:
    """Return the visibility of the answer: the parent's, and the closest when that is not known."""
    if target.kind == "dm":
        return "direct"
    return target.visibility or "private"


def _body(publish: Publish) -> dict[str, str]:
    body = {
        "status": publish.text,
        "in_reply_to_id": publish.target.external_id,
        "visibility": visibility_of(publish.target),
    }
    if publish.target.language:
        body["language"] = publish.target.language
    return body


def _wait_s(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset_at = _time(response.headers.get("x-ratelimit-reset"))
    if reset_at is None:
        return None
    server_now = _http_date(response.headers.get("date")) or datetime.now(UTC)
    return max(1.0, (reset_at - server_now).total_seconds())


def _own_among(rows: list[Any], search: Search) -> Found | None:
    wanted = fingerprint(search.text)
    for row in rows:
        if not isinstance(row, dict) or str(row.get("id")) in search.taken:
            continue
        created_at = _time(row.get("created_at"))
        is_recent = created_at is None or created_at >= search.sent_at - _CLOCK_SKEW
        is_answer = str(row.get("in_reply_to_id")) == search.target.external_id
        is_text = fingerprint(plain(str(row.get("content") or ""))) == wanted
        if is_recent and is_answer and is_text and row.get("id"):
            return Found(str(row["id"]), row.get("url") or row.get("uri"))
    return None


def _is_before(rows: list[Any], search: Search) -> bool:
    times = [_time(row.get("created_at")) for row in rows if isinstance(row, dict)]
    # Pinned statuses may be old and stand first: only the last row tells how far the page reaches.
    last = times[-1] if times else None
    return last is not None and last < search.sent_at - _CLOCK_SKEW


def _oldest(rows: list[Any]) -> str | None:
    known = [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]
    return min(known, key=mastodon.id_order) if known else None


def _url(account: Account, path: str) -> str:
    return f"{account.base_url.rstrip('/')}/api/v1/{path}"


def _headers(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.token}"}


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _reason(response: httpx.Response) -> str:
    body = _json(response)
    error = body.get("error") if isinstance(body, dict) else None
    return str(error)[:300] if error else f"HTTP {response.status_code} without a reason"


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _http_date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value or "")
    except ValueError:
        return None
