"""The live half of Bluesky: notifications by polling, the stream beside it, and posts around an item."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.bluesky import jetstream, notifications
from services.ingest.connectors.bluesky.errors import GONE, classify
from services.ingest.connectors.bluesky.jetstream import Use
from services.ingest.connectors.bluesky.memory import Memory
from services.ingest.connectors.bluesky.sessions import Sessions
from services.ingest.connectors.fields import Unreadable
from services.ingest.connectors.http import content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.times import iso_z

POLL_EVERY_S = 15.0
"""While the stream is open. A server allows 3,000 calls in 5 minutes for all accounts of an address."""

_SOON_S = 1.0
_LIMIT = "100"
_MOST_PAGES = 300
_REPLAY = timedelta(hours=1)
_FRAME_BYTES = 1024 * 1024
_NOTIFICATIONS = "app.bsky.notification.listNotifications"
_POSTS = "app.bsky.feed.getPosts"
_PROFILE = "app.bsky.actor.getProfile"


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return BlueskyConnector(tools)


class BlueskyConnector(Silent):
    """Reads an account of any server of the AT Protocol that serves app.bsky."""

    def __init__(self, tools: Tools, poll_every_s: float = POLL_EVERY_S) -> None:
        self._clock = tools.clock
        self._poll_every_s = poll_every_s
        # A person may have typed the addresses of the server and of the stream.
        self._guarded = tools.guarded
        self._sessions = Sessions(tools.guarded, self._classify, tools.meter)
        self._memories: dict[str, Memory] = {}

    async def check(self, grant: Grant) -> Identity:
        """Have the session renewed, or sign in, and ask for the name people see."""
        session = await self._sessions.prove(grant)
        told = _json(await self._sessions.get(grant, _PROFILE, {"actor": session.did}))
        handle = str(told.get("handle") or session.handle or "") or None
        name = str(told.get("displayName") or "") or handle or session.did
        return Identity(session.did, name, handle, {"did": session.did})

    def since(self, moment: datetime) -> str | None:
        """Return the cursor that everything written after a moment is behind."""
        return f"{iso_z(moment)}|"

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield notifications newer than the cursor, oldest page first.

        The network gives the newest first, so all pages back to the cursor are fetched before the first
        is given on. Without a cursor only the newest page: an account's whole past is not news.
        """
        memory, known = self._memory(grant), notifications.mark_of(cursor)
        pages = await self._back_to(grant, known, memory)
        for news in reversed(pages):
            known = notifications.newest(news.rows, known)
            if not news.rows or known is None:
                continue
            raw, cursor = news.raw(), notifications.cursor_of(known)
            yield Page(raw, "poll", content_key(_NOTIFICATIONS, raw), cursor)
            # Only now it is safe: who asked for the next page has put this one away.
            memory.keep(news.uris())
            memory.cursor = cursor
        memory.cursor = memory.cursor or cursor
        memory.is_warm = True

    async def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield what the stream has, and polled pages beside it. Ends when the stream breaks or is not there."""
        did = (await self._sessions.open(grant)).did
        memory = self._memory(grant)
        address = jetstream.address(grant, self._stream_cursor(memory))
        if address is None or not await self._is_allowed(address):
            return
        with suppress(OSError, TimeoutError, WebSocketException):
            async with connect(address, max_size=_FRAME_BYTES) as socket:
                async for page in self._watch(grant, did, socket, memory):
                    yield page

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, or None when it is gone."""
        answer = await self._posts(grant, root_id)
        if answer is None or not _listed(answer):
            return None
        return Page(answer.content, "context", content_key(f"{_POSTS}/{root_id}", answer.content))

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the first post of the thread (itself, when it answers nothing), or None when it is gone."""
        answer = await self._posts(grant, external_id)
        posts = _listed(answer) if answer else []
        if not posts:
            return None
        root = _dig(posts[0], "record", "reply", "root", "uri")
        return root if isinstance(root, str) and root else external_id

    async def _back_to(
        self, grant: Grant, known: notifications.Mark | None, memory: Memory
    ) -> list[notifications.News]:
        """Return what is new on every page back to the mark, newest page first."""
        params: dict[str, str | list[str]] = {
            "limit": _LIMIT,
            "reasons": list(notifications.REASONS),
        }
        pages: list[notifications.News] = []
        while len(pages) < _MOST_PAGES:
            told = _json(await self._sessions.get(grant, _NOTIFICATIONS, params))
            pages.append(_sift(told, known, memory))
            behind = told.get("cursor")
            if known is None or pages[-1].is_end or not isinstance(behind, str) or not behind:
                break
            params["cursor"] = behind
        return pages

    async def _watch(
        self, grant: Grant, did: str, socket: ClientConnection, memory: Memory
    ) -> AsyncIterator[Page]:
        loop = asyncio.get_running_loop()
        authors = memory.authors()
        await socket.send(jetstream.wish(did, authors))
        due_at = loop.time() + self._poll_every_s
        while True:
            text = await _next(socket, due_at - loop.time())
            if text is None:
                async for page in self.poll(grant, memory.cursor):
                    yield page
                due_at = loop.time() + self._poll_every_s
                if memory.authors() != authors:
                    authors = memory.authors()
                    await socket.send(jetstream.wish(did, authors))
                continue
            frame = jetstream.read(text, did, memory)
            if frame.use is Use.FORWARD:
                raw = text.encode() if isinstance(text, str) else text
                yield Page(raw, "stream", content_key("jetstream", raw))
            elif frame.use is Use.HASTEN:
                due_at = min(due_at, loop.time() + min(_SOON_S, self._poll_every_s))
            memory.stream_us = frame.time_us or memory.stream_us

    async def _is_allowed(self, address: str) -> bool:
        """Call the stream's host once as a web page: guarded calls refuse what is not public."""
        try:
            await self._guarded.get(address.replace("ws", "http", 1))
        except (RapportError, httpx.HTTPError, httpx.InvalidURL):
            return False
        return True

    def _stream_cursor(self, memory: Memory) -> int:
        """A little before where it broke; after a start, an hour ago."""
        if memory.stream_us is not None:
            return memory.stream_us - jetstream.REWIND_US
        return int((self._clock.now() - _REPLAY).timestamp() * 1_000_000)

    async def _posts(self, grant: Grant, uri: str) -> httpx.Response | None:
        try:
            return await self._sessions.get(grant, _POSTS, {"uris": [uri]})
        except Invalid as error:
            if error.code == GONE:
                return None
            raise

    def _memory(self, grant: Grant) -> Memory:
        return self._memories.setdefault(grant.connection_id, Memory())

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer, self._clock.now())


async def _next(socket: ClientConnection, wait_s: float) -> str | bytes | None:
    """Return the next frame, or None when the time is over."""
    try:
        async with asyncio.timeout(max(0.0, wait_s)):
            return await socket.recv()
    except TimeoutError:
        return None


def _sift(
    told: dict[str, Any], known: notifications.Mark | None, memory: Memory
) -> notifications.News:
    def is_missed(uri: str) -> bool:
        return memory.is_warm and not memory.has(uri)

    try:
        news = notifications.sift(told, known, is_missed)
    except Unreadable as error:
        raise Unavailable("bluesky.unavailable", error.why) from None
    memory.keep(notifications.known_uris(told, news))
    return news


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        raise Unavailable("bluesky.unavailable", "the answer is not JSON") from None
    if not isinstance(told, dict):
        raise Unavailable("bluesky.unavailable", "the answer is no object")
    return told


def _listed(answer: httpx.Response) -> list[Any]:
    posts = _json(answer).get("posts")
    return posts if isinstance(posts, list) else []


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
