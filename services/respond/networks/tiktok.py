"""Writes answers below TikTok comments, finds them again, and moderates. Codes and counting are in contracts.

Sources: networks.md section 16 of the contract cards. Gated: never tried live, every path and code is unverified.
"""

from datetime import timedelta
from typing import Any

import httpx

from contracts.networks import tiktok
from runtime.clock import Clock
from services.respond.networks.calls import (
    Caller,
    done_of,
    moment_of,
    object_of,
    objects,
    text_of,
    told_wait_s,
    within,
)
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Failure,
    Finding,
    Found,
    Gone,
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
_PAGES = 20
_GONE = "tiktok.target_gone"
_COMMENT = "business/comment"
_ACTS = {
    "hide": ("hide", "HIDE"), "unhide": ("hide", "UNHIDE"),
    "like": ("like", "LIKE"), "unlike": ("like", "UNLIKE"), "delete": ("delete", ""),
}  # fmt: skip


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return TikTok(tools.client, tools.clock)


class TikTok:
    """Answers stand below a top-level comment of an own video."""

    name = "tiktok"
    # TikTok keeps no key: a repeat is a second comment.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._clock = clock
        self._caller = Caller(client, self.classify, lambda account: tiktok.headers(account.token))

    def text_for(self, target: Target, text: str) -> str:
        """Return the text; the answer to an answer names whom it is for, as all stand in one row."""
        handle = target.author_handle
        if _top_of(target) == target.external_id or not handle:
            return text
        return text if f"@{handle}".casefold() in text.casefold() else f"@{handle} {text}"

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit: it is the same for everybody."""
        return tiktok.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST reply/create below the top-level comment."""
        target = publish.target
        if publish.is_private or target.kind != "comment" or not target.root_id:
            return Permanent("network.unsupported", "TikTok only takes answers to comments")
        told = {
            "video_id": target.root_id, "comment_id": _top_of(target), "text": publish.text,
        }  # fmt: skip
        data = await self._post(account, "reply/create", told)
        if not isinstance(data, dict):
            return data
        made = data.get("comment_id")
        if isinstance(made, str | int) and str(made):
            return Sent(str(made))
        return Unknown("network.answer_unreadable", "TikTok's answer named no comment")

    async def find(self, account: Account, search: Search) -> Finding:
        """Read every answer below the top-level comment."""
        params = {
            "business_id": account.account_id, "video_id": search.target.root_id or "",
            "comment_id": _top_of(search.target), "max_count": "30",
        }  # fmt: skip
        for _ in range(_PAGES):
            path = f"{_COMMENT}/reply/list/"
            data = self._data(await self._caller.ask(account, "GET", path, params=params))
            if isinstance(data, Permanent) and data.code == _GONE:
                return Gone()
            if not isinstance(data, dict):
                return unreadable_because(data)
            for row in objects(data.get("comments")):
                if _is_ours(row, account, search):
                    return Found(str(row["comment_id"]))
            if data.get("has_more") is not True:
                return Absent()
            params["cursor"] = str(data.get("cursor"))
        return Unreadable("network.too_much", "too many answers to look through")

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Hide, show, like, take it back, or delete an own comment."""
        edge, action = _ACTS.get(moderate.act, ("", ""))
        if not edge:
            return Permanent("network.unsupported", f"TikTok has no way to {moderate.act}")
        told = {
            "comment_id": moderate.target.external_id, "video_id": moderate.target.root_id or "",
        }  # fmt: skip
        data = await self._post(account, edge, {**told, **({"action": action} if action else {})})
        done = httpx.Response(200) if isinstance(data, dict) else data
        return done_of(done, _GONE if edge == "delete" else None)

    async def _post(
        self, account: Account, edge: str, told: dict[str, str]
    ) -> dict[str, Any] | Failure:
        body = {"business_id": account.account_id, **told}
        return self._data(await self._caller.ask(account, "POST", f"{_COMMENT}/{edge}/", json=body))

    def _data(self, answer: httpx.Response | Failure) -> dict[str, Any] | Failure:
        """Return the data of an answer that is a success by its own code, or what became of the call."""
        if not isinstance(answer, httpx.Response):
            return answer
        told = object_of(answer)
        if type(told.get("code")) is not int:
            return Unknown("network.answer_unreadable", "TikTok's answer had no code")
        if told["code"] != 0:
            return self.classify(answer)
        data = told.get("data")
        return data if isinstance(data, dict) else {}

    def classify(self, answer: httpx.Response) -> Failure:
        """Class an answer that is no success by the code in its body and the HTTP status."""
        status, told = answer.status_code, object_of(answer)
        code = told.get("code") if isinstance(told.get("code"), int) else None
        message = text_of(told.get("message"), f"HTTP {status} without a reason")
        if status == 429 or code in tiktok.LIMITED:
            return Backoff("tiktok.throttled", message, told_wait_s(answer, self._clock.now()))
        if status == 401 or code in tiktok.NO_TOKEN:
            return Reauthorise("tiktok.grant_invalid", message)
        if code in tiktok.NO_PERMISSION:
            return Reauthorise("tiktok.permission_missing", message)
        if code is not None and code >= tiktok.TROUBLE_FROM:
            return Retry("network.server_error", message, is_doubtful=True)
        if code in tiktok.GONE:
            return Permanent(_GONE, message)
        trouble = classify_server_error(status)
        return trouble or Permanent("tiktok.refused", message)


def _top_of(target: Target) -> str:
    """Return the top-level comment of an item: its parent, unless that is the video."""
    parent = target.parent_external_id
    return parent if parent and parent != target.root_id else target.external_id


def _is_ours(row: dict[str, Any], account: Account, search: Search) -> bool:
    told, key = row.get("create_time"), row.get("comment_id")
    at = moment_of(float(told)) if isinstance(told, str) and told.isdecimal() else moment_of(told)
    is_own = row.get("owner") is True or within(row, "user_id") == account.account_id
    return (
        bool(key)
        and str(key) not in search.taken
        and is_own
        and (at is None or at >= search.sent_at - _CLOCK_SKEW)
        and fingerprint(str(row.get("text") or "")) == fingerprint(search.text)
    )
