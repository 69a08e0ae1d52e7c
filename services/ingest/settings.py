"""Settings of ingest. Read once, in __main__. How the apps are read is in apps.py."""

from collections.abc import Mapping
from functools import cached_property

from pydantic import Field, SecretStr, field_validator

from runtime.settings import ServiceSettings
from services.ingest.apps import parse_apps
from services.ingest.connectors.protocol import AppSecrets


class Settings(ServiceSettings):
    """What ingest needs beyond what every service needs.

    `ingest_apps` is JSON, see apps.py. An app without secrets leaves its webhooks switched off:
    anybody can sign with an empty key. `ingest_public_url` is where networks reach this service;
    empty: no network is asked to call.
    """

    seal_keys: SecretStr = Field(description="id:base64key[,id:base64key] to seal tokens with")
    ingest_http_host: str = "127.0.0.1"
    ingest_http_port: int = 8081
    ingest_apps: SecretStr = SecretStr("")
    ingest_public_url: str = ""
    ingest_poll_every_s: float = 60.0
    ingest_backfill_every_s: float = 300.0
    ingest_check_every_s: float = 180.0
    ingest_reads_at_once: int = Field(default=64, ge=2)

    @field_validator("ingest_apps")
    @classmethod
    def _is_readable(cls, value: SecretStr) -> SecretStr:
        parse_apps(value.get_secret_value())
        return value

    @cached_property
    def apps(self) -> Mapping[str, AppSecrets]:
        """The agency's registrations at the networks' developer sites, by name."""
        return parse_apps(self.ingest_apps.get_secret_value())
