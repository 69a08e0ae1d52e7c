"""The whole service on a real broker and mongod, publishing to a sandbox: events in, events out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from contracts import ids
from contracts.connections import ConnectionChanged
from contracts.envelope import Event
from contracts.replies import ReplyDrafted, ReplyPublished
from contracts.topics import MESSAGE_CLASSIFIED, REPLY_DRAFTED, REPLY_FAILED, REPLY_PUBLISHED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.crypto import Sealer, new_key
from runtime.service import Service
from runtime.settings import BusSettings, MongoSettings
from sandbox.app import Sandbox
from services.respond.app import build
from services.respond.settings import Settings
from tests.service.respond.respond_world import (
    CASA,
    AtSandbox,
    approved,
    brand_of,
    classified,
    event_of,
    labels_of,
)

pytestmark = pytest.mark.kafka
PRODUCED = [REPLY_DRAFTED.name, REPLY_PUBLISHED.name, REPLY_FAILED.name]


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
    return Settings(bus=bus, mongo=mongo, seal_keys=new_key())


@pytest.fixture
async def bus(settings: Settings) -> AsyncIterator[Bus]:
    one = Bus(settings.bus, "test")
    await one.start()
    yield one
    await one.stop()


class Reader:
    """Everything respond produced."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.events: list[Event] = []

    async def run(self) -> None:
        consumer = self._bus.consumer("test-reader")
        await consumer.start()
        consumer.subscribe([self._bus.real_name(name) for name in PRODUCED])
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    self.events += [Event.decode(record.value) for record in records]
        finally:
            await consumer.stop()

    def of(self, topic: Any) -> list[Event]:
        return [event for event in self.events if event.type == topic.name]

    async def until(self, topic: Any, count: int, within_s: float = 40) -> list[Event]:
        async with asyncio.timeout(within_s):
            while len(self.of(topic)) < count:
                await asyncio.sleep(0.05)
        return self.of(topic)


@pytest.fixture
async def reader(bus: Bus) -> AsyncIterator[Reader]:
    one = Reader(bus)
    task = asyncio.create_task(one.run())
    yield one
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    one = await build(settings)
    started = []
    try:
        for part in one._parts:
            await part.start()
            started.append(part)
        yield one
    finally:
        for part in reversed(started):
            await part.stop()


def connection_event(place: AtSandbox, settings: Settings, base_url: str) -> Event:
    account = place.account
    connection_id = ids.connection_id(CASA.brand_id, account.network, account.id)
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    payload = ConnectionChanged(
        connection_id=connection_id, agency_id=CASA.agency_id, brand_id=CASA.brand_id,
        network=account.network, account_id=account.id, name="Casa", base_url=base_url,
        state="active", revision=1, changed_at=datetime.now(UTC),
        sealed_token=sealer.seal(account.token, brand_id=CASA.brand_id, about=connection_id),
    )  # fmt: skip
    return event_of(payload, CASA, connection_id, "1")


@pytest.mark.slow
async def test_from_a_message_to_the_receipt(
    settings: Settings, bus: Bus, reader: Reader, service: Service, sandbox: Sandbox
) -> None:
    account = next(a for a in sandbox.world.accounts("mastodon") if a.brand == "casa-verde")
    place = AtSandbox(sandbox, CASA, account)
    messages = [place.writes(number) for number in range(20)]
    asked = [classified(one, labels_of(), CASA).event for one in messages]
    # The messages come first: what they need is read by the other consumer meanwhile.
    await bus.send(asked)
    brand = brand_of(CASA)
    base_url = f"{sandbox.origin}/mastodon"
    await bus.send(
        [event_of(brand, CASA, CASA.brand_id, "1"), connection_event(place, settings, base_url)]
    )
    drafts = {
        event.read(ReplyDrafted).message_id: event.read(ReplyDrafted)
        for event in await reader.until(REPLY_DRAFTED, 20)
    }
    releases = [
        approved(one, CASA, drafts[one.message_id].drafts[0].text).event for one in messages
    ]
    await bus.send([*releases, *releases])
    receipts = [event.read(ReplyPublished) for event in await reader.until(REPLY_PUBLISHED, 20)]
    assert {receipt.external_id for receipt in receipts} == {e.id for e in sandbox.ledger.entries()}
    assert sandbox.ledger.duplicates() == []
    assert len(sandbox.ledger.entries()) == 20
    causes = {event.causationid for event in reader.of(REPLY_PUBLISHED)}
    assert causes == {event.id for event in releases}
    assert {event.agencyid for event in reader.events} == {CASA.agency_id}
    assert reader.of(REPLY_FAILED) == []
    with Admin(settings.bus) as admin:
        assert list(admin.dead_letters(MESSAGE_CLASSIFIED.dead_letters("respond"))) == []
        lags = admin.lags(["respond"])
    assert {lag.topic for lag in lags} >= {MESSAGE_CLASSIFIED.name}


async def test_health_and_metrics(settings: Settings, service: Service) -> None:
    server = next(part for part in service._parts if hasattr(part, "port"))
    service.is_started = True
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        ready = await http.get("/readyz")
        metrics = await http.get("/metrics")
    assert ready.status_code == 200, ready.text
    assert "rapport_respond_publish_calls" in metrics.text
    assert "rapport_respond_wrong_brand_guard_total 0.0" in metrics.text
