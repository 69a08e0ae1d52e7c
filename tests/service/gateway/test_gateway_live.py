"""Live updates over a real server: what changed reaches the right pages, and only those."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from gateway_world import World, message

from runtime.web import HttpServer
from services.gateway import live as live_module
from services.gateway.auth import COOKIE
from services.gateway.domain.views import Viewer
from services.gateway.live import Client


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    server = HttpServer(world.app, "127.0.0.1", 0, drain_s=1)
    await world.live.start()
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await world.live.stop()
        await server.stop()


class Page:
    """An open page: collects what it is told."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.is_ended = False
        cookie = f"{COOKIE}={client.cookies[COOKIE]}"
        self._http = httpx.AsyncClient(base_url=url, headers={"cookie": cookie})
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async with self._http.stream("GET", "/live") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            name = ""
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    self.events.append((name, json.loads(line[6:])))
        self.is_ended = True

    def items(self) -> list[dict[str, str]]:
        return [one for name, data in self.events if name == "items" for one in data["items"]]  # type: ignore[attr-defined]

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._http.aclose()


async def until(is_true, poke=None, within_s: float = 10.0) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(within_s):
        while not is_true():
            if poke:
                await poke()
            await asyncio.sleep(0.05)


async def test_what_changed_reaches_the_brands_pages_only(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    await world.person("south", "mia@south.test", {"mar": "agent"})
    about = message(world.scopes["north/casa"].brand_id)
    mar = message(world.scopes["south/mar"].brand_id)
    async with serving(world) as url:
        ana = Page(url, await world.signed_in("ana@north.test"))
        mia = Page(url, await world.signed_in("mia@south.test"))
        await until(lambda: ana.events and mia.events)
        await until(ana.items, lambda: world.play("north/casa", about))
        await until(mia.items, lambda: world.play("south/mar", mar))
        assert ana.events[0][0] == "hello"
        assert {one["message_id"] for one in ana.items()} == {about.message_id}
        assert {one["message_id"] for one in mia.items()} == {mar.message_id}
        assert ana.items()[0]["kind"] == "received"
        world.live.hang_up()
        await until(lambda: ana.is_ended and mia.is_ended)
        for page in (ana, mia):
            await page.close()


@pytest.mark.parametrize("driver", ["motor"])
async def test_others_see_who_looks(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    await world.person("north", "ben@north.test", {"casa": "agent"})
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about)
    async with serving(world) as url:
        ben = await world.signed_in("ben@north.test")
        page = Page(url, await world.signed_in("ana@north.test"))
        look = f"/api/v1/messages/{about.message_id}/viewing"
        await until(
            lambda: world.live.viewers_of(about.message_id, ana.person_id), lambda: ben.post(look)
        )
        assert world.live.viewers_of(about.message_id, ana.person_id) == ["Ben"]
        await until(lambda: any(name == "viewing" for name, _ in page.events))
        world.clock.advance(31)
        assert world.live.viewers_of(about.message_id, ana.person_id) == []
        await page.close()


@pytest.mark.parametrize("driver", ["motor"])
async def test_a_page_closes_when_its_session_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "HEARTBEAT_S", 0.05)
    await world.person("north", "ana@north.test", {"casa": "agent"})
    async with serving(world) as url:
        client = await world.signed_in("ana@north.test")
        page = Page(url, client)
        await until(lambda: page.events)
        await client.delete("/api/v1/session")
        await until(lambda: page.is_ended)
        await page.close()
        anonymous = await httpx.AsyncClient(base_url=url).get("/live")
        assert anonymous.status_code == 401


def test_a_page_that_does_not_read_is_told_to_load_again() -> None:
    client = Client(Viewer("per_1", "Ana", "", "agy_1", {"brd_1": "agent"}))
    for n in range(500):
        client.put({"brand_id": "brd_1", "kind": "received", "items": [[f"m{n}", "t"]]})
    assert client.take() == [b"event: refresh\ndata: {}\n\n"]
    assert client.take() == []
