"""A brand's account at a network: asked for, connected, healthy or not. Payloads of the connection topics."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload
from contracts.replies import Approver

State = Literal["active", "needs_reauthorisation", "paused", "removed"]
Wish = Literal["connect", "check", "backfill", "pause", "resume", "remove"]


class ConnectionChanged(Payload):
    """The whole connection after a change. The greater `revision` is the newer.

    `sealed_token` is ciphertext (AES-256-GCM, bound to brand and connection; see the ADR on
    credentials): services that hold the key may open it, a reader of the topic cannot.
    `options` are what else calling the network needs and is no secret (hosts, ids, feed address).
    `request_id` names the request that led to this change.
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
    options: dict[str, str] = Field(default_factory=dict)
    token_expires_at: AwareDatetime | None = None
    request_id: str | None = None
    revision: int
    changed_at: AwareDatetime


class ConnectionRequested(Payload):
    """A person asked for something to be done with an account.

    connect: `network`, `base_url`, `options` and `sealed_secrets` are what the form or the network's
    consent page gave; `sealed_secrets` is a JSON object of strings that only ingest can open.
    backfill: read again from `since`. The others name `connection_id` only.
    """

    request_id: str
    agency_id: str
    brand_id: str
    wish: Wish
    connection_id: str | None = None
    network: str | None = None
    base_url: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    sealed_secrets: str | None = None
    since: AwareDatetime | None = None
    requested_by: Approver
    requested_at: AwareDatetime


class ConnectionRefused(Payload):
    """What a person asked for could not be done: a stable code, and what to do about it."""

    request_id: str
    brand_id: str
    wish: Wish
    network: str | None = None
    connection_id: str | None = None
    code: str
    reason: str
    refused_at: AwareDatetime


class Quota(Payload):
    """How many calls a network still allows, as it said itself."""

    remaining: int
    limit: int | None = None
    resets_at: AwareDatetime | None = None


class ConnectionHealth(Payload):
    """How well an account is being read. The later `measured_at` is the newer.

    `last_item_at` is when the newest item was written, `last_read_at` when the network last answered,
    `lag_s` how long the last items were on their way. `gaps_*` count silences that were read again,
    `gap_items` what was found in them. `trouble` is the code of what is wrong now, `advice` the way out.
    """

    connection_id: str
    brand_id: str
    network: str
    is_reading: bool
    last_item_at: AwareDatetime | None = None
    last_read_at: AwareDatetime | None = None
    lag_s: float | None = None
    quota: Quota | None = None
    token_expires_at: AwareDatetime | None = None
    gaps_found: int = 0
    gaps_filled: int = 0
    gap_items: int = 0
    backfill_since: AwareDatetime | None = None
    trouble: str | None = None
    advice: str | None = None
    trouble_since: AwareDatetime | None = None
    measured_at: AwareDatetime


class GrantRefused(Payload):
    """A network refused the account's credentials while writing. `revision` is the connection's."""

    connection_id: str
    brand_id: str
    revision: int
    code: str
    reason: str
    refused_at: AwareDatetime
