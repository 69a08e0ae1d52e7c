"""The live half of X: polling mentions, own posts, messages and conversations; subscriptions for the webhook."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks.x import SEARCHING_TIERS, SELF_SERVE, id_order
from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.protocol import (
    Callback,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)
from services.ingest.connectors.x.cursor import Cursor, id_at
from services.ingest.connectors.x.errors import classify, quota_of

EVENTS = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.create",
    "post.delete",
    "dm.received",
    "dm.sent",
    "chat.received",
    "chat.sent",
    "oauth.revoke",
)
_POST_FIELDS = {
    "tweet.fields": "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,"
    "edit_history_tweet_ids,edit_controls,note_tweet,attachments,lang",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id",
    "user.fields": "id,name,username",
    "media.fields": "media_key,type,url,preview_image_url,alt_text",
}
_MESSAGE_FIELDS = {
    "dm_event.fields": "id,text,event_type,dm_conversation_id,sender_id,created_at,attachments",
    "event_types": "MessageCreate",
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": "id,name,username",
    "media.fields": "media_key,type,url,preview_image_url,alt_text",
}
# X gives the last 800 mentions and 30 days of messages: more pages than this there are not.
_PAGES = 8
_LIMIT = "100"
# The search reaches seven days back and refuses an older id.
_SEARCHED = timedelta(days=7) - timedelta(minutes=10)


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return XConnector(tools)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere an account's items are listed, newest first. `takes_since`: X itself can leave out what is old."""

    name: str
    path: str
    params: dict[str, str]
    takes_since: bool = True


class XConnector(Silent):
    """Reads one account. Each place has a limit of its own, so that none holds up another."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._api = Api(tools.client, "x", self._classify, tools.meter, quota_of)

    async def check(self, grant: Grant) -> Identity:
        """Ask whose grant this is (GET /2/users/me)."""
        answer = await self._api.get(grant, "/2/users/me", {"user.fields": "id,name,username"})
        told = _json(answer).get("data")
        if not isinstance(told, dict) or not told.get("id"):
            raise Unavailable("x.unavailable", "the account could not be read")
        handle = str(told.get("username") or told["id"])
        return Identity(str(told["id"]), str(told.get("name") or handle), handle)

    async def subscribe(self, grant: Grant, callback: Callback) -> None:  # noqa: ARG002 (X calls where the webhook says)
        """Ask for every event of this account at the webhook the agency registered; without one it is polled."""
        webhook_id = grant.options.get("webhook_id")
        if not webhook_id:
            return
        for event in EVENTS:
            wish = {
                "event_type": event,
                "filter": {"user_id": grant.account_id},
                "tag": event,
                "webhook_id": webhook_id,
            }
            try:
                await self._api.post(_apart(grant, "subscriptions"), _SUBSCRIPTIONS, wish)
            except Invalid as error:
                if error.code != "x.already_there":
                    raise

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment: ids tell the time."""
        at = id_at(moment)
        return Cursor(dict.fromkeys(("mentions", "own", "messages", "answers"), at)).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what is new in each place, oldest page first; the newest page only without a cursor.

        What one place refuses is told after the others were read.
        """
        state, trouble = Cursor.read(cursor), None
        for name in ("mentions", "own", "messages", "answers"):
            place = self._place(grant, name, state)
            if place is None:
                continue
            try:
                async for page in self._read(grant, place, state):
                    yield page
                    state = Cursor.read(page.cursor)
            except (Unavailable, Invalid) as error:
                if name == "mentions":
                    raise
                trouble = trouble or error
        if trouble is not None and trouble.code != "network.resting":
            raise trouble

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a conversation began with, or None when it is gone."""
        answer = await self._post(grant, root_id)
        if answer is None:
            return None
        return Page(answer.content, "context", content_key(f"posts/{root_id}", answer.content))

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the conversation a post is in, or None when the post is gone."""
        answer = await self._post(grant, external_id)
        root = _json(answer)["data"].get("conversation_id") if answer else None
        return str(root) if root else None

    async def _post(self, grant: Grant, post_id: str) -> httpx.Response | None:
        path = f"/2/tweets/{quote(post_id, safe='')}"
        try:
            answer = await self._api.get(_apart(grant, "posts"), path, _POST_FIELDS)
        except Invalid as error:
            if error.code == "x.gone":
                return None
            raise
        # A post that is gone is no error to X, but an answer without one.
        return answer if isinstance(_json(answer).get("data"), dict) else None

    def _place(self, grant: Grant, name: str, state: Cursor) -> Place | None:
        user = f"/2/users/{quote(grant.account_id, safe='')}"
        if name == "mentions":
            return Place(name, f"{user}/mentions", _POST_FIELDS)
        if name == "own":
            return Place(name, f"{user}/tweets", {**_POST_FIELDS, "exclude": "retweets"})
        if name == "messages":
            return Place(name, "/2/dm_events", _MESSAGE_FIELDS, takes_since=False)
        if grant.options.get("tier", SELF_SERVE) not in SEARCHING_TIERS or not state.roots:
            return None
        rooms = " OR ".join(f"conversation_id:{one}" for one in state.roots)
        query = {"query": f"({rooms}) -from:{grant.account_id}"}
        return Place(name, "/2/tweets/search/recent", {**_POST_FIELDS, **query})

    async def _read(self, grant: Grant, place: Place, state: Cursor) -> AsyncIterator[Page]:
        known = state.seen.get(place.name)
        answers = await self._newer(grant, place, known)
        for answer, rows in reversed(answers):
            ids = [str(one["id"]) for one in rows if one.get("id")]
            state = state.advance(place.name, ids)
            if place.name == "own":
                state = state.joined(
                    [str(one["conversation_id"]) for one in rows if one.get("conversation_id")]
                )
            key = content_key(place.path, answer.content)
            yield Page(answer.content, "poll", key, state.text())

    async def _newer(
        self, grant: Grant, place: Place, known: str | None
    ) -> list[tuple[httpx.Response, list[dict[str, Any]]]]:
        """Return the pages with something newer than the known id, newest first."""
        found: list[tuple[httpx.Response, list[dict[str, Any]]]] = []
        params = {**place.params, "max_results": _LIMIT, **self._since(place, known)}
        for _ in range(_PAGES if known else 1):
            answer = await self._api.get(_apart(grant, place.name), place.path, params)
            told = _json(answer)
            rows = _rows(told)
            ids = [str(one["id"]) for one in rows if one.get("id")]
            fresh = [one for one in ids if known is None or id_order(one) > id_order(known)]
            if fresh:
                found.append((answer, rows))
            token = told["meta"].get("next_token") if isinstance(told.get("meta"), dict) else None
            if not token or len(fresh) < len(ids):
                break
            params["pagination_token"] = str(token)
        return found

    def _since(self, place: Place, known: str | None) -> dict[str, str]:
        if known is None or not place.takes_since:
            return {}
        if place.name == "answers":
            oldest = id_at(self._clock.now() - _SEARCHED)
            known = max(known, oldest, key=id_order)
        return {"since_id": known}

    def _classify(self, answer: httpx.Response) -> RapportError:
        if answer.status_code == 409 or _is_repeated(answer):
            return Invalid("x.already_there", "the subscription exists")
        return classify(answer, self._clock.now())


_SUBSCRIPTIONS = "/2/activity/subscriptions"


def _is_repeated(answer: httpx.Response) -> bool:
    is_subscription = answer.request.url.path.endswith(_SUBSCRIPTIONS)
    return is_subscription and answer.status_code == 400 and "duplicate" in answer.text.casefold()


def _apart(grant: Grant, place: str) -> Grant:
    """Return the grant under a name of its own for the meter: X counts each place apart. Mentions stand for all."""
    if place == "mentions":
        return grant
    return replace(grant, connection_id=f"{grant.connection_id}#{place}")


def _rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    rows = told.get("data")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        raise Unavailable("x.unavailable", "the answer is not JSON") from None
    if not isinstance(told, dict):
        raise Unavailable("x.unavailable", "the answer is no object")
    return told
