"""Settings of the sandbox, read once from SANDBOX_* variables; the only file here that reads them."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the sandbox listens, whom it calls, and how lively its people are."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8900, ge=0, le=65535)
    facebook_callback: str | None = None
    facebook_app_secret: SecretStr = SecretStr("sandbox-app-secret")
    facebook_verify_token: SecretStr = SecretStr("sandbox-verify-token")
    # Accounts that are added later are called for here, below their network's name, unless they say
    # otherwise; signed with the app's secret.
    hooks_url: str | None = None
    webhook_max_gap_s: float = Field(default=15.0, gt=0)
    webhook_give_up_s: float = Field(default=36 * 3600.0, gt=0)
    echo_delay_s: float = Field(default=1.5, ge=0)
    heartbeat_s: float = Field(default=15.0, gt=0)
    # A real Mastodon server allows 300 in five minutes; generous here so that a load test measures
    # the product. A test of the limit itself sets 300 or asks for the misbehaviour `rate_limited`.
    mastodon_rate_limit: int = Field(default=3000, ge=1)
    requests_kept: int = Field(default=2000, ge=1)
    max_characters: int = Field(default=500, ge=1)
    # 0 takes a free one. The demo's mailbox must be where it was when it was connected.
    imap_port: int = Field(default=0, ge=0, le=65535)
    smtp_port: int = Field(default=0, ge=0, le=65535)
    is_demo: bool = True
    is_traffic_on: bool = True
    per_minute: float = Field(default=15.0, gt=0)
    backlog: int = Field(default=18, ge=0)
    seed: int = 20
    state: Path | None = None
