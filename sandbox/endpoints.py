"""Turns a table of paths into routes that go through the desk, for stand-ins that take a token in a header."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.desk import Call, Desk
from sandbox.models import Account, Network
from sandbox.world import World

Row = tuple[str, str, str, Callable[[Call, Account], Awaitable[Any]]]
"""Method, path, operation, and what answers: a response, or a body that is sent as JSON."""


class Refusal(Exception):
    """An answer of the network that is no success, in the network's own form."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status, self.body, self.headers = status, body, headers or {}

    def response(self) -> Response:
        """The JSON answer."""
        return JSONResponse(self.body, self.status, headers=self.headers)


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before every path: whose token it is, and headers or a refusal from the network's limits."""

    world: World
    desk: Desk
    network: Network
    refuse_stranger: Callable[[], Refusal]
    count: Callable[[Request, Account], dict[str, str]] = lambda _request, _account: {}
    token_of: Callable[[Request], str] = lambda request: token_after(request, "bearer")

    def router(self, prefix: str, rows: Iterable[Row]) -> APIRouter:
        """Return the routes of a table."""
        router = APIRouter(prefix=prefix)
        for method, path, operation, handler in rows:
            router.add_api_route(path, self._endpoint(operation, handler), methods=[method])
        return router

    def _endpoint(
        self, operation: str, handler: Callable[[Call, Account], Awaitable[Any]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            account = self.world.account_by_token(self.network, self.token_of(request))

            async def act(call: Call) -> Response:
                try:
                    return await self._answer(handler, call, account)
                except Refusal as refusal:
                    return refusal.response()

            return await self.desk.serve(request, self.network, operation, account, act)

        return endpoint

    async def _answer(
        self,
        handler: Callable[[Call, Account], Awaitable[Any]],
        call: Call,
        account: Account | None,
    ) -> Response:
        if account is None or account.is_token_revoked:
            raise self.refuse_stranger()
        headers = self.count(call.request, account)
        answer = await handler(call, account)
        if isinstance(answer, Response):
            answer.headers.update(headers)
            return answer
        return JSONResponse(answer, headers=headers)


def token_after(request: Request, scheme: str) -> str:
    """Return the token behind a scheme of the Authorization header; text that is nobody's without one."""
    told, _, token = request.headers.get("authorization", "").partition(" ")
    return token if told.lower() == scheme and token else "no token"


async def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object of a call; empty when it is none."""
    try:
        told = await request.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
