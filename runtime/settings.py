"""Settings every service shares. One frozen class per service, read once in its __main__.

A secret may come from a file: `X_FILE=/run/secrets/x` is read as `X`.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.errors import Misconfigured


class BusSettings(BaseSettings):
    """Where the Kafka-protocol broker is, and how to behave in a group."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="BUS_")

    url: str = Field(description="host:port of the brokers, separated by commas")
    topic_prefix: str = ""
    is_idempotent: bool = True
    session_timeout_ms: int = 10_000
    rebalance_timeout_ms: int = 20_000
    heartbeat_ms: int = 2_000
    replication: int = 1


class MongoSettings(BaseSettings):
    """Where MongoDB is, and which driver speaks to it."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="MONGO_")

    url: str
    driver: Literal["motor", "pymongo"] = "motor"
    database_prefix: str = "rapport_"
    timeout_ms: int = 10_000


class ServiceSettings(BaseSettings):
    """What every process needs to run and to be watched."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    health_host: str = "127.0.0.1"
    health_port: int = 0
    drain_deadline_s: float = 45.0
    net_is_loopback_allowed: bool = False
    net_open_hosts: str = ""
    bus: BusSettings = Field(default_factory=BusSettings)
    mongo: MongoSettings = Field(default_factory=MongoSettings)

    @property
    def open_hosts(self) -> frozenset[str]:
        """The names of our own network that typed addresses may lead to."""
        names = (name.strip().rstrip(".").lower() for name in self.net_open_hosts.split(","))
        return frozenset(filter(None, names))

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises `Misconfigured` with every problem in one message."""
        adopt_files(environment_names(cls))
        problems: list[str] = []
        bus = _attempt(BusSettings, problems) or BusSettings.model_construct()
        mongo = _attempt(MongoSettings, problems) or MongoSettings.model_construct()
        settings = _attempt(cls, problems, bus=bus, mongo=mongo)
        if settings is None or problems:
            raise Misconfigured("settings.invalid", "; ".join(problems))
        return settings


S = TypeVar("S", bound=BaseSettings)


def environment_names(model: type[BaseSettings]) -> set[str]:
    """Return the variables that a settings class reads, those of the broker and MongoDB included."""
    names = set()
    for part in (model, BusSettings, MongoSettings):
        prefix = str(part.model_config.get("env_prefix") or "")
        names |= {f"{prefix}{name}".upper() for name in part.model_fields}
    return names - {"BUS", "MONGO"}


def adopt_files(names: Iterable[str]) -> None:
    """Read `X_FILE` of the environment as `X`. Raises `Misconfigured` for one that is unreadable."""
    for name in names:
        path = os.environ.get(f"{name}_FILE")
        if path and name not in os.environ:
            try:
                os.environ[name] = Path(path).read_text().strip()
            except OSError as error:
                reason = f"{name}_FILE: cannot read {path}: {error.strerror}"
                raise Misconfigured("settings.file_unreadable", reason) from None


def _attempt(model: type[S], problems: list[str], **given: Any) -> S | None:
    try:
        return model(**given)
    except ValidationError as error:
        prefix = str(model.model_config.get("env_prefix") or "")
        for problem in error.errors(include_url=False, include_input=False):
            name = prefix + "_".join(str(part) for part in problem["loc"]).upper()
            problems.append(f"{name}: {problem['msg']}")
        return None


def exit_misconfigured(error: Misconfigured) -> None:
    """Say what is wrong with the settings and leave with the exit code for configuration errors."""
    sys.stderr.write(f"cannot start: {error.why}\n")
    sys.exit(os.EX_CONFIG)
