"""The storm room, triage and report by the API."""

from fastapi import APIRouter, Response

from services.gateway.domain.after_report import ReportView
from services.gateway.domain.storm_room import RoomView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, Id
from services.gateway.routes.report_pages import csv_answer, pdf_answer
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)


@router.get("/incidents/{incident_id}/room", tags=["incidents"], summary="Room", responses=READ)
async def read_room(incident_id: Id, who: Who, deps: Given) -> RoomView:
    """Return the incident with its last hours, what changed in ten minutes, threads and examples."""
    return await deps.storms.rooms.room(who.viewer.scope, incident_id)


@router.get("/incidents/{incident_id}/report", tags=["incidents"], summary="Report", responses=READ)
async def read_report(incident_id: Id, who: Who, deps: Given) -> ReportView:
    """Return the report: when what happened, figures, what was said, what other bars had done."""
    return await deps.storms.reports.report(who.viewer.scope, incident_id)


@router.get(
    "/incidents/{incident_id}/report.csv", tags=["incidents"], summary="Report as CSV",
    responses=READ, response_class=Response,
)  # fmt: skip
async def read_report_csv(incident_id: Id, who: Who, deps: Given) -> Response:
    """Return the report for a spreadsheet; no cell of it can be read as a formula."""
    return await csv_answer(deps, who, incident_id)


@router.get(
    "/incidents/{incident_id}/report.pdf", tags=["incidents"], summary="Report as PDF",
    responses=READ, response_class=Response,
)  # fmt: skip
async def read_report_pdf(incident_id: Id, who: Who, deps: Given) -> Response:
    """Return the report on paper; letters outside Latin-1 are shown as a question mark there."""
    return await pdf_answer(deps, who, incident_id)
