"""Live streams of the Mastodon stand-in: server-sent events and websocket deliver the same events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from sandbox.app import Sandbox
from sandbox.server import running
from sandbox.settings import Settings
from tests.service.sandbox.receiving import DEADLINE_S, recorded, until
from tests.service.sandbox.shapes import differences
from tests.service.sandbox.test_sandbox_mastodon import AUTH, STATUSES, emit

SSE = "/mastodon/api/v1/streaming/user"


async def next_event(lines: AsyncIterator[str]) -> tuple[str, str]:
    async with asyncio.timeout(DEADLINE_S):
        async for line in lines:
            if line.startswith("event: "):
                return line[7:], (await anext(lines))[6:]
    raise AssertionError("the stream ended")


@asynccontextmanager
async def streamed(http: httpx.AsyncClient, sandbox: Sandbox) -> AsyncIterator[AsyncIterator[str]]:
    async with http.stream("GET", SSE, headers=AUTH) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        await until(lambda: sandbox.hub.count() == 1)
        yield answer.aiter_lines()


async def test_sse_delivers_every_kind(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    async with streamed(http, sandbox) as lines:
        made = await emit(http, text="hello")
        name, data = await next_event(lines)
        theirs = recorded("mastodon/notification_mention.json")
        assert name == "notification"
        assert differences(json.loads(data), theirs) == []
        assert json.loads(data)["status"]["id"] == made["id"]
        await emit(http, kind="edit", id=made["id"], text="hello again")
        name, data = await next_event(lines)
        assert name == "status.update"
        assert json.loads(data)["edited_at"] is not None
        await emit(http, kind="delete", id=made["id"])
        assert await next_event(lines) == ("delete", made["id"])
        own = await http.post(STATUSES, headers=AUTH, data={"status": "our own"})
        name, data = await next_event(lines)
        assert (name, json.loads(data)["id"]) == ("update", own.json()["id"])


async def test_sse_heartbeat(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    async with streamed(http, sandbox) as lines, asyncio.timeout(DEADLINE_S):
        async for line in lines:
            if line == ":thump":
                break


async def test_sse_needs_a_token(http: httpx.AsyncClient) -> None:
    assert (await http.get(SSE)).status_code == 401


async def test_streams_are_cut_on_demand(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    async with streamed(http, sandbox) as lines:
        await http.post("/__control/misbehave", json={"kind": "stream_cut", "share": 0})
        async with asyncio.timeout(DEADLINE_S):
            rest = [line async for line in lines]
        assert all(line.startswith(":") or not line for line in rest)
    await until(lambda: sandbox.hub.count() == 0)


async def test_websocket_frames(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    websockets = pytest.importorskip("websockets")
    base = sandbox.origin.replace("http", "ws")
    url = f"{base}/mastodon/api/v1/streaming?stream=user&access_token=sandbox-mastodon-casa-verde"
    async with websockets.connect(url, proxy=None) as socket, asyncio.timeout(DEADLINE_S):
        await until(lambda: sandbox.hub.count() == 1)
        made = await emit(http, text="hello")
        frame = json.loads(await socket.recv())
        assert json.loads(frame["payload"])["status"]["id"] == made["id"]
        await emit(http, kind="edit", id=made["id"], text="better")
        frame = json.loads(await socket.recv())
        theirs = recorded("mastodon/ws_status_update_edited.json")
        assert set(frame) == set(theirs)
        assert isinstance(frame["payload"], str)
        theirs_status = json.loads(theirs["payload"])
        theirs_status.pop("pinned")
        assert differences(json.loads(frame["payload"]), theirs_status) == []
        await emit(http, kind="delete", id=made["id"])
        frame = json.loads(await socket.recv())
        assert (frame["event"], frame["payload"]) == ("delete", made["id"])
    await until(lambda: sandbox.hub.count() == 0)


async def test_stopping_ends_open_streams(settings: Settings) -> None:
    async with running(settings) as one, httpx.AsyncClient(base_url=one.origin) as http:
        answer = await http.send(http.build_request("GET", SSE, headers=AUTH), stream=True)
        lines = answer.aiter_lines()
        assert await anext(lines) == ":)"
    async with asyncio.timeout(DEADLINE_S):
        await answer.aclose()
    assert one.hub.count() == 0
