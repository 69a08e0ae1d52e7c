"""The webhook door against a bare FastAPI endpoint that verifies the same HMAC and produces to Kafka.

Run: python -m benchmarks.webhook [--requests N] [--rounds N]. Rounds alternate in one run; each server is
a process of its own, the sender another. Prints the ratio, and the time of a POST with 1,000 Meta changes
over 20 brands.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, HTTPException, Request
from prometheus_client import CollectorRegistry

from benchmarks.pipeline import Door, percentile
from cli.stack.mongod import Mongod
from cli.stack.ports import free_port
from cli.stack.tansu import Tansu
from contracts.scope import BrandScope
from contracts.topics import DELIVERY_RECEIVED, MESSAGE_RECEIVED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.clock import SystemClock
from runtime.crypto import Sealer, new_key
from runtime.metrics import RuntimeMetrics
from runtime.mongo import Database
from runtime.settings import BusSettings, MongoSettings
from runtime.web import HttpServer
from services.ingest.connectors.protocol import AppSecrets
from services.ingest.directory import Directory
from services.ingest.intake import Intake
from services.ingest.metrics import IngestMetrics
from services.ingest.readers import Readers
from services.ingest.routes import webhook_app
from services.ingest.store import IngestStore, NewConnection

SECRET = "bench-secret"
BRANDS = 20


def sign(body: bytes) -> str:
    """Return Meta's signature header."""
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return f"X-Hub-Signature-256: sha256={digest}"


def body(number: int, changes: int = 1) -> bytes:
    """Return a page webhook with so many comments, spread over the brands' pages."""
    pages: dict[str, list[dict[str, Any]]] = {}
    for at in range(changes):
        page = str(1000 + (number + at) % BRANDS)
        value = {
            "item": "comment", "verb": "add", "post_id": f"{page}_1", "parent_id": f"{page}_1",
            "comment_id": f"1_{number}x{at}", "from": {"id": "555", "name": "Ana"},
            "created_time": 1_795_000_000, "message": "Hola! ¿Hacéis envíos a Canarias? Gracias",
        }  # fmt: skip
        pages.setdefault(page, []).append({"field": "feed", "value": value})
    entries = [{"id": page, "time": 1, "changes": parts} for page, parts in pages.items()]
    return json.dumps({"object": "page", "entry": entries}).encode()


async def serve_bare(port: int, bus_url: str) -> None:
    """The yardstick: read, verify, produce, answer."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bus_url, acks="all", linger_ms=5, enable_idempotence=False
    )
    await producer.start()
    app = FastAPI()

    async def accept(request: Request) -> dict[str, bool]:
        raw = await request.body()
        given = request.headers.get("x-hub-signature-256", "")
        expected = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given, expected):
            raise HTTPException(401)
        await producer.send_and_wait(MESSAGE_RECEIVED.name, raw)
        return {"ok": True}

    app.add_api_route("/webhooks/meta", accept, methods=["POST"])
    await HttpServer(app, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def serve_ours(port: int, bus_url: str, mongo_url: str) -> None:
    """The door as ingest has it, without the worker behind it."""
    registry, clock = CollectorRegistry(), SystemClock()
    metrics = IngestMetrics(registry)
    bus = Bus(BusSettings(url=bus_url, is_idempotent=False), "bench", linger_ms=5)
    store = IngestStore(Database(MongoSettings(url=mongo_url), "bench"))
    for number in range(BRANDS):
        new = NewConnection("facebook", str(1000 + number), "n", "http://127.0.0.1:9", None)
        await store.connect(BrandScope("agy", f"brd_{number}"), new, datetime.now(UTC))
    directory = Directory(store, clock, metrics)
    await bus.start()
    await directory.start()
    readers = Readers({}, Sealer.from_setting(new_key()))
    apps = {"meta": AppSecrets(secrets=(SECRET,))}
    intake = Intake(apps, bus, (directory, readers, store), clock, metrics)
    app = webhook_app(intake, RuntimeMetrics(registry, "ingest", "0"))
    await HttpServer(app, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def rate(port: int, bodies: list[bytes]) -> tuple[float, list[float]]:
    """Return requests a second and the seconds of each, 32 at the same time."""
    door, times = Door(port), []

    async def send(one: bytes) -> None:
        started = time.perf_counter()
        status = await door.post("/webhooks/meta", one, sign(one))
        times.append(time.perf_counter() - started)
        assert status == 200, status

    started = time.perf_counter()
    await asyncio.gather(*(send(one) for one in bodies))
    took_s = time.perf_counter() - started
    door.close()
    return len(bodies) / took_s, times


async def large(port: int, count: int) -> list[float]:
    """Return the seconds of POSTs with 1,000 changes, one after the other."""
    door, times = Door(port, connections=1), []
    for number in range(count):
        one = body(number * 1000, changes=1000)
        header = sign(one)
        started = time.perf_counter()
        assert await door.post("/webhooks/meta", one, header) == 200
        times.append(time.perf_counter() - started)
    door.close()
    return times


async def wait_for(port: int, child: "subprocess.Popen[bytes]") -> None:
    """Return when a server listens."""
    async with asyncio.timeout(30):
        while child.poll() is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
    raise RuntimeError("the server ended by itself")


async def measure(ports: dict[str, int], requests: int, rounds: int) -> dict[str, Any]:
    """Alternate between the two and return the figures."""
    rates: dict[str, list[float]] = {name: [] for name in ports}
    door_s: list[float] = []
    for turn in range(rounds + 1):
        for name, port in ports.items():
            bodies = [body(turn * requests + number) for number in range(requests)]
            per_s, times = await rate(port, bodies)
            if turn:  # the first round warms both up
                rates[name].append(per_s)
                door_s += times if name == "ours" else []
    big = await large(ports["ours"], 200)
    middle = {name: statistics.median(found) for name, found in rates.items()}
    return {
        "bare_per_s": round(middle["bare"]),
        "ours_per_s": round(middle["ours"]),
        "ratio": round(middle["ours"] / middle["bare"], 3),
        "thousand_changes_bytes": len(body(0, 1000)),
        "thousand_changes_p50_ms": round(percentile(big, 0.5) * 1000, 1),
        "thousand_changes_p99_ms": round(percentile(big, 0.99) * 1000, 1),
    }


def start(name: str, port: int, *where: str) -> "subprocess.Popen[bytes]":
    """Start one server as a process of its own."""
    argv = [sys.executable, "-m", "benchmarks.webhook", "--serve", name, str(port), *where]
    return subprocess.Popen(argv, env=os.environ)


def main() -> None:
    """Start the servers, measure, print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs="+")
    given = parser.parse_args()
    if given.serve:
        name, port, *where = given.serve
        if name == "bare":
            uvloop.run(serve_bare(int(port), where[0]))
        uvloop.run(serve_ours(int(port), where[0], where[1]))
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        broker, mongod = Tansu(log_path=Path(folder) / "broker.log"), Mongod(Path(folder) / "db")
        children: list[subprocess.Popen[bytes]] = []
        try:
            broker.start()
            mongod.start()
            prepare(broker.url)
            ports = {"bare": free_port(), "ours": free_port()}
            children.append(start("bare", ports["bare"], broker.url))
            children.append(start("ours", ports["ours"], broker.url, mongod.url))

            async def run() -> dict[str, Any]:
                for child, port in zip(children, ports.values(), strict=True):
                    await wait_for(port, child)
                return await measure(ports, given.requests, given.rounds)

            sys.stdout.write(json.dumps(uvloop.run(run())) + "\n")
        finally:
            for child in children:
                child.terminate()
                child.wait(10)
            mongod.stop(grace_s=5)
            broker.stop()


def prepare(bus_url: str) -> None:
    """Make a topic for each, alike in partitions."""
    with Admin(BusSettings(url=bus_url)) as admin:
        admin.ensure_topics([MESSAGE_RECEIVED.name, DELIVERY_RECEIVED.name])


if __name__ == "__main__":
    main()
