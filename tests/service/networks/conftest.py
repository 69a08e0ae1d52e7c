"""An empty sandbox on a free port and what both halves of a connector are built with. No network's own parts."""

from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.clock import SystemClock
from sandbox.app import Sandbox
from sandbox.server import running
from sandbox.settings import Settings
from services.ingest.connectors.protocol import Tools
from services.ingest.meter import QuotaMeter
from services.respond.networks.protocol import Tools as WritingTools


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, is_demo=False, is_traffic_on=False)) as one:
        yield one


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as one:
        yield one


@pytest.fixture
def tools(client: httpx.AsyncClient) -> Tools:
    clock = SystemClock()
    return Tools(client, client, clock, QuotaMeter(clock), {})


@pytest.fixture
def writing_tools(client: httpx.AsyncClient) -> WritingTools:
    return WritingTools(client, client, SystemClock())
