"""The services of one machine as child processes: started together, watched, stopped together.

Order and settings come from the caller; servers such as mongod have their own modules.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from cli.stack.ports import HOST
from cli.stack.processes import (
    POLL_S,
    Child,
    Command,
    StartError,
    memory_bytes,
    spawn,
    stop_all,
    wait_until,
)

READY_PATH = "/readyz"
PROBE_TIMEOUT_S = 2.0
LONGEST_ANSWER_BYTES = 1000


@dataclass(frozen=True)
class Service:
    """A command that answers 200 on http://127.0.0.1:`health_port`/readyz once it is ready."""

    command: Command
    health_port: int


class Supervisor:
    """Keeps the children it started. Use it as a context manager: leaving it stops them all."""

    def __init__(self, grace_s: float = 15.0) -> None:
        self._grace_s = grace_s
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def children(self) -> Sequence[Child]:
        return tuple(self._children.values())

    def start(self, services: Iterable[Service], within_s: float = 30.0) -> None:
        """Starts all, then waits for each to be ready; on the first that is not, stops all and raises `StartError`."""
        services = list(services)
        deadline_at_s = time.monotonic() + within_s
        try:
            for service in services:
                self._children[service.command.name] = spawn(service.command)
            for service in services:
                self._wait(service, deadline_at_s - time.monotonic())
        except BaseException:
            self.stop()
            raise

    def restart(self, service: Service, within_s: float = 30.0) -> Child:
        """Starts one again (or for the first time) and waits until it is ready; stops what still runs of it."""
        name = service.command.name
        if name in self._children:
            self._children[name].stop(self._grace_s)
        self._children[name] = spawn(service.command)
        self._wait(service, within_s)
        return self._children[name]

    def ended(self) -> Sequence[Child]:
        """The children that have ended by themselves."""
        return tuple(child for child in self._children.values() if not child.is_running())

    def wait_for_end(self, poll_s: float = 0.2) -> Child:
        """Blocks until one child ends by itself, and returns it; KeyboardInterrupt passes through."""
        while not (ended := self.ended()):
            time.sleep(poll_s)
        return ended[0]

    def memory_bytes(self) -> dict[str, int]:
        """Resident bytes by child, with what it started itself."""
        resident = memory_bytes(child.pid for child in self._children.values())
        return {child.name: resident[child.pid] for child in self._children.values()}

    def stop(self) -> dict[str, int]:
        """Stops all at once and forgets them; returns exit codes by name. May be called twice."""
        children = list(self._children.values())
        self._children.clear()
        return stop_all(children, self._grace_s)

    def _wait(self, service: Service, within_s: float) -> None:
        child = self._children[service.command.name]
        probe = Probe(service.health_port)
        try:
            wait_until(probe.is_ready, child, max(POLL_S, within_s))
        except StartError as error:
            if probe.last_answer:
                raise StartError(f"{error}\n{READY_PATH} said: {probe.last_answer}") from error
            raise


class Probe:
    """Asks one process whether it is ready, and remembers why not."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.last_answer = ""

    def is_ready(self) -> bool:
        """True when /readyz answers 200; a process that does not listen yet is not ready."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=PROBE_TIMEOUT_S)
        try:
            connection.request("GET", READY_PATH)
            answer = connection.getresponse()
            body = answer.read(LONGEST_ANSWER_BYTES).decode("utf-8", "replace")
            self.last_answer = f"{answer.status} {body}".strip()
        except (OSError, http.client.HTTPException):
            return False
        else:
            return answer.status == http.client.OK
        finally:
            connection.close()
