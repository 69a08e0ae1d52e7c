"""The Graph API as its writing halves share it: calls, error classes, waits, own words among rows. No network's edges.

Sources: networks.md section 1 of the contract cards; Graph API, error handling.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Account,
    Backoff,
    Done,
    Failure,
    Moderated,
    Outcome,
    Permanent,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Unknown,
    Unreadable,
    classify_server_error,
    classify_transport,
    unreadable_because,
)

_THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80001, 80008)})
_TROUBLE = frozenset({1, 2})
_NO_GRANT = frozenset({102, 190})
_WINDOW_CLOSED = frozenset({2018278, 2534022})
_BLOCK_WAIT_S = 3600.0
_USAGE = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")
CLOCK_SKEW = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Codes:
    """The stable codes one network uses for what the Graph API refuses."""

    throttled: str
    blocked: str
    grant_invalid: str
    permission_missing: str
    window_closed: str
    target_gone: str
    duplicate_text: str
    person_unavailable: str
    refused: str


class Graph:
    """Calls with the token in the header. Nothing here raises for what the network does."""

    def __init__(self, client: httpx.AsyncClient, codes: Codes) -> None:
        self._client = client
        self._codes = codes

    async def call(
        self, account: Account, method: str, path: str, **what: Any
    ) -> httpx.Response | Failure:
        """Return a 2xx answer, or what went wrong. `what` is httpx's: params, data or json."""
        url = f"{account.base_url.rstrip('/')}/{path}"
        headers = {"Authorization": f"Bearer {account.token}"}
        try:
            answer = await self._client.request(
                method, url, headers=headers, follow_redirects=False, **what
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        return answer if answer.is_success else classify(answer, self._codes)

    async def publish(self, account: Account, path: str, named: str, **what: Any) -> Outcome:
        """POST words; the answer names them under `named`."""
        answer = await self.call(account, "POST", path, **what)
        if not isinstance(answer, httpx.Response):
            return answer
        written = body_of(answer).get(named)
        if not isinstance(written, str) or not written:
            return Unknown("network.answer_unreadable", "the network's answer named no item")
        return Sent(written)

    async def act(self, account: Account, method: str, path: str, **what: Any) -> Moderated:
        """Do something that may be done twice: a lost answer is no reason to look first."""
        answer = await self.call(account, method, path, **what)
        if isinstance(answer, httpx.Response):
            return Done()
        if isinstance(answer, Unknown):
            return Retry(answer.code, answer.reason, is_doubtful=True)
        is_gone = method == "DELETE" and answer.code == self._codes.target_gone
        return Done() if is_gone else answer

    async def rows(
        self, account: Account, path: str, params: Mapping[str, str]
    ) -> "tuple[list[Any], str | None] | Failure":
        """Return one page of an edge and the cursor of the next."""
        answer = await self.call(account, "GET", path, params=dict(params))
        if not isinstance(answer, httpx.Response):
            return answer
        rows = body_of(answer).get("data")
        if not isinstance(rows, list):
            return Unknown("network.answer_unreadable", "the list could not be read")
        return rows, next_cursor(body_of(answer))


def classify(response: httpx.Response, codes: Codes) -> Failure:
    """Class an answer that is no success, by Graph's error code first and the HTTP status after it."""
    error = body_of(response).get("error")
    if not isinstance(error, dict):
        return classify_server_error(response.status_code) or _by_status(response, codes)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    reason = _reason(error)
    if code in _THROTTLED:
        return Backoff(codes.throttled, reason, _wait_s(response))
    if code == 368:
        return Backoff(codes.blocked, reason, _BLOCK_WAIT_S)
    if code in _NO_GRANT:
        return Reauthorise(codes.grant_invalid, reason)
    if code == 10 and subcode in _WINDOW_CLOSED:
        return Permanent(codes.window_closed, reason)
    if code in {3, 10} or 200 <= code <= 299:
        return Reauthorise(codes.permission_missing, reason)
    return _by_code((code, subcode), error, response.status_code, codes)


def _by_code(told: tuple[int, int], error: dict[str, Any], status: int, codes: Codes) -> Failure:
    code, subcode = told
    reason = _reason(error)
    if code in _TROUBLE or error.get("is_transient") is True or status >= 500:
        return Retry("network.server_error", reason, is_doubtful=True)
    if code == 100 and subcode == 33:
        return Permanent(codes.target_gone, reason)
    known = {506: codes.duplicate_text, 551: codes.person_unavailable}
    return Permanent(known.get(code, codes.refused), reason)


def _by_status(response: httpx.Response, codes: Codes) -> Failure:
    status = response.status_code
    if status == 429:
        return Backoff(codes.throttled, "too many calls (HTTP 429)", _wait_s(response))
    return Permanent(codes.refused, f"the network refused without a reason (HTTP {status})")


def _wait_s(response: httpx.Response) -> float | None:
    """Read Retry-After (seconds) or the usage headers' estimate (minutes), whichever is longer."""
    waits = [60.0 * minutes for minutes in _estimates(response)]
    after = response.headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        waits.append(float(after[:9]))
    return max(waits, default=None)


def _estimates(response: httpx.Response) -> Iterable[float]:
    for name in _USAGE:
        try:
            usage = json.loads(response.headers.get(name, "{}"))
        except (ValueError, RecursionError):
            continue
        groups = usage.values() if isinstance(usage, dict) else ()
        rows = [row for group in groups if isinstance(group, list) for row in group]
        for row in rows:
            minutes = row.get("estimated_time_to_regain_access") if isinstance(row, dict) else None
            if isinstance(minutes, int | float) and minutes > 0:
                yield float(minutes)


def is_ours(row: Mapping[str, Any], search: Search, account_id: str, text_key: str) -> bool:
    """Say whether a row of comments or messages is the answer that is looked for."""
    author = row.get("from")
    is_own = not isinstance(author, dict) or str(author.get("id")) == account_id
    at = time_of(row)
    is_recent = at is None or at >= search.sent_at - CLOCK_SKEW
    is_text = fingerprint(str(row.get(text_key) or "")) == fingerprint(search.text)
    return bool(row.get("id")) and is_own and is_recent and is_text


def is_before(rows: list[Any], search: Search) -> bool:
    """Say whether a page reaches back to before the call began (newest come first)."""
    known = [at for at in map(time_of, rows) if at is not None]
    return bool(known) and min(known) < search.sent_at - CLOCK_SKEW


def next_cursor(edge: Mapping[str, Any]) -> str | None:
    """Return where the next page of an edge begins, None at its end."""
    paging = edge.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None


def unreadable(failure: Failure) -> Unreadable:
    """Say why a read did not help, in the words of the publish classes."""
    return unreadable_because(failure)


def body_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, empty when it is none."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def time_of(row: object) -> datetime | None:
    """Return when a comment (timestamp on Instagram) or message was written."""
    told = (row.get("created_time") or row.get("timestamp")) if isinstance(row, dict) else None
    try:
        return datetime.strptime(str(told), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except ValueError:
        return None


def _reason(error: dict[str, Any]) -> str:
    text = error.get("error_user_msg") or error.get("message") or "no reason given"
    return str(text)[:300]


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else 0
