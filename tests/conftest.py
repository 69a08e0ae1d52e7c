"""Real servers for the tests: one mongod and one broker a run, started by the first test that asks.

MONGO_URL and BUS_URL name servers of your own; KAFKA=apache takes Apache Kafka instead of Tansu.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

BusKind = Literal["tansu", "apache"]
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 << 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test marked `apache` is one of the broker's tests, and is skipped on any other broker."""
    on_apache = os.environ.get("KAFKA") == "apache"
    for item in items:
        if item.get_closest_marker("apache"):
            item.add_marker(pytest.mark.kafka)
            if not on_apache:
                item.add_marker(pytest.mark.skip(reason="needs Apache Kafka: set KAFKA=apache"))


@pytest.fixture(scope="session")
def server_dir() -> Iterator[Path]:
    """Where this run's servers keep data and logs; gone at its end, unlike pytest's own folders."""
    with tempfile.TemporaryDirectory(prefix="rapport-tests-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """A mongod that is a replica set of one: transactions and change streams work."""
    if own := os.environ.get("MONGO_URL"):
        yield own
        return
    from cli.stack.mongod import Mongod

    with tempfile.TemporaryDirectory(
        prefix="rapport-tests-", dir=_memory(), ignore_cleanup_errors=True
    ) as folder:
        mongod = Mongod(Path(folder) / "mongod")
        try:
            mongod.start()
            yield mongod.url
        finally:
            mongod.stop(grace_s=5)


def _memory() -> Path | None:
    """Return a folder in memory if there is room: an index a test makes costs a sync on a disk."""
    is_there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if is_there and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES else None


@pytest.fixture(scope="session")
def bus_kind() -> BusKind:
    """Which broker `bus_url` is."""
    return "apache" if os.environ.get("KAFKA") == "apache" else "tansu"


@pytest.fixture(scope="session")
def bus_url(request: pytest.FixtureRequest, bus_kind: BusKind) -> Iterator[str]:
    """`host:port` of a broker; no topic makes itself on Apache Kafka, so tests create theirs."""
    if own := os.environ.get("BUS_URL"):
        yield own
        return
    from cli.stack.kafka import Kafka
    from cli.stack.tansu import Tansu

    folder = request.getfixturevalue("server_dir")
    broker = (
        Kafka(folder / "kafka") if bus_kind == "apache" else Tansu(log_path=folder / "broker.log")
    )
    try:
        broker.start()
        yield broker.url
    finally:
        broker.stop(grace_s=5)


@pytest.fixture
def database_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """Starts the name of every database this test makes; they are dropped after it."""
    prefix = f"test_{uuid.uuid4().hex[:12]}"
    yield prefix
    if "mongo_url" in request.fixturenames:
        _drop_databases(request.getfixturevalue("mongo_url"), prefix)


@pytest.fixture
def database_name(database_prefix: str) -> str:
    """The one database of a test that needs one."""
    return f"{database_prefix}_main"


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest, bus_kind: BusKind) -> Iterator[str]:
    """Starts the name of every topic and group this test makes."""
    prefix = f"test-{uuid.uuid4().hex[:12]}-"
    yield prefix
    # Apache Kafka keeps files and threads for each partition; Tansu keeps a little memory until it ends.
    if bus_kind == "apache" and "bus_url" in request.fixturenames:
        _delete_topics(request.getfixturevalue("bus_url"), prefix)


def _drop_databases(url: str, prefix: str) -> None:
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


def _delete_topics(url: str, prefix: str) -> None:
    from kafka import KafkaAdminClient

    admin = KafkaAdminClient(bootstrap_servers=url)
    try:
        if topics := [name for name in admin.list_topics() if name.startswith(prefix)]:
            admin.delete_topics(topics)
    finally:
        admin.close()
