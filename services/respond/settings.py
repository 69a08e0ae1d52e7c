"""Respond's settings. Read once, in __main__."""

from pydantic import Field, SecretStr

from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """What respond needs besides what every service needs."""

    seal_keys: SecretStr = Field(description="id:key[,id:key], the keys that open sealed tokens")
    respond_approval_keys: str = Field(
        description="id:key[,id:key], the public halves of the keys that the gateway signs with"
    )
    respond_publish_poll_s: float = Field(default=0.25, gt=0)
    respond_publish_at_once: int = Field(default=32, ge=1)
    respond_publish_at_once_per_connection: int = Field(default=4, ge=1)
    # Half of the lease: a call has always ended before somebody else may take its answer over.
    respond_network_timeout_s: float = Field(default=15.0, gt=0, le=20)
    respond_failpoint: str = Field(default="", description="name:n, where a test lets it die")
    respond_failpoints_are_on: bool = False
    # The encoder finds facts across languages; without it (about 100 MB less) words alone do.
    respond_encoder_is_on: bool = True
