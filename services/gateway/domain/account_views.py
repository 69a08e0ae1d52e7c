"""What accounts and connecting them look like to a viewer. Plain read models; those of messages are in views.py."""

from dataclasses import dataclass, field
from datetime import datetime

from contracts.connections import Quota, Wish


@dataclass(frozen=True, slots=True)
class HealthView:
    """How well an account is being read: the fields of `ConnectionHealth`, as last measured."""

    is_reading: bool
    measured_at: datetime
    last_item_at: datetime | None = None
    last_read_at: datetime | None = None
    lag_s: float | None = None
    quota: Quota | None = None
    gaps_found: int = 0
    gaps_filled: int = 0
    gap_items: int = 0
    backfill_since: datetime | None = None
    trouble: str | None = None
    advice: str | None = None
    trouble_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """A brand's account with its health; null until the first measurement."""

    connection_id: str
    network: str
    name: str
    handle: str | None
    state: str
    reason: str | None
    brand_id: str
    base_url: str
    token_expires_at: datetime | None
    health: HealthView | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """What a person asked of an account. `accounts` are those that came of it."""

    request_id: str
    brand_id: str
    wish: Wish
    network: str | None
    connection_id: str | None
    requested_at: datetime
    requested_by: str
    state: str
    accounts: list[str] = field(default_factory=list)
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentView:
    """Where a person goes to say yes at the network, and until when that holds."""

    authorize_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Ways:
    """How an account of a network can be connected here.

    `app` is the registration that is missing, `comes_with` the networks that bring this one along.
    """

    network: str
    has_form: bool
    has_consent: bool
    asks_server: bool
    app: str | None
    comes_with: list[str]
    is_ready: bool
