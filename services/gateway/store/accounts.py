"""Accounts with their health, and what people ask of them: each wish is a document with its event."""

from collections.abc import Callable

from contracts.connections import ConnectionRequested
from contracts.envelope import Event, Origin, make_event
from contracts.replies import Approver
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import CONNECTION_REQUESTED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden
from runtime.mongo import Document
from runtime.outbox import outbox_fields
from services.gateway.domain.account_views import AccountView, RequestView
from services.gateway.domain.accounts import account_view, request_view
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.views import Viewer
from services.gateway.ports import Wanted
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

MOST_REQUESTS = 20
_NOT_YOURS = "Only an owner or lead of the brand may change its accounts."


class AccountStore:
    """Reads accounts and writes wishes. What comes of them is written by the projection."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit: AuditStore,
        pulses: PulseStore,
        nudge: Callable[[], None],
    ) -> None:
        self._connections = database.connections
        self._requests = database.requests
        self._clock = clock
        self._audit = audit
        self._pulses = pulses
        self._nudge = nudge

    async def every(self, scope: AgencyScope) -> list[AccountView]:
        """Return the accounts of the scope's brands that are not removed, by name."""
        where = {**brand_filter(scope), "state": {"$exists": True, "$ne": "removed"}}
        found = await self._connections.find(where)
        return sorted((account_view(one) for one in found), key=lambda one: one.name.casefold())

    async def get(self, scope: AgencyScope, connection_id: str) -> AccountView:
        """Return one account. Raises `NotFound`."""
        return account_view(await self._account(scope, connection_id))

    async def requests(self, scope: AgencyScope) -> list[RequestView]:
        """Return what was asked last, newest first."""
        found = await self._requests.find(
            brand_filter(scope), sort=[("requested_at", -1)], limit=MOST_REQUESTS, fields=_FIELDS
        )
        health = {one.connection_id: one.health for one in await self.every(scope)}
        return [request_view(one, health.get(one.get("connection_id") or "")) for one in found]

    async def request(self, scope: AgencyScope, request_id: str) -> RequestView:
        """Return what was asked and what came of it. Raises `NotFound`."""
        where = {"_id": request_id, **brand_filter(scope)}
        found = await self._requests.find_one(where, fields=_FIELDS)
        if found is None:
            raise nothing_here()
        asked = {"_id": found.get("connection_id"), **brand_filter(scope)}
        account = await self._connections.find_one(asked) if found.get("connection_id") else None
        is_known = account is not None and "state" in account
        return request_view(found, account_view(account).health if account and is_known else None)

    async def ask(self, scope: AgencyScope, viewer: Viewer, wanted: Wanted) -> RequestView:
        """Write down a wish and its event, once. Raises `NotFound`, `Forbidden`, `Conflict`."""
        self.guard(viewer, wanted.brand_id)
        if wanted.connection_id is not None:
            account = await self._account(scope, wanted.connection_id)
            _guard_wish(wanted, account["state"])
        now = whole_ms(self._clock.now())
        payload = ConnectionRequested(
            request_id=wanted.request_id, agency_id=viewer.agency_id, brand_id=wanted.brand_id,
            wish=wanted.wish, connection_id=wanted.connection_id, network=wanted.network,
            base_url=wanted.base_url, options=wanted.options, sealed_secrets=wanted.sealed_secrets,
            since=wanted.since, requested_at=now,
            requested_by=Approver(kind="person", id=viewer.person_id, name=viewer.name),
        )  # fmt: skip
        document = _document(payload)
        kept = await self._requests.insert({**document, **outbox_fields([_event(payload)], now)})
        if kept:
            await self._note(viewer, payload)
        return request_view(document)

    def guard(self, viewer: Viewer, brand_id: str) -> None:
        """Raise `NotFound` for a brand that is not the viewer's, `Forbidden` for a wrong role."""
        if brand_id not in viewer.roles:
            raise nothing_here()
        if not viewer.may_manage(brand_id):
            raise Forbidden("account.not_yours", _NOT_YOURS)

    async def _account(self, scope: AgencyScope, connection_id: str) -> Document:
        where = {"_id": connection_id, **brand_filter(scope), "state": {"$exists": True}}
        found = await self._connections.find_one(where)
        if found is None:
            raise nothing_here()
        return found

    async def _note(self, viewer: Viewer, payload: ConnectionRequested) -> None:
        self._nudge()
        # Options are what the form asked for and is no secret; secrets are sealed, and left out.
        after = {"network": payload.network, "base_url": payload.base_url, **payload.options}
        subject = payload.connection_id or payload.request_id
        told = {name: value for name, value in after.items() if value}
        act = Act(f"account.{payload.wish}", subject, payload.brand_id, None, told or None)
        await self._audit.append(viewer, act)
        scope = BrandScope(payload.agency_id, payload.brand_id)
        await self._pulses.tell(scope, "connection")


_FIELDS = [
    "brand_id", "wish", "network", "connection_id", "requested_at", "requested_by", "accounts",
    "refused",
]  # fmt: skip
_FITS = {"pause": {"active", "needs_reauthorisation"}, "resume": {"paused"}}


def _guard_wish(wanted: Wanted, state: str) -> None:
    if state == "removed" and wanted.wish != "connect":
        raise Conflict("account.removed", "This account was removed. Connect it again first.")
    if state not in _FITS.get(wanted.wish, {state}):
        word = state.replace("_", " ")
        raise Conflict("account.unfitting", f"This account is {word}. Load the page again.")


def _document(payload: ConnectionRequested) -> Document:
    return {
        "_id": payload.request_id,
        "brand_id": payload.brand_id,
        "agency_id": payload.agency_id,
        "wish": payload.wish,
        "network": payload.network,
        "connection_id": payload.connection_id,
        "requested_at": payload.requested_at,
        "requested_by": payload.requested_by.name,
    }


def _event(payload: ConnectionRequested) -> Event:
    return make_event(
        CONNECTION_REQUESTED.name,
        payload,
        key=(payload.request_id,),
        partition_key=payload.brand_id,
        origin=Origin(
            "/gateway", payload.requested_at, BrandScope(payload.agency_id, payload.brand_id)
        ),
    )
