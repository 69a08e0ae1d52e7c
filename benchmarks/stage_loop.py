"""Our stage loop with an empty handler against a bare aiokafka getmany-and-produce loop, in turn.

Both read the same records from one topic and write one record per record to another, acks=all,
committing after each batch. Run: python -m benchmarks.stage_loop [--records N] [--rounds N]
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from cli.stack.tansu import Tansu
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.topics import DELIVERY_RECEIVED, MESSAGE_RECEIVED
from runtime.admin import Admin
from runtime.bus import Bus, Record, to_record
from runtime.clock import SystemClock
from runtime.metrics import RuntimeMetrics
from runtime.service import calm_garbage_collector
from runtime.settings import BusSettings
from runtime.stage import Outcome, Received, Stage

BATCH = 500


def sample_events(count: int) -> list[Event]:
    """Return events of about 700 bytes."""
    now = datetime.now(UTC)
    return [
        make_event(
            DELIVERY_RECEIVED.name,
            DeliveryReceived.wrap(
                json.dumps({"n": n, "text": "x" * 150}).encode(),
                delivery_id=f"dlv_{n}",
                network="facebook",
                channel="webhook",
                received_at=now,
            ),
            key=(str(n),),
            partition_key=f"key-{n}",
            origin=Origin("/bench", now),
        )
        for n in range(count)
    ]


async def bare(settings: BusSettings, count: int, run: int) -> float:
    """Return records a second of the reference loop."""
    bus = Bus(settings, "bare")
    consumer = bus.consumer(f"bare-{run}")
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.url,
        acks="all",
        enable_idempotence=settings.is_idempotent,
        max_batch_size=256 * 1024,
    )
    await producer.start()
    await consumer.start()
    consumer.subscribe([bus.real_name(DELIVERY_RECEIVED.name)])
    seen, started = 0, 0.0
    target = bus.real_name(MESSAGE_RECEIVED.name)
    while seen < count:
        polled = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        if polled and not started:
            started = time.perf_counter()
        sent = [
            await producer.send(target, record.value, key=record.key)
            for records in polled.values()
            for record in records
        ]
        if sent:
            await asyncio.gather(*sent)
            await consumer.commit()
        seen += len(sent)
    took = time.perf_counter() - started
    await consumer.stop()
    await producer.stop()
    return count / took


class Redirected(Bus):
    """Publishes to the second topic whatever the type, so that the handler has nothing to do."""

    async def send_records(self, records: Iterable[Record]) -> None:
        target = MESSAGE_RECEIVED.name
        await super().send_records((target, key, value, h) for _, key, value, h in records)


async def staged(settings: BusSettings, count: int, run: int) -> float:
    """Return records a second of our loop: decode, empty handler, encode, publish, commit."""
    bus = Redirected(settings, "staged")
    await bus.start()
    seen, started = 0, 0.0
    done = asyncio.Event()

    async def handle(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        nonlocal seen, started
        if not started:
            started = time.perf_counter()
        seen += len(batch)
        if seen >= count:
            done.set()
        return [Outcome((received.event,)) for received in batch]

    metrics = RuntimeMetrics(CollectorRegistry(), f"bench{run}", "0")
    stage = Stage(bus, f"staged-{run}", {DELIVERY_RECEIVED: handle}, metrics, SystemClock())
    await stage.start()
    await done.wait()
    await stage.settle()  # the last batch is published and committed
    took = time.perf_counter() - started
    await stage.stop()
    await bus.stop()
    return count / took


async def measure(settings: BusSettings, count: int, rounds: int) -> dict[str, Any]:
    """Run both in turn; return records a second of each and the ratio of the medians."""
    with Admin(settings) as admin:
        admin.ensure_topics()
    bus = Bus(settings, "fill")
    await bus.start()
    events = sample_events(count)
    for start in range(0, count, 2_000):
        await bus.send_records([to_record(event) for event in events[start : start + 2_000]])
    await bus.stop()
    del events
    calm_garbage_collector()  # for both loops, as every service does
    figures: dict[str, list[float]] = {"bare": [], "stage": []}
    for run in range(rounds):
        figures["bare"].append(await bare(settings, count, run))
        figures["stage"].append(await staged(settings, count, run))
    ratios = [s / b for s, b in zip(figures["stage"], figures["bare"], strict=True)]
    return {
        "records": count,
        "bare_per_s": [round(x) for x in figures["bare"]],
        "stage_per_s": [round(x) for x in figures["stage"]],
        "ratio_median": round(statistics.median(ratios), 3),
        "ratios": [round(r, 3) for r in ratios],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        broker = None
        url = os.environ.get("BUS_URL")
        if url is None:
            broker = Tansu(log_path=Path(folder) / "tansu.log")
            broker.start()
            url = broker.url
        settings = BusSettings(
            url=url,
            is_idempotent=broker is None,
            rebalance_timeout_ms=5_000,
            session_timeout_ms=6_000,
        )
        try:
            print(json.dumps(asyncio.run(measure(settings, options.records, options.rounds))))
        finally:
            if broker is not None:
                broker.stop()


if __name__ == "__main__":
    main()
