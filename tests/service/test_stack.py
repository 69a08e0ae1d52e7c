"""The servers that `rapport up` and the tests start: they come up, keep data, come back, and say why not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from pymongo import MongoClient

from cli.stack import kafka_jars, mongod, processes
from cli.stack.kafka import Kafka
from cli.stack.mongod import Mongod
from cli.stack.ports import HIGHEST, HOST, LOWEST, free_port, is_open, is_taken
from cli.stack.processes import Child, Command, StartError, spawn, wait_until
from cli.stack.supervisor import Service, Supervisor
from cli.stack.tansu import Tansu

REBALANCE_TIMEOUT_MS = 4000
WITHIN_S = 30.0

READY_SERVER = """
    import http.server, sys
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()
        def log_message(self, *_): pass
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def python(name: str, folder: Path, code: str, *args: str) -> Command:
    argv = [sys.executable, "-c", textwrap.dedent(code), *args]
    return Command(name, argv, folder / f"{name}.log")


def wait_for(child: Child, text: str) -> None:
    wait_until(lambda: text in child.log_tail(), child, WITHIN_S)


def wait_for_end(process: psutil.Process) -> None:
    """Also content with a zombie: who collects it is this machine's business."""
    deadline_at_s = time.monotonic() + WITHIN_S
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline_at_s, f"{process} still runs"
            threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def own_mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    server = Mongod(tmp_path_factory.mktemp("mongod"))
    server.start()
    yield server
    server.stop()


# -- mongod


def test_mongod_takes_transactions_and_change_streams(mongo_url, database_name):
    with MongoClient[dict[str, Any]](mongo_url) as client:
        notes = client[database_name].notes
        notes.insert_one({"n": 0})
        with notes.watch(max_await_time_ms=2000) as changes:
            with client.start_session() as session, session.start_transaction():
                notes.insert_one({"n": 1}, session=session)
            assert next(changes)["fullDocument"]["n"] == 1


def test_mongod_goes_on_with_its_data_after_stop_after_kill_and_on_another_port(tmp_path):
    first = Mongod(tmp_path)
    first.start()
    with MongoClient[dict[str, Any]](first.url) as client:
        client.kept.notes.insert_one({"n": 1})
    first.kill()
    first.start()
    first.stop()
    assert not is_open(first.port)

    second = Mongod(tmp_path, port=free_port(avoid=frozenset({first.port})))
    second.start()
    try:
        with MongoClient[dict[str, Any]](second.url) as client:
            client.kept.notes.insert_one({"n": 2})
            assert [note["n"] for note in client.kept.notes.find().sort("n")] == [1, 2]
    finally:
        second.stop()


def test_mongod_says_that_its_data_is_in_use(own_mongod, tmp_path):
    second = Mongod(own_mongod.child.log_path.parent, log_path=tmp_path / "second.log")
    with pytest.raises(StartError, match=r"is in use by another run. Stop that one first.$"):
        second.start()
    assert own_mongod.child.is_running()


def test_mongod_says_that_its_data_is_in_use_when_it_finds_out_itself(
    own_mongod, tmp_path, monkeypatch
):
    monkeypatch.setattr(mongod, "_is_in_use", lambda _: False)
    second = Mongod(own_mongod.child.log_path.parent, log_path=tmp_path / "second.log")
    with pytest.raises(StartError, match=r"is in use by another run. Stop that one first.$"):
        second.start()


def test_mongod_says_that_its_port_is_taken(own_mongod, tmp_path):
    with pytest.raises(StartError, match=f"port {own_mongod.port} is taken by another program"):
        Mongod(tmp_path, port=own_mongod.port).start()


def test_mongod_names_the_missing_library(tmp_path, monkeypatch):
    fake = tmp_path / "mongod"
    fake.write_text(
        "#!/bin/sh\n"
        "echo mongod: error while loading shared libraries: libcurl.so.4: cannot open shared "
        "object file: No such file or directory >&2\nexit 127\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(mongod, "mongod_path", lambda: fake)
    with pytest.raises(StartError) as raised:
        Mongod(tmp_path / "data").start()
    assert str(raised.value) == (
        "mongod could not start: libcurl.so.4 is missing. Install it with: apt-get install libcurl4"
    )


def test_mongod_says_that_a_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartError, match=r"^mongod could not start: .*: Not a directory.$"):
        Mongod(tmp_path / "file" / "data").start()


# -- brokers


def create_topic(url: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=url)
    try:
        admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    finally:
        admin.close()


async def consume(url: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=url,
        group_id=f"{topic}-readers",
        auto_offset_reset="earliest",
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        session_timeout_ms=6000,
    )
    await consumer.start()
    try:
        values: list[bytes] = []
        async with asyncio.timeout(WITHIN_S):
            while len(values) < count:
                batches = await consumer.getmany(timeout_ms=200)
                values += [record.value for batch in batches.values() for record in batch]
        await consumer.commit()
        return sorted(values)
    finally:
        await consumer.stop()


async def produce(
    url: str, topic: str, values: list[bytes], *, is_idempotent: bool = False
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=url, enable_idempotence=is_idempotent, acks="all")
    await producer.start()
    try:
        sent = [await producer.send(topic, value, key=value) for value in values]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


@pytest.mark.kafka
async def test_broker_carries_records_of_aiokafka(bus_url, topic_prefix):
    topic = f"{topic_prefix}records"
    create_topic(bus_url, topic)
    values = sorted(b"%d" % n for n in range(50))
    await produce(bus_url, topic, values)
    assert await consume(bus_url, topic, 50) == values


@pytest.mark.kafka
def test_broker_carries_records_of_kafka_python(bus_url, topic_prefix):
    topic = f"{topic_prefix}records"
    create_topic(bus_url, topic)
    producer = KafkaProducer(bootstrap_servers=bus_url, enable_idempotence=False)
    producer.send(topic, b"one")
    producer.flush(timeout=WITHIN_S)
    producer.close()
    consumer = KafkaConsumer(
        topic, bootstrap_servers=bus_url, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    assert next(consumer).value == b"one"
    consumer.close()


def test_tansu_comes_back_empty_on_its_port_and_names_a_taken_one(tmp_path):
    broker = Tansu(log_path=tmp_path / "broker.log")
    broker.start()
    try:
        create_topic(broker.url, "gone")
        with pytest.raises(StartError, match=f"port {broker.port} is taken"):
            Tansu(log_path=tmp_path / "second.log", port=broker.port).start()
        broker.kill()
        broker.start()
        admin = KafkaAdminClient(bootstrap_servers=broker.url)
        assert "gone" not in admin.list_topics()
        admin.close()
    finally:
        broker.stop()


@pytest.mark.apache
@pytest.mark.slow
async def test_kafka_goes_on_with_its_data_and_offsets_after_stop_and_after_kill(tmp_path):
    broker = Kafka(tmp_path)
    broker.start()
    try:
        create_topic(broker.url, "kept")
        await produce(broker.url, "kept", [b"1", b"2"], is_idempotent=True)
        assert await consume(broker.url, "kept", 2) == [b"1", b"2"]
        broker.stop()
        assert not is_open(broker.port)
        broker.start()
        await produce(broker.url, "kept", [b"3"], is_idempotent=True)
        broker.kill()
        broker.start()
        # The group goes on where it committed, so only the third comes.
        assert await consume(broker.url, "kept", 1) == [b"3"]
    finally:
        broker.stop()


@pytest.mark.apache
def test_kafka_says_that_its_data_is_in_use(tmp_path):
    broker = Kafka(tmp_path)
    broker.start()
    try:
        with pytest.raises(StartError, match=r"is in use by another run. Stop that one first.$"):
            Kafka(tmp_path).start()
    finally:
        broker.stop()


def test_kafka_names_the_missing_program(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartError, match=r"^Apache Kafka needs java, .* default-jre-headless$"):
        Kafka(tmp_path / "data").start()
    monkeypatch.setenv(kafka_jars.HOME_VARIABLE, str(tmp_path / "home"))
    with pytest.raises(StartError, match=r"^Apache Kafka needs mvn, .* apt-get install maven$"):
        kafka_jars.jars()


# -- ports


def test_a_free_port_lies_outside_the_range_of_outgoing_connections():
    port = free_port()
    assert LOWEST <= port <= HIGHEST < 32768
    with socket.create_server((HOST, port)):
        assert is_taken(port)
        assert is_open(port)
    assert not is_open(port)


# -- processes


def test_supervisor_starts_measures_and_stops_services(tmp_path):
    ports = {"one": free_port(), "two": free_port()}
    services = [
        Service(python(name, tmp_path, READY_SERVER, str(port)), port)
        for name, port in ports.items()
    ]
    with Supervisor() as supervisor:
        supervisor.start(services, WITHIN_S)
        assert all(size_bytes > 1_000_000 for size_bytes in supervisor.memory_bytes().values())
        supervisor.children[0].kill()
        assert [child.name for child in supervisor.ended()] == ["one"]
        supervisor.restart(services[0], WITHIN_S)
        assert not supervisor.ended()
    assert not any(is_open(port) for port in ports.values())


def test_supervisor_shows_the_last_lines_of_a_service_that_ended_and_stops_the_others(tmp_path):
    port = free_port()
    good = Service(python("good", tmp_path, READY_SERVER, str(port)), port)
    bad = Service(python("bad", tmp_path, "raise SystemExit('MONGO_URL is missing')"), free_port())
    supervisor = Supervisor()
    with pytest.raises(StartError) as raised:
        supervisor.start([good, bad], WITHIN_S)
    first, *rest = str(raised.value).splitlines()
    assert first == f"bad ended at once (exit code 1). The last lines of {bad.command.log_path}:"
    assert rest == ["MONGO_URL is missing"]
    assert not supervisor.children
    assert not is_open(port)


def test_a_service_that_is_never_ready_is_named(tmp_path):
    silent = Service(python("silent", tmp_path, "import time; time.sleep(60)"), free_port())
    with pytest.raises(StartError, match=r"^silent was not ready within 1 s and wrote nothing to "):
        Supervisor(grace_s=1).start([silent], 1)


def test_a_service_that_says_why_it_is_not_ready_is_quoted(tmp_path):
    port = free_port()
    refusing = READY_SERVER.replace('"/readyz"', '"/never"').replace(
        "self.end_headers()", "self.end_headers(); self.wfile.write(b'mongo is away')"
    )
    service = Service(python("refusing", tmp_path, refusing, str(port)), port)
    with pytest.raises(StartError, match=r"/readyz said: 404 mongo is away$"):
        Supervisor().start([service], 3)


def test_a_program_that_is_missing_is_named(tmp_path):
    child = spawn(Command("absent", ["/no/such/program"], tmp_path / "absent.log"))
    with pytest.raises(
        StartError, match=r"(?s)absent ended at once.*/no/such/program: No such file"
    ):
        wait_until(lambda: False, child, WITHIN_S)


def test_a_child_that_ignores_sigterm_is_killed_with_what_it_started(tmp_path):
    stubborn = """
        import signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        grandchild = subprocess.Popen(["sleep", "60"])
        print(grandchild.pid, "started", flush=True)
        time.sleep(60)
    """
    child = spawn(python("stubborn", tmp_path, stubborn))
    wait_for(child, "started")
    grandchild = psutil.Process(int(child.log_tail().split()[0]))
    assert child.stop(grace_s=0.3) == -signal.SIGKILL
    wait_for_end(grandchild)


def test_a_child_outlives_the_thread_that_started_it(tmp_path):
    children: list[Child] = []
    sleeper = python("sleeper", tmp_path, "import time; print('up', flush=True); time.sleep(60)")
    thread = threading.Thread(target=lambda: children.append(spawn(sleeper)))
    thread.start()
    thread.join()
    wait_for(children[0], "up")
    assert children[0].is_running()
    assert children[0].stop() == -signal.SIGTERM


def test_children_end_when_their_parent_is_killed(tmp_path):
    parent_code = """
        import sys, time
        from pathlib import Path
        from cli.stack.processes import Command, spawn
        child = spawn(Command("sleeper", ["sleep", "60"], Path(sys.argv[1])))
        print(child.pid, flush=True)
        time.sleep(60)
    """
    argv = [sys.executable, "-c", textwrap.dedent(parent_code), str(tmp_path / "sleeper.log")]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, cwd=Path(processes.__file__).parents[2]
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
    wait_for_end(child)


def test_the_log_of_the_run_before_is_kept(tmp_path):
    for word in ("first", "second"):
        spawn(python("talker", tmp_path, f"print('{word}')")).wait(WITHIN_S)
    assert (tmp_path / "talker.log").read_text() == "second\n"
    assert (tmp_path / "talker.log.1").read_text() == "first\n"
