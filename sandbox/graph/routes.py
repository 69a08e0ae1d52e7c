"""The Graph API paths the product uses; the version in front of a path is optional and cut off."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.desk import Call, Desk
from sandbox.graph import errors
from sandbox.graph.conversations import Conversations
from sandbox.graph.instagram import Media
from sandbox.graph.pages import Ask, Pages, Params
from sandbox.graph.params import params_of
from sandbox.models import Account, Network
from sandbox.world import World

Handler = Callable[[Ask], dict[str, Any]]
_META: tuple[Network, ...] = ("facebook", "messenger", "instagram")
_TALK = ("/messages", "/conversations")


@dataclass(frozen=True, slots=True)
class Path:
    """What one path does: at a page, and at an Instagram account where that differs."""

    method: str
    path: str
    operation: str
    page: Handler
    instagram: Handler | None = None

    def handler(self, network: Network) -> Handler:
        """Return what the call does for an account of this network."""
        return self.instagram if network == "instagram" and self.instagram else self.page


class GraphRoutes:
    """Translates HTTP to what stands behind, and back; one method a path."""

    def __init__(
        self, world: World, desk: Desk, pages: Pages, media: Media, talk: Conversations
    ) -> None:
        self._world, self._desk = world, desk
        self._pages, self._media, self._talk = pages, media, talk
        self._calls = 0

    def router(self) -> APIRouter:
        """All paths under /graph."""
        router = APIRouter(prefix="/graph")
        for one in self._table():
            router.add_api_route(one.path, self._endpoint(one), methods=[one.method])
        return router

    def _table(self) -> list[Path]:
        pages, media, talk = self._pages, self._media, self._talk
        return [
            Path("GET", "/me", "read", pages.account, media.account),
            Path("GET", "/{object_id}", "read", pages.read, media.read),
            Path("GET", "/{object_id}/feed", "read", pages.feed),
            Path("GET", "/{object_id}/posts", "read", pages.feed),
            Path("GET", "/{object_id}/tagged", "read", pages.tagged),
            Path("GET", "/{object_id}/ratings", "read", pages.ratings),
            Path("GET", "/{object_id}/media", "read", media.media),
            Path("GET", "/{object_id}/comments", "read", pages.comments, media.comments),
            Path("GET", "/{object_id}/replies", "read", media.comments),
            Path("GET", "/{object_id}/conversations", "read", talk.conversations),
            Path("GET", "/{object_id}/messages", "read", talk.messages),
            Path("POST", "/{object_id}/comments", "publish", pages.publish, media.comment),
            Path("POST", "/{object_id}/replies", "publish", media.reply),
            Path("POST", "/{object_id}/mentions", "publish", media.mention),
            Path("POST", "/{object_id}/messages", "publish", talk.send),
            Path("POST", "/{object_id}/likes", "like", pages.like),
            Path("DELETE", "/{object_id}/likes", "like", pages.unlike),
            Path("GET", "/{object_id}/subscribed_apps", "read", pages.subscriptions),
            Path("POST", "/{object_id}/subscribed_apps", "subscribe", pages.subscribe),
            Path("DELETE", "/{object_id}/subscribed_apps", "subscribe", pages.unsubscribe),
            Path("POST", "/{object_id}", "moderate", pages.update, media.update),
            Path("DELETE", "/{object_id}", "delete", pages.delete, media.delete),
        ]

    def _endpoint(self, path: Path) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            params = await params_of(request)
            network, account = self._whose(request, params)

            async def act(call: Call) -> Response:
                return self._act(call, params, path.handler(network))

            return await self._desk.serve(request, network, path.operation, account, act)

        return endpoint

    def _whose(self, request: Request, params: Params) -> tuple[Network, Account | None]:
        """Return whose token it is; one token may stand for a page, its messages and its Instagram account."""
        token = _token(request, params)
        known = {network: self._world.account_by_token(network, token) for network in _META}
        known = {network: account for network, account in known.items() if token and account}
        wanted = self._network(request, params)
        network = wanted if wanted in known else next(iter(known), "facebook")
        return network, known.get(network)

    def _network(self, request: Request, params: Params) -> Network:
        object_id = request.path_params.get("object_id", "me")
        if request.url.path.endswith(_TALK):
            return self._of_talk(object_id, params)
        is_instagram = self._is_instagram(object_id) or request.url.path.endswith("/mentions")
        return "instagram" if is_instagram else "facebook"

    def _of_talk(self, object_id: str, params: Params) -> Network:
        recipient = _recipient(params)
        if "comment_id" in recipient:
            is_ours = self._is_instagram(str(recipient["comment_id"]))
            return "instagram" if is_ours else "facebook"
        peer = recipient.get("id")
        talks = self._world.items("instagram") if peer else []
        is_instagram = params.get("platform") == "instagram" or object_id.startswith("aWc_")
        is_instagram = is_instagram or any(one.root_id == peer for one in talks)
        return "instagram" if is_instagram else "messenger"

    def _is_instagram(self, object_id: str) -> bool:
        return bool(
            self._world.item("instagram", object_id) or self._world.account("instagram", object_id)
        )

    def _act(self, call: Call, params: Params, handler: Handler) -> Response:
        try:
            account = self._allowed(call, params)
            object_id = call.request.path_params.get("object_id", "me")
            object_id = account.id if object_id == "me" else object_id
            body = handler(Ask(account, object_id, params, call))
        except errors.GraphError as error:
            return error.response()
        return JSONResponse(body, headers=self._usage())

    def _allowed(self, call: Call, params: Params) -> Account:
        has_token = "authorization" in call.request.headers or "access_token" in params
        if call.account is None:
            raise errors.unknown_token() if has_token else errors.no_token()
        if call.account.is_token_revoked:
            raise errors.GraphError(
                400,
                190,
                "Error validating access token: Session has expired.",
                error_subcode=463,
            )
        return call.account

    def _usage(self) -> dict[str, str]:
        self._calls += 1
        used = min(99, self._calls // 500)
        usage = f'{{"call_count":{used},"total_cputime":{used // 4},"total_time":{used // 4}}}'
        return {"X-App-Usage": usage, "facebook-api-version": "v23.0"}


def _token(request: Request, params: Params) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else params.get("access_token", "")


def _recipient(params: Params) -> Mapping[str, Any]:
    try:
        found = json.loads(params.get("recipient", "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
