"""Looks for an answer among the account's own posts or the messages with a person. Writing lives in writer."""

import re
from collections.abc import Iterable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks.x import POST_FIELDS
from contracts.networks.x_addresses import addresses
from services.respond.networks.calls import Caller, moment_of, object_of, objects, within
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Failure,
    Finding,
    Found,
    Search,
    Target,
    Unreadable,
    unreadable_because,
)

_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 5
_POSTS = {
    "max_results": "100",
    POST_FIELDS: "created_at,referenced_tweets,in_reply_to_user_id,note_tweet",
}
_MESSAGES = {
    "max_results": "100",
    "event_types": "MessageCreate",
    "dm_event.fields": "id,text,sender_id,created_at",
}
_LEADING_NAMES = re.compile(r"\A(?:\s*@\w{1,15})+\s+")


async def versions_of(caller: Caller, account: Account, post_id: str) -> list[str] | Failure | None:
    """Return all ids of a post, the oldest first; None when it is gone."""
    path = f"/2/tweets/{quote(post_id, safe='')}"
    answer = await caller.ask(account, "GET", path, params={POST_FIELDS: "edit_history_tweet_ids"})
    if not isinstance(answer, httpx.Response):
        return answer
    # A post that is gone is no error to X, but an answer without one.
    if not isinstance(within(object_of(answer), "data"), dict):
        return None
    history = within(object_of(answer), "data", "edit_history_tweet_ids")
    ids = [str(one) for one in history] if isinstance(history, list) else []
    return ids or [post_id]


async def find(caller: Caller, account: Account, search: Search) -> Finding:
    """Read back to the time of the call."""
    if search.target.kind == "dm" or search.is_private:
        return await _look(caller, account, search, _talk(search), _MESSAGES, [])
    versions = await versions_of(caller, account, search.target.external_id)
    answered = versions if isinstance(versions, list) else [search.target.external_id]
    own = f"/2/users/{quote(account.account_id, safe='')}/tweets"
    return await _look(caller, account, search, own, _POSTS, answered)


def peer_of(target: Target, *, is_private: bool) -> str | None:
    """Return with whom a message is exchanged."""
    return target.author_id if is_private and target.kind != "dm" else target.root_id


def _talk(search: Search) -> str:
    peer = peer_of(search.target, is_private=search.is_private) or ""
    return f"/2/dm_conversations/with/{quote(peer, safe='')}/dm_events"


async def _look(
    caller: Caller,
    account: Account,
    search: Search,
    path: str,
    params: dict[str, str],
    answered: list[str],
) -> Finding:
    params = dict(params)
    for _ in range(_PAGES):
        answer = await caller.ask(account, "GET", path, params=params)
        if not isinstance(answer, httpx.Response):
            return unreadable_because(answer)
        told = object_of(answer)
        if "data" not in told and "meta" not in told:
            return Unreadable("network.answer_unreadable", "the own posts could not be read")
        rows = objects(told.get("data"))
        found = _own_among(rows, account, search, answered)
        if found is not None:
            return found
        token = within(told, "meta", "next_token")
        if not token or _is_before(rows, search):
            return Absent()
        params["pagination_token"] = str(token)
    return Unreadable("network.too_much", "too many own posts since to look through")


def _own_among(
    rows: Iterable[dict[str, Any]], account: Account, search: Search, answered: list[str]
) -> Found | None:
    for row in rows:
        at = moment_of(row.get("created_at"))
        is_recent = at is None or at >= search.sent_at - _CLOCK_SKEW
        is_answer = _answers(row, answered) if answered else _is_from(row, account)
        if str(row.get("id")) in search.taken or not (is_recent and is_answer and row.get("id")):
            continue
        if _essence(_text(row)) == _essence(search.text):
            return Found(str(row["id"]), permalink(row["id"]) if answered else None)
    return None


def permalink(post_id: object) -> str:
    """Return the address people open; the name in it may be anything."""
    return f"https://x.com/i/web/status/{post_id}"


def _answers(row: dict[str, Any], answered: list[str]) -> bool:
    refers = objects(row.get("referenced_tweets"))
    return any(one.get("type") == "replied_to" and str(one.get("id")) in answered for one in refers)


def _is_from(row: dict[str, Any], account: Account) -> bool:
    return str(row.get("sender_id")) == account.account_id


def _text(row: dict[str, Any]) -> str:
    return unescape(str(within(row, "note_tweet", "text") or row.get("text") or ""))


def _essence(text: str) -> str:
    """Return what stays of a text when X puts names before it and shortens its addresses."""
    text = _LEADING_NAMES.sub("", text)
    parts, at = [], 0
    for start, end in addresses(text):
        parts.append(text[at:start])
        at = end
    return fingerprint("".join([*parts, text[at:]]))


def _is_before(rows: list[dict[str, Any]], search: Search) -> bool:
    at = moment_of(rows[-1].get("created_at")) if rows else None
    return at is not None and at < search.sent_at - _CLOCK_SKEW
