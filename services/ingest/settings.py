"""Settings of ingest. Read once, in __main__."""

from pydantic import Field, SecretStr

from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ingest needs beyond what every service needs.

    Secrets may hold two values separated by a comma while one is being replaced. An empty one
    switches the endpoint off: anybody can sign with an empty key.
    """

    seal_keys: SecretStr = Field(description="id:base64key[,id:base64key] to seal tokens with")
    ingest_http_host: str = "127.0.0.1"
    ingest_http_port: int = 8081
    ingest_body_limit_bytes: int = 1024 * 1024
    ingest_facebook_app_secret: SecretStr = SecretStr("")
    ingest_facebook_verify_token: SecretStr = SecretStr("")
    ingest_poll_every_s: float = 60.0
    ingest_backfill_every_s: float = 300.0

    @property
    def facebook_secrets(self) -> list[str]:
        """The app secrets that are valid now, newest first."""
        text = self.ingest_facebook_app_secret.get_secret_value()
        return [part for part in (piece.strip() for piece in text.split(",")) if part]
