"""Rapport on one machine: servers, topics, services and sandbox, started, watched and drained.

`rapport up`, the end-to-end tests and the benchmarks all start it from here, so they run the same thing.
"""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, Self

from cli.apps import gateway_apps, ingest_apps
from cli.environment import ENV_FILE
from cli.secrets import Secrets
from cli.stack.kafka import Kafka
from cli.stack.mongod import Mongod
from cli.stack.ports import free_port, is_taken
from cli.stack.processes import Child, Command, StartError
from cli.stack.supervisor import Service, Supervisor
from cli.stack.tansu import Tansu
from contracts.topics import SERVICES
from runtime.admin import Admin
from runtime.crypto import Letterbox
from runtime.errors import Unavailable
from runtime.settings import BusSettings

Broker = Literal["tansu", "apache"]
DRAIN_S = 15.0
HOST = "127.0.0.1"
SANDBOX = "sandbox"
STORM = "storm"
MODULES = {SANDBOX: "sandbox", STORM: "services.classify.storm_worker"}
DEFAULT_PORTS = {"gateway": 8080, "ingest": 8081, SANDBOX: 8900}


class Server(Protocol):
    """A broker or database of ours."""

    @property
    def url(self) -> str: ...
    @property
    def child(self) -> Child: ...
    def start(self, within_s: float = ...) -> None: ...
    def stop(self, grace_s: float = ...) -> None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """What to start, where its data lies, and on which ports (0: any free one)."""

    data_dir: Path
    broker: Broker = "tansu"
    bus_url: str | None = None
    mongo_url: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    with_sandbox: bool = True
    env: Mapping[str, str] = field(default_factory=dict)


class Platform:
    """All processes of one Rapport. Use it as a context manager: leaving it drains and stops all."""

    def __init__(
        self, options: Options, seed: Callable[[Mapping[str, str]], None] | None = None
    ) -> None:
        self.options = options
        self.secrets = Secrets.keep(options.data_dir / "secrets.json")
        self._seed = seed
        self._supervisor = Supervisor(grace_s=50.0)
        self._mongod: Mongod | None = None
        self._broker: Server | None = None
        self._services: dict[str, Service] = {}
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, name: str) -> str:
        """Return the address of the gateway, ingest or the sandbox."""
        return f"http://{HOST}:{self.ports[name]}"

    @property
    def env(self) -> dict[str, str]:
        """The settings that every process gets: also good for the operators' commands."""
        assert self._bus_url is not None
        assert self._mongo_url is not None
        is_ours = self.options.bus_url is None
        return {
            "BUS_URL": self._bus_url,
            "BUS_IS_IDEMPOTENT": str(not (is_ours and self.options.broker == "tansu")).lower(),
            "BUS_SESSION_TIMEOUT_MS": "6000",
            "BUS_REBALANCE_TIMEOUT_MS": "4000",
            "BUS_HEARTBEAT_MS": "1000",
            "MONGO_URL": self._mongo_url,
            "SEAL_KEYS": self.secrets.seal_keys,
            "GATEWAY_PAGING_KEY": self.secrets.paging_key,
            "GATEWAY_APPROVAL_KEY": self.secrets.approval_key,
            "RESPOND_APPROVAL_KEYS": self.secrets.approval_keys,
            "GATEWAY_CONNECT_KEY": Letterbox.from_setting(self.secrets.seal_keys).public_key,
            "INGEST_APPS": ingest_apps(self.secrets, self._sandbox_url),
            "INGEST_PUBLIC_URL": self.url("ingest"),
            # The stand-ins of the networks listen on this machine.
            "NET_IS_LOOPBACK_ALLOWED": "true",
            "INGEST_HTTP_PORT": str(self.ports["ingest"]),
            "GATEWAY_HTTP_PORT": str(self.ports["gateway"]),
            "PUBLIC_URL": self.url("gateway"),
            **(self._sandbox_places() if self.options.with_sandbox else {}),
            **self.options.env,
        }

    @property
    def _sandbox_url(self) -> str | None:
        return self.url(SANDBOX) if self.options.with_sandbox else None

    @property
    def _bus_url(self) -> str | None:
        return self.options.bus_url or (self._broker.url if self._broker else None)

    @property
    def _mongo_url(self) -> str | None:
        return self.options.mongo_url or (self._mongod.url if self._mongod else None)

    @property
    def bus_settings(self) -> BusSettings:
        """The broker's settings, for administration from this process."""
        env = self.env
        return BusSettings(url=env["BUS_URL"], is_idempotent=env["BUS_IS_IDEMPOTENT"] == "true")

    def start(self) -> None:
        """Start everything; on the first thing that fails stop all and raise `StartError`."""
        try:
            self._choose_ports()
            self._start_servers()
            self._prepare_bus()
            if self._seed is not None:
                self._seed({**self.env, "DEMO_PASSWORD": self.secrets.password})
            self._write_env()
            self._services = {name: self._service(name) for name in self._names()}
            self._supervisor.start(self._services.values(), within_s=60)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what makes new work, let the rest finish, then stop all in order."""
        self._drain()
        self._supervisor.stop()
        (self.options.data_dir / ENV_FILE).unlink(missing_ok=True)
        for server in (self._broker, self._mongod):
            if server is not None:
                server.stop()
        self._broker = self._mongod = None

    def kill(self, name: str) -> None:
        """SIGKILL one service (tests)."""
        self._child(name).kill()
        self._child(name).wait(5)

    def restart(self, name: str) -> None:
        """Start one service again and wait until it is ready."""
        self._supervisor.restart(self._services[name])

    def children(self) -> Sequence[Child]:
        """Every process of ours, servers included."""
        servers = [server.child for server in (self._mongod, self._broker) if server is not None]
        return [*self._supervisor.children, *servers]

    def lag(self) -> int:
        """Return how many records wait to be handled by any service."""
        with Admin(self.bus_settings) as admin:
            return sum(lag.messages for lag in admin.lags(SERVICES))

    def wait_until_idle(self, within_s: float) -> bool:
        """Wait until no record waits; say whether it came to that."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.lag() == 0:
                return True
            time.sleep(0.2)
        return False

    def mend(self) -> list[str]:
        """Start again what ended by itself; return one sentence for each."""
        told = []
        for child in self._supervisor.ended():
            told.append(
                f"{child.name} ended by itself (exit code {child.exit_code}); started again"
            )
            self.restart(child.name)
        for name, server in (("mongod", self._mongod), ("the broker", self._broker)):
            if server is not None and not server.child.is_running():
                server.start()
                self._prepare_bus()
                told.append(f"{name} ended by itself; started again")
        return told

    def _names(self) -> list[str]:
        names = [*SERVICES, STORM]
        return [*names, SANDBOX] if self.options.with_sandbox else names

    def _child(self, name: str) -> Child:
        return next(child for child in self._supervisor.children if child.name == name)

    def _choose_ports(self) -> None:
        for name, default in DEFAULT_PORTS.items():
            port = self.options.ports.get(name, default) or free_port()
            if is_taken(port) and (name != SANDBOX or self.options.with_sandbox):
                variable = f"{name.upper()}_{'' if name == SANDBOX else 'HTTP_'}PORT"
                raise StartError(
                    f"port {port} for {name} is taken by another program: "
                    f"stop that program, or choose another port with {variable}={port + 1000}"
                )
            self.ports[name] = port
        if self.options.with_sandbox:
            self.ports |= {"imap": free_port(), "smtp": free_port()}

    def _start_servers(self) -> None:
        data, logs = self.options.data_dir, self.options.data_dir / "logs"
        if self.options.mongo_url is None:
            self._mongod = Mongod(data / "mongo", log_path=logs / "mongod.log")
            self._mongod.start()
        if self.options.bus_url is None:
            if self.options.broker == "apache":
                self._broker = Kafka(data / "kafka", log_path=logs / "kafka.log")
            else:
                self._broker = Tansu(log_path=logs / "tansu.log")
            self._broker.start()

    def _prepare_bus(self) -> None:
        try:
            with Admin(self.bus_settings) as admin:
                admin.ensure_topics()
        except Unavailable as error:
            raise StartError(error.why) from error

    def _write_env(self) -> None:
        """Leave the addresses where the operators' commands look for them."""
        path = self.options.data_dir / ENV_FILE
        text = "".join(f"{name}={value}\n" for name, value in self.env.items())
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)

    def _service(self, name: str) -> Service:
        module = MODULES.get(name, f"services.{name}")
        health_port = self.ports[SANDBOX] if name == SANDBOX else free_port()
        env = {**self.env, "HEALTH_PORT": str(health_port)}
        if name == SANDBOX:
            env |= self._sandbox_env()
        log_path = self.options.data_dir / "logs" / f"{name}.log"
        return Service(Command(name, [sys.executable, "-m", module], log_path, env), health_port)

    def _sandbox_places(self) -> dict[str, str]:
        """Where the stand-ins are; what they do not push is asked for often, as they bear it."""
        return {
            "SANDBOX_URL": self.url(SANDBOX),
            "GATEWAY_APPS": gateway_apps(self.url(SANDBOX)),
            "SANDBOX_IMAP_PORT": str(self.ports["imap"]),
            "SANDBOX_SMTP_PORT": str(self.ports["smtp"]),
            "INGEST_POLL_EVERY_S": "10",
            "STORM_LATENESS_S": "20",
        }

    def _sandbox_env(self) -> dict[str, str]:
        return {
            "SANDBOX_PORT": str(self.ports[SANDBOX]),
            "SANDBOX_FACEBOOK_CALLBACK": f"{self.url('ingest')}/webhooks/facebook",
            "SANDBOX_FACEBOOK_APP_SECRET": self.secrets.facebook_app_secret,
            "SANDBOX_FACEBOOK_VERIFY_TOKEN": self.secrets.facebook_verify_token,
            "SANDBOX_HOOKS_URL": f"{self.url('ingest')}/webhooks",
            "SANDBOX_STATE": str(self.options.data_dir / "sandbox.db"),
            **{key: value for key, value in self.options.env.items() if key.startswith("SANDBOX_")},
        }

    def _drain(self) -> None:
        """Tansu keeps records in memory only, so what is on the way must arrive before it ends."""
        running = {child.name: child for child in self._supervisor.children if child.is_running()}
        if SANDBOX in running:
            running[SANDBOX].stop(5)
        if all(name in running for name in SERVICES) and self._broker is not None:
            with contextlib.suppress(Unavailable):
                self.wait_until_idle(DRAIN_S)


@contextlib.contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold a data folder for this run. Raises `StartError` when another run holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise StartError(
            f"Rapport is running already on {data_dir}: use that one, end it with Ctrl-C, "
            "or choose another folder with RAPPORT_DATA=..."
        ) from None
    try:
        yield
    finally:
        os.close(handle)
