"""X's webhook as its stand-in calls it: every event signed, read, and like the recorded ones."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from runtime.clock import SystemClock
from sandbox.app import Sandbox
from sandbox.models import Account as Played
from sandbox.server import listen
from sandbox.settings import Settings
from services.ingest.connectors.protocol import Account
from services.ingest.connectors.registry import normalisers
from services.ingest.connectors.x.connector import build as build_x
from services.ingest.connectors.youtube.connector import build as build_youtube
from services.ingest.handshakes import x_crc
from tests.service.networks.live import Stage, polled
from tests.service.networks.messaging_world import Door, opened, until
from tests.service.sandbox.shapes import differences

RECORDED = Path(__file__).parents[2] / "unit/networks_other/fixtures"
BRAND = "1111111111111111111"
SECRET = "consumer-secret"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text("utf-8"))


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    bound = listen(Settings(port=0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server._serve([bound]))
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        bound.close()


def stage_with(sandbox: Sandbox, url: str) -> Stage:
    played = Played(
        network="x", id=BRAND, brand="b", name="Brand", handle="brand_x", token="tok-x",
        options={"webhook_url": url, "webhook_secret": SECRET},
    )  # fmt: skip
    return Stage(sandbox, played, "/x")


async def test_events_are_signed_and_read(sandbox):
    async with opened() as door:
        stage = stage_with(sandbox, door.url)
        mention = await stage.emit("mention", "hello")
        await stage.emit("edit", "@brand_x hello!", id=mention)
        await stage.emit("comment", "under a post")
        await stage.emit("dm", "in private")
        await stage.emit("delete", id=mention)
        async with httpx.AsyncClient(base_url=stage.base_url, trust_env=False) as client:
            await client.post("/2/oauth2/revoke", data={"token": "tok-x"})
        # The post that was commented on is told, the customer's deletion is not.
        await until(lambda: len(door.calls) >= 6)
        assert door.are_all_signed("x-twitter-webhooks-signature", SECRET)
    read = normalisers()["x"]
    found = [read(body, Account(frozenset({BRAND}))) for body, _ in door.calls]
    assert not any(one.problems for one in found)
    items = {item.text: item for one in found for item in one.items}
    assert items["@brand_x hello!"].external_id == mention
    assert items["@brand_x hello!"].action == "edited"
    assert items["under a post"].kind == "comment"
    assert items["in private"].kind == "dm"
    assert [gone for one in found for gone in one.revoked] == [BRAND]


def kinds(door: Door) -> dict[str, Any]:
    told = [json.loads(body) for body, _ in door.calls]
    return {one["data"]["event_type"]: one for one in told}


@pytest.mark.parametrize(
    ("kind", "event", "name"),
    [
        ("mention", "post.mention.create", "xaa_mention"),
        ("comment", "post.reply.create", "xaa_reply"),
        ("dm", "dm.received", "xaa_dm_received"),
    ],
)
async def test_events_have_the_recorded_keys(sandbox, kind, event, name):
    async with opened() as door:
        stage = stage_with(sandbox, door.url)
        await stage.emit(kind, "hello")
        await until(lambda: event in kinds(door))
        ours = kinds(door)[event]
    theirs = recorded(f"x/{name}.json")
    # What the connector does not read of people and posts is not played.
    theirs["data"].pop("includes", None)
    if kind == "dm":
        theirs["data"]["payload"]["users"] = {}
        for one in theirs["data"]["payload"]["direct_message_events"]:
            one["message_create"]["message_data"] = {"text": "", "entities": {}}
    assert differences(ours, theirs) == []


async def test_pages_have_the_recorded_keys(sandbox, tools):
    stage = stage_with(sandbox, "")
    await stage.emit("mention", "hello")
    pages = await polled(build_x(tools), stage.grant())
    theirs = recorded("x/rest_mentions_page.json")
    del theirs["errors"], theirs["includes"]["media"], theirs["meta"]["next_token"]
    assert differences(json.loads(pages[0].raw), theirs) == []

    played = Played(
        network="youtube", id="UCb", brand="b", name="Brand", handle="brand", token="tok-yt"
    )
    stage = Stage(sandbox, played, "/youtube/youtube/v3")
    top = await stage.emit("comment", "hello")
    await stage.emit("reply", "hello", id=top)
    (page,) = await polled(build_youtube(tools), stage.grant())
    theirs = recorded("youtube/comment_threads_page.json")
    assert differences(json.loads(page.raw)["items"], theirs["items"]) == []


async def test_reddit_things_have_the_recorded_keys(sandbox):
    played = Played(
        network="reddit", id="t2_b", brand="b", name="Brand", handle="brand", token="tok-r"
    )
    stage = Stage(sandbox, played, "/reddit")
    comment = await stage.emit("comment", "hello")
    reply = await stage.emit("reply", "hello", id=comment)
    headers = {"Authorization": "Bearer tok-r", "User-Agent": "a:b:1 (by /u/brand)"}
    async with httpx.AsyncClient(
        base_url=stage.base_url, headers=headers, trust_env=False
    ) as client:
        inbox = (await client.get("/message/inbox")).json()
        form = {"api_type": "json", "thing_id": comment, "text": "Hi"}
        written = (await client.post("/api/comment", data=form)).json()
        assert (await client.get("/api/v1/me", headers={"User-Agent": "x"})).status_code == 429
    assert reply not in {one["data"]["name"] for one in inbox["data"]["children"]}
    assert differences(inbox, recorded("reddit/inbox_comment_replies.json")) == []
    assert differences(written, recorded("reddit/comment_reply_result.json")) == []


async def test_the_handshake_proves_the_secret(sandbox):
    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(x_crc(request.query_params["crc_token"], SECRET))

    app = Starlette()
    app.add_route("/hook", answer)
    async with served(app) as origin:
        stage = stage_with(sandbox, "")
        headers = {"Authorization": "Bearer tok-x"}
        async with httpx.AsyncClient(
            base_url=stage.base_url, headers=headers, trust_env=False
        ) as client:
            good = await client.post("/2/webhooks", json={"url": f"{origin}/hook"})
            bad = await client.post("/2/webhooks", json={"url": f"{origin}/nothing"})
    assert (good.status_code, bad.status_code) == (200, 400)
    assert sandbox.world.account("x", BRAND).options["webhook_url"] == f"{origin}/hook"


async def test_an_outage_of_the_webhook_is_filled_by_polling(sandbox, tools):
    stage = stage_with(sandbox, "http://127.0.0.1:9/nobody")
    start = SystemClock().now() - timedelta(hours=1)
    await stage.emit("mention", "{n} while the webhook was away", count=120)
    reader = build_x(tools)
    items = stage.read(await polled(reader, stage.grant(), reader.since(start)))
    assert len({item.external_id for item in items}) == len(items) == 120
