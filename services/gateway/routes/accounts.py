"""Accounts by the API: how they do, what is asked of them, and connecting new ones."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter

from contracts.connections import Wish
from contracts.ids import random_id
from contracts.networks.table import NETWORKS, rules
from runtime.errors import Invalid
from services.gateway.deps import Deps
from services.gateway.domain.account_views import AccountView, ConsentView, RequestView
from services.gateway.ports import Identity, Wanted
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, WRITE, Id
from services.gateway.routes.schemas import ConnectForm, ConsentStart, NetworkLine, Since, problems
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)
PlainWish = Literal["check", "pause", "resume", "remove"]


@router.get("/connections", tags=["accounts"], summary="My accounts", responses=problems(401))
async def list_connections(who: Who, deps: Given) -> list[AccountView]:
    """Return the accounts of the caller's brands and how well they are being read."""
    return await deps.accounts.every(who.viewer.scope)


@router.get(
    "/connections/{connection_id}", tags=["accounts"], summary="One account", responses=READ
)
async def read_connection(connection_id: Id, who: Who, deps: Given) -> AccountView:
    """Return one account: last item, lag, quota, gaps, what is wrong and what to do."""
    return await deps.accounts.get(who.viewer.scope, connection_id)


@router.post(
    "/connections/{connection_id}/backfill", status_code=202, tags=["accounts"], summary="Read again",
    responses=WRITE,
)  # fmt: skip
async def backfill(connection_id: Id, body: Since, who: Who, deps: Given) -> RequestView:
    """Read the account again from a moment on; what was missed arrives marked late."""
    return await ask(deps, who, connection_id, "backfill", body.since)


@router.post(
    "/connections/{connection_id}/{wish}", status_code=202, tags=["accounts"],
    summary="Check, pause, resume or remove", responses=WRITE,
)  # fmt: skip
async def wish_for(connection_id: Id, wish: PlainWish, who: Who, deps: Given) -> RequestView:
    """Ask for something to be done with an account. What came of it: the connection request."""
    return await ask(deps, who, connection_id, wish)


@router.get(
    "/connection-requests", tags=["accounts"], summary="What was asked", responses=problems(401)
)
async def list_requests(who: Who, deps: Given) -> list[RequestView]:
    """Return what was asked last of the accounts of the caller's brands, newest first."""
    return await deps.accounts.requests(who.viewer.scope)


@router.get(
    "/connection-requests/{request_id}",
    tags=["accounts"],
    summary="What came of it",
    responses=READ,
)
async def read_request(request_id: Id, who: Who, deps: Given) -> RequestView:
    """Return what was asked and what came of it: waiting, done with its accounts, or refused."""
    return await deps.accounts.request(who.viewer.scope, request_id)


@router.get("/networks", tags=["connecting"], summary="Networks", responses=problems(401))
async def list_networks(deps: Given) -> list[NetworkLine]:
    """Return every network: how its items arrive, how it is connected, and what is missing there."""
    return [NetworkLine.of(rules(network), deps.connecting.ways(network)) for network in NETWORKS]


@router.post(
    "/brands/{brand_id}/connections", status_code=202, tags=["connecting"], summary="Connect by form",
    responses=WRITE,
)  # fmt: skip
async def connect(brand_id: Id, body: ConnectForm, who: Who, deps: Given) -> RequestView:
    """Connect an account by what its network asks for; secrets are sealed and never given back."""
    return await deps.connecting.by_form(who.viewer, brand_id, body.network, body.values)


@router.post(
    "/brands/{brand_id}/consents", status_code=201, tags=["connecting"], summary="Begin a consent",
    responses=WRITE,
)  # fmt: skip
async def begin_consent(brand_id: Id, body: ConsentStart, who: Who, deps: Given) -> ConsentView:
    """Return the network's consent page to open in this session's browser; good for ten minutes."""
    connecting = deps.connecting
    return await connecting.begin(who, brand_id, body.network, body.server, body.values)


async def ask(
    deps: Deps, who: Identity, connection_id: str, wish: Wish, since: datetime | None = None
) -> RequestView:
    """Write the wish down. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    viewer = who.viewer
    account = await deps.accounts.get(viewer.scope, connection_id)
    deps.accounts.guard(viewer, account.brand_id)
    if since is not None and since.astimezone(UTC) >= deps.clock.now():
        raise Invalid(
            "account.since_ahead", "Choose a day that is past; the future comes by itself."
        )
    wanted = Wanted(random_id("req"), account.brand_id, wish, connection_id, since=since)
    return await deps.accounts.ask(viewer.scope, viewer, wanted)
