"""A log of signals with the time in it: brands, some of which have a storm. The same seed, the same records."""

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kafka.errors import KafkaError

from cli.stack.ports import free_port
from cli.stack.processes import Child, Command, spawn
from contracts.envelope import Event, Origin, make_event
from contracts.scope import BrandScope
from contracts.storms import SignalObserved
from contracts.topics import SIGNAL_OBSERVED, STORM_CHANGED, STORM_STEERED
from runtime.admin import Admin
from runtime.bus import Bus, partition_of
from runtime.settings import BusSettings
from services.classify.storm_worker.clock import clock_event

BEGUN_AT = datetime(2026, 11, 2, tzinfo=UTC)
LATENESS_S = 60
TOPICS = [
    SIGNAL_OBSERVED.name, STORM_STEERED.name, STORM_CHANGED.name,
    SIGNAL_OBSERVED.dead_letters("classify"), STORM_STEERED.dead_letters("classify"),
]  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """How many brands, how many of them have a storm, over how many hours; storms begin after `calm_h`."""

    brands: int = 12
    stormy: int = 4
    hours: float = 30.0
    calm_h: float = 25.0
    seed: int = 1


def brand_name(number: int) -> str:
    return f"brd_{number:04d}"


def signal_event(payload: SignalObserved) -> Event:
    key = (
        payload.brand_id,
        payload.bucket_at.isoformat(),
        str(payload.shard),
        str(payload.revision),
    )
    origin = Origin("/test", payload.observed_at, BrandScope("agn_1", payload.brand_id))
    return make_event(
        SIGNAL_OBSERVED.name, payload, key=key, partition_key=payload.brand_id, origin=origin
    )


def observed(brand_id: str, at: datetime, chance: random.Random, *, is_hot: bool) -> SignalObserved:
    """Return what one shard counted in one bucket."""
    count = chance.randint(2, 9) if is_hot else chance.randint(1, 2)
    bad = sum(chance.random() < (0.85 if is_hot else 0.15) for _ in range(count))
    people = [chance.getrandbits(50) for _ in range(count)]
    return SignalObserved(
        brand_id=brand_id, bucket_at=at, shard=chance.randrange(12), revision=1,
        messages=count, negative=bad, hostile=bad, toxic=bad // 2, positive=(count - bad) // 3,
        authors=count, hostile_authors=bad, new_authors=count // 2, author_hashes=people,
        hostile_hashes=people[:bad], observed_at=at + timedelta(seconds=chance.uniform(1, 20)),
        networks={"facebook": count}, examples=[f"msg_{chance.getrandbits(40):x}"],
    )  # fmt: skip


def written(plan: Plan) -> Iterator[Event]:
    """Yield the log in order: signals, repeats, corrections, late ones, and every minute the time."""
    chance = random.Random(plan.seed)
    kept: list[SignalObserved] = []
    for step in range(int(plan.hours * 360)):
        at = BEGUN_AT + timedelta(seconds=10 * step)
        is_stormy = at >= BEGUN_AT + timedelta(hours=plan.calm_h)
        for number in range(plan.brands):
            is_hot = is_stormy and number < plan.stormy
            if chance.random() < (0.9 if is_hot else 0.06):
                signal = observed(brand_name(number), at, chance, is_hot=is_hot)
                kept.append(signal)
                yield signal_event(signal)
        if kept and chance.random() < 0.2:
            yield signal_event(again(chance.choice(kept[-60:]), at, chance))
        del kept[:-60]
        if step % (6 if is_stormy else 30) == 0:
            until = at - timedelta(seconds=LATENESS_S)
            for partition in places(plan.brands):
                yield clock_event(partition, SIGNAL_OBSERVED.partitions, until, at)


def places(brands: int) -> list[int]:
    """Return the partitions in which the brands lie."""
    count = SIGNAL_OBSERVED.partitions
    return sorted({partition_of(brand_name(n).encode(), count) for n in range(brands)})


def again(signal: SignalObserved, at: datetime, chance: random.Random) -> SignalObserved:
    """Return the same signal once more, or corrected by what came late."""
    if chance.random() < 0.5:
        return signal
    return signal.model_copy(
        update={
            "revision": signal.revision + 1, "messages": signal.messages + 1,
            "authors": signal.authors + 1, "observed_at": max(at, signal.observed_at),
        }
    )  # fmt: skip


def settings(url: str, prefix: str, *, is_apache: bool) -> BusSettings:
    """Return a broker's settings with short timeouts, so that a killed worker is soon missed."""
    return BusSettings(
        url=url, topic_prefix=prefix, is_idempotent=is_apache, session_timeout_ms=6_000,
        rebalance_timeout_ms=4_000, heartbeat_ms=1_000,
    )  # fmt: skip


def make_topics(given: BusSettings) -> None:
    with Admin(given) as admin:
        admin.ensure_topics(TOPICS)


async def produce(given: BusSettings, events: list[Event]) -> None:
    bus = Bus(given, "test")
    await bus.start()
    try:
        for at in range(0, len(events), 2_000):
            await bus.send(events[at : at + 2_000])
    finally:
        await bus.stop()


def start_worker(given: BusSettings, mongo: tuple[str, str], folder: Path, **more: str) -> Child:
    """Start a storm worker as a process of its own; `mongo` is the URL and the databases' prefix."""
    env = {
        "BUS_URL": given.url, "BUS_TOPIC_PREFIX": given.topic_prefix,
        "BUS_IS_IDEMPOTENT": str(given.is_idempotent).lower(), "BUS_SESSION_TIMEOUT_MS": "6000",
        "BUS_REBALANCE_TIMEOUT_MS": "4000", "BUS_HEARTBEAT_MS": "1000", "MONGO_URL": mongo[0],
        "MONGO_DATABASE_PREFIX": mongo[1], "HEALTH_PORT": str(free_port()),
        "STORM_IS_CLOCK": "false", "PYTHONPATH": str(Path.cwd()), **more,
    }  # fmt: skip
    command = [sys.executable, "-m", "services.classify.storm_worker"]
    return spawn(Command("storm", command, folder / f"storm-{time.monotonic_ns()}.log", env))


def lag(given: BusSettings) -> int:
    """Return how many records the worker has not acknowledged."""
    names = {SIGNAL_OBSERVED.name, STORM_STEERED.name}
    while True:
        with Admin(given) as admin:
            try:
                return sum(one.messages for one in admin.lags(["classify"]) if one.topic in names)
            except KafkaError as error:  # no group was ever here, so its coordinator is made now
                assert error.retriable, error
        time.sleep(0.5)


def wait_until_read(given: BusSettings, within_s: float = 90) -> None:
    deadline = time.monotonic() + within_s
    while (left := lag(given)) > 0:
        assert time.monotonic() < deadline, f"{left} records are not read"
        time.sleep(0.3)


def decisions(given: BusSettings) -> dict[str, list[dict[str, Any]]]:
    """Return each brand's decisions in order, the first of each id, without the clock's time."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for value in values(given, STORM_CHANGED.name):
        event = json.loads(value)
        data = {name: told for name, told in event["data"].items() if name != "decided_at"}
        found.setdefault(data["brand_id"], {}).setdefault(event["id"], {"id": event["id"], **data})
    return {brand: list(told.values()) for brand, told in found.items()}


def values(given: BusSettings, topic: str) -> list[bytes]:
    """Return what lies on a topic, each partition in order."""
    with Admin(given) as admin:
        return [letter.value for letter in admin.dead_letters(topic)]
