"""Pages as people meet them: on the page, and by the link that works once and without sign-in."""

from contracts.scope import AgencyScope, BrandScope
from runtime.errors import Conflict, Forbidden
from runtime.mongo import Document
from services.gateway.domain.incident_views import PageView
from services.gateway.domain.paging import Links, Ticket
from services.gateway.domain.views import Viewer
from services.gateway.store.brands import BrandStore
from services.gateway.store.incidents import IncidentStore
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pages import PageStore
from services.gateway.storm_ports import PageCard


class PageDesk:
    """The port `Pages`. Without a key no link is good, because none was ever made."""

    def __init__(
        self, pages: PageStore, incidents: IncidentStore, brands: BrandStore, key: str
    ) -> None:
        self._pages = pages
        self._incidents = incidents
        self._brands = brands
        self._links = Links(key) if key else None

    async def of_incident(self, scope: AgencyScope, incident_id: str) -> list[PageView]:
        """Return the pages of an incident with their deliveries, oldest first."""
        return await self._pages.of_incident(scope, incident_id)

    async def standing(self, scope: AgencyScope) -> list[PageView]:
        """Return the pages that nobody has acknowledged, without their deliveries."""
        return await self._pages.standing(scope)

    async def acknowledge(self, scope: AgencyScope, viewer: Viewer, incident_id: str) -> None:
        """Acknowledge every standing page of an incident."""
        found = await self._writable(scope, viewer, incident_id)
        await self._pages.acknowledge(scope, viewer, found["_id"])

    async def page_now(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, step_id: str
    ) -> None:
        """Page whom a step names. Raises `Conflict` when they were, or when it is over."""
        found = await self._writable(scope, viewer, incident_id)
        if found["closed_at"] is not None:
            raise Conflict("storm.over", "It is over; nobody is paged any more.")
        place = BrandScope(found["agency_id"], found["brand_id"])
        await self._pages.call_step(place, found, step_id)

    async def shown(self, token: str) -> PageCard:
        """Return what a link may show. Raises `NotFound`."""
        ticket, found = await self._read(token)
        return await self._card(found, "" if self._pages.is_good(ticket) else _OLD)

    async def acknowledge_by(self, token: str) -> PageCard:
        """Acknowledge by a link, once; what stands in the way is told on the card."""
        ticket, found = await self._read(token)
        try:
            await self._pages.acknowledge_by(ticket)
        except Conflict as conflict:
            return await self._card(await self._pages.at(ticket) or found, conflict.why)
        return await self._card(await self._pages.at(ticket) or found, "")

    async def _read(self, token: str) -> tuple[Ticket, Document]:
        ticket = self._links.read(token) if self._links else None
        found = await self._pages.at(ticket) if ticket else None
        if ticket is None or found is None:
            raise nothing_here()
        return ticket, found

    async def _card(self, found: Document, problem: str) -> PageCard:
        ack = found.get("ack") or {}
        is_over = found["state"] == "over"
        return PageCard(
            brand=await self._brands.name_of(BrandScope(found["agency_id"], found["brand_id"])),
            severity=found["severity"],
            sentence=found["sentence"],
            is_drill=found["is_drill"],
            opened_at=found["opened_at"],
            acknowledged_by=ack.get("name", ""),
            acknowledged_at=ack.get("at"),
            problem=problem or ("It is over; nobody needs to answer any more." if is_over else ""),
        )

    async def _writable(self, scope: AgencyScope, viewer: Viewer, incident_id: str) -> Document:
        found = await self._incidents.found(scope, incident_id)
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("storm.read_only", "Your role for this brand is to look.")
        return found


_OLD = "This link is too old. Sign in to see where it stands."
