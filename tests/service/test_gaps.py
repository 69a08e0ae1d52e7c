"""A webhook that is silent for an hour: everything is found by looking, nothing comes twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from contracts import ids
from contracts.messages import MessageReceived
from contracts.scope import BrandScope
from contracts.topics import CONNECTION_HEALTH, MESSAGE_RECEIVED
from runtime.bus import Bus
from runtime.clock import SystemClock
from runtime.crypto import Sealer
from runtime.mongo import Database
from sandbox import demo
from sandbox.app import Sandbox
from sandbox.server import running as sandbox_running
from sandbox.settings import Settings as SandboxSettings
from services.ingest.app import build
from services.ingest.settings import Settings
from services.ingest.store import IngestStore, NewConnection
from tests.service.ingest_world import Heard, Place, running

pytestmark = pytest.mark.kafka
CASA = BrandScope("agy_1", "brd_casa")
META = ("facebook", "instagram")
APPS = {"meta": {"secrets": ["sandbox-app-secret"], "verify_tokens": ["sandbox-verify-token"]}}


class HourAhead(SystemClock):
    """The clock of after the outage."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)


class Hasty(SystemClock):
    """A clock on which a second is a minute."""

    def __init__(self) -> None:
        self._began_at = datetime.now(UTC)

    def now(self) -> datetime:
        return self._began_at + (datetime.now(UTC) - self._began_at) * 60


def of_demo(network: str) -> demo.DemoAccount:
    return next(one for one in demo.DEMO if one.network == network)


@asynccontextmanager
async def connected(
    settings: Settings, sandbox: Sandbox, account: demo.DemoAccount
) -> AsyncIterator[None]:
    """The demo's account, connected before anything runs."""
    database = Database(settings.mongo, "ingest")
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    about = ids.connection_id(CASA.brand_id, account.network, account.account_id)
    sealed = sealer.seal(account.token, brand_id=CASA.brand_id, about=about)
    path = "mastodon" if account.network == "mastodon" else "graph/v23.0"
    base_url = f"{sandbox.origin}/{path}"
    options = {"login": "facebook"} if account.network == "instagram" else {}
    new = NewConnection(
        account.network, account.account_id, account.name, base_url, sealed, account.handle, options
    )
    await IngestStore(database).connect(CASA, new, datetime.now(UTC))
    yield
    await database.stop()


async def control(sandbox: Sandbox, path: str, **wish: object) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{sandbox.origin}/__control/{path}", json=wish)
    answer.raise_for_status()


async def comments(sandbox: Sandbox, account: demo.DemoAccount, text: str, count: int) -> None:
    await control(
        sandbox, "emit", network=account.network, account=account.account_id, kind="comment",
        text=text, count=count,
    )  # fmt: skip


def ids_of(heard: Heard, text: str) -> tuple[set[str], set[str]]:
    """Return the items with this text, and the events that brought them."""
    found = [
        (event, event.read(MessageReceived))
        for event in heard.events
        if event.type == MESSAGE_RECEIVED.name
    ]
    asked = [(event, one) for event, one in found if text in (one.text or "")]
    return {one.external_id for _, one in asked}, {event.id for event, _ in asked}


def late_of(heard: Heard, text: str) -> set[bool]:
    """Return how the items with this text were marked when they came first."""
    first = {one.message_id: one for one in reversed(heard.of(MESSAGE_RECEIVED))}
    return {one.is_late for one in first.values() if text in (one.text or "")}


@pytest.mark.parametrize("network", META)
async def test_what_a_silent_webhook_did_not_bring_is_found_once(
    network: str,
    mongo_url: str,
    bus_url: str,
    bus_kind: str,
    database_prefix: str,
    topic_prefix: str,
) -> None:
    account = of_demo(network)
    place = Place(mongo_url, bus_url, bus_kind == "apache", database_prefix, topic_prefix)
    settings = place.settings(ingest_apps=json.dumps(APPS), ingest_backfill_every_s=1.0)
    callback = f"http://127.0.0.1:{settings.ingest_http_port}/webhooks/meta"
    bus = Bus(settings.bus, "test")
    await bus.start()
    topics = [MESSAGE_RECEIVED.name, CONNECTION_HEALTH.name]
    async with (
        sandbox_running(SandboxSettings(port=0, is_traffic_on=False)) as sandbox,
        connected(settings, sandbox, account),
        Heard(bus, topics) as heard,
    ):
        async with running(await build(settings)):
            await control(sandbox, "webhooks", url=callback)
            await comments(sandbox, account, "told", 5)
            await until(heard, "told", 5)
            await heard.until(CONNECTION_HEALTH, lambda one: one.last_read_at is not None)
        await control(sandbox, "webhooks", url=None)
        await comments(sandbox, account, "silence", 60)
        async with running(await build(settings, HourAhead())):
            await until(heard, "silence", 60)
            health = await heard.until(
                CONNECTION_HEALTH, lambda one: one.gaps_filled and one.gap_items
            )
            await control(sandbox, "webhooks", url=callback)
            await comments(sandbox, account, "again", 5)
            await until(heard, "again", 5)
        for text, count in (("told", 5), ("silence", 60), ("again", 5)):
            items, events = ids_of(heard, text)
            assert len(items) == count
            # Instagram's webhook tells no time: what is read later is a newer version of the same message.
            assert len(events) == count or network == "instagram"
        assert (late_of(heard, "told"), late_of(heard, "silence")) == ({False}, {True})
        assert (health.gaps_found, health.gaps_filled, health.gap_items) == (1, 1, 60)
    await bus.stop()


async def test_a_quiet_account_has_no_gaps(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str
) -> None:
    place = Place(mongo_url, bus_url, bus_kind == "apache", database_prefix, topic_prefix)
    # A round of the stream lasts six minutes of its clock; a silence counts after three.
    settings = place.settings(ingest_backfill_every_s=6.0)
    bus = Bus(settings.bus, "test")
    await bus.start()
    async with (
        sandbox_running(SandboxSettings(port=0, is_traffic_on=False)) as sandbox,
        connected(settings, sandbox, of_demo("mastodon")),
        Heard(bus, [CONNECTION_HEALTH.name]) as heard,
        running(await build(settings, Hasty())),
    ):
        first = await heard.until(CONNECTION_HEALTH, lambda one: one.last_read_at is not None)
        assert first.last_read_at is not None
        later = first.last_read_at + timedelta(minutes=11)
        last = await heard.until(
            CONNECTION_HEALTH, lambda one: (one.last_read_at or first.last_read_at) > later
        )
    assert (last.gaps_found, last.gaps_filled, last.gap_items) == (0, 0, 0)
    assert (last.trouble, last.is_reading) == (None, True)
    await bus.stop()


async def until(heard: Heard, text: str, count: int) -> None:
    async with asyncio.timeout(40):
        while len(ids_of(heard, text)[0]) < count:
            await asyncio.sleep(0.1)
