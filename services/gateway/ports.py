"""The ports about accounts: their health, connecting them, consents, and moderation. The rest is in deps.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contracts.connections import Wish
from contracts.moderation import Act
from contracts.scope import AgencyScope
from services.gateway.domain.account_views import AccountView, ConsentView, RequestView, Ways
from services.gateway.domain.views import Viewer


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from. `csrf_token` is empty for an API key, which needs none."""

    viewer: Viewer
    kind: str
    key: str
    csrf_token: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of an account, old or new. `sealed_secrets` only ingest can open."""

    request_id: str
    brand_id: str
    wish: Wish
    connection_id: str | None = None
    network: str | None = None
    base_url: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    sealed_secrets: str | None = None
    since: datetime | None = None


class Accounts(Protocol):
    """The brands' accounts, their health, and what is asked of them."""

    async def every(self, scope: AgencyScope) -> list[AccountView]:
        """Return the accounts of the scope's brands that are not removed, by name."""
        ...

    async def get(self, scope: AgencyScope, connection_id: str) -> AccountView:
        """Return one account. Raises `NotFound`."""
        ...

    async def requests(self, scope: AgencyScope) -> list[RequestView]:
        """Return what was asked last, newest first."""
        ...

    async def request(self, scope: AgencyScope, request_id: str) -> RequestView:
        """Return what was asked and what came of it. Raises `NotFound`."""
        ...

    async def ask(self, scope: AgencyScope, viewer: Viewer, wanted: Wanted) -> RequestView:
        """Ask for something, once. Raises `NotFound`, `Forbidden`, `Conflict`."""
        ...

    def guard(self, viewer: Viewer, brand_id: str) -> None:
        """Raise `NotFound` for a brand that is not the viewer's, `Forbidden` for a wrong role."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that was begun. `session` is the key of the session that must come back."""

    brand_id: str
    session: str
    network: str
    base_url: str
    options: dict[str, str]
    secrets: dict[str, str]
    ends_at: datetime | None = None


class Consents(Protocol):
    """What was begun at a network's consent page."""

    async def keep(self, state: str, begun: Begun) -> Begun:
        """Keep it for ten minutes; return it with its end."""
        ...

    async def take(self, scope: AgencyScope, session: str, state: str) -> Begun:
        """Return it, once. Raises `Invalid` when it is over, used or another session's."""
        ...


class Connecting(Protocol):
    """Connecting accounts: by form, or by the network's consent page."""

    def ways(self, network: str) -> Ways:
        """Return how an account of this network can be connected here. Raises `NotFound`."""
        ...

    async def by_form(
        self, viewer: Viewer, brand_id: str, network: str, values: Mapping[str, str]
    ) -> RequestView:
        """Ask for an account as the form says. Raises `Misfilled` for fields that are wrong."""
        ...

    async def begin(
        self,
        identity: Identity,
        brand_id: str,
        network: str,
        server: str = "",
        values: Mapping[str, str] | None = None,
    ) -> ConsentView:
        """Begin a consent; return where to go. The answer comes back to the same session only.

        `values`: what the network's form asks beside the sign-in. Raises `Misfilled` for wrong ones.
        """
        ...

    async def finish(self, identity: Identity, state: str, code: str) -> RequestView:
        """Hand the code over. Raises `Invalid` for a state that is over, used or foreign."""
        ...

    async def refuse(self, identity: Identity, state: str) -> Begun:
        """Take back a consent that the person did not give. Raises as `finish`."""
        ...


class Moderation(Protocol):
    """What is done to a message at its network, short of answering it."""

    async def ask(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, act: Act, reason: str
    ) -> None:
        """Ask for an act. Raises `NotFound`, `Forbidden`, `Conflict`, and `Invalid` for no reason."""
        ...
