"""The streaming paths of the Mastodon stand-in: server-sent events and websocket, same events."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sandbox.desk import Call, Desk
from sandbox.mastodon.errors import MastodonError
from sandbox.mastodon.routes import signed_in, token_of
from sandbox.mastodon.streams import Hub, Listener
from sandbox.world import World


class Streaming:
    """Opens streams for signed-in accounts; a struck `stream_cut` ends one after its delay."""

    def __init__(self, world: World, desk: Desk, hub: Hub) -> None:
        self._world, self._desk, self._hub = world, desk, hub
        self._cutters: set[asyncio.Task[None]] = set()

    def router(self) -> APIRouter:
        """All paths under /mastodon/api/v1/streaming."""
        router = APIRouter(prefix="/mastodon/api/v1/streaming")
        router.add_api_route("/health", self._health, methods=["GET"])
        router.add_api_route("/user", self._sse, methods=["GET"])
        router.add_api_websocket_route("", self._websocket)
        router.add_api_websocket_route("/", self._websocket)
        return router

    async def _health(self) -> Response:
        return PlainTextResponse("OK")

    async def _sse(self, request: Request) -> Response:
        token = token_of(request.headers, request.query_params)
        account = self._world.account_by_token("mastodon", token) if token else None
        return await self._desk.serve(request, "mastodon", "stream", account, self._open)

    async def _open(self, call: Call) -> Response:
        try:
            listener = self._hub.open(signed_in(call))
        except MastodonError as error:
            return error.response()
        if call.wish is not None and call.wish.kind == "stream_cut":
            self._cut_later(listener, call.wish.delay_s)
        headers = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._lines(listener), media_type="text/event-stream", headers=headers
        )

    def _cut_later(self, listener: Listener, delay_s: float) -> None:
        async def cut() -> None:
            await asyncio.sleep(delay_s)
            listener.put(None)

        task = asyncio.create_task(cut())
        self._cutters.add(task)
        task.add_done_callback(self._cutters.discard)

    async def _lines(self, listener: Listener) -> AsyncIterator[str]:
        yield ":)\n"
        async for event in self._hub.events(listener):
            yield event.as_sse() if event else ":thump\n"

    async def _websocket(self, socket: WebSocket) -> None:
        token = token_of(socket.headers, socket.query_params)
        # Browsers cannot set headers, so a token may also come as the sub-protocol.
        token = token or socket.headers.get("sec-websocket-protocol", "")
        account = self._world.account_by_token("mastodon", token) if token else None
        if account is None or account.is_token_revoked:
            await socket.close(code=4401)
            return
        await socket.accept()
        listener = self._hub.open(account)
        reading = asyncio.create_task(_until_gone(socket, listener))
        try:
            async for event in self._hub.events(listener):
                if event is not None:
                    await socket.send_text(event.as_frame())
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):
            # The other side left while we wrote; it will fill the gap by polling.
            self._hub.close(listener)
        finally:
            reading.cancel()


async def _until_gone(socket: WebSocket, listener: Listener) -> None:
    """Read and ignore (subscribe frames change nothing here) until the other side leaves."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue
    listener.put(None)
