"""Writes comments as a LinkedIn page, finds them again, likes and deletes. URNs and counting are in contracts.

Sources: networks.md section 15 of the contract cards; LinkedIn Community Management API, social actions. Never tried live.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import linkedin
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
    Amend,
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
_SIZE = 100
_PAGES = 10
_GONE = "linkedin.target_gone"
_TWICE = "linkedin.duplicate"
_QUOTA_WAIT_S = 3600.0


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return LinkedIn(tools.client, tools.clock)


class LinkedIn:
    """Comments below posts, and answers to comments, which nest one level."""

    name = "linkedin"
    # LinkedIn keeps no key: a repeat is a second comment.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._clock = clock
        self._caller = Caller(
            client, self.classify, lambda account: linkedin.headers(account.token)
        )

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it is: members cannot be named by what an app knows of them."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit: it is the same for everybody."""
        return linkedin.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST a comment as the organisation."""
        if publish.is_private:
            return Permanent("network.unsupported", "LinkedIn only takes public answers")
        under, post = _place(publish.target)
        told: dict[str, Any] = {
            "actor": account.account_id,
            "object": post,
            "message": {"text": publish.text},
        }
        if under != post:
            told["parentComment"] = under
        answer = await self._caller.ask(account, "POST", f"{_actions(under)}/comments", json=told)
        if not isinstance(answer, httpx.Response):
            return answer
        urn = _urn_of(object_of(answer), post)
        if urn is None:
            return Unknown("network.answer_unreadable", "LinkedIn's answer named no comment")
        return Sent(urn)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the comments where the answer would stand."""
        under, post = _place(search.target)
        for page in range(_PAGES):
            params = {"start": str(page * _SIZE), "count": str(_SIZE)}
            path = f"{_actions(under)}/comments"
            answer = await self._caller.ask(account, "GET", path, params=params)
            if isinstance(answer, Permanent) and answer.code == _GONE:
                return Gone()
            if not isinstance(answer, httpx.Response):
                return unreadable_because(answer)
            told = object_of(answer)
            if not isinstance(told.get("elements"), list):
                return Unreadable("network.answer_unreadable", "the comments could not be read")
            rows = objects(told["elements"])
            for row in rows:
                urn = _urn_of(row, post)
                if urn and urn not in search.taken and _is_ours(row, account, search):
                    return Found(urn)
            if len(rows) < _SIZE:
                return Absent()
        return Unreadable("network.too_much", "too many comments to look through")

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """Partially update the comment (Rest.li)."""
        parts = linkedin.parts_of(linkedin.long_urn(amend.target.external_id) or "")
        if parts is None:
            return Permanent("linkedin.refused", "only comments can be changed")
        path = f"{_actions(parts[0])}/comments/{quote(parts[1], safe='')}"
        told = {"patch": {"message": {"$set": {"text": amend.text}}}}
        answer = await self._caller.ask(
            account, "POST", path, params={"actor": account.account_id}, json=told,
            headers={"X-RestLi-Method": "PARTIAL_UPDATE"},
        )  # fmt: skip
        return done_of(answer)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Delete an own comment, or like one and take it back."""
        urn = linkedin.long_urn(moderate.target.external_id) or ""
        actor, parts = account.account_id, linkedin.parts_of(urn)
        params = {"actor": actor}
        if moderate.act == "like":
            told = {"actor": actor, "object": urn}
            liked = await self._caller.ask(account, "POST", f"{_actions(urn)}/likes", json=told)
            return done_of(liked, _TWICE)
        if moderate.act == "unlike":
            path = f"{_actions(urn)}/likes/{quote(actor, safe='')}"
            return done_of(await self._caller.ask(account, "DELETE", path, params=params), _GONE)
        if moderate.act != "delete" or parts is None:
            return Permanent("network.unsupported", f"LinkedIn has no way to {moderate.act} this")
        path = f"{_actions(parts[0])}/comments/{quote(parts[1], safe='')}"
        return done_of(await self._caller.ask(account, "DELETE", path, params=params), _GONE)

    def classify(self, answer: httpx.Response) -> Failure:
        """Class an answer that is no success by its HTTP status."""
        status, told = answer.status_code, object_of(answer)
        message = text_of(told.get("message"), f"HTTP {status} without a reason")
        trouble = classify_server_error(status)
        if trouble is not None:
            return trouble
        if status == 429:
            wait_s = told_wait_s(answer, self._clock.now())
            return Backoff("linkedin.throttled", message, wait_s or _QUOTA_WAIT_S)
        if status == 401:
            return Reauthorise("linkedin.grant_invalid", message)
        if status == 403 and told:
            return Reauthorise("linkedin.role_lost", message)
        codes = {404: _GONE, 409: _TWICE}
        return Permanent(codes.get(status, "linkedin.refused"), message)


def _actions(urn: str) -> str:
    return f"socialActions/{quote(urn, safe='')}"


def _place(target: Target) -> tuple[str, str]:
    """Return what the answer is written under (a post or a top-level comment), and the post."""
    urn = linkedin.long_urn(target.external_id) or ""
    parts = linkedin.parts_of(urn)
    if parts is None:
        return urn, urn
    parent = linkedin.long_urn(target.parent_external_id) or ""
    top = parent if linkedin.parts_of(parent) else urn
    return top, target.root_id or parts[0]


def _urn_of(row: Mapping[str, Any], post: str) -> str | None:
    told = row.get("commentUrn") or row.get("$URN")
    if isinstance(told, str) and told.startswith("urn:li:comment:"):
        return linkedin.long_urn(told)
    number, under = row.get("id"), row.get("object")
    if not isinstance(number, str | int) or not str(number):
        return None
    return f"urn:li:comment:({under if isinstance(under, str) else post},{number})"


def _is_ours(row: dict[str, Any], account: Account, search: Search) -> bool:
    created_ms = within(row, "created", "time")
    at = moment_of(created_ms / 1000) if isinstance(created_ms, int | float) else None
    words = within(row, "message", "text")
    return (
        row.get("actor") == account.account_id
        and (at is None or at >= search.sent_at - _CLOCK_SKEW)
        and isinstance(words, str)
        and fingerprint(words) == fingerprint(search.text)
    )
