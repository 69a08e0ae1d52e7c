"""Writes messages as a Discord bot, finds them again, and moderates. Ids and counting are in contracts.

Sources: networks.md section 18 of the contract cards; Discord developer documentation, Channels, Messages, Rate Limits.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import discord
from runtime.clock import Clock
from services.respond.networks.calls import Caller, done_of, object_of, objects, text_of, within
from services.respond.networks.calls import told_wait_s as header_wait_s
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
_LIMIT = 100
_PAGES = 20
_MESSAGE_GONE = "discord.target_gone"
_CHANNEL_GONE = "discord.channel_gone"
_BAN_GONE = "discord.ban_gone"
_CODES = {
    10026: _BAN_GONE,
    10003: _CHANNEL_GONE,
    10004: _CHANNEL_GONE,
    10008: _MESSAGE_GONE,
    10013: "discord.person_unavailable",
    50001: "discord.not_allowed",
    50007: "discord.person_unavailable",
    50013: "discord.not_allowed",
    50035: "discord.invalid",
    50083: "discord.not_allowed",
    160002: "discord.not_allowed",
    200000: "discord.invalid",
}
_SLOW = frozenset({20016, 20028, 40062})
_THUMB = quote("\N{THUMBS UP SIGN}")
_AGENT = "DiscordBot (rapport, 1)"


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Discord(tools.client, tools.clock)


def nonce_of(key: str) -> str:
    """Return what makes a repeat of this answer known to Discord: 25 characters of the key's hash."""
    return sha256(key.encode()).hexdigest()[: discord.NONCE_LENGTH]


class Discord:
    """Answers in channels, threads and direct conversations."""

    name = "discord"
    # A nonce is checked for "a few minutes"; what is surely inside that.
    same_key_window_s = 120.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._clock = clock
        self._caller = Caller(client, self.classify, _headers)
        self._rests: dict[tuple[str, str], float] = {}

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it is: the reference names whom it answers."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit: it is the same for every bot."""
        return discord.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST a message that refers to what it answers and calls nobody else."""
        channel = publish.target.root_id
        if publish.is_private or not channel:
            return Permanent("network.unsupported", "Discord only takes answers where it was asked")
        rest = self._rest(account, channel)
        if rest is not None:
            return rest
        told = {
            "content": publish.text,
            "nonce": nonce_of(publish.key),
            "enforce_nonce": True,
            "allowed_mentions": {"parse": [], "replied_user": True},
            "message_reference": {
                "message_id": publish.target.external_id,
                "fail_if_not_exists": False,
            },
        }
        answer = await self._caller.ask(account, "POST", f"{_room(channel)}/messages", json=told)
        if not isinstance(answer, httpx.Response):
            return answer
        self._note(account, channel, answer.headers)
        message_id = object_of(answer).get("id")
        if not isinstance(message_id, str) or not message_id:
            return Unknown("network.answer_unreadable", "Discord's answer named no message")
        return Sent(message_id, _permalink(account, publish.target, message_id))

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """PATCH the message; nobody is called again."""
        path = f"{_room(amend.target.root_id or '')}/messages/{quote(amend.target.external_id, safe='')}"
        told = {"content": amend.text, "allowed_mentions": {"parse": []}}
        return done_of(await self._caller.ask(account, "PATCH", path, json=told))

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the channel from the moment of the call on."""
        channel = search.target.root_id or ""
        after = discord.snowflake_at(search.sent_at - _CLOCK_SKEW)
        for _ in range(_PAGES):
            params = {"after": after, "limit": str(_LIMIT)}
            answer = await self._caller.ask(
                account, "GET", f"{_room(channel)}/messages", params=params
            )
            if isinstance(answer, Permanent) and answer.code == _CHANNEL_GONE:
                return Gone()
            if not isinstance(answer, httpx.Response):
                return unreadable_because(answer)
            rows = _rows(answer)
            if rows is None:
                return Unreadable("network.answer_unreadable", "the messages could not be read")
            mine = [one for one in rows if _is_ours(one, account, search)]
            if mine:
                found = min((str(one["id"]) for one in mine), key=discord.id_order)
                return Found(found, _permalink(account, search.target, found))
            if len(rows) < _LIMIT:
                return Absent()
            after = max((str(one.get("id")) for one in rows), key=discord.id_order)
        return Unreadable("network.too_much", "too many messages to look through")

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Delete, put or take away a thumb, or ban the author from the server and let them in again."""
        act, target = moderate.act, moderate.target
        message = f"{_room(target.root_id or '')}/messages/{quote(target.external_id, safe='')}"
        if act == "delete":
            return done_of(await self._caller.ask(account, "DELETE", message), _MESSAGE_GONE)
        if act in ("like", "unlike"):
            method, over = ("PUT", None) if act == "like" else ("DELETE", _MESSAGE_GONE)
            path = f"{message}/reactions/{_THUMB}/@me"
            return done_of(await self._caller.ask(account, method, path), over)
        guild = account.options.get("guild_id", "").strip()
        if act not in ("block", "unblock") or not guild or not target.author_id:
            return Permanent("network.unsupported", f"Discord has no way to {act} here")
        path = f"guilds/{quote(guild, safe='')}/bans/{quote(target.author_id, safe='')}"
        if act == "unblock":
            return done_of(await self._caller.ask(account, "DELETE", path), _BAN_GONE)
        return done_of(await self._caller.ask(account, "PUT", path, json={}))

    def classify(self, answer: httpx.Response) -> Failure:
        """Class an answer that is no success by Discord's code and the HTTP status."""
        status, told = answer.status_code, object_of(answer)
        code = told.get("code") if isinstance(told.get("code"), int) else None
        message = text_of(told.get("message"), f"HTTP {status} without a reason")
        if status == 429 or code in _SLOW:
            return Backoff("discord.throttled", message, self._wait_s(answer, told))
        if status == 401:
            return Reauthorise("discord.grant_invalid", message)
        trouble = classify_server_error(status)
        if trouble is not None:
            return trouble
        known = _CODES.get(code) if code is not None else None
        return Permanent(known or "discord.refused", message)

    def _wait_s(self, answer: httpx.Response, told: Mapping[str, Any]) -> float | None:
        """The longest of the header, the body and the bucket: none of them may be undercut."""
        body = told.get("retry_after")
        is_number = isinstance(body, int | float) and not isinstance(body, bool)
        waits = [
            header_wait_s(answer, self._clock.now()),
            float(body) if is_number and isinstance(body, int | float) else None,
            _number(answer.headers.get("x-ratelimit-reset-after", "")),
        ]
        return max((one for one in waits if one is not None), default=None)

    def _note(self, account: Account, channel: str, headers: Mapping[str, str]) -> None:
        """Take down that a channel's bucket is empty."""
        wait_s = _number(headers.get("x-ratelimit-reset-after", ""))
        if headers.get("x-ratelimit-remaining") == "0" and wait_s is not None:
            until = asyncio.get_running_loop().time() + wait_s
            self._rests[account.account_id, channel] = until

    def _rest(self, account: Account, channel: str) -> Backoff | None:
        now = asyncio.get_running_loop().time()
        wait_s = self._rests.get((account.account_id, channel), now) - now
        if wait_s > 0:
            return Backoff("discord.throttled", "the channel's messages are spent", wait_s)
        self._rests.pop((account.account_id, channel), None)
        return None


def _headers(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bot {account.token}", "User-Agent": _AGENT}


def _room(channel: str) -> str:
    return f"channels/{quote(channel, safe='')}"


def _number(told: str) -> float | None:
    return float(told[:12]) if told.isascii() and told.replace(".", "", 1).isdigit() else None


def _rows(answer: httpx.Response) -> list[dict[str, Any]] | None:
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return None
    return objects(told) if isinstance(told, list) else None


def _is_ours(row: Mapping[str, Any], account: Account, search: Search) -> bool:
    answered = within(dict(row), "message_reference", "message_id")
    return (
        isinstance(row.get("id"), str)
        and row["id"] not in search.taken
        and str(within(dict(row), "author", "id")) == account.account_id
        and (answered is None or answered == search.target.external_id)
        and fingerprint(str(row.get("content") or "")) == fingerprint(search.text)
    )


def _permalink(account: Account, target: Target, message_id: str) -> str:
    guild = "@me" if target.kind == "dm" else account.options.get("guild_id", "@me")
    return f"https://discord.com/channels/{guild}/{target.root_id}/{message_id}"
