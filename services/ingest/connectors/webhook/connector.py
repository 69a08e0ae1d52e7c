"""The live half of the generic webhook: checks what was typed. The other system calls; nothing is asked of it."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from contracts.networks.webhook import SECRET_BYTES, key_of
from runtime.errors import Invalid
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools


def build(tools: Tools) -> Reader:  # noqa: ARG001 (the port's signature)
    """Return the reader."""
    return WebhookConnector()


class WebhookConnector(Silent):
    """Any system that signs by Standard Webhooks, with the connection's token as the secret both ways."""

    async def check(self, grant: Grant) -> Identity:
        """Check the secret and the address for answers. The name is the one that was typed."""
        key = key_of(grant.token)
        if key is None or len(key) not in SECRET_BYTES:
            why = "the secret must be whsec_ and the base64 of 24 to 64 random bytes"
            raise Invalid("webhook.secret_invalid", why)
        reply_url = grant.options.get("reply_url", "").strip()
        if reply_url and not _is_address(reply_url):
            raise Invalid("webhook.reply_url_invalid", "the address for answers is no web address")
        if not grant.account_id.strip():
            raise Invalid("webhook.no_name", "the system needs a short name")
        return Identity(grant.account_id, grant.account_id)

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:  # noqa: ARG002 (nothing is read)
        """Yield nothing: the other system sends again what was not taken."""
        nothing: tuple[Page, ...] = ()
        for page in nothing:
            yield page


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False
