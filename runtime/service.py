"""The life of a service: start its parts in order, run until told to stop, drain in reverse."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol

from prometheus_client import CollectorRegistry

from runtime.clock import Clock, SystemClock
from runtime.errors import Misconfigured, RapportError, Unavailable
from runtime.logs import get_logger, set_up_logs
from runtime.metrics import Probe, RuntimeMetrics
from runtime.settings import ServiceSettings, exit_misconfigured

VERSION = "0.1.0"
log = get_logger("runtime.service")


class Component(Protocol):
    """A part of a service. `start` returns when it works, `stop` when its work is safely put down."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Loop:
    """A component that runs one coroutine until it is told to stop.

    The coroutine gets an event that is set when it shall end; an exception out of it ends the service.
    """

    def __init__(self, name: str, run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        self.name = name
        self._run = run
        self._ending = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(self._wrapped(), name=self.name)

    async def stop(self) -> None:
        self._ending.set()
        if self.task is not None:
            await self.task

    async def _wrapped(self) -> None:
        await self._run(self._ending)


def sweeping(
    name: str, sweep: Callable[[], Awaitable[object]], every_s: float
) -> Callable[[asyncio.Event], Awaitable[None]]:
    """Return what a `Loop` runs: sweep while there is work, then look again every so often.

    `sweep` does one round and says whether there was anything; an outage is waited out.
    """

    async def run(ending: asyncio.Event) -> None:
        while not ending.is_set():
            try:
                while not ending.is_set() and await sweep():
                    pass
            except Unavailable as outage:
                log.warning("sweep.waiting", loop=name, code=outage.code, why=outage.why)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), every_s)

    return run


class Closing:
    """A component around something that is open already and only needs closing at the end."""

    def __init__(self, name: str, close: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._close = close

    async def start(self) -> None:
        """Nothing to do: it opens when first used."""

    async def stop(self) -> None:
        """Close, after everything that was started later has stopped."""
        await self._close()


class Service:
    """The parts of one process and the signals that end it."""

    def __init__(self, name: str, settings: ServiceSettings, clock: Clock | None = None) -> None:
        self.name = name
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.registry = CollectorRegistry()
        self.metrics = RuntimeMetrics(self.registry, name, VERSION)
        self.probes: dict[str, Probe] = {}
        self.heartbeats: dict[str, Probe] = {}
        self.is_started = False
        self._parts: list[Component] = []
        self._ending = asyncio.Event()

    def add(self, part: Component, probe: Probe | None = None) -> None:
        """Add a part: started after those before it, stopped before them.

        `probe` speaks for readiness; a part with a `heartbeat` speaks for liveness by itself.
        """
        self._parts.append(part)
        name = getattr(part, "name", type(part).__name__)
        if probe is not None:
            self.probes[name] = probe
        if (heartbeat := getattr(part, "heartbeat", None)) is not None:
            self.heartbeats[name] = heartbeat

    def end(self) -> None:
        """Ask the service to drain and stop."""
        self._ending.set()

    async def run(self) -> int:
        """Run to the end; return the exit code (0 after a clean drain, 70 after a failure)."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        started: list[Component] = []
        code = 0
        try:
            for part in self._parts:
                await part.start()
                started.append(part)
            self.is_started = True
            calm_garbage_collector()
            log.info("service.started")
            code = await self._wait()
        except RapportError as error:
            log.error("service.start_failed", code=error.code, why=error.why)
            code = os.EX_SOFTWARE
        drained = await self._drain(started)
        log.info("service.stopped", exit_code=code or drained)
        return code or drained

    async def _wait(self) -> int:
        watched = {
            task for part in self._parts if (task := getattr(part, "task", None)) is not None
        }
        ending = asyncio.create_task(self._ending.wait())
        done, _ = await asyncio.wait({*watched, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        for task in done - {ending}:
            error = task.exception()
            log.error("service.part_failed", part=task.get_name(), exc_info=error)
            return os.EX_SOFTWARE
        return 0

    async def _drain(self, started: list[Component]) -> int:
        async def stop_all() -> int:
            code = 0
            for part in reversed(started):
                try:
                    await part.stop()
                except Exception:
                    name = getattr(part, "name", type(part).__name__)
                    log.exception("service.part_stop_failed", part=name)
                    code = os.EX_SOFTWARE
            return code

        try:
            return await asyncio.wait_for(stop_all(), self.settings.drain_deadline_s)
        except TimeoutError:
            log.error("service.drain_overdue", deadline_s=self.settings.drain_deadline_s)
            return os.EX_SOFTWARE


def calm_garbage_collector() -> None:
    """Leave what start-up made out of every collection, and collect less often.

    A batch makes thousands of short-lived objects; the default thresholds spend a third of a busy
    loop's time on walking models and routes that never die.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def main(
    name: str,
    settings_class: type[ServiceSettings],
    build: Callable[..., Awaitable[Service]],
) -> None:
    """Read the settings, build the service, run it and leave with its exit code."""
    try:
        settings = settings_class.load()
        set_up_logs(name, VERSION, settings.log_level)

        async def run() -> int:
            service = await build(settings)
            return await service.run()

        import uvloop  # noqa: PLC0415 - only a process that runs a service needs it

        sys.exit(uvloop.run(run()))
    except Misconfigured as error:
        exit_misconfigured(error)
