"""Respond's parts on the real mongod, and a sandbox to publish to."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.app import Sandbox
from sandbox.server import running
from sandbox.settings import Settings
from tests.service.respond.respond_world import CASA, NORD, Respond, make_respond


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
    settings = Settings(port=0, is_traffic_on=False, backlog=0, facebook_callback=None)
    async with running(settings) as one:
        yield one
