"""The paths of the X stand-in. What X allows is in posts, how it looks in formats."""

import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.desk import Call
from sandbox.endpoints import Gate, Row, body_of
from sandbox.models import Account, Item
from sandbox.world import World
from sandbox.x import errors
from sandbox.x.activity import Activity
from sandbox.x.formats import Objects, conversation, newest_id
from sandbox.x.posts import Posts

_LIMITS = (
    ("GET", re.compile(r"/mentions$"), 300),
    ("GET", re.compile(r"dm_events$"), 15),
    ("GET", re.compile(r"/search/recent$"), 300),
    ("POST", re.compile(r"/tweets$"), 100),
    ("POST", re.compile(r"/messages$"), 15),
)
_SEARCHING = frozenset({"basic", "pro", "enterprise"})


class Routes:
    """Translates HTTP to Posts and back."""

    def __init__(
        self,
        world: World,
        posts: Posts,
        objects: Objects,
        activity: Activity,
        limits: errors.Limits,
    ) -> None:
        self._world, self._posts = world, posts
        self._objects, self._activity, self._limits = objects, activity, limits

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        return [
            ("GET", "/2/users/me", "read", self._me),
            ("GET", "/2/users/{user}/mentions", "read", self._mentions),
            ("GET", "/2/users/{user}/tweets", "read", self._own),
            ("GET", "/2/tweets/search/recent", "read", self._search),
            ("GET", "/2/tweets/{post}", "read", self._post),
            ("POST", "/2/tweets", "publish", self._publish),
            ("DELETE", "/2/tweets/{post}", "delete", self._delete),
            ("PUT", "/2/tweets/{post}/hidden", "moderate", self._hide),
            ("POST", "/2/users/{user}/likes", "like", self._like),
            ("DELETE", "/2/users/{user}/likes/{post}", "like", self._unlike),
            ("GET", "/2/dm_events", "read", self._messages),
            ("GET", "/2/dm_conversations/with/{peer}/dm_events", "read", self._talk),
            ("POST", "/2/dm_conversations/with/{peer}/messages", "publish", self._write),
            ("POST", "/2/activity/subscriptions", "subscribe", self._subscribe),
            ("POST", "/2/webhooks", "subscribe", self._webhook),
        ]

    def open_router(self) -> APIRouter:
        """The path on which a person takes the permission back."""
        router = APIRouter(prefix="/x")
        router.add_api_route("/2/oauth2/revoke", self._revoke, methods=["POST"])
        return router

    def count(self, request: Request, account: Account) -> dict[str, str]:
        """Count a call against the limit of its place."""
        for method, place, limit in _LIMITS:
            if method == request.method and place.search(request.url.path):
                return self._limits.take(account.id, place.pattern, limit)
        return self._limits.take(account.id, "else", 900)

    async def _me(self, _call: Call, account: Account) -> Any:
        return {"data": self._objects.user(account.id)}

    async def _mentions(self, call: Call, account: Account) -> Any:
        return self._page(call, self._posts.seen_by(account, "mentions"))

    async def _own(self, call: Call, account: Account) -> Any:
        return self._page(call, self._posts.seen_by(account, "own"))

    async def _search(self, call: Call, account: Account) -> Any:
        if account.options.get("tier") not in _SEARCHING:
            raise errors.not_enrolled()
        query = call.request.query_params.get("query", "")
        if not query or len(query) > 512:
            raise errors.invalid("Invalid 'query'")
        rooms = set(re.findall(r"conversation_id:(\d+)", query))
        without = set(re.findall(r"-from:(\w+)", query))
        found = self._posts.seen_by(account, "talk")
        return self._page(
            call, [i for i in found if i.root_id in rooms and i.author_id not in without]
        )

    def _page(self, call: Call, items: list[Item]) -> Any:
        cut, token = _cut(call, items)
        return self._objects.page(cut, token)

    async def _post(self, call: Call, _account: Account) -> Any:
        post_id = call.request.path_params["post"]
        item = self._posts.find(post_id)
        if item is None:
            return errors.missing(post_id)
        users = [self._objects.user(item.author_id)]
        return {"data": self._objects.post(item), "includes": {"users": users}}

    async def _publish(self, call: Call, account: Account) -> Any:
        item = self._posts.reply(account, await body_of(call.request), call.outcome)
        return JSONResponse({"data": {"id": item.id, "text": item.text}}, 201)

    async def _delete(self, call: Call, account: Account) -> Any:
        item = self._posts.find(call.request.path_params["post"])
        if item is not None and item.author_id != account.id:
            raise errors.forbidden("You are not authorized to delete this Tweet.")
        if item is not None:
            self._world.delete(item)
        return {"data": {"deleted": True}}

    async def _hide(self, call: Call, account: Account) -> Any:
        item = self._posts.find(call.request.path_params["post"])
        root = self._world.item("x", item.root_id) if item else None
        if item is None or root is None or root.author_id != account.id or item.is_own:
            raise errors.forbidden("You are not permitted to perform this action.")
        is_hidden = (await body_of(call.request)).get("hidden")
        if not isinstance(is_hidden, bool):
            raise errors.invalid()
        self._world.hide(item, is_hidden)
        return {"data": {"hidden": is_hidden}}

    async def _like(self, call: Call, account: Account) -> Any:
        post_id = str((await body_of(call.request)).get("tweet_id"))
        return self._liked(account, post_id, is_liked=True)

    async def _unlike(self, call: Call, account: Account) -> Any:
        return self._liked(account, call.request.path_params["post"], is_liked=False)

    def _liked(self, account: Account, post_id: str, *, is_liked: bool) -> Any:
        item = self._posts.find(post_id)
        if item is None:
            raise errors.forbidden("The Tweet is deleted or not visible to you.")
        self._world.like(item, account.id, is_liked)
        return {"data": {"liked": is_liked}}

    async def _messages(self, call: Call, account: Account) -> Any:
        return self._messages_page(call, self._posts.seen_by(account, "messages"))

    async def _talk(self, call: Call, account: Account) -> Any:
        peer = call.request.path_params["peer"]
        found = [i for i in self._posts.seen_by(account, "messages") if i.root_id == peer]
        return self._messages_page(call, found)

    def _messages_page(self, call: Call, items: list[Item]) -> Any:
        cut, token = _cut(call, items)
        return self._objects.messages(cut, token)

    async def _write(self, call: Call, account: Account) -> Any:
        peer = call.request.path_params["peer"]
        text = (await body_of(call.request)).get("text")
        if not peer.isdigit():
            raise errors.invalid()
        item = self._posts.write(account, peer, text, call.outcome)
        told = {"dm_conversation_id": conversation(account.id, peer), "dm_event_id": item.id}
        return JSONResponse({"data": told}, 201)

    async def _subscribe(self, call: Call, account: Account) -> Any:
        asked = await body_of(call.request)
        known = account.options.get("events", "").split()
        event = str(asked.get("event_type"))
        if event in known:
            raise errors.invalid("Duplicate subscription")
        account.options["events"] = " ".join([*known, event])
        self._world.put_account(account)
        return JSONResponse({"data": {"subscription": {"subscription_id": str(len(known) + 1)}}})

    async def _webhook(self, call: Call, account: Account) -> Any:
        url = str((await body_of(call.request)).get("url"))
        secret = account.options.get("webhook_secret", "")
        if not await self._activity.shake_hands(url, secret):
            raise errors.invalid("CRC check failed")
        account.options["webhook_url"] = url
        self._world.put_account(account)
        return JSONResponse({"data": {"id": "1577", "url": url, "valid": True}})

    async def _revoke(self, request: Request) -> Response:
        token = str((await request.form()).get("token"))
        account = self._world.account_by_token("x", token)
        if account is None:
            return errors.invalid().response()
        self._world.put_account(account.model_copy(update={"is_token_revoked": True}))
        self._activity.revoke(account)
        return JSONResponse({"revoked": True})


def _cut(call: Call, items: list[Item]) -> tuple[list[Item], str | None]:
    """One page and the token of the next; a token is the id its page stays below."""
    asked = call.request.query_params
    size = asked.get("max_results", "10")
    if not size.isdigit() or not 5 <= int(size) <= 100:
        raise errors.invalid("max_results is not between 5 and 100")
    above, below = asked.get("since_id"), asked.get("pagination_token")
    found = [
        item
        for item in items
        if (above is None or int(newest_id(item)) > int(above))
        and (below is None or int(newest_id(item)) < int(below))
    ]
    cut = found[: int(size)]
    return cut, newest_id(cut[-1]) if len(found) > len(cut) else None


def gated(gate: Gate, routes: Routes) -> list[APIRouter]:
    """All routers of the stand-in."""
    return [gate.router("/x", routes.table()), routes.open_router()]
