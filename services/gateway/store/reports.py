"""Reading what the report of an incident tells: counts, and the answers with who let them go."""

from contracts.scope import AgencyScope, BrandScope
from runtime.mongo import Document
from services.gateway.domain.after_report import Counted, ReportView, Said, alarm_of, report_of
from services.gateway.domain.incident_views import IncidentView
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.incidents import IncidentStore
from services.gateway.store.rooms import MOST_COUNTED, negative_since

MOST_SAID = 500


class ReportStore:
    """Reads only. What lies outside the scope raises `NotFound`, by way of the incident."""

    def __init__(self, database: GatewayDatabase, incidents: IncidentStore) -> None:
        self._messages = database.messages
        self._incidents = incidents

    async def report(self, scope: AgencyScope, incident_id: str) -> ReportView:
        """Return the report of an incident, open or over. Raises `NotFound`."""
        incident = await self._incidents.incident(scope, incident_id)
        points = await self._incidents.curve(scope, incident_id)
        log = await self._incidents.log(scope, incident_id)
        place = BrandScope(incident.agency_id, incident.brand_id)
        counted = await self._counted(place, incident)
        return report_of(incident, points, log, counted, await self._said(place, incident))

    async def _counted(self, place: BrandScope, incident: IncidentView) -> Counted:
        where = negative_since(place, incident)
        alarm = alarm_of(incident)
        before = {**where, "at": {**where["at"], "$lt": alarm}}
        return Counted(
            negative=await self._messages.count(where, limit=MOST_COUNTED),
            before_alarm=await self._messages.count(before, limit=MOST_COUNTED) if alarm else 0,
            answered=await self._messages.count({**where, "state": "answered"}, limit=MOST_COUNTED),
        )

    async def _said(self, place: BrandScope, incident: IncidentView) -> list[Said]:
        where = {**negative_since(place, incident), "state": "answered"}
        fields, sort = ["slots", "answered_slot"], [("at", 1)]
        found = await self._messages.find(where, sort=sort, limit=MOST_SAID, fields=fields)
        return [said for one in found for said in _answers(one)]


def _answers(found: Document) -> list[Said]:
    records = [one.get("published") for one in (found.get("slots") or {}).values()]
    return [
        Said("answer", one["published_at"], one["approved_by"]["name"], one["text"], found["_id"])
        for one in records
        if one
    ]
