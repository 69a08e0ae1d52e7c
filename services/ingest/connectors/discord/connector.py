"""The live half of Discord: the gateway, and polling of a server's channels as gap filling."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from contracts.networks.discord import channels_of, id_order, snowflake_at
from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.discord.cursor import Cursor
from services.ingest.connectors.discord.errors import HIDDEN, OVER, classify, closed
from services.ingest.connectors.discord.gateway import Dispatch, Link, Session
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools

_EVENTS = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"})
_TEXT, _NEWS = 0, 5
_LIMIT = 100
# Ten thousand messages of a channel in one look; the next one goes on.
_PAGES = 100
_FRAME_BYTES = 4 * 1024 * 1024
_LONGEST_REST_S = 15.0
_AGENT = "DiscordBot (rapport, 1)"
Row = dict[str, Any]


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return DiscordConnector(tools)


class DiscordConnector(Silent):
    """Reads one server as a bot. A channel is a thread."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._api = Api(
            tools.client, "discord", self._classify, tools.meter, authorize=_authorization
        )
        self._sessions: dict[str, Session] = {}
        self._rooms: dict[str, frozenset[str]] = {}
        self._rests: dict[tuple[str, str], float] = {}

    async def check(self, grant: Grant) -> Identity:
        """Ask who the bot is and whether it is in the server. Raises `Invalid` when it is not."""
        told = await self._object(grant, "users/@me")
        if not told.get("id"):
            raise Unavailable("discord.unavailable", "the bot could not be read")
        guild = await self._object(grant, f"guilds/{_guild(grant)}")
        handle = str(told.get("username") or told["id"])
        return Identity(str(told["id"]), str(guild.get("name") or handle), handle)

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment: ids tell the time."""
        return Cursor(snowflake_at(moment)).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield each channel's messages after the cursor, the oldest first; without one its newest page."""
        place = Cursor.read(cursor)
        is_first = cursor is None
        if is_first:
            place.floor = snowflake_at(self._clock.now())
        for channel, newest in await self._channels(grant):
            known = "" if is_first else place.known(channel)
            if id_order(newest) <= id_order(known):
                continue
            async for rows in self._after(grant, channel, known, is_first=is_first):
                place.advance(channel, [str(one["id"]) for one in rows])
                raw = json.dumps(rows, ensure_ascii=False).encode()
                key = content_key(f"channels/{channel}/messages", raw)
                yield Page(raw, "poll", key, place.text())

    async def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield events as they come, the missed ones first where Discord still has the session."""
        session = self._session(grant)
        address = await self._address(grant, session)
        try:
            socket = await connect(address, max_size=_FRAME_BYTES, open_timeout=10)
        except (OSError, TimeoutError, WebSocketException):
            session.forget()
            return
        link = Link(socket, session)
        try:
            async for dispatch in link.dispatches():
                if self._is_ours(grant, dispatch):
                    yield Page(dispatch.raw, "stream", content_key("gateway", dispatch.raw))
                # Only now it is safe: who asked for the next one has put this one away.
                session.seq = dispatch.seq
        except ConnectionClosed as error:
            self._learn(session, error)
        except TimeoutError:
            session.forget()
        finally:
            await _leave(link, socket)

    async def _channels(self, grant: Grant) -> list[tuple[str, str]]:
        """Return the channels and active threads that are read, and the newest id in each."""
        guild = _guild(grant)
        rows = await self._rows(grant, f"guilds/{guild}/channels", {})
        told = await self._object(grant, f"guilds/{guild}/threads/active")
        wanted = channels_of(grant.options)
        here = [
            one
            for one in rows
            if one.get("type") in (_TEXT, _NEWS) and (not wanted or str(one["id"]) in wanted)
        ]
        threads = [
            one
            for one in _listed(told.get("threads"))
            if not wanted or wanted & {str(one["id"]), str(one.get("parent_id"))}
        ]
        found = [*here, *threads]
        self._rooms[grant.connection_id] = frozenset(str(one["id"]) for one in found) | wanted
        return [(str(one["id"]), str(one.get("last_message_id") or "")) for one in found]

    async def _after(
        self, grant: Grant, channel: str, known: str, *, is_first: bool
    ) -> AsyncIterator[list[Row]]:
        """Yield pages of a channel, the oldest first. A channel that the bot may not see has none."""
        path = f"channels/{quote(channel, safe='')}/messages"
        for _ in range(1 if is_first else _PAGES):
            params = {"limit": str(_LIMIT), **({} if is_first else {"after": known or "0"})}
            try:
                rows = await self._rows(grant, path, params)
            except Invalid as error:
                if error.code == HIDDEN:
                    return
                raise
            rows.sort(key=lambda one: id_order(str(one["id"])))
            if rows:
                yield rows
                known = str(rows[-1]["id"])
            if len(rows) < _LIMIT:
                return

    async def _address(self, grant: Grant, session: Session) -> str:
        """Return where to connect: where the session was, or where Discord says. Raises `Unavailable`."""
        url = session.url if session.can_resume else await self._gateway(grant)
        parts = urlsplit(url)
        schemes = ("wss",) if grant.base_url.startswith("https:") else ("wss", "ws")
        if parts.scheme not in schemes or not parts.hostname:
            raise Unavailable("discord.unavailable", "the gateway's address is none")
        return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}?v=10&encoding=json"

    async def _gateway(self, grant: Grant) -> str:
        told = await self._object(grant, "gateway/bot")
        limit = told.get("session_start_limit")
        starts = limit if isinstance(limit, dict) else {}
        if starts.get("remaining") == 0:
            wait_ms = starts.get("reset_after")
            wait_s = wait_ms / 1000 if isinstance(wait_ms, int) else None
            raise Unavailable("discord.rate_limited", "no session may begin today", wait_s)
        return str(told.get("url") or "")

    def _session(self, grant: Grant) -> Session:
        session = self._sessions.setdefault(grant.connection_id, Session())
        if session.token != grant.token:
            session.forget()
            session.token = grant.token
        return session

    def _learn(self, session: Session, error: ConnectionClosed) -> None:
        code = error.rcvd.code if error.rcvd else None
        if code in OVER:
            session.forget()
        meaning = closed(code)
        if meaning is not None:
            session.forget()
            raise meaning from None

    def _is_ours(self, grant: Grant, dispatch: Dispatch) -> bool:
        """True for messages of the server's channels that are read, and for direct ones."""
        if dispatch.name not in _EVENTS:
            return False
        guild = dispatch.data.get("guild_id")
        if guild is None:
            return True
        wanted = channels_of(grant.options)
        rooms = wanted | self._rooms.get(grant.connection_id, frozenset())
        is_here = not wanted or str(dispatch.data.get("channel_id")) in rooms
        return str(guild) == grant.options.get("guild_id", "").strip() and is_here

    async def _object(self, grant: Grant, path: str) -> Row:
        told = await self._json(grant, path, {})
        if not isinstance(told, dict):
            raise Unavailable("discord.unavailable", "the answer is no object")
        return told

    async def _rows(self, grant: Grant, path: str, params: dict[str, str]) -> list[Row]:
        told = await self._json(grant, path, params)
        if not isinstance(told, list):
            raise Unavailable("discord.unavailable", "the answer is no list")
        return _listed(told)

    async def _json(self, grant: Grant, path: str, params: dict[str, str]) -> Any:
        """GET, after the rest that this path's own bucket was told to take."""
        loop, bucket = asyncio.get_running_loop(), (grant.connection_id, path)
        await asyncio.sleep(max(0.0, self._rests.pop(bucket, 0.0) - loop.time()))
        answer = await self._api.get(grant, path, params)
        if answer.headers.get("x-ratelimit-remaining") == "0":
            self._rests[bucket] = loop.time() + _reset_after_s(answer)
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise Unavailable("discord.unavailable", "the answer is not JSON") from None

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer, self._clock.now())


async def _leave(link: Link, socket: ClientConnection) -> None:
    """Close so that the session stays, and wait for it no longer than a closing may take."""
    with suppress(OSError, WebSocketException):
        await link.close()
    await socket.wait_closed()


def _guild(grant: Grant) -> str:
    guild = grant.options.get("guild_id", "").strip()
    if not guild.isascii() or not guild.isdigit():
        raise Invalid("discord.no_server", "the server's id is a long number")
    return guild


def _listed(value: object) -> list[Row]:
    rows = value if isinstance(value, list) else []
    return [one for one in rows if isinstance(one, dict) and one.get("id")]


def _reset_after_s(answer: httpx.Response) -> float:
    told = answer.headers.get("x-ratelimit-reset-after", "")
    is_number = told.isascii() and told.replace(".", "", 1).isdigit()
    return min(float(told[:12]), _LONGEST_REST_S) if is_number else 1.0


def _authorization(grant: Grant) -> dict[str, str]:
    return {"Authorization": f"Bot {grant.token}", "User-Agent": _AGENT}
