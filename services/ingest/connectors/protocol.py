"""What every connector's reading half promises. The connectors themselves live in their folders."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import httpx

from contracts.connections import Quota
from contracts.messages import Item, Receipt
from runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Account:
    """Who the brand is at a network: what it writes itself is `is_own`.

    Handles are compared without a leading @ and without regard to case.
    """

    own_ids: frozenset[str] = frozenset()
    own_handles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a payload that could not be understood: a stable dotted code, and why."""

    code: str
    why: str
    account_id: str | None = None


@dataclass(slots=True)
class Normalised:
    """What a payload held: items in its order, receipts, broken parts, and parts that are no messages.

    `revoked` names accounts whose permission was taken back. `ignored` maps a kind of part (an event type or field name) to how often it came.
    """

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)

    def ignore(self, kind: str) -> None:
        """Count a part that is understood to be no message."""
        self.ignored[kind] = self.ignored.get(kind, 0) + 1

    def fail(self, code: str, why: str, account_id: str | None = None) -> None:
        """Note a part that could not be understood. The other parts stay."""
        self.problems.append(Problem(code, why, account_id))

    def extend(self, other: "Normalised") -> None:
        """Add what another reading found, behind what is here."""
        self.items.extend(other.items)
        self.problems.extend(other.problems)
        self.receipts.extend(other.receipts)
        self.revoked.extend(other.revoked)
        for kind, times in other.ignored.items():
            self.ignored[kind] = self.ignored.get(kind, 0) + times


class Normalise(Protocol):
    """Read a payload in any form the network gives it. Pure; never raises on any bytes."""

    def __call__(self, raw: bytes, account: Account) -> Normalised: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What a connector needs to call a network: never logged, never stored in the clear.

    `options` are the connection's own settings that are no secret.
    """

    connection_id: str
    account_id: str
    base_url: str
    token: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Raw bytes of one page or frame, and the cursor to keep once they are on the bus.

    `natural_key` tells repeats of the same page or frame apart from new ones.
    """

    raw: bytes
    channel: str
    natural_key: str
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the network says a grant belongs to.

    `options` are added to the connection's. `others` are further accounts that came with the grant
    (the other pages of a Facebook login), each with a token of its own.
    """

    account_id: str
    name: str
    handle: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    token: str | None = field(default=None, repr=False)
    token_expires_at: datetime | None = None
    network: str | None = None
    others: tuple["Identity", ...] = ()


@dataclass(frozen=True, slots=True)
class Callback:
    """Where the network shall call us: this connection's own public address and secret.

    `url` is https://PUBLIC/webhooks/NETWORK/CONNECTION, or /webhooks/NETWORK where one address serves
    all accounts. `secret` is the connection's own, for networks that sign with one per account.
    """

    url: str
    secret: str = field(repr=False)


class Meter(Protocol):
    """Keeps each connection inside what its network allows."""

    async def gate(self, connection_id: str) -> None:
        """Return when a call may be made. Raises `Unavailable` while the network told us to wait."""
        ...

    def note(self, connection_id: str, quota: Quota) -> None:
        """Take down what the network said is left."""
        ...

    def rest(self, connection_id: str, wait_s: float) -> None:
        """Make no call for this long: the network said so."""
        ...


@dataclass(frozen=True, slots=True)
class AppSecrets:
    """The agency's own registration at a network's developer site, from the settings.

    Two secrets may be valid while one is being replaced; the first signs.
    """

    client_id: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    verify_tokens: tuple[str, ...] = field(default=(), repr=False)
    public_key: str = ""
    token_url: str = ""
    refresh_url: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a connector is built with.

    `client` calls addresses that a network documents; `guarded` calls addresses that a person typed
    or a page named, and refuses private ones. `apps` go by the names that `OAuth.app` uses.
    """

    client: httpx.AsyncClient
    guarded: httpx.AsyncClient
    clock: Clock
    meter: Meter
    apps: Mapping[str, AppSecrets]
    is_loopback_allowed: bool = False


class Reader(Protocol):
    """The live half of a connector. Raises `Unavailable` (try later) or `Reauthorise`.

    Its module `connector.py` has `build(tools: Tools) -> Reader`.
    """

    async def check(self, grant: Grant) -> Identity:
        """Ask the network who this grant belongs to. Raises `Invalid` for a grant that can never do."""
        ...

    async def subscribe(self, grant: Grant, callback: Callback) -> None:
        """Make the network call us for this account; harmless when it does already."""
        ...

    def since(self, moment: datetime) -> str | None:
        """Return the cursor to read everything after a moment, or None to read all the network still has."""
        ...

    def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what is new since the cursor, oldest page first."""
        ...

    def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield frames as they come, until the connection breaks. Empty where there is no stream."""
        ...

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, in the network's form, or None when it is gone."""
        ...

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the thread root of an item whose payload does not name it, or None when gone."""
        ...


class Silent:
    """What a reader is where its network has no such thing; readers inherit what they lack."""

    async def subscribe(self, grant: Grant, callback: Callback) -> None:
        """Do nothing: the network never calls, or is told where to by hand."""

    async def stream(self, grant: Grant) -> AsyncIterator[Page]:  # noqa: ARG002 (the port's signature)
        """Yield nothing: there is no stream."""
        nothing: tuple[Page, ...] = ()
        for page in nothing:
            yield page

    async def context(self, grant: Grant, root_id: str) -> Page | None:  # noqa: ARG002
        """Return None: the network does not show the post a thread hangs on."""
        return None

    async def root_of(self, grant: Grant, external_id: str) -> str | None:  # noqa: ARG002
        """Return None: every payload names its thread, or nobody can."""
        return None

    def since(self, moment: datetime) -> str | None:  # noqa: ARG002
        """Return None: the network gives what it still has, whatever the moment."""
        return None
