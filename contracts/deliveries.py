"""What a network handed us, whole and unread: the payload of `delivery.received.v1`."""

from base64 import b64decode, b64encode
from typing import Literal, Self

from pydantic import AwareDatetime

from contracts.envelope import Payload

Channel = Literal["webhook", "stream", "poll", "backfill", "context"]


class DeliveryReceived(Payload):
    """One webhook body, stream frame or page of a poll, before anybody tried to understand it.

    `body` is the text when the bytes are UTF-8, else base64 as `encoding` says.
    `connection_id` is null for a webhook that serves many accounts: the parts name their account.
    """

    delivery_id: str
    network: str
    channel: Channel
    connection_id: str | None = None
    received_at: AwareDatetime
    content_type: str = "application/json"
    encoding: Literal["utf-8", "base64"] = "utf-8"
    body: str

    @classmethod
    def wrap(cls, raw: bytes, **fields: object) -> Self:
        """Build from raw bytes, which `raw` gives back unchanged."""
        try:
            body, encoding = raw.decode(), "utf-8"
        except UnicodeDecodeError:
            body, encoding = b64encode(raw).decode(), "base64"
        return cls.model_validate({"body": body, "encoding": encoding, **fields})

    @property
    def raw(self) -> bytes:
        """The bytes as the network sent them."""
        return self.body.encode() if self.encoding == "utf-8" else b64decode(self.body)
