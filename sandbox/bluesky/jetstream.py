"""The stream of all posts of the stand-in, as Jetstream v1 frames them: filters, replay, a hello that is waited for."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from sandbox.bluesky.repos import NETWORK, POSTS
from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Change, Doing, Item
from sandbox.world import World

FRAMES_KEPT = 20_000
Frame = dict[str, Any]
_OPERATIONS = {Doing.CREATED: "create", Doing.EDITED: "update", Doing.DELETED: "delete"}


class Listener:
    """One open stream and what it asked for."""

    def __init__(self, collections: list[str], dids: list[str]) -> None:
        self.queue: asyncio.Queue[Frame | None] = asyncio.Queue()
        self.collections, self.dids = set(collections), set(dids)

    def wants(self, frame: Frame) -> bool:
        """Whether a frame passes the filters; an empty one lets everything pass."""
        return (not self.dids or frame["did"] in self.dids) and (
            not self.collections or frame["commit"]["collection"] in self.collections
        )

    def update(self, message: str) -> None:
        """Take a subscriber's options_update."""
        told = json.loads(message)
        if told.get("type") == "options_update":
            self.collections = set(told["payload"].get("wantedCollections") or [])
            self.dids = set(told["payload"].get("wantedDids") or [])


class Jetstream:
    """Keeps the last frames for those who come back with a cursor."""

    def __init__(self, world: World, misbehaviour: Misbehaviour) -> None:
        self._world, self._misbehaviour = world, misbehaviour
        self._frames: deque[Frame] = deque(maxlen=FRAMES_KEPT)
        self._listeners: set[Listener] = set()
        self._last_us = 0
        world.listen(self._on_change)

    def router(self) -> APIRouter:
        """The one path."""
        router = APIRouter()
        router.add_api_websocket_route("/bluesky/jetstream/subscribe", self._subscribe)
        return router

    def cut(self) -> int:
        """End all streams; how many there were."""
        for one in self._listeners:
            one.queue.put_nowait(None)
        return len(self._listeners)

    def _on_change(self, change: Change) -> None:
        if change.item.network != NETWORK or change.doing not in _OPERATIONS:
            return
        frame = self._frame(change.item, _OPERATIONS[change.doing])
        self._frames.append(frame)
        for one in self._listeners:
            one.queue.put_nowait(frame)

    def _frame(self, item: Item, operation: str) -> Frame:
        now_us = int(self._world.now().timestamp() * 1_000_000)
        self._last_us = max(self._last_us + 1, now_us)
        commit: Frame = {
            "rev": f"3k{self._last_us}",
            "operation": operation,
            "collection": POSTS,
            "rkey": item.extra["rkey"],
        }
        if operation != "delete":
            commit |= {"record": json.loads(item.extra["value"]), "cid": item.extra["cid"]}
        return {
            "did": item.author_id,
            "time_us": self._last_us,
            "kind": "commit",
            "commit": commit,
        }

    async def _subscribe(self, socket: WebSocket) -> None:
        await socket.accept()
        query = socket.query_params
        listener = Listener(query.getlist("wantedCollections"), query.getlist("wantedDids"))
        with suppress(WebSocketDisconnect, RuntimeError):
            if query.get("requireHello") == "true":
                listener.update(await socket.receive_text())
            await self._serve(socket, listener, int(query.get("cursor") or 0))

    async def _serve(self, socket: WebSocket, listener: Listener, cursor: int) -> None:
        for old in [one for one in self._frames if cursor and one["time_us"] > cursor]:
            listener.queue.put_nowait(old)
        self._listeners.add(listener)
        reading = asyncio.create_task(_read(socket, listener))
        wish = self._misbehaviour.strike(NETWORK, "stream")
        cutting = asyncio.create_task(_cut(listener, wish.delay_s)) if wish else None
        try:
            while (frame := await listener.queue.get()) is not None:
                if listener.wants(frame):
                    await socket.send_text(json.dumps(frame, ensure_ascii=False))
            await socket.close()
        finally:
            self._listeners.discard(listener)
            reading.cancel()
            if cutting:
                cutting.cancel()


async def _read(socket: WebSocket, listener: Listener) -> None:
    """Take new options until the other side leaves."""
    try:
        while True:
            listener.update(await socket.receive_text())
    except (WebSocketDisconnect, RuntimeError):
        listener.queue.put_nowait(None)


async def _cut(listener: Listener, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    listener.queue.put_nowait(None)
