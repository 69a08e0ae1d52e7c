"""The gateway's world over a real mongod, under both drivers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from gateway_world import World, settings_for


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def world(mongo_url: str, database_prefix: str, driver: str) -> AsyncIterator[World]:
    """Agency north with brands casa and verde, agency south with brand mar; empty inboxes."""
    made = World(settings_for(mongo_url, database_prefix, driver))
    await made.database.start()
    await made.found("north", "casa", "verde")
    await made.found("south", "mar")
    yield made
    await made.database.stop()
