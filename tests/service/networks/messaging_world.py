"""A webhook address that keeps whole calls, and short ways to the sandbox, for the messaging networks' tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.app import Sandbox
from sandbox.models import Account
from sandbox.server import listen
from sandbox.settings import Settings
from services.ingest.signatures import Call, is_valid

DEADLINE_S = 10.0


@dataclass
class Door:
    """What our webhook address would see: bodies and headers. Answers with `status`."""

    url: str = ""
    status: int = 200
    calls: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    refused: int = 0

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        if self.status >= 300:
            self.refused += 1
        else:
            self.calls.append((body, dict(request.headers)))
        return Response(status_code=self.status)

    def are_all_signed(self, scheme: str, secret: str) -> bool:
        return all(
            is_valid(scheme, Call(body, headers, time.time()), secret)
            for body, headers in self.calls
        )


@asynccontextmanager
async def opened() -> AsyncIterator[Door]:
    door, bound = Door(), listen(Settings(port=0))
    app = Starlette(routes=[Route("/hook", door.handle, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server._serve([bound]))
    await until(lambda: server.started)
    door.url = f"http://127.0.0.1:{bound.getsockname()[1]}/hook"
    try:
        yield door
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        bound.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.01)


async def add(sandbox: Sandbox, account: Account) -> None:
    await control(sandbox, "accounts", account.model_dump(mode="json"))


async def emit(sandbox: Sandbox, account: Account, **wish: Any) -> dict[str, Any]:
    return await control(
        sandbox, "emit", {"network": account.network, "account": account.id, **wish}
    )


async def control(sandbox: Sandbox, path: str, body: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{sandbox.origin}/__control/{path}", json=body)
    answer.raise_for_status()
    return answer.json()


async def journal(sandbox: Sandbox) -> str:
    """Return every call the sandbox took, as it shows them."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{sandbox.origin}/__control/requests")).text
