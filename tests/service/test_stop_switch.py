"""One press in the gateway stops every automatic answer: over the broker, to the last one at the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cli.stack.ports import free_port
from contracts import ids
from contracts.brands import Policy, Voice
from contracts.connections import ConnectionChanged
from contracts.messages import MessageReceived
from contracts.scope import BrandScope
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.clock import SystemClock
from runtime.crypto import Sealer, Signer, new_approval_key, new_key
from runtime.mongo import Database
from runtime.settings import BusSettings, MongoSettings
from sandbox.misbehaviour import Wish
from sandbox.server import running as sandbox_running
from sandbox.settings import Settings as SandboxSettings
from services.gateway.app import build as build_gateway
from services.gateway.app import open_stores
from services.gateway.auth import new_key_token
from services.gateway.domain.views import Viewer
from services.gateway.settings import GatewaySettings
from services.gateway.store.brands import NewBrand
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.people import NewKey
from services.respond.app import build as build_respond
from services.respond.settings import Settings
from services.respond.store import Store
from tests.service.ingest_world import running
from tests.service.respond.respond_world import AtSandbox, classified, event_of, labels_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
MESSAGES, BEFORE = 300, 30


@pytest.fixture
def settings(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str
) -> dict[str, Any]:
    bus = BusSettings(
        url=bus_url, topic_prefix=topic_prefix, is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000, rebalance_timeout_ms=2_000, heartbeat_ms=500,
    )  # fmt: skip
    with Admin(bus) as admin:
        admin.ensure_topics()
    mongo = MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_")
    return {"bus": bus, "mongo": mongo}


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as one:
        yield one


async def test_from_the_press_to_the_last_answer(
    settings: dict[str, Any], stack: AsyncExitStack
) -> None:
    key, seal_keys = new_approval_key(), new_key()
    gateway = GatewaySettings(
        gateway_http_port=free_port(), gateway_approval_key=SecretStr(key), **settings
    )
    respond = Settings(
        seal_keys=SecretStr(seal_keys), net_is_loopback_allowed=True,
        respond_approval_keys=Signer.from_setting(key).public_key, **settings,
    )  # fmt: skip
    sandbox = await stack.enter_async_context(
        sandbox_running(SandboxSettings(port=0, is_traffic_on=False, backlog=0))
    )
    database = GatewayDatabase(gateway.mongo)
    await database.start()
    stores = open_stores(database, SystemClock())
    agency = await stores.brands.create_agency("north", "North")
    policy = Policy(
        mode="automatic", per_brand_per_hour=10_000, per_author_per_day=100, maximum_urgency=3
    )
    made = NewBrand("casa", "Casa", "CA", "#112233", ["en"], policy, Voice(signature="Casa"))
    scope = BrandScope(agency, await stores.brands.create(agency, made))
    lead = Viewer("per_lea", "Lea", "", agency, {scope.brand_id: "lead"})
    token, token_hash = new_key_token()
    ends_at = datetime.now(UTC) + timedelta(days=1)
    await stores.people.create_key(
        lead, NewKey("switch", token_hash, {scope.brand_id: "lead"}, ends_at)
    )
    bus = Bus(settings["bus"], "test")
    await bus.start()
    await stack.enter_async_context(running(await build_gateway(gateway)))
    await stack.enter_async_context(running(await build_respond(respond)))
    account = next(a for a in sandbox.world.accounts("facebook") if a.brand == "casa-verde")
    place = AtSandbox(sandbox, scope, account)
    connection_id = ids.connection_id(scope.brand_id, "facebook", account.id)
    sealer = Sealer.from_setting(seal_keys)
    connection = ConnectionChanged(
        connection_id=connection_id, agency_id=agency, brand_id=scope.brand_id, network="facebook",
        account_id=account.id, name="Casa", base_url=f"{sandbox.origin}/graph", state="active",
        revision=1, changed_at=datetime.now(UTC),
        sealed_token=sealer.seal(account.token, brand_id=scope.brand_id, about=connection_id),
    )  # fmt: skip
    await bus.send([event_of(connection, scope, connection_id, "1")])
    sandbox.misbehaviour.add(Wish(kind="slow", delay_s=0.05, operation="publish"))
    messages: list[MessageReceived] = [place.writes(n, "Lovely!") for n in range(MESSAGES)]
    praise = labels_of("praise", "positive")
    await bus.send([classified(one, praise, scope).event for one in messages])
    async with asyncio.timeout(60):
        while len(sandbox.ledger.entries()) < BEFORE:
            await asyncio.sleep(0.01)
    home = f"http://127.0.0.1:{gateway.gateway_http_port}"
    async with httpx.AsyncClient(base_url=home, trust_env=False) as client:
        pressed_at = datetime.now(UTC)
        answer = await client.post("/api/v1/brake", headers={"authorization": f"Bearer {token}"})
    assert answer.json() == [scope.brand_id]
    respond_database = Database(respond.mongo, "respond")
    store = Store(respond_database)
    async with asyncio.timeout(60):
        while await store.due(lead.scope, datetime.now(UTC), 1):
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    entries = sandbox.ledger.entries()
    last_s = (max(entry.at for entry in entries) - pressed_at).total_seconds()
    print(f"\n{len(entries)} of {MESSAGES} left, the last {last_s:.3f} s after the press")  # noqa: T201
    assert len(entries) < MESSAGES
    assert last_s < 1.0
    await bus.stop()
    await database.stop()
    await respond_database.stop()
