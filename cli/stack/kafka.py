"""Apache Kafka in KRaft mode on this machine: one process that is broker and controller, its data in a folder.

Where its jars come from is `kafka_jars.py`.
"""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli.stack.kafka_jars import jars, java_path
from cli.stack.kafka_protocol import is_serving
from cli.stack.ports import HOST, free_port, is_taken
from cli.stack.processes import Child, Command, StartError, spawn, wait_until

HEAP_MIB = 512
FORMAT_TIMEOUT_S = 60
# Short broker sessions: after a SIGKILL the controller takes the broker back only when its old session has ended.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_dirs}
auto.create.topics.enable=false
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class Kafka:
    """One broker on 127.0.0.1 over `data_dir`; `start` after `stop` or `kill` goes on with the same port and data."""

    def __init__(
        self, data_dir: Path, *, port: int | None = None, log_path: Path | None = None
    ) -> None:
        self.port = port or free_port()
        self.log_path = log_path or data_dir / "kafka.log"
        self._controller_port = free_port(avoid=frozenset({self.port}))
        self._data_dir = data_dir.absolute()
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """`host:port`, as Kafka clients take it."""
        return f"{HOST}:{self.port}"

    @property
    def child(self) -> Child:
        """Raises `StartError` before `start`."""
        if self._child is None:
            raise StartError("Kafka was not started.")
        return self._child

    def start(self, within_s: float = 60.0) -> None:
        """Returns once it serves. Formats the data directory the first time. Raises `StartError`."""
        if is_taken(self.port):
            raise StartError(
                f"Kafka could not start: port {self.port} is taken by another program."
            )
        if self._is_in_use():
            raise StartError(
                f"Kafka could not start: {self._data_dir} is in use by another run. Stop that one first."
            )
        if is_taken(self._controller_port):
            self._controller_port = free_port(avoid=frozenset({self.port}))
        self._data_dir.mkdir(parents=True, exist_ok=True)
        java = [
            java_path(),
            f"-Xmx{HEAP_MIB}m",
            "-XX:+UseSerialGC",
            "-Dlog4j2.level=WARN",
            "-cp",
            str(jars() / "*"),
        ]
        self._write_properties()
        if not (self._log_dirs / "meta.properties").exists():
            self._format(java)
        self._child = spawn(
            Command("kafka", [*java, "kafka.Kafka", str(self._properties)], self.log_path)
        )
        try:
            wait_until(lambda: is_serving(self.port), self._child, within_s)
        except BaseException:
            self._child.kill()
            raise

    def stop(self, grace_s: float = 20.0) -> None:
        """Clean shutdown; may be called twice and before `start`."""
        if self._child is not None:
            self._child.stop(grace_s)

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        self.child.kill()

    @property
    def _properties(self) -> Path:
        return self._data_dir / "server.properties"

    @property
    def _log_dirs(self) -> Path:
        return self._data_dir / "logs"

    def _write_properties(self) -> None:
        text = PROPERTIES.format(
            host=HOST,
            port=self.port,
            controller_port=self._controller_port,
            log_dirs=self._log_dirs,
        )
        self._properties.write_text(text, encoding="utf-8")

    def _format(self, java: Sequence[str]) -> None:
        tool = [*java, "kafka.tools.StorageTool"]
        cluster_id = _output_of([*tool, "random-uuid"]).strip()
        _output_of([*tool, "format", "-t", cluster_id, "-c", str(self._properties)])

    def _is_in_use(self) -> bool:
        # Asked before Java does: a second Kafka refuses too, but only after it has upset the one that runs, whose
        # metadata thread then spins and which can no longer shut down (4.3.1).
        try:
            with (self._log_dirs / ".lock").open("r+b") as lock:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False


def _output_of(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FORMAT_TIMEOUT_S,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise StartError(
            f"Kafka's data directory could not be formatted: {error.stderr.strip()}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise StartError(
            f"Kafka's data directory was not formatted within {FORMAT_TIMEOUT_S} s."
        ) from error
    return done.stdout
