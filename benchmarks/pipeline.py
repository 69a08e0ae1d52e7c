"""The whole system under signed webhooks on loopback: throughput, delay and CPU by service.

Run: python -m benchmarks.pipeline [--seconds N] [--rates 200,500] (`make bench`). Everything (load,
database, broker, services) shares this machine's cores. Prints a table and one JSON object.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import uvloop

from benchmarks import stage_loop
from runtime.settings import BusSettings
from tests.e2e.journey import PAGES, Journey, whole_rapport

TEXTS = (
    "Hola! ¿Hacéis envíos a Canarias? Gracias",
    "Meine Bestellung ist seit zwei Wochen unterwegs und niemand antwortet!",
    "Love the new pots, thank you so much",
    "Bonjour, quelles tailles avez-vous en stock ?",
    "Potete mandarmi la fattura per favore?",
)


@dataclass
class Load:
    """What was sent and when it was accepted, by the id of the comment."""

    page: str
    secret: str
    port: int
    prefix: str
    accepted: dict[str, float] = field(default_factory=dict)
    door_s: list[float] = field(default_factory=list)
    refused: int = 0

    def body(self, number: int) -> bytes:
        now = int(time.time())
        value = {
            "item": "comment",
            "verb": "add",
            "post_id": f"{self.page}_{number % 20}",
            "parent_id": f"{self.page}_{number % 20}",
            "comment_id": f"{number % 20}_{self.prefix}{number}",
            "from": {"id": str(5_000_000 + number % 900), "name": f"Person {number % 900}"},
            "created_time": now,
            "message": f"{TEXTS[number % len(TEXTS)]} ({number})",
        }
        change = {"field": "feed", "value": value}
        entry = {"id": self.page, "time": now, "changes": [change]}
        return json.dumps({"object": "page", "entry": [entry]}).encode()

    async def send(self, door: "Door", number: int) -> None:
        body = self.body(number)
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        started = time.perf_counter()
        status = await door.post(
            "/webhooks/facebook", body, f"X-Hub-Signature-256: sha256={digest}"
        )
        if status == 200:
            self.door_s.append(time.perf_counter() - started)
            self.accepted[f"{number % 20}_{self.prefix}{number}"] = time.time()
        else:
            self.refused += 1

    async def run(self, per_second: float, seconds: float) -> None:
        """Send at an even pace, kept by the clock: a slow answer does not slow the sender down."""
        door = Door(self.port)
        started, tasks = time.perf_counter(), set()
        for number in range(int(per_second * seconds)):
            wait_s = started + number / per_second - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            task = asyncio.create_task(self.send(door, number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        door.close()


class Door:
    """Kept-alive HTTP/1.1 connections, as lean as can be: the sender shares the cores it measures."""

    def __init__(self, port: int, connections: int = 32) -> None:
        self._port = port
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes, header: str) -> int:
        async with self._slots:
            pair = self._idle.pop() if self._idle else None
            reader, writer = pair or await asyncio.open_connection("127.0.0.1", self._port)
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n{header}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            fields = dict(
                line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:] if line
            )
            await reader.readexactly(int(fields[b"content-length"]))
            self._idle.append((reader, writer))
            return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


def cpu_seconds(journey: Journey) -> dict[str, float]:
    found = {}
    for child in journey.platform.children():
        process = psutil.Process(child.pid)
        times = [process.cpu_times(), *(c.cpu_times() for c in process.children(recursive=True))]
        found[child.name] = sum(t.user + t.system for t in times)
    return found


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


def delays_of(journey: Journey, load: Load) -> list[float]:
    """Seconds from the door's 200 to the document in the inbox, by the inbox's own clock."""
    found = journey.messages.find(
        {"content.external_id": {"$in": list(load.accepted)}},
        {"content.external_id": 1, "stored_at": 1},
    )
    return [
        max(one["stored_at"].timestamp() - load.accepted[one["content"]["external_id"]], 0)
        for one in found
        if "stored_at" in one
    ]


def measure(journey: Journey, per_second: float, seconds: float) -> dict[str, Any]:
    """Send at one rate and wait until everything is labelled and drafted."""
    prefix = f"r{int(per_second)}x{int(time.time())}n"
    secret = journey.platform.secrets.facebook_app_secret
    load = Load(PAGES[0], secret, journey.platform.ports["ingest"], prefix)
    before, started = cpu_seconds(journey), time.perf_counter()
    uvloop.run(load.run(per_second, seconds))
    sent_s = time.perf_counter() - started
    journey.platform.wait_until_idle(180)
    done_s = time.perf_counter() - started
    after = cpu_seconds(journey)
    count = len(load.accepted)
    delays = delays_of(journey, load)
    return {
        "asked_per_s": per_second,
        "messages": count,
        "refused": load.refused,
        "accepted_per_s": round(count / sent_s, 1),
        "end_to_end_per_s": round(count / done_s, 1),
        "in_inbox": len(delays),
        "door_ms": {
            f"p{p}": round(1e3 * percentile(load.door_s, p / 100), 1) for p in (50, 95, 99)
        },
        "inbox_ms": {f"p{p}": round(1e3 * percentile(delays, p / 100), 1) for p in (50, 95, 99)},
        "cpu_ms_per_message": {
            name: round(1e3 * (after[name] - before[name]) / max(count, 1), 3) for name in after
        },
    }


def stage_ratio(journey: Journey) -> dict[str, Any]:
    env = journey.platform.env
    settings = BusSettings(
        url=env["BUS_URL"],
        topic_prefix="bench-",
        is_idempotent=env["BUS_IS_IDEMPOTENT"] == "true",
        rebalance_timeout_ms=4_000,
        session_timeout_ms=6_000,
    )
    return asyncio.run(stage_loop.measure(settings, 20_000, 3))


def table(result: dict[str, Any]) -> str:
    head = ("asked/s", "accepted/s", "end to end/s", "refused", "accept to inbox ms p50 p95 p99")
    lines = ["{:>8} {:>11} {:>13} {:>8} {:>32}   CPU ms a message".format(*head)]
    for run in result["rates"]:
        delays = " ".join(f"{run['inbox_ms'][p]:>8}" for p in ("p50", "p95", "p99"))
        cpu = ", ".join(f"{name} {value}" for name, value in run["cpu_ms_per_message"].items())
        lines.append(
            f"{run['asked_per_s']:>8} {run['accepted_per_s']:>11} {run['end_to_end_per_s']:>13}"
            f" {run['refused']:>8} {delays:>32}   {cpu}"
        )
    ratio = result["stage_loop"]
    lines.append(
        f"stage loop with an empty handler / bare aiokafka loop: {ratio['ratio_median']}"
        f" ({ratio['stage_per_s']} / {ratio['bare_per_s']} records/s)"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rates", default="200,500")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, whole_rapport(Path(folder)) as journey:
        measure(journey, 50, 4)  # warm-up, not counted
        rates = [measure(journey, float(r), options.seconds) for r in options.rates.split(",")]
        result = {
            "broker": os.environ.get("KAFKA", "tansu"),
            "cores": os.cpu_count(),
            "rates": rates,
            "stage_loop": stage_ratio(journey),
            "memory_mib": round(statistics.fsum(memory(journey).values()), 1),
        }
    print(table(result))
    print(json.dumps(result))


def memory(journey: Journey) -> dict[str, float]:
    found = {}
    for child in journey.platform.children():
        process = psutil.Process(child.pid)
        tree = [process, *process.children(recursive=True)]
        found[child.name] = sum(p.memory_info().rss for p in tree) / 2**20
    return found


if __name__ == "__main__":
    main()
