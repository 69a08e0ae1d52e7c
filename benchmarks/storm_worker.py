"""One storm worker and many brands: CPU a bin and brand, bytes a brand, and how soon a decision is out.

`python -m benchmarks.storm_worker --brands 5000`: a real broker and mongod, the worker as a process. Every
round each brand has a signal and all bins of all brands close at once, the worst that can happen to it.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from cli.stack.mongod import Mongod
from cli.stack.tansu import Tansu
from contracts.topics import STORM_CHANGED
from runtime.bus import Bus
from runtime.settings import BusSettings
from services.classify.storm_worker.clock import clock_event
from tests.service.storms import log

BIN = timedelta(minutes=5)


def signals(brands: int, stormy: int, at: datetime, chance: random.Random) -> Iterator[Any]:
    for number in range(brands):
        hot = number < stormy
        for _ in range(12 if hot else 1):
            signal = log.observed(log.brand_name(number), at, chance, is_hot=hot)
            yield log.signal_event(signal.model_copy(update={"shard": chance.randrange(10_000)}))


async def run(given: BusSettings, pid: int, options: argparse.Namespace) -> dict[str, Any]:
    bus, chance = Bus(given, "bench"), random.Random(1)
    await bus.start()
    reader = bus.consumer("bench")
    await reader.start()
    reader.subscribe([bus.real_name(STORM_CHANGED.name)])
    process, delays, closed_s, busy = psutil.Process(pid), [], [], 0.0
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    at -= timedelta(minutes=at.minute % 5) + BIN * options.rounds
    for number in range(options.rounds):
        stormy = options.stormy if number >= options.rounds // 2 else 0
        events = list(signals(options.brands, stormy, at + timedelta(seconds=30), chance))
        for start in range(0, len(events), 2_000):
            await bus.send(events[start : start + 2_000])
        await asyncio.to_thread(log.wait_until_read, given)
        at += BIN
        used, sent = sum(process.cpu_times()[:2]), time.time()
        now = datetime.now(UTC)
        await bus.send([clock_event(p, 12, at, now) for p in range(12)])
        heard = asyncio.create_task(hear(reader, sent, delays, stormy))
        await asyncio.to_thread(log.wait_until_read, given)
        closed_s.append(time.time() - sent)
        busy += sum(process.cpu_times()[:2]) - used
        await heard
    await reader.stop()
    await bus.stop()
    delays.sort()
    return {
        "brands": options.brands,
        "rounds": options.rounds,
        "cpu_us_per_bin_and_brand": round(busy / options.rounds / options.brands * 1e6, 1),
        "all_closed_and_written_s": round(max(closed_s), 2),
        "decisions": len(delays),
        "decision_p50_s": round(delays[len(delays) // 2], 3) if delays else None,
        "decision_p99_s": round(delays[int(len(delays) * 0.99)], 3) if delays else None,
        "memory_mb": round(process.memory_info().rss / 1e6),
    }


async def hear(reader: Any, sent: float, delays: list[float], wanted: int) -> None:
    """Note when each decision arrived, until all brands with a storm were heard of or 10 s are over."""
    brands: set[bytes] = set()
    deadline = time.time() + (10 if wanted else 1)
    while len(brands) < max(wanted, 1) and time.time() < deadline:
        for records in (await reader.getmany(timeout_ms=200)).values():
            for record in records:
                brands.add(record.key)
                delays.append(record.timestamp / 1000 - sent)


def stored(mongo_url: str) -> dict[str, Any]:
    """Return the size of the stored states."""
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](mongo_url) as client:
        sizes = sorted(
            len(one["state"]) for one in client["bench_classify"]["storms"].find({}, ["state"])
        )
    return {"state_bytes_p50": sizes[len(sizes) // 2], "state_bytes_max": sizes[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=5_000)
    parser.add_argument("--stormy", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as name:
        folder = Path(name)
        mongod, broker = Mongod(folder / "mongo"), Tansu(log_path=folder / "tansu.log")
        mongod.start()
        broker.start()
        given = log.settings(broker.url, "bench-", is_apache=False)
        log.make_topics(given)
        worker = log.start_worker(given, (mongod.url, "bench_"), folder)
        try:
            told = asyncio.run(run(given, worker.pid, options))
            print(json.dumps(told | stored(mongod.url), indent=2))
        finally:
            worker.stop(20)
            broker.stop()
            mongod.stop()


if __name__ == "__main__":
    main()
