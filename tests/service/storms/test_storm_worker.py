"""The storm worker as a process: reads signals, publishes decisions, goes on after SIGKILL, shares with others."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.topics import SIGNAL_OBSERVED
from runtime.bus import Bus
from runtime.settings import BusSettings
from tests.service.storms import log

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]
SMALL = log.Plan(brands=6, stormy=2, hours=27, calm_h=25.5)


@pytest.fixture
def bus(bus_url: str, topic_prefix: str, bus_kind: str) -> BusSettings:
    given = log.settings(bus_url, topic_prefix, is_apache=bus_kind == "apache")
    log.make_topics(given)
    return given


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[log.Child]]:
    children: list[log.Child] = []
    yield children
    for child in children:
        child.kill()


def test_storms_are_seen_and_poison_is_put_aside(
    bus: BusSettings, mongo_url: str, database_prefix: str, tmp_path: Path, started: list[log.Child]
) -> None:
    async def write() -> None:
        await log.produce(bus, list(log.written(SMALL)))
        poison = [(SIGNAL_OBSERVED.name, b"x", b"{", []), (SIGNAL_OBSERVED.name, b"y", b"", [])]
        other = Bus(bus, "test")
        await other.start()
        await other.send_records(poison)
        await other.stop()

    asyncio.run(write())
    started.append(log.start_worker(bus, (mongo_url, database_prefix), tmp_path))
    log.wait_until_read(bus)
    assert started[0].stop(20) == 0
    told = log.decisions(bus)
    assert set(told) == {log.brand_name(0), log.brand_name(1)}
    for changes in told.values():
        levels = [one["level"] for one in changes if not one["is_tick"]]
        assert "storm" in levels
        assert len({one["incident_id"] for one in changes if one["level"] == "storm"}) == 1
        assert [one["revision"] for one in changes] == sorted({one["revision"] for one in changes})
    assert len(log.values(bus, SIGNAL_OBSERVED.dead_letters("classify"))) == 2
