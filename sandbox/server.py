"""The uvicorn server of the sandbox: a port known before start, connections that can be dropped."""

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.clock import SystemClock
from sandbox.app import Sandbox, build
from sandbox.desk import ABORT
from sandbox.settings import Settings


class DroppableProtocol(HttpToolsProtocol):
    """Hands each request the means to close its own connection without an answer."""

    def on_message_begin(self) -> None:
        """Called by the parser when a request starts."""
        super().on_message_begin()
        extensions: dict[str, dict[object, object]] = {
            ABORT: cast("dict[object, object]", self.transport.abort)
        }
        self.scope["extensions"] = extensions


class SandboxServer(uvicorn.Server):
    """Ends open streams when it stops, so that stopping does not wait for them."""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox) -> None:
        super().__init__(config)
        self.sandbox = sandbox
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start and tell who waits for it, also when starting failed."""
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()

    async def serve_as_guest(self, bound: socket.socket) -> None:
        """Serve on somebody else's loop, without taking the process's signals."""
        await self._serve([bound])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end streams, let requests finish."""
        self.sandbox.hub.cut()
        await super().shutdown(sockets)


def listen(settings: Settings) -> socket.socket:
    """A bound socket; port 0 picks a free one. Raises OSError when the port is taken."""
    # asyncio turns Nagle's delay off only where the protocol is named; without, each answer waits 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((settings.host, settings.port))
    return bound


def make_server(settings: Settings, bound: socket.socket) -> SandboxServer:
    """The server for a bound socket; its sandbox knows its own address."""
    host, port = bound.getsockname()[:2]
    sandbox = build(settings, SystemClock().now)
    sandbox.world.origin = f"http://{host}:{port}"
    has_websockets = importlib.util.find_spec("websockets") is not None
    ws: Literal["websockets-sansio", "none"] = "websockets-sansio" if has_websockets else "none"
    config = uvicorn.Config(
        sandbox.asgi,
        http=DroppableProtocol,
        ws=ws,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    return SandboxServer(config, sandbox)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Sandbox]:
    """The sandbox served on this loop until the block ends; for tests and benchmarks."""
    bound = listen(settings)
    server = make_server(settings, bound)
    serving = asyncio.create_task(server.serve_as_guest(bound))
    await server.ready.wait()
    try:
        yield server.sandbox
    finally:
        server.should_exit = True
        await serving
