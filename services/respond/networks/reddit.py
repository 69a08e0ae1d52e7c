"""Writes comments and messages as a Reddit account, finds them again, and moderates. Counting is in contracts.

Sources: networks.md section 14 of the contract cards; reddit.com/dev/api.
"""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import reddit
from runtime.clock import Clock
from services.respond.networks.calls import (
    Caller,
    bearer,
    done_of,
    moment_of,
    object_of,
    objects,
    text_of,
    within,
)
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Amend,
    Backoff,
    Done,
    Failure,
    Finding,
    Found,
    Moderate,
    Moderated,
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
    unreadable_because,
)

_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 5
_GONE = "reddit.target_gone"
_SUBJECT = "About what you wrote"
_CODES = {
    "THREAD_LOCKED": "reddit.locked",
    "DELETED_COMMENT": "reddit.target_gone",
    "DELETED_LINK": "reddit.target_gone",
    "TOO_OLD": "reddit.too_old",
    "TOO_LONG": "reddit.too_long",
    "USER_DOESNT_EXIST": "reddit.person_unavailable",
    "NOT_WHITELISTED_BY_USER_MESSAGE": "reddit.person_unavailable",
}
_WAIT = re.compile(r"(\d+)\s+(millisecond|second|minute|hour)s?", re.IGNORECASE)
_UNITS_S = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Reddit(tools.client, tools.clock)


class Reddit:
    """Answers to comments, posts and messages."""

    name = "reddit"
    # Reddit keeps no key: a repeat is a second comment.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._clock = clock
        self._caller = Caller(client, classify, _headers)

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it is: whoever is answered is told."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit: it is the same for everybody."""
        return reddit.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /api/comment; a private answer to something public is a new message."""
        if publish.is_private and publish.target.kind != "dm":
            return await self._compose(account, publish)
        form = {"thing_id": publish.target.external_id, "text": publish.text}
        answer = await self._submit(account, "/api/comment", form)
        if not isinstance(answer, httpx.Response):
            return answer
        things = objects(within(object_of(answer), "json", "data", "things"))
        data = within(things[0], "data") if things else None
        name = within(data, "name")
        if not isinstance(name, str) or not name:
            return Unknown("network.answer_unreadable", "Reddit's answer named no comment")
        return Sent(name, _permalink(data))

    async def find(self, account: Account, search: Search) -> Finding:
        """Look through the own comments, or the sent messages."""
        name = await self._name(account)
        if not isinstance(name, str):
            return unreadable_because(name)
        is_message = search.target.kind == "dm" or search.is_private
        path = "/message/sent" if is_message else f"/user/{quote(name, safe='')}/comments"
        params = {"limit": "100", "raw_json": "1", "sort": "new"}
        for _ in range(_PAGES):
            answer = await self._caller.ask(account, "GET", path, params=params)
            if not isinstance(answer, httpx.Response):
                return unreadable_because(answer)
            data = within(object_of(answer), "data")
            if not isinstance(within(data, "children"), list):
                return Unreadable("network.answer_unreadable", "the own comments cannot be read")
            rows = [one["data"] for one in objects(data["children"]) if _is_object(one.get("data"))]
            found = _own_among(rows, search, is_message=is_message)
            if found is not None:
                return found
            if not within(data, "after") or _is_before(rows, search):
                return Absent()
            params["after"] = str(data["after"])
        return Unreadable("network.too_much", "too many own comments since to look through")

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Remove, approve, or delete what is our own."""
        name = moderate.target.external_id
        if moderate.act == "delete":
            return await self._delete(account, name)
        if moderate.act not in ("hide", "unhide"):
            return Permanent("network.unsupported", f"Reddit has no way to {moderate.act}")
        path = "/api/remove" if moderate.act == "hide" else "/api/approve"
        form = {"id": name, **({"spam": "false"} if moderate.act == "hide" else {})}
        answer = await self._submit(account, path, form)
        return Done() if isinstance(answer, httpx.Response) else answer

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """POST /api/editusertext."""
        form = {"thing_id": amend.target.external_id, "text": amend.text}
        return done_of(await self._submit(account, "/api/editusertext", form))

    async def _delete(self, account: Account, name: str) -> Moderated:
        # Reddit says the same whether or not it deleted: only our own may pass for deleted.
        answer = await self._caller.ask(account, "GET", "/api/info", params={"id": name})
        if not isinstance(answer, httpx.Response):
            return answer
        rows = objects(within(object_of(answer), "data", "children"))
        data = within(rows[0], "data") if rows else None
        if data is None or within(data, "author") == "[deleted]":
            return Done()
        if within(data, "author_fullname") != account.account_id:
            return Permanent("reddit.not_own", "only the account's own comments can be deleted")
        done = await self._submit(account, "/api/del", {"id": name})
        return Done() if isinstance(done, httpx.Response) else done

    async def _compose(self, account: Account, publish: Publish) -> Outcome:
        to = publish.target.author_handle
        if not to:
            return Permanent("reddit.person_unavailable", "Reddit does not say who wrote it")
        form = {"to": to, "subject": _SUBJECT, "text": publish.text}
        began_at = self._clock.now()
        answer = await self._submit(account, "/api/compose", form)
        if not isinstance(answer, httpx.Response):
            return answer
        # The answer names no message, so that it is looked for at once.
        search = Search(publish.target, publish.text, began_at, key=publish.key, is_private=True)
        found = await self.find(account, search)
        if isinstance(found, Found):
            return Sent(found.external_id, found.permalink)
        return Unknown("network.answer_unreadable", "Reddit's answer named no message")

    async def _submit(
        self, account: Account, path: str, form: dict[str, str]
    ) -> httpx.Response | Failure:
        """Return the answer to a form; an error may come with HTTP 200."""
        form = {"api_type": "json", "raw_json": "1", **form}
        answer = await self._caller.ask(account, "POST", path, data=form)
        if not isinstance(answer, httpx.Response):
            return answer
        return _refusal(object_of(answer)) or answer

    async def _name(self, account: Account) -> str | Failure:
        if known := account.options.get("username"):
            return known
        answer = await self._caller.ask(account, "GET", "/api/v1/me")
        if not isinstance(answer, httpx.Response):
            return answer
        name = object_of(answer).get("name")
        unreadable = Unknown("network.answer_unreadable", "Reddit did not say who this is")
        return name if isinstance(name, str) and name else unreadable


def classify(answer: httpx.Response) -> Failure:
    """Class an answer that is no success; bodies that are no JSON are as good as none."""
    status, told = answer.status_code, object_of(answer)
    reason = text_of(told.get("message"), f"HTTP {status} without a reason")
    trouble = classify_server_error(status)
    if isinstance(trouble, Retry):
        return Retry(trouble.code, reason, trouble.is_doubtful)
    if status == 401:
        return Reauthorise("reddit.grant_invalid", reason)
    if status == 429:
        return Backoff("reddit.throttled", reason, _reset_s(answer))
    if status == 200:
        return _refusal(told) or Permanent("reddit.refused", reason)
    return Permanent(_GONE if status in (404, 410) else "reddit.not_allowed", reason)


def _refusal(told: Any) -> Failure | None:
    """Return what the first of json.errors means: code, words, field."""
    rows = within(told, "json", "errors")
    first = rows[0] if isinstance(rows, list) and rows else None
    if first is None:
        return None
    code = str(first[0]) if isinstance(first, list) and first else str(first)
    words = str(first[1]) if isinstance(first, list) and len(first) > 1 else code
    if code == "RATELIMIT":
        return Backoff("reddit.throttled", words[:300], _wait_s(told, words))
    if code == "USER_REQUIRED":
        return Reauthorise("reddit.grant_invalid", words[:300])
    return Permanent(_CODES.get(code, "reddit.refused"), words[:300])


def _wait_s(told: Any, words: str) -> float | None:
    seconds = within(told, "json", "ratelimit")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return float(seconds)
    parts = [(int(number), unit.lower()) for number, unit in _WAIT.findall(words)]
    # The words are rounded down: a whole unit more is safe.
    return sum((number + 1) * _UNITS_S[unit] for number, unit in parts) or None


def _reset_s(answer: httpx.Response) -> float | None:
    for name in ("retry-after", "x-ratelimit-reset"):
        try:
            return max(1.0, float(answer.headers[name]))
        except (KeyError, ValueError):
            continue
    return None


def _own_among(rows: list[dict[str, Any]], search: Search, *, is_message: bool) -> Found | None:
    wanted = fingerprint(search.text)
    for row in rows:
        at = moment_of(row.get("created_utc"))
        is_recent = at is None or at >= search.sent_at - _CLOCK_SKEW
        is_free = isinstance(row.get("name"), str) and row["name"] not in search.taken
        if not (is_recent and is_free and _is_answer(row, search.target, is_message=is_message)):
            continue
        if fingerprint(unescape(str(row.get("body") or ""))) == wanted:
            return Found(row["name"], _permalink(row))
    return None


def _is_answer(row: dict[str, Any], target: Target, *, is_message: bool) -> bool:
    if not is_message:
        return row.get("parent_id") == target.external_id
    peer = target.root_id if target.kind == "dm" else target.author_handle
    return str(row.get("dest") or "").casefold() == str(peer or "").casefold()


def _is_before(rows: list[dict[str, Any]], search: Search) -> bool:
    at = moment_of(rows[-1].get("created_utc")) if rows else None
    return at is not None and at < search.sent_at - _CLOCK_SKEW


def _permalink(data: Any) -> str | None:
    path = within(data, "permalink")
    return f"https://www.reddit.com{path}" if isinstance(path, str) and path[:1] == "/" else None


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _headers(account: Account) -> dict[str, str]:
    agent = reddit.user_agent(account.options.get("user_agent"), account.options.get("username"))
    return {**bearer(account), "User-Agent": agent}
