"""What the signals add to classify: CPU a message beside the worker's own in one run, and their delay.

Run: python -m benchmarks.signals [--messages N] [--rounds N]. The CPU figures call classify's worker on
batches of 500; `put down` includes a real mongod's driver and the signals' encoding, once a second of
load. The delay is from a message's send to its signal's arrival, through a real broker and mongod.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from benchmarks.pipeline import percentile
from cli.stack.mongod import Mongod
from cli.stack.tansu import Tansu
from contracts import ids
from contracts.envelope import Event, Origin, make_event
from contracts.messages import Labels, MessageReceived
from contracts.scope import BrandScope
from contracts.storms import SignalObserved
from contracts.topics import MESSAGE_RECEIVED, SIGNAL_OBSERVED
from runtime.admin import Admin
from runtime.bus import Bus, partition_of, to_record
from runtime.clock import SystemClock
from runtime.metrics import RuntimeMetrics
from runtime.mongo import Database
from runtime.service import calm_garbage_collector
from runtime.settings import BusSettings, MongoSettings
from runtime.stage import Received, Stage, StageOptions
from services.classify.handlers import Brands, MessageWorker, Readers
from services.classify.learning.shadowing import Shadows
from services.classify.learning.store import LearningStore
from services.classify.metrics import ClassifyMetrics
from services.classify.models.choice import Models, Tiers
from services.classify.models.linear import LinearModel, Reading
from services.classify.signal_store import SignalStore
from services.classify.signals import PUT_DOWN_S, Signals
from services.classify.store import ClassifyStore

S = TypeVar("S", bound=Signals)
BATCH = 500
TEXTS = (
    "There is glass in your baby food, this is a scam, you idiots! ({n})",
    "Meine Bestellung ist seit zwei Wochen unterwegs und niemand antwortet! {n}",
    "Love the new pots, thank you so much",
    "Bonjour, quelles tailles avez-vous en stock pour le modèle {n} ?",
    "Potete mandarmi la fattura per favore? Ordine {n}",
    "¿Hacéis envíos a Canarias? Me encantan vuestras macetas",
    "O aplicativo não abre desde ontem, que vergonha",
    "Glass in baby food again. Recall it now, shame on you",
)


def message(number: int, brands: int, per_second: float, started: datetime) -> Event:
    """Return a comment; a third of the people write twice or more."""
    scope = BrandScope("agy_bench", f"brd_{number % brands}")
    at = started + timedelta(seconds=number / per_second)
    thread = ids.thread_id(scope.brand_id, "facebook", "page", str(number % 40))
    payload = MessageReceived(
        network="facebook", external_id=str(number), kind="comment", action="created",
        author_id=str(number * 7919 % 40_000), text=TEXTS[number % len(TEXTS)].format(n=number),
        created_at=at, received_at=at + timedelta(seconds=1), connection_id="con_1", version="1",
        message_id=ids.message_id(scope.brand_id, "facebook", "page", str(number)), thread_id=thread,
    )  # fmt: skip
    return make_event(
        MESSAGE_RECEIVED.name, payload, key=(payload.message_id,), partition_key=thread,
        origin=Origin("/bench", at, scope),
    )  # fmt: skip


class Apart(Signals):
    """Notes after the batch, so that what noting costs is measured apart."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.held: list[tuple[Any, ...]] = []

    def note(
        self, received: Received[MessageReceived], understood: tuple[Reading, Labels] | None,
        names: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.held.append((received, understood, names))

    def note_held(self) -> None:
        for one in self.held:
            super().note(*one)


def worker_of(kind: type[S], database: Database, model: LinearModel) -> tuple[Any, S]:
    now, metrics = SystemClock().now, ClassifyMetrics(CollectorRegistry())
    signals = kind(SignalStore(database), metrics, now)
    models = Models(model)
    readers = Readers(Tiers(models, model, time.monotonic), Shadows(models, now))
    brands = Brands(ClassifyStore(database), LearningStore(database), now)
    return MessageWorker(readers, brands, signals, metrics, now), signals


async def cpu(
    events: Sequence[Event], database: Database, model: LinearModel, every: int
) -> tuple[dict[str, float], int]:
    """Return CPU microseconds a message: the worker's own, noting, putting down; and the signals said."""
    worker, signals = worker_of(Apart, database, model)
    spent, said = dict.fromkeys(("without", "note", "down"), 0.0), 0
    for start in range(0, len(events), BATCH):
        batch = [
            Received(event, event.data, partition_of(event.partitionkey.encode(), 12))
            for event in events[start : start + BATCH]
        ]
        begun = time.process_time()
        signals.held = []  # letting go of what was read is the worker's cost, not the signals'
        await worker(batch)
        worked = time.process_time()
        signals.note_held()
        noted = time.process_time()
        spent["without"] += worked - begun
        spent["note"] += noted - worked
        if (start // BATCH + 1) % every == 0:
            begun = time.process_time()
            for event in (told := await signals.put_down()):
                to_record(event)
            spent["down"] += time.process_time() - begun
            said += len(told)
    return {name: 1e6 * s / len(events) for name, s in spent.items()}, said


async def measure_cpu(
    mongo: MongoSettings, count: int, brands: int, per_second: float, rounds: int
) -> dict[str, Any]:
    """CPU under a load of this rate, by its parts, in one run."""
    database, model = Database(mongo, "classify"), LinearModel.load()
    await SignalStore(database).start()
    started = datetime.now(UTC)
    every = max(round(per_second * PUT_DOWN_S / BATCH), 1)
    rows: list[dict[str, float]] = []
    said = 0
    for turn in range(rounds + 1):
        # Messages that no earlier round has counted. The first round fills the model's caches.
        events = [message(turn * count + n, brands, per_second, started) for n in range(count)]
        calm_garbage_collector()
        row, said = await cpu(events, database, model, every)
        rows.append(row)
    await database.drop()
    await database.stop()
    middle = {name: statistics.median(row[name] for row in rows[1:]) for name in rows[0]}
    return {
        "brands": brands,
        "messages_per_s": per_second,
        "us_without": round(middle["without"], 1),
        "us_added_in_batch": round(middle["note"], 2),
        "us_added_by_put_down": round(middle["down"], 2),
        "messages_per_signal": round(count / max(said, 1), 1),
    }


class Arrivals:
    """When messages were sent, and how long after it the signal that counts them came."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._sent: dict[tuple[str, int, int], list[float]] = {}
        self._counted: dict[tuple[str, int, int], int] = {}

    def sent(self, event: Event) -> None:
        shard = partition_of(event.partitionkey.encode(), MESSAGE_RECEIVED.partitions)
        bucket = int(event.data.created_at.timestamp()) // 10 * 10
        waiting = self._sent.setdefault((str(event.brandid), bucket, shard), [])
        waiting.append(time.perf_counter())

    def take(self, signal: SignalObserved) -> None:
        """The oldest of a bucket and shard are counted first."""
        key = (signal.brand_id, int(signal.bucket_at.timestamp()), signal.shard)
        known, now = self._counted.get(key, 0), time.perf_counter()
        waiting = self._sent.get(key, [])[known : signal.messages]
        self.delays.extend(now - begun for begun in waiting)
        self._counted[key] = max(signal.messages, known)

    async def until(self, count: int, within_s: float = 20) -> None:
        deadline = time.perf_counter() + within_s
        while len(self.delays) < count and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def listen(self, consumer: Any) -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=20)).values():
                for record in records:
                    self.take(Event.decode_as(record.value, SignalObserved).data)


async def send_evenly(
    bus: Bus, arrivals: Arrivals, per_second: float, total: int, base: int
) -> None:
    """Send this many a second, a few together, numbered from `base`."""
    begun = time.perf_counter()
    started = datetime.now(UTC) - timedelta(seconds=base / per_second)
    step = max(int(per_second / 50), 1)
    for number in range(0, total, step):
        numbers = range(base + number, base + min(number + step, total))
        events = [message(n, 5, per_second, started) for n in numbers]
        for event in events:
            arrivals.sent(event)
        await bus.send(events)
        await asyncio.sleep(max(begun + (number + step) / per_second - time.perf_counter(), 0))


async def measure_delay(
    bus_settings: BusSettings, mongo: MongoSettings, per_second: float, seconds: float
) -> dict[str, Any]:
    """From the send of a message to the arrival of the signal that counts it."""
    database, bus = Database(mongo, "classify"), Bus(bus_settings, "bench")
    await bus.start()
    await SignalStore(database).start()
    worker, signals = worker_of(Signals, database, LinearModel.load())
    options = StageOptions(commit_s=PUT_DOWN_S, before_commit=signals.put_down)
    metrics = RuntimeMetrics(CollectorRegistry(), "bench", "0")
    name, routes = f"bench-{per_second}", {MESSAGE_RECEIVED: worker}
    stage = Stage(bus, name, routes, metrics, SystemClock(), options)
    listener = bus.consumer(f"{name}-listener")
    await listener.start()
    listener.subscribe([bus.real_name(SIGNAL_OBSERVED.name)])
    await stage.start()
    arrivals, total = Arrivals(), int(per_second * seconds)
    task = asyncio.create_task(arrivals.listen(listener))
    base = int(time.time()) % 100_000 * 1_000
    await send_evenly(bus, arrivals, 2.0, 2, base)  # joins the groups, not counted
    await arrivals.until(2)
    arrivals.delays.clear()
    await send_evenly(bus, arrivals, per_second, total, base + 2)
    await arrivals.until(total)
    task.cancel()
    for part in (stage, listener, bus):
        await part.stop()
    await database.drop()
    await database.stop()
    shares = {f"p{p}": round(1e3 * percentile(arrivals.delays, p / 100)) for p in (50, 95, 99, 100)}
    return {
        "messages_per_s": per_second,
        "messages": total,
        "counted": len(arrivals.delays),
        "delay_ms": shares,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mongod, broker = Mongod(Path(folder) / "mongod"), Tansu(log_path=Path(folder) / "log")
        mongod.start()
        broker.start()
        mongo = MongoSettings(url=mongod.url, database_prefix="bench_")
        bus = BusSettings(
            url=broker.url,
            is_idempotent=False,
            rebalance_timeout_ms=4_000,
            session_timeout_ms=6_000,
        )
        try:
            with Admin(bus) as admin:
                admin.ensure_topics(
                    [MESSAGE_RECEIVED.name, SIGNAL_OBSERVED.name, "message.classified.v1"]
                )
            shapes = ((1, 500.0), (20, 500.0), (200, 500.0))
            cpus = [
                asyncio.run(measure_cpu(mongo, options.messages, brands, rate, options.rounds))
                for brands, rate in shapes
            ]
            delays = [
                asyncio.run(measure_delay(bus, mongo, *load)) for load in ((2, 10), (200, 12))
            ]
        finally:
            broker.stop()
            mongod.stop()
    result = {"cpu": cpus, "delay": delays}
    for row in (*cpus, *delays):
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
