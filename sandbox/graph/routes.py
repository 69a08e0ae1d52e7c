"""The Graph API paths the product uses; the version in front of a path is optional and cut off."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.desk import Call, Desk
from sandbox.graph import errors
from sandbox.graph.pages import Ask, Pages, Params
from sandbox.models import Account
from sandbox.world import World

Handler = Callable[[Ask], dict[str, Any]]


async def params_of(request: Request) -> Params:
    """Query, form and JSON body in one; Graph takes a parameter from any of them."""
    found = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            body = await request.json()
        except ValueError:
            body = {}
        found |= {k: _text(v) for k, v in body.items()} if isinstance(body, dict) else {}
    elif "form" in kind:
        found |= {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class GraphRoutes:
    """Translates HTTP to Pages and back; one method a path."""

    def __init__(self, world: World, desk: Desk, pages: Pages) -> None:
        self._world, self._desk, self._pages = world, desk, pages
        self._calls = 0

    def router(self) -> APIRouter:
        """All paths under /graph."""
        router = APIRouter(prefix="/graph")
        for method, path, operation, handler in self._table():
            router.add_api_route(path, self._endpoint(operation, handler), methods=[method])
        return router

    def _table(self) -> list[tuple[str, str, str, Handler]]:
        pages = self._pages
        return [
            ("GET", "/me", "read", pages.account),
            ("GET", "/{object_id}", "read", pages.read),
            ("GET", "/{object_id}/feed", "read", pages.feed),
            ("GET", "/{object_id}/posts", "read", pages.feed),
            ("GET", "/{object_id}/comments", "read", pages.comments),
            ("POST", "/{object_id}/comments", "publish", pages.publish),
            ("POST", "/{object_id}/likes", "like", pages.like),
            ("DELETE", "/{object_id}/likes", "like", pages.unlike),
            ("GET", "/{object_id}/subscribed_apps", "read", pages.subscriptions),
            ("POST", "/{object_id}/subscribed_apps", "subscribe", pages.subscribe),
            ("DELETE", "/{object_id}/subscribed_apps", "subscribe", pages.unsubscribe),
            ("POST", "/{object_id}", "moderate", pages.update),
            ("DELETE", "/{object_id}", "delete", pages.delete),
        ]

    def _endpoint(
        self, operation: str, handler: Handler
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            params = await params_of(request)
            account = self._account(request, params)

            async def act(call: Call) -> Response:
                return self._act(call, params, handler)

            return await self._desk.serve(request, "facebook", operation, account, act)

        return endpoint

    def _account(self, request: Request, params: Params) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = params.get("access_token", "")
        return self._world.account_by_token("facebook", token) if token else None

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
