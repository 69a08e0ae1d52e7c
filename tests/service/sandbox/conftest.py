"""A sandbox on a free port with a receiver for its webhooks; the tests speak HTTP to both."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.app import Sandbox
from sandbox.server import running
from sandbox.settings import Settings
from tests.service.sandbox.receiving import Receiver, serving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    async with serving(one):
        yield one


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    return Settings(
        port=0,
        facebook_callback=receiver.url,
        is_traffic_on=False,
        webhook_max_gap_s=0.2,
        echo_delay_s=0.1,
        heartbeat_s=0.2,
    )


@pytest.fixture
async def sandbox(settings: Settings) -> AsyncIterator[Sandbox]:
    async with running(settings) as one:
        yield one


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox.origin, trust_env=False, timeout=10) as client:
        yield client
