"""Respond's parts on the real mongod, and a sandbox to publish to."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.admin import Admin
from runtime.bus import Bus
from runtime.crypto import new_key
from runtime.settings import BusSettings, MongoSettings
from sandbox.app import Sandbox
from sandbox.server import running
from sandbox.settings import Settings as SandboxSettings
from services.respond.settings import Settings
from tests.service.respond.respond_bus import Reader
from tests.service.respond.respond_world import CASA, NORD, SIGNER, Respond, make_respond


@pytest.fixture
async def respond(mongo_url: str, database_prefix: str) -> AsyncIterator[Respond]:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        one = await make_respond(mongo_url, database_prefix, client)
        await one.brand(CASA)
        await one.brand(NORD)
        yield one
        await one.database.stop()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(port=0, is_traffic_on=False, backlog=0, facebook_callback=None)
    async with running(settings) as one:
        yield one


@pytest.fixture
def settings(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str
) -> Settings:
    bus = BusSettings(
        url=bus_url, topic_prefix=topic_prefix, is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000, rebalance_timeout_ms=2_000, heartbeat_ms=500,
    )  # fmt: skip
    mongo = MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_")
    with Admin(bus) as admin:
        admin.ensure_topics()
    return Settings(
        bus=bus, mongo=mongo, seal_keys=new_key(), respond_approval_keys=SIGNER.public_key,
        net_is_loopback_allowed=True,
    )  # fmt: skip


@pytest.fixture
async def bus(settings: Settings) -> AsyncIterator[Bus]:
    one = Bus(settings.bus, "test")
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def reader(bus: Bus) -> AsyncIterator[Reader]:
    one = Reader(bus)
    task = asyncio.create_task(one.run())
    yield one
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
