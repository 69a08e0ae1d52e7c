"""What seeding needs to know: the names the services use, and the demo's own password and sandbox."""

import secrets
from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings import MongoSettings


class DemoSettings(BaseSettings):
    """Where the demo goes. The password is everybody's of the demo."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    seal_keys: SecretStr = Field(description="id:base64key[,id:base64key] to seal tokens with")
    sandbox_url: str = Field(description="Where the services reach the invented networks")
    sandbox_imap_port: int = Field(default=0, description="Of the demo's mailbox; 0: there is none")
    sandbox_smtp_port: int = Field(default=0, description="Where the demo's mailbox sends")
    demo_password: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(12)),
        min_length=10,
        description="The demo people's password; without one, one is made and printed",
    )

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Self:
        """Read a mapping; what it lacks comes from this process's environment."""
        return cls(**_told(cls, env))


def mongo_of(env: Mapping[str, str]) -> MongoSettings:
    """Read the database's settings from a mapping; what it lacks comes from the environment."""
    return MongoSettings(**_told(MongoSettings, env, "MONGO_"))


def _told(model: type[BaseSettings], env: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    names = {name: f"{prefix}{name}".upper() for name in model.model_fields}
    return {name: env[variable] for name, variable in names.items() if variable in env}
