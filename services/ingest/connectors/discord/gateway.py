"""Discord's gateway: hello, identify or resume, heartbeats, and what ends a session. Which dispatches matter is the connector's.

Source: Discord developer documentation, Gateway (version 10, JSON).
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

INTENTS = (1 << 9) | (1 << 12) | (1 << 15)
"""GUILD_MESSAGES, DIRECT_MESSAGES and MESSAGE_CONTENT (privileged)."""

STAYS = 4000
"""A close code after which Discord keeps the session; 1000 and 1001 end it."""

_HELLO_S = 20.0
_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME = 0, 1, 2, 6
_RECONNECT, _INVALID, _HELLO, _ACK = 7, 9, 10, 11
_LONGEST_BEAT_S = 300.0


@dataclass(slots=True)
class Session:
    """What a broken connection is taken up with. `seq` is the last dispatch that was put away."""

    token: str = field(default="", repr=False)
    session_id: str = ""
    url: str = ""
    seq: int | None = None

    @property
    def can_resume(self) -> bool:
        """True when Discord may still have what was missed."""
        return bool(self.session_id and self.url and self.seq is not None)

    def forget(self) -> None:
        """Begin anew next time."""
        self.session_id, self.url, self.seq = "", "", None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One event: its name, its data, its place, and the bytes it came in."""

    name: str
    data: Mapping[str, Any]
    seq: int
    raw: bytes


class Link:
    """One open connection. Raises `ConnectionClosed` when the other side ends it."""

    def __init__(self, socket: ClientConnection, session: Session) -> None:
        self._socket, self._session = socket, session
        self._is_acked = True

    async def dispatches(self) -> AsyncIterator[Dispatch]:
        """Yield events until Discord wants another connection. Whoever takes one keeps its `seq`."""
        beating = asyncio.create_task(self._beat(await self._hello()), name="discord:beating")
        try:
            await self._introduce()
            while True:
                text = await self._socket.recv()
                frame = _frame(text)
                if frame.get("op") == _DISPATCH:
                    dispatch = self._dispatch(frame, text)
                    if dispatch is not None:
                        yield dispatch
                elif not await self._goes_on(frame):
                    return
        finally:
            beating.cancel()

    async def close(self) -> None:
        """Leave so that the session can be resumed."""
        await self._socket.close(STAYS)

    async def _hello(self) -> float:
        """Return how often to beat, in seconds."""
        async with asyncio.timeout(_HELLO_S):
            frame = _frame(await self._socket.recv())
        data = frame.get("d")
        told = data.get("heartbeat_interval") if isinstance(data, dict) else None
        if frame.get("op") != _HELLO or not isinstance(told, int | float) or told <= 0:
            raise TimeoutError("the gateway said no hello")
        return min(told / 1000, _LONGEST_BEAT_S)

    async def _introduce(self) -> None:
        session = self._session
        told: dict[str, object] = {"token": session.token}
        if session.can_resume:
            told |= {"session_id": session.session_id, "seq": session.seq}
            await self._send(_RESUME, told)
            return
        session.forget()
        properties = {"os": "linux", "browser": "rapport", "device": "rapport"}
        await self._send(_IDENTIFY, told | {"intents": INTENTS, "properties": properties})

    async def _goes_on(self, frame: Mapping[str, Any]) -> bool:
        """Answer a frame that is no event; False when the connection is to be left."""
        op = frame.get("op")
        if op == _HEARTBEAT:
            await self._send(_HEARTBEAT, self._session.seq)
        elif op == _ACK:
            self._is_acked = True
        elif op == _INVALID and frame.get("d") is not True:
            self._session.forget()
        return op not in (_RECONNECT, _INVALID)

    def _dispatch(self, frame: Mapping[str, Any], text: str | bytes) -> Dispatch | None:
        name, seq, data = frame.get("t"), frame.get("s"), frame.get("d")
        if not isinstance(name, str) or type(seq) is not int:
            return None
        told = data if isinstance(data, dict) else {}
        if name == "READY":
            self._session.session_id = str(told.get("session_id") or "")
            self._session.url = str(told.get("resume_gateway_url") or "")
            self._session.seq = seq
        return Dispatch(name, told, seq, text.encode() if isinstance(text, str) else text)

    async def _beat(self, every_s: float) -> None:
        """Beat, the first time after a part of the interval. A connection that does not answer is dead."""
        wait_s = every_s * random.random()  # noqa: S311 (spreads load)
        while True:
            await asyncio.sleep(wait_s)
            if not self._is_acked:
                await self.close()
                return
            self._is_acked = False
            try:
                await self._send(_HEARTBEAT, self._session.seq)
            except ConnectionClosed:
                return
            wait_s = every_s

    async def _send(self, op: int, data: object) -> None:
        await self._socket.send(json.dumps({"op": op, "d": data}))


def _frame(text: str | bytes) -> Mapping[str, Any]:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}
