"""Messages of two brands on three partitions, classify's worker in the test's own process or in another,
and what its signals come to."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from contracts import ids
from contracts.envelope import Event, Origin, make_event
from contracts.messages import MessageReceived
from contracts.scope import BrandScope
from contracts.storms import SignalObserved
from contracts.topics import MESSAGE_RECEIVED, SIGNAL_OBSERVED
from runtime.bus import Bus
from runtime.clock import SystemClock
from runtime.metrics import RuntimeMetrics
from runtime.mongo import Database
from runtime.settings import MongoSettings
from runtime.stage import Stage, StageOptions
from services.classify.handlers import Brands, MessageWorker, Readers
from services.classify.learning.shadowing import Shadows
from services.classify.learning.store import LearningStore
from services.classify.metrics import ClassifyMetrics
from services.classify.models.choice import Models, Tiers
from services.classify.models.linear import LinearModel
from services.classify.signal_store import SignalStore
from services.classify.signals import Signals
from services.classify.store import ClassifyStore

CASA = BrandScope("agy_one", "brd_casa")
VOLT = BrandScope("agy_one", "brd_volt")
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TEXTS = (
    "There is glass in your baby food, this is a scam, you idiots!",
    "Glass in the baby food again, terrible, shame on you",
    "Love the new pots, thank you so much",
    "What time do you open on Sunday?",
    "Meine Bestellung ist seit zwei Wochen unterwegs, Frechheit!",
)


def event_of(scope: BrandScope, number: int, **more: Any) -> Event:
    """Return a comment; its text, person, thread and time follow from its number."""
    thread = ids.thread_id(scope.brand_id, "facebook", "page", str(number % 12))
    fields: dict[str, Any] = {
        "network": "facebook", "external_id": str(number), "kind": "comment", "action": "created",
        "author_id": f"person-{number % 40}", "text": TEXTS[number % len(TEXTS)],
        "created_at": START + timedelta(seconds=number % 90),
        "received_at": START + timedelta(seconds=number % 90 + 1),
        "message_id": ids.message_id(scope.brand_id, "facebook", "page", str(number)),
        "thread_id": thread, "connection_id": "con_1", "version": "1",
    }  # fmt: skip
    message = MessageReceived(**fields | more)
    return make_event(
        MESSAGE_RECEIVED.name,
        message,
        key=(message.message_id, message.action, message.version),
        partition_key=message.thread_id,
        origin=Origin("/test", message.received_at, scope),
    )


@dataclass
class Worker:
    """classify's stage, as its app wires it."""

    bus: Bus
    stage: Stage
    signals: Signals
    database: Database

    async def stop(self) -> None:
        await self.stage.stop()
        await self.bus.stop()
        await self.database.stop()


async def start_worker(
    bus_settings: Any, mongo: MongoSettings, model: LinearModel, group: str = "classify"
) -> Worker:
    bus, database, now = Bus(bus_settings, "test"), Database(mongo, "classify"), SystemClock().now
    store, registry = SignalStore(database), CollectorRegistry()
    await store.start()
    metrics = ClassifyMetrics(registry)
    signals = Signals(store, metrics, now)
    models = Models(model)
    readers = Readers(Tiers(models, model, time.monotonic), Shadows(models, now))
    brands = Brands(ClassifyStore(database), LearningStore(database), now)
    worker = MessageWorker(readers, brands, signals, metrics, now)
    await bus.start()
    options = StageOptions(batch=50, commit_s=0.2, before_commit=signals.put_down)
    runtime = RuntimeMetrics(registry, "test", "0")
    stage = Stage(bus, group, {MESSAGE_RECEIVED: worker}, runtime, SystemClock(), options)
    await stage.start()
    return Worker(bus, stage, signals, database)


class Heard:
    """The greatest revision of every shard, as a reader of the topic adds them up."""

    def __init__(self) -> None:
        self.events = 0
        self.shards: dict[tuple[str, datetime, int], SignalObserved] = {}

    async def listen(self, bus: Bus) -> None:
        consumer = bus.consumer(f"heard-{id(self)}")
        await consumer.start()
        consumer.subscribe([bus.real_name(SIGNAL_OBSERVED.name)])
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=50)).values():
                    for record in records:
                        self.take(Event.decode(record.value).read(SignalObserved))
        finally:
            await consumer.stop()

    def take(self, signal: SignalObserved) -> None:
        self.events += 1
        key = (signal.brand_id, signal.bucket_at, signal.shard)
        known = self.shards.get(key)
        if known is None or signal.revision >= known.revision:
            self.shards[key] = signal

    def total(self, field: str, scope: BrandScope) -> int:
        of_brand = [s for (brand, _, _), s in self.shards.items() if brand == scope.brand_id]
        return sum(getattr(signal, field) for signal in of_brand)

    def counts(self) -> dict[Any, dict[str, Any]]:
        """What must not change when everything is read again."""
        return {key: one.model_dump(exclude={"observed_at"}) for key, one in self.shards.items()}


async def until(holds: Callable[[], bool], within_s: float = 40) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.02)


def people(events: Iterable[Event]) -> dict[tuple[str, datetime, str], set[str]]:
    """Who wrote what, by brand, bucket and thread: what the counts are held against."""
    found: dict[tuple[str, datetime, str], set[str]] = {}
    for event in events:
        message: MessageReceived = event.data
        at = message.created_at or message.received_at
        bucket = at.replace(second=at.second // 10 * 10, microsecond=0)
        key = (str(event.brandid), bucket, message.thread_id)
        found.setdefault(key, set()).add(message.message_id)
    return found


def process_env(bus: Any, mongo: MongoSettings) -> dict[str, str]:
    return {
        **os.environ, "BUS_URL": bus.url, "BUS_TOPIC_PREFIX": bus.topic_prefix,
        "BUS_IS_IDEMPOTENT": str(bus.is_idempotent).lower(),
        "BUS_SESSION_TIMEOUT_MS": "6000", "BUS_REBALANCE_TIMEOUT_MS": "2000",
        "BUS_HEARTBEAT_MS": "500", "MONGO_URL": mongo.url,
        "MONGO_DATABASE_PREFIX": mongo.database_prefix, "HEALTH_PORT": "0",
    }  # fmt: skip


async def start_process(env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.classify", env=env,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
