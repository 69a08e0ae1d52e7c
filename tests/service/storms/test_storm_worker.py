"""The storm worker as a process: reads signals, publishes decisions, goes on after SIGKILL, shares with others."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cli.stack.ports import free_port
from contracts.envelope import Origin, make_event
from contracts.replies import Approver
from contracts.scope import BrandScope
from contracts.storms import StormSteered
from contracts.topics import SIGNAL_OBSERVED, STORM_STEERED
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


def steer(steer: str, at: datetime, brand_id: str = "brd_9000") -> StormSteered:
    by = Approver(kind="person", id="usr_1", name="A")
    return StormSteered(steer_id=f"{steer}-{at}", brand_id=brand_id, steer=steer, by=by, at=at)  # type: ignore[arg-type]


def told(bus: BusSettings, *steers: StormSteered) -> None:
    events = [
        make_event(
            STORM_STEERED.name, one, key=(one.steer_id,), partition_key=one.brand_id,
            origin=Origin("/test", one.at, BrandScope("agn_1", one.brand_id)),
        )
        for one in steers
    ]  # fmt: skip
    asyncio.run(log.produce(bus, events))


def wait_for(bus: BusSettings, brand_id: str, levels: list[str], within_s: float = 60) -> list[str]:
    deadline = time.monotonic() + within_s
    while True:
        changes = log.decisions(bus).get(brand_id, [])
        found = [one["level"] for one in changes if not one["is_tick"]]
        if found == levels or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def test_a_person_raises_a_storm_and_the_clock_closes_bins_of_a_silent_brand(
    bus: BusSettings, mongo_url: str, database_prefix: str, tmp_path: Path, started: list[log.Child]
) -> None:
    start = {"STORM_IS_CLOCK": "true", "STORM_LATENESS_S": "0"}
    mongo = (mongo_url, database_prefix)
    started.append(log.start_worker(bus, mongo, tmp_path, **start))
    raised_at = datetime.now(UTC)
    told(bus, steer("raise", raised_at))
    assert wait_for(bus, "brd_9000", ["storm"]) == ["storm"]
    deadline = time.monotonic() + 100
    while not any(one["is_tick"] for one in log.decisions(bus)["brd_9000"]):
        assert time.monotonic() < deadline, "no minute was told"
        time.sleep(0.5)
    started[0].kill()
    started.append(log.start_worker(bus, mongo, tmp_path, **start))
    told(bus, steer("end", raised_at + timedelta(minutes=3)))
    assert wait_for(bus, "brd_9000", ["storm", "calm"]) == ["storm", "calm"]
    first, *_, last = log.decisions(bus)["brd_9000"]
    assert first["incident_id"] == last["incident_id"]


def test_two_workers_share_and_one_takes_over(
    bus: BusSettings, mongo_url: str, database_prefix: str, tmp_path: Path, started: list[log.Child]
) -> None:
    mongo, ports = (mongo_url, database_prefix), [free_port(), free_port()]
    started.extend(log.start_worker(bus, mongo, tmp_path, HEALTH_PORT=str(port)) for port in ports)
    deadline = time.monotonic() + 60
    while sorted(map(partitions_of, ports)) != [12, 12]:
        assert time.monotonic() < deadline, [partitions_of(port) for port in ports]
        time.sleep(0.5)
    events = list(log.written(SMALL))
    half = len(events) // 2
    asyncio.run(log.produce(bus, events[:half]))
    log.wait_until_read(bus)
    started[0].kill()
    asyncio.run(log.produce(bus, events[half:]))
    log.wait_until_read(bus)
    assert partitions_of(ports[1]) == 24
    assert {log.brand_name(0), log.brand_name(1)} == set(log.decisions(bus))


def partitions_of(port: int) -> int:
    """Return how many partitions of the two topics a worker reads."""
    try:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    except httpx.TransportError:
        return 0
    line = next(one for one in text.splitlines() if one.startswith("rapport_storm_assigned"))
    return int(float(line.split()[-1]))
