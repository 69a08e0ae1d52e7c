"""Writes comments as a Facebook Page and finds them again (Graph API). Counting is in contracts.

Sources: networks.md sections 1 and 2 of the contract cards; Graph API, error handling.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from contracts.networks import facebook
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Failure,
    Finding,
    Found,
    Gone,
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

_THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80001, 80008)})
_TROUBLE = frozenset({1, 2})
_NO_GRANT = frozenset({102, 190})
_WINDOW_CLOSED = frozenset({2018278, 2534022})
_BLOCK_WAIT_S = 3600.0
_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 40
_FIELDS = "id,message,from,created_time,parent,permalink_url"
_USAGE = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Facebook(tools.client)


class Facebook:
    """Comments under a post or a comment. A repeat is a second comment: there is no idempotency key."""

    name = "facebook"
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands: the author of a comment is told without a mention."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every page."""
        return facebook.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /{comment or post}/comments."""
        url = _edge(account, publish.target.external_id)
        try:
            response = await self._client.post(
                url, data={"message": publish.text}, headers=_headers(account)
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        if response.status_code >= 300:
            return classify(response)
        comment_id = _object(response).get("id")
        if not isinstance(comment_id, str) or not comment_id:
            return Unknown("network.answer_unreadable", "the network's answer named no comment")
        return Sent(comment_id)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the comments below what was answered; an answer to an answer lands one level up."""
        places = dict.fromkeys(filter(None, (search.target.external_id, _upper(search.target))))
        verdict: Finding = Absent()
        for number, place in enumerate(places):
            finding = await self._find_below(account, place, search)
            if isinstance(finding, Gone) and number > 0:
                continue
            if not isinstance(finding, Absent):
                return finding
        return verdict

    async def _find_below(self, account: Account, place: str, search: Search) -> Finding:
        params = {
            "filter": "stream", "order": "reverse_chronological", "fields": _FIELDS, "limit": "100",
        }  # fmt: skip
        for _ in range(_PAGES):
            try:
                response = await self._client.get(
                    _edge(account, place), params=params, headers=_headers(account)
                )
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                failure = classify_transport(error)
                return Unreadable(failure.code, failure.reason)
            if response.status_code >= 300:
                return _gone_or_unreadable(response)
            rows = _object(response).get("data")
            if not isinstance(rows, list):
                return Unreadable("network.answer_unreadable", "the comments could not be read")
            found = _own_among(rows, account, search)
            if found is not None:
                return found
            cursor = _next_cursor(response)
            if cursor is None or _is_before(rows, search):
                return Absent()
            params["after"] = cursor
        return Unreadable("network.too_much", "too many comments since to look through")


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success, by Graph's error code first and the HTTP status after it."""
    error = _object(response).get("error")
    if not isinstance(error, dict):
        return classify_server_error(response.status_code) or _by_status(response.status_code)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    reason = _reason(error)
    if code in _THROTTLED:
        return Backoff("facebook.throttled", reason, _wait_s(response))
    if code == 368:
        return Backoff("facebook.blocked", reason, _BLOCK_WAIT_S)
    if code in _NO_GRANT:
        return Reauthorise("facebook.grant_invalid", reason)
    if code == 10 and subcode in _WINDOW_CLOSED:
        return Permanent("facebook.window_closed", reason)
    if code in {3, 10} or 200 <= code <= 299:
        return Reauthorise("facebook.permission_missing", reason)
    return _by_code(code, subcode, error, response.status_code)


def _by_code(code: int, subcode: int, error: dict[str, Any], status: int) -> Failure:
    reason = _reason(error)
    if code in _TROUBLE or error.get("is_transient") is True or status >= 500:
        return Retry("network.server_error", reason, is_doubtful=True)
    if code == 100 and subcode == 33:
        return Permanent("facebook.target_gone", reason)
    if code == 506:
        return Permanent("facebook.duplicate_text", reason)
    if code == 551:
        return Permanent("facebook.person_unavailable", reason)
    return Permanent("facebook.refused", reason)


def _by_status(status: int) -> Failure:
    if status == 429:
        return Backoff("facebook.throttled", "too many calls (HTTP 429)")
    return Permanent("facebook.refused", f"the network refused without a reason (HTTP {status})")


def _gone_or_unreadable(response: httpx.Response) -> Finding:
    failure = classify(response)
    if failure.code == "facebook.target_gone":
        return Gone()
    return unreadable(response, classify)


def _wait_s(response: httpx.Response) -> float | None:
    """Read Retry-After (seconds) or the usage headers' estimate (minutes), whichever is longer."""
    waits = [60.0 * minutes for minutes in _estimates(response)]
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        waits.append(float(after))
    return max(waits, default=None)


def _estimates(response: httpx.Response) -> Iterable[float]:
    for name in _USAGE:
        try:
            usage = json.loads(response.headers.get(name, "{}"))
        except ValueError:
            continue
        groups = usage.values() if isinstance(usage, dict) else ()
        rows = [row for group in groups if isinstance(group, list) for row in group]
        for row in rows:
            minutes = row.get("estimated_time_to_regain_access") if isinstance(row, dict) else None
            if isinstance(minutes, int | float) and minutes > 0:
                yield float(minutes)


def _own_among(rows: list[Any], account: Account, search: Search) -> Found | None:
    wanted = fingerprint(search.text)
    for row in rows:
        if not isinstance(row, dict) or str(row.get("id")) in search.taken:
            continue
        author = row.get("from")
        is_own = not isinstance(author, dict) or str(author.get("id")) == account.account_id
        created_at = _time(row.get("created_time"))
        is_recent = created_at is None or created_at >= search.sent_at - _CLOCK_SKEW
        is_text = fingerprint(str(row.get("message") or "")) == wanted
        if is_own and is_recent and is_text and row.get("id"):
            return Found(str(row["id"]), row.get("permalink_url"))
    return None


def _is_before(rows: list[Any], search: Search) -> bool:
    """Say whether the page reaches back to before the call began (newest come first)."""
    times = [_time(row.get("created_time")) for row in rows if isinstance(row, dict)]
    known = [at for at in times if at is not None]
    return bool(known) and min(known) < search.sent_at - _CLOCK_SKEW


def _next_cursor(response: httpx.Response) -> str | None:
    paging = _object(response).get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None


def _upper(target: Target) -> str | None:
    return target.parent_external_id if target.kind == "comment" else None


def _edge(account: Account, object_id: str) -> str:
    return f"{account.base_url.rstrip('/')}/{object_id}/comments"


def _headers(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.token}"}


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(error: dict[str, Any]) -> str:
    text = error.get("error_user_msg") or error.get("message") or "no reason given"
    return str(text)[:300]


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else 0


def _time(value: object) -> datetime | None:
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except ValueError:
        return None
