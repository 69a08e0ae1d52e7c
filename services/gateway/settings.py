"""The gateway's settings, read once in __main__."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from runtime.settings import ServiceSettings


class App(BaseModel):
    """The agency's own registration at a network. Its secret is ingest's, except for an app that was
    made a moment ago at somebody's own server. `authorize_url` takes the place of the usual one, and
    `base_urls`, by network, of where its API is."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_id: str = Field(min_length=1)
    client_secret: str = Field(default="", repr=False)
    authorize_url: str = ""
    base_urls: dict[str, str] = Field(default_factory=dict)


class GatewaySettings(ServiceSettings):
    """Where the inbox listens, and how strict its door is."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    gateway_http_host: str = "127.0.0.1"
    gateway_http_port: int = Field(default=8080, ge=0, le=65_535)
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The address people type; https makes the session cookie Secure",
    )
    gateway_connect_key: str = Field(
        default="", description="Secrets for ingest are sealed to it: rapport doctor --connect-key"
    )
    gateway_apps: dict[str, App] = Field(
        default_factory=dict, description='JSON: {"meta": {"client_id": "..."}}'
    )
    ingest_public_url: str = Field(
        default="", description="Where other systems reach ingest: shown at accounts they write to"
    )
    gateway_approval_key: SecretStr = Field(
        description="id:seed, the private key that approvals are signed with: "
        "rapport doctor --new-approval-key"
    )
    gateway_paging_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs the links and webhooks of pages; a long random text",
    )
    gateway_smtp_host: str = Field(default="", description="The mail server that pages leave by")
    gateway_smtp_port: int = Field(default=587, ge=1, le=65_535)
    gateway_smtp_tls: Literal["at_once", "starttls", "none"] = "starttls"
    gateway_smtp_user: str = ""
    gateway_smtp_password: SecretStr = SecretStr("")
    gateway_smtp_from: str = Field(default="", description="The address that pages come from")
    session_idle_s: int = Field(default=12 * 3600, ge=60)
    session_absolute_s: int = Field(default=7 * 24 * 3600, ge=60)
    login_failures: int = Field(default=5, ge=1, le=100)
    writes_per_minute: int = Field(default=600, ge=1)
    logins_per_minute: int = Field(default=30, ge=1)

    @property
    def is_https(self) -> bool:
        """Say whether people reach the inbox by https."""
        return self.public_url.startswith("https://")
