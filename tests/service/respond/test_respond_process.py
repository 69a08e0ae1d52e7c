"""respond as a process: killed in the middle of publishing, started again, stopped in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.topics import REPLY_PUBLISHED
from runtime.bus import Bus
from runtime.mongo import Database
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from services.respond.domain.publication import State
from services.respond.settings import Settings
from services.respond.store import Store
from tests.service.respond.respond_bus import Reader, connection_event
from tests.service.respond.respond_world import (
    CASA,
    EVERYBODY,
    AtSandbox,
    approved,
    brand_of,
    classified,
    event_of,
    labels_of,
)

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@asynccontextmanager
async def process(settings: Settings, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "SEAL_KEYS": settings.seal_keys.get_secret_value(),
        "RESPOND_APPROVAL_KEYS": settings.respond_approval_keys,
        "BUS_URL": settings.bus.url,
        "BUS_TOPIC_PREFIX": settings.bus.topic_prefix,
        "BUS_IS_IDEMPOTENT": str(settings.bus.is_idempotent),
        "BUS_SESSION_TIMEOUT_MS": "6000",
        "BUS_REBALANCE_TIMEOUT_MS": "2000",
        "BUS_HEARTBEAT_MS": "500",
        "MONGO_URL": settings.mongo.url,
        "MONGO_DATABASE_PREFIX": settings.mongo.database_prefix,
        "NO_PROXY": "127.0.0.1",
        "NET_IS_LOOPBACK_ALLOWED": "true",
    }
    with log.open("ab") as output:
        one = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.respond", env=environment, stdout=output, stderr=output
        )
        try:
            yield one
        finally:
            if one.returncode is None:
                one.kill()
                await one.wait()


async def test_killed_while_publishing_it_posts_nothing_twice(
    settings: Settings, bus: Bus, reader: Reader, sandbox: Sandbox, tmp_path: Path
) -> None:
    account = next(a for a in sandbox.world.accounts("facebook") if a.brand == "casa-verde")
    place = AtSandbox(sandbox, CASA, account)
    rule = sandbox.misbehaviour.add(Wish(kind="slow", delay_s=0.4, operation="publish"))
    messages = [place.writes(number) for number in range(12)]
    connection = connection_event(place, settings, f"{sandbox.origin}/graph")
    brand = event_of(brand_of(CASA), CASA, CASA.brand_id, "1")
    await bus.send([brand, connection])
    await bus.send([classified(one, labels_of(), CASA).event for one in messages])
    releases = [approved(m, CASA, f"At nine, {n}.") for n, m in enumerate(messages)]
    await bus.send([one.event for one in releases])
    database = Database(settings.mongo, "respond")
    store = Store(database)
    log = tmp_path / "respond.log"
    async with asyncio.timeout(150):
        async with process(settings, log) as first:
            while rule.struck < 6:
                await asyncio.sleep(0.02)
            first.kill()
            await first.wait()
        await asyncio.sleep(0.6)
        replies = await store.replies_to(EVERYBODY, [one.message_id for one in messages])
        assert any(reply.publication.state is State.SENDING for reply in replies)
        async with process(settings, log) as second:
            await reader.until(REPLY_PUBLISHED, 12, within_s=120)
            second.send_signal(signal.SIGTERM)
            assert await second.wait() == 0, log.read_text()[-2000:]
    await database.stop()
    assert len(sandbox.ledger.entries()) == 12
    assert sandbox.ledger.duplicates() == []
    told = {event.data["external_id"] for event in reader.of(REPLY_PUBLISHED)}
    assert told == {entry.id for entry in sandbox.ledger.entries()}
    assert "found" in {event.data["how"] for event in reader.of(REPLY_PUBLISHED)}
    assert account.token not in log.read_text()
    assert "At nine" not in log.read_text()
