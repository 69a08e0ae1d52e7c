"""Keeps the sandbox's state across restarts in one SQLite file; without a path it keeps nothing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


class Records:
    """Rows (kind, id, JSON). Survives SIGKILL of the process, not the loss of the machine."""

    def __init__(self, path: Path | None) -> None:
        self._db: sqlite3.Connection | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, body TEXT,"
                " PRIMARY KEY (kind, id))"
            )

    def put(self, kind: str, key: str, model: BaseModel) -> None:
        """Write or overwrite one row."""
        if self._db is not None:
            self._db.execute(
                "INSERT INTO records VALUES (?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, key, model.model_dump_json()),
            )

    def drop(self, kind: str, key: str) -> None:
        """Forget one row; a missing one is fine."""
        if self._db is not None:
            self._db.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, key))

    def load(self, kind: str, model: type[M]) -> Iterator[M]:
        """All rows of a kind in the order they were first written."""
        if self._db is None:
            return
        rows = self._db.execute("SELECT body FROM records WHERE kind = ? ORDER BY rowid", (kind,))
        for (body,) in rows.fetchall():
            yield model.model_validate_json(body)

    def clear(self) -> None:
        """Forget everything."""
        if self._db is not None:
            self._db.execute("DELETE FROM records")

    def close(self) -> None:
        """Close the file; harmless when there is none."""
        if self._db is not None:
            self._db.close()
            self._db = None
