"""What stands at the product's webhook address in these tests, waiting, and recorded payloads."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.server import listen
from sandbox.settings import Settings

DEADLINE_S = 10.0
RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text("utf-8"))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.01)


@dataclass
class Receiver:
    """What the product's webhook address would see; answers with `status`."""

    url: str = ""
    status: int = 200
    verify_token: str = "sandbox-verify-token"
    taken: list[tuple[bytes, str]] = field(default_factory=list)
    refused: int = 0

    def changes(self) -> list[dict[str, Any]]:
        return [
            change
            for body, _ in self.taken
            for entry in json.loads(body)["entry"]
            for change in entry["changes"]
        ]

    async def handle(self, request: Request) -> Response:
        if request.method == "GET":
            is_ours = request.query_params["hub.verify_token"] == self.verify_token
            challenge = request.query_params["hub.challenge"]
            return PlainTextResponse(challenge if is_ours else "no", 200 if is_ours else 403)
        body = await request.body()
        if self.status >= 300:
            self.refused += 1
            return Response(status_code=self.status)
        self.taken.append((body, request.headers["x-hub-signature-256"]))
        return Response(status_code=200)


@asynccontextmanager
async def serving(receiver: Receiver) -> AsyncIterator[None]:
    bound = listen(Settings(port=0))
    app = Starlette(routes=[Route("/hook", receiver.handle, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server._serve([bound]))
    await until(lambda: server.started)
    receiver.url = f"http://127.0.0.1:{bound.getsockname()[1]}/hook"
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        bound.close()
