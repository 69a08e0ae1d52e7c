"""A brand's account at a network. Payload of `connection.changed.v1`."""

from typing import Literal

from pydantic import AwareDatetime

from contracts.envelope import Payload

State = Literal["active", "needs_reauthorisation", "paused", "removed"]


class ConnectionChanged(Payload):
    """The whole connection after a change. The greater `revision` is the newer.

    `sealed_token` is ciphertext (AES-256-GCM, bound to brand and connection; see the ADR on
    credentials): services that hold the key may open it, a reader of the topic cannot.
    """

    connection_id: str
    agency_id: str
    brand_id: str
    network: str
    account_id: str
    handle: str | None = None
    name: str
    base_url: str
    state: State
    reason: str | None = None
    sealed_token: str | None = None
    revision: int
    changed_at: AwareDatetime
