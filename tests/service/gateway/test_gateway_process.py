"""The gateway as a process: events in from a real broker, an answer out, a clean end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_world import (
    APPROVAL_KEY,
    PASSWORD,
    World,
    classified,
    drafted,
    message,
    received,
    settings_for,
)

from cli.stack.ports import free_port
from contracts.brands import BrandChanged
from contracts.envelope import Event
from contracts.replies import ReplyApproved
from contracts.topics import BRAND_CHANGED, REPLY_APPROVED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.settings import BusSettings

pytestmark = pytest.mark.kafka


@pytest.fixture
def bus_settings(bus_url: str, bus_kind: str, topic_prefix: str) -> BusSettings:
    settings = BusSettings(
        url=bus_url,
        topic_prefix=topic_prefix,
        is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000,
        rebalance_timeout_ms=2_000,
        heartbeat_ms=500,
    )
    with Admin(settings) as admin:
        admin.ensure_topics()
    return settings


@pytest.fixture
async def bus(bus_settings: BusSettings) -> AsyncIterator[Bus]:
    made = Bus(bus_settings, "test")
    await made.start()
    yield made
    await made.stop()


def environment(settings: BusSettings, mongo_url: str, prefix: str, port: int) -> dict[str, str]:
    return {
        "GATEWAY_APPROVAL_KEY": APPROVAL_KEY,
        **os.environ,
        "BUS_URL": settings.url,
        "BUS_TOPIC_PREFIX": settings.topic_prefix,
        "BUS_IS_IDEMPOTENT": str(settings.is_idempotent),
        "BUS_SESSION_TIMEOUT_MS": "6000",
        "BUS_HEARTBEAT_MS": "500",
        "BUS_REBALANCE_TIMEOUT_MS": "2000",
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE_PREFIX": f"{prefix}_",
        "GATEWAY_HTTP_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


async def read_one(bus: Bus, topic: str, within_s: float = 20) -> Event:
    consumer: Any = bus.consumer(f"reader-{topic}")
    consumer.subscribe([bus.real_name(topic)])
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), within_s)
        return Event.decode(record.value)
    finally:
        await consumer.stop()


async def until_ok(client: httpx.AsyncClient, url: str, within_s: float = 30) -> httpx.Response:
    deadline = time.monotonic() + within_s
    while True:
        try:
            answer = await client.get(url)
            if answer.is_success:
                return answer
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, url
        await asyncio.sleep(0.1)


async def test_from_the_broker_to_the_page_and_back(
    mongo_url: str, database_prefix: str, bus: Bus, bus_settings: BusSettings, tmp_path: Path
) -> None:
    world = World(settings_for(mongo_url, database_prefix, "motor"))
    await world.database.start()
    await world.found("north", "casa")
    await world.person("north", "ana@north.test", {"casa": "agent"})
    scope, port = world.scopes["north/casa"], free_port()
    log = (tmp_path / "gateway.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.gateway", stdout=log, stderr=log,
        env=environment(bus_settings, mongo_url, database_prefix, port),
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await until_ok(client, "/api/v1/openapi.json")
            announced = await read_one(bus, BRAND_CHANGED.name)
            assert announced.read(BrandChanged).brand_id == scope.brand_id
            login = {"email": "ana@north.test", "password": PASSWORD}
            me = await client.post("/api/v1/session", json=login)
            client.headers["x-csrf-token"] = me.json()["csrf_token"]
            about = message(scope.brand_id)
            events = received(scope, drafted(about, scope.brand_id), classified(about), about)
            await bus.send([one.event for one in events])
            url = f"/api/v1/messages/{about.message_id}"
            shown = await until_ok(client, url)
            while shown.json()["reply"]["state"] != "drafted" or not shown.json()["labels"]:
                shown = await until_ok(client, url)
                await asyncio.sleep(0.05)
            assert shown.json()["state"] == "open"
            body = {"text": "We open at ten.", "revision": 0, "draft_id": "d1"}
            answer = await client.post(f"{url}/approve", json=body)
            assert answer.status_code == 200, answer.text
            approved = (await read_one(bus, REPLY_APPROVED.name)).read(ReplyApproved)
            assert (approved.text, approved.is_edited) == ("We open at ten.", True)
            async with client.stream("GET", "/live") as page:
                await anext(page.aiter_lines())
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), 15) == 0
        document = await world.document("north/casa", about.message_id)
        assert document.get("outbox", []) == []
        told = (tmp_path / "gateway.log").read_text()
        assert PASSWORD not in told
        assert about.text not in told
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        log.close()
        await world.database.stop()
