"""Writes posts and messages as an X account, and hides, deletes and likes. Counting is in contracts.

Sources: networks.md section 7 of the contract cards; docs.x.com, posts and direct messages.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import x
from runtime.clock import Clock
from services.respond.networks.calls import Caller, object_of, within
from services.respond.networks.protocol import (
    Account,
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
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
)
from services.respond.networks.x.answers import DUPLICATE, GONE, classify
from services.respond.networks.x.finding import find, peer_of, permalink, versions_of

# Before this the text was not ours: X began later.
_EVER = datetime.fromisoformat("2006-01-01T00:00:00+00:00")


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return X(tools.client, tools.clock)


class X:
    """Answers to posts and messages."""

    name = "x"
    # X has no key for repeats; it refuses the same text instead.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._caller = Caller(client, lambda answer: classify(answer, clock.now()))

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it is: X names who is answered by itself, and does not count it."""
        return text

    async def limit_of(self, _account: Account, target: Target) -> int:
        """Return the limit that holds for everybody: X tells no account's own."""
        return x.RULES.measure_for(target.kind).limit

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /2/tweets as a reply to the newest version, or a direct message."""
        if publish.target.kind == "dm" or publish.is_private:
            return await self._write(account, publish)
        versions = await versions_of(self._caller, account, publish.target.external_id)
        if versions is None or (isinstance(versions, Permanent) and versions.code == GONE):
            return Permanent(GONE, "the post that was answered is gone")
        # When X cannot say which version is the newest, the one that is known will do.
        newest = versions[-1] if isinstance(versions, list) else publish.target.external_id
        body = {"text": publish.text, "reply": {"in_reply_to_tweet_id": newest}}
        answer = await self._caller.ask(account, "POST", "/2/tweets", json=body)
        if isinstance(answer, Permanent) and answer.code == DUPLICATE:
            return await self._repeated(account, publish, answer)
        return _sent(answer, ("data", "id"), is_public=True)

    async def find(self, account: Account, search: Search) -> Finding:
        """Look among the own posts, or among the messages with the person."""
        return await find(self._caller, account, search)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Hide, show, delete, like or no longer like."""
        call = _act(account, moderate)
        if call is None:
            return Permanent("network.unsupported", f"X has no way to {moderate.act}")
        method, path, body = call
        answer = await self._caller.ask(
            account, method, path, **({"json": body} if body is not None else {})
        )
        is_over = isinstance(answer, Permanent) and answer.code == GONE
        if is_over and moderate.act in ("delete", "unlike"):
            return Done()
        return Done() if isinstance(answer, httpx.Response) else answer

    async def _write(self, account: Account, publish: Publish) -> Outcome:
        peer = peer_of(publish.target, is_private=publish.is_private)
        if not peer:
            return Permanent("x.person_unknown", "X did not say whom this is from")
        path = f"/2/dm_conversations/with/{quote(peer, safe='')}/messages"
        answer = await self._caller.ask(account, "POST", path, json={"text": publish.text})
        return _sent(answer, ("data", "dm_event_id"), is_public=False)

    async def _repeated(
        self, account: Account, publish: Publish, refusal: Permanent
    ) -> Sent | Permanent:
        """X has this text already: perhaps as this very answer, of which we never heard."""
        search = Search(publish.target, publish.text, _EVER, key=publish.key)
        found = await self.find(account, search)
        if isinstance(found, Found):
            return Sent(found.external_id, found.permalink, is_repeat=True)
        return refusal


def _sent(answer: httpx.Response | Failure, path: tuple[str, ...], *, is_public: bool) -> Outcome:
    if not isinstance(answer, httpx.Response):
        return answer
    written = within(object_of(answer), *path)
    if not isinstance(written, str) or not written:
        return Unknown("network.answer_unreadable", "X's answer named no post")
    return Sent(written, permalink(written) if is_public else None)


def _act(account: Account, wish: Moderate) -> tuple[str, str, dict[str, Any] | None] | None:
    post = quote(wish.target.external_id, safe="")
    likes = f"/2/users/{quote(account.account_id, safe='')}/likes"
    if wish.act in ("hide", "unhide"):
        return "PUT", f"/2/tweets/{post}/hidden", {"hidden": wish.act == "hide"}
    if wish.act == "delete":
        place = "dm_events" if wish.target.kind == "dm" else "tweets"
        return "DELETE", f"/2/{place}/{post}", None
    if wish.act == "like":
        return "POST", likes, {"tweet_id": wish.target.external_id}
    return ("DELETE", f"{likes}/{post}", None) if wish.act == "unlike" else None
