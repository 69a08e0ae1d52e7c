"""What the tests of the operators' commands share: the command line over one set of databases."""

from __future__ import annotations

import json
import os
from typing import Any

from click.testing import CliRunner
from pymongo import MongoClient

from cli.main import main
from contracts.envelope import Event
from runtime.crypto import new_key
from runtime.settings import MongoSettings

PASSWORD = "correct horse battery"


class Rapport:
    """The command line over one set of databases, and a look into them."""

    def __init__(self, url: str, prefix: str) -> None:
        self.env = {
            "MONGO_URL": url,
            "MONGO_DATABASE_PREFIX": prefix,
            "SEAL_KEYS": new_key(),
        }
        self.settings = MongoSettings(url=url, database_prefix=prefix)
        self.client: MongoClient[dict[str, Any]] = MongoClient(url, tz_aware=True)
        self.said = ""

    def __call__(self, *words: str, told: str | None = None, code: int = 0) -> str:
        """Run a command; return standard output, or what it complained of when it is to fail."""
        result = CliRunner().invoke(main, words, input=told, env=self.env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.said += result.output
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stderr if code else result.stdout

    def fails(self, *words: str, told: str | None = None) -> str:
        return self(*words, told=told, code=2)

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def all(self, service: str, collection: str) -> list[dict[str, Any]]:
        database = self.client[f"{self.settings.database_prefix}{service}"]
        return list(database[collection].find({}))

    def waiting(self, service: str, collection: str) -> list[Event]:
        found = self.all(service, collection)
        return [Event.decode(entry["event"]) for one in found for entry in one.get("outbox", [])]

    def trail(self) -> list[str]:
        return [entry["action"] for entry in self.all("gateway", "audit")]

    def change(self, service: str, collection: str, where: Any, update: Any) -> None:
        database = self.client[f"{self.settings.database_prefix}{service}"]
        assert database[collection].update_one(where, update).matched_count == 1

    def add_brand(self, name: str = "Casa Verde", agency: str = "Studio Marea") -> str:
        self("brands", "add", "--agency", agency, "--name", name, "--languages", "es,en")
        found = self.json("brands", "list")
        return str(next(one["id"] for one in found if one["brand"] == name))

    def add_person(self, *more: str, email: str = "ana@marea.example") -> str:
        words = (
            "people",
            "add",
            "--agency",
            "Studio Marea",
            "--email",
            email,
            "--name",
            "Ana Ruiz",
        )
        return self(*words, *more, "--password-stdin", told=f"{PASSWORD}\n")


def answer(terminal: int, question: bytes, answer: bytes) -> bytes:
    """Wait for a question and type. The space behind it comes when the terminal no longer shows input."""
    said = b""
    while question not in said or not said.endswith(b": "):
        said += os.read(terminal, 1024)
    os.write(terminal, answer)
    return said


def rest(terminal: int) -> bytes:
    """Return what is printed until the command ends."""
    said = b""
    while True:
        try:
            more = os.read(terminal, 1024)
        except OSError:
            more = b""
        if not more:
            os.close(terminal)
            return said
        said += more
