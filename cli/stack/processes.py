"""Child processes on one machine: start, wait until ready, stop, and never outlive their parent.

What the processes are (mongod, a broker, a service) is not known here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

LOG_TAIL_BYTES = 8192
POLL_S = 0.05

# Runs in the child before the real program: asks the kernel to kill it when its parent ends, and looks whether the
# parent ended in between. A program of its own, because code between fork and exec is unsafe once there are threads.
_EXEC_WRAPPER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""


class StartError(RuntimeError):
    """A server or service did not start; the text is what a person is shown, one sentence first."""


@dataclass(frozen=True)
class Command:
    """What to run: `env` is added to this process's own environment, `cwd` None means this process's folder."""

    name: str
    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


class Child:
    """One running child in its own session, its output in a log file. Made by `spawn`."""

    def __init__(
        self, command: Command, process: subprocess.Popen[bytes], keeper: threading.Thread
    ) -> None:
        self.name = command.name
        self.log_path = command.log_path
        self._process = process
        self._keeper = keeper

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll()

    def is_running(self) -> bool:
        return self.exit_code is None

    def log_tail(self, lines: int = 10) -> str:
        """The last lines it wrote."""
        return tail_of(self.log_path, lines)

    def send(self, signum: int) -> None:
        """Signals the child alone; does nothing once it has ended."""
        self._process.send_signal(signum)

    def kill(self) -> None:
        """SIGKILL to the child and everything in its session, then waits for its end."""
        self.wait(0)

    def stop(self, grace_s: float = 10.0) -> int:
        """SIGTERM, then SIGKILL after `grace_s`; returns the exit code."""
        self.send(signal.SIGTERM)
        return self.wait(grace_s)

    def wait(self, grace_s: float) -> int:
        """Waits for the end, kills after `grace_s`, and leaves nothing of its session behind."""
        try:
            self._process.wait(max(0.0, grace_s))
        except subprocess.TimeoutExpired:
            _kill_session(self._process.pid)
        self._keeper.join()
        return self._process.wait()


def _kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def spawn(command: Command) -> Child:
    """Starts `command`; it gets SIGKILL when this process ends in whatever way. Does not wait until it is ready.

    Raises `StartError` when the operating system refuses to start it.
    """
    command.log_path.parent.mkdir(parents=True, exist_ok=True)
    if command.log_path.exists():
        command.log_path.replace(command.log_path.with_name(command.log_path.name + ".1"))
    started: SimpleQueue[subprocess.Popen[bytes] | OSError] = SimpleQueue()
    # The kernel's "parent ended" means the thread that started the child. So each child has a thread that lives as
    # long as it does, and children may be started from threads that end.
    keeper = threading.Thread(
        target=_keep, args=(command, started), name=f"keep-{command.name}", daemon=True
    )
    keeper.start()
    process = started.get()
    if isinstance(process, OSError):
        raise StartError(f"{command.name} could not start: {process.strerror}.") from process
    return Child(command, process, keeper)


def _keep(command: Command, started: SimpleQueue[subprocess.Popen[bytes] | OSError]) -> None:
    try:
        process = _popen(command)
    except OSError as error:
        started.put(error)
        return
    started.put(process)
    process.wait()
    # What the child itself started would outlive it. Only now: later its number may belong to another process.
    _kill_session(process.pid)


def _popen(command: Command) -> subprocess.Popen[bytes]:
    wrapper = [sys.executable, "-I", "-S", "-c", _EXEC_WRAPPER, str(os.getpid())]
    with command.log_path.open("wb") as log:
        return subprocess.Popen(
            [*wrapper, *command.argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **command.env},
            cwd=command.cwd,
            start_new_session=True,
        )


def wait_until(is_ready: Callable[[], bool], child: Child, within_s: float) -> None:
    """Polls until `is_ready`; raises `StartError` when the child ends first or `within_s` passes."""
    deadline_at_s = time.monotonic() + within_s
    while not is_ready():
        if not child.is_running():
            raise StartError(
                _with_log(child, f"{child.name} ended at once ({describe_exit(child.exit_code)})")
            )
        if time.monotonic() > deadline_at_s:
            raise StartError(
                _with_log(child, f"{child.name} was not ready within {within_s:.0f} s")
            )
        time.sleep(POLL_S)


def describe_exit(exit_code: int | None) -> str:
    """`exit code 3`, or the name of the signal."""
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _with_log(child: Child, problem: str) -> str:
    tail = child.log_tail()
    if not tail:
        return f"{problem} and wrote nothing to {child.log_path}."
    return f"{problem}. The last lines of {child.log_path}:\n{tail}"


def tail_of(path: Path, lines: int = 10) -> str:
    """The last `lines` lines of a text file of any size; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def stop_all(children: Iterable[Child], grace_s: float = 10.0) -> dict[str, int]:
    """SIGTERM to all at once, SIGKILL to those still there after `grace_s`; returns the exit codes by name."""
    children = list(children)
    for child in children:
        child.send(signal.SIGTERM)
    deadline_at_s = time.monotonic() + grace_s
    return {child.name: child.wait(deadline_at_s - time.monotonic()) for child in children}


def memory_bytes(pids: Iterable[int]) -> dict[int, int]:
    """Resident bytes of each process with all it started; a process that has ended counts 0."""
    import psutil  # comes with the `local` extra only

    sums: dict[int, int] = {}
    for pid in pids:
        sums[pid] = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for member in [process, *process.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    sums[pid] += member.memory_info().rss
    return sums
