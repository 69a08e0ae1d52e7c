"""The gateway of the Discord stand-in: hello, identify, heartbeats, sessions that can be resumed, and ends of every kind."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from sandbox.discord.formats import Objects
from sandbox.discord.messages import NETWORK, guild_of
from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Account, Change, Doing
from sandbox.world import World

FRAMES_KEPT = 5_000
_MESSAGE_CONTENT = 1 << 15
_NAMES = {
    Doing.CREATED: "MESSAGE_CREATE",
    Doing.EDITED: "MESSAGE_UPDATE",
    Doing.DELETED: "MESSAGE_DELETE",
}
Frame = dict[str, Any]


@dataclass(slots=True)
class Session:
    """What a bot identified as, what it was sent, and where to send more."""

    session_id: str
    account_id: str
    intents: int
    seq: int = 0
    frames: deque[Frame] = field(default_factory=lambda: deque(maxlen=FRAMES_KEPT))
    queue: asyncio.Queue[Frame | int] | None = None

    def tell(self, name: str, data: Frame) -> None:
        """Number an event, keep it, and send it to whoever is connected."""
        self.seq += 1
        frame = {"op": 0, "s": self.seq, "t": name, "d": data}
        self.frames.append(frame)
        if self.queue is not None:
            self.queue.put_nowait(frame)


class Gateway:
    """All sessions. `cut` ends connections with a close code, `forget` makes sessions unknown."""

    def __init__(self, world: World, objects: Objects, misbehaviour: Misbehaviour) -> None:
        self._world, self._objects, self._misbehaviour = world, objects, misbehaviour
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.beats = 0
        world.listen(self._on_change)

    def router(self) -> APIRouter:
        """The one path."""
        router = APIRouter()
        router.add_api_websocket_route("/discord/gateway", self._serve)
        router.add_api_websocket_route("/discord/gateway/", self._serve)
        router.add_api_route("/discord/__gateway", self._told, methods=["GET", "POST"])
        return router

    async def _told(self, act: str = "", code: int = 4000) -> dict[str, int]:
        """For tests: do `cut`, `reconnect` or `forget`; tell how often what happened."""
        acts = {"reconnect": self.ask_to_reconnect, "forget": self.forget}
        if act == "cut":
            self.cut(code)
        elif act:
            acts[act]()
        is_open = sum(one.queue is not None for one in self.sessions.values())
        return {
            "identified": self.identified,
            "resumed": self.resumed,
            "beats": self.beats,
            "open": is_open,
        }

    def cut(self, code: int = 4000) -> int:
        """End all connections; how many there were."""
        open_ones = [one for one in self.sessions.values() if one.queue is not None]
        for one in open_ones:
            if one.queue is not None:
                one.queue.put_nowait(code)
        return len(open_ones)

    def ask_to_reconnect(self) -> None:
        """Send everybody op 7."""
        for one in self.sessions.values():
            if one.queue is not None:
                one.queue.put_nowait({"op": 7, "d": None})

    def forget(self) -> None:
        """Lose all sessions, as a restart of Discord does."""
        self.sessions = {}

    def _on_change(self, change: Change) -> None:
        item = change.item
        account = self._world.account(NETWORK, item.account_id)
        name = _NAMES.get(change.doing)
        if item.network != NETWORK or account is None or name is None:
            return
        is_gone = change.doing is Doing.DELETED
        data = self._objects.gone(account, item) if is_gone else self._objects.told(account, item)
        for session in self.sessions.values():
            if session.account_id == account.id:
                is_blind = not session.intents & _MESSAGE_CONTENT and not item.is_own
                session.tell(name, {**data, "content": ""} if is_blind and not is_gone else data)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.send_json({"op": 10, "d": {"heartbeat_interval": self._interval_ms()}})
            session = await self._introduction(socket)
            if session is not None:
                await self._talk(socket, session)

    def _interval_ms(self) -> int:
        accounts = self._world.accounts(NETWORK)
        told = accounts[0].options.get("heartbeat_ms", "41250") if accounts else "41250"
        return int(told)

    async def _introduction(self, socket: WebSocket) -> Session | None:
        """Take identify or resume. None: it was refused."""
        while True:
            frame = json.loads(await socket.receive_text())
            if frame["op"] == 1:
                await socket.send_json({"op": 11})
                continue
            told = frame["d"]
            account = self._world.account_by_token(NETWORK, str(told.get("token")))
            if account is None or account.is_token_revoked:
                await socket.close(4004)
                return None
            if frame["op"] == 6:
                return await self._resume(socket, told)
            return await self._identify(socket, account, told)

    async def _identify(
        self, socket: WebSocket, account: Account, told: Frame
    ) -> Session | None:  # fmt: skip
        if account.options.get("has_no_intent"):
            await socket.close(4014)
            return None
        self.identified += 1
        session = Session(token_hex(8), account.id, int(told["intents"]))
        self.sessions[session.session_id] = session
        session.queue = asyncio.Queue()
        ready = {
            "v": 10,
            "user": {"id": account.id, "username": account.handle, "bot": True},
            "guilds": [{"id": guild_of(account), "unavailable": True}],
            "session_id": session.session_id,
            "resume_gateway_url": self.url(),
            "application": {"id": account.id, "flags": 0},
        }
        session.tell("READY", ready)
        return session

    async def _resume(self, socket: WebSocket, told: Frame) -> Session | None:
        session = self.sessions.get(str(told.get("session_id")))
        if session is None:
            await socket.send_json({"op": 9, "d": False})
            await socket.close(4000)
            return None
        self.resumed += 1
        session.queue = asyncio.Queue()
        for frame in session.frames:
            if frame["s"] > int(told["seq"]):
                session.queue.put_nowait(frame)
        session.queue.put_nowait({"op": 0, "s": session.seq, "t": "RESUMED", "d": {}})
        return session

    def url(self) -> str:
        """Where the gateway is."""
        return self._world.origin.replace("http", "ws", 1) + "/discord/gateway"

    async def _talk(self, socket: WebSocket, session: Session) -> None:
        queue = session.queue
        if queue is None:
            return
        reading = asyncio.create_task(self._read(socket, session, queue))
        wish = self._misbehaviour.strike(NETWORK, "stream", session.account_id)
        cutting = asyncio.create_task(_cut(queue, wish.delay_s)) if wish else None
        try:
            while not isinstance(frame := await queue.get(), int):
                await socket.send_json(frame)
            await socket.close(frame or 4000)
        finally:
            session.queue = None if session.queue is queue else session.queue
            reading.cancel()
            if cutting:
                cutting.cancel()

    async def _read(
        self, socket: WebSocket, session: Session, queue: asyncio.Queue[Frame | int]
    ) -> None:
        """Answer heartbeats until the other side leaves; a session left with 1000 or 1001 is over."""
        try:
            while True:
                frame = json.loads(await socket.receive_text())
                if frame["op"] == 1:
                    self.beats += 1
                    queue.put_nowait({"op": 11})
        except WebSocketDisconnect as left:
            if left.code in (1000, 1001):
                self.sessions.pop(session.session_id, None)
            queue.put_nowait(0)
        except RuntimeError:
            queue.put_nowait(0)


async def _cut(queue: "asyncio.Queue[Frame | int]", delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    queue.put_nowait(4000)
