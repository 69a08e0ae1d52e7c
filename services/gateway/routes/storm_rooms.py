"""The storm room, triage and report by the API."""

from fastapi import APIRouter, Response
from pydantic import Field

from services.gateway.domain.after_report import ReportView
from services.gateway.domain.answering import MOST_PHRASINGS, Planned
from services.gateway.domain.storm_room import RoomView
from services.gateway.domain.triage_views import PACES, Answering, ReleaseView, TriageView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, WRITE, Id
from services.gateway.routes.report_pages import csv_answer, pdf_answer
from services.gateway.routes.schemas import Body
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)


class AnsweringBody(Body):
    """Whom to answer, in which words (`{name}` is filled in), and how many a minute."""

    message_ids: list[str] = Field(min_length=1, max_length=1_000)
    phrasings: list[str] = Field(min_length=1, max_length=MOST_PHRASINGS)
    per_minute: int = Field(default=10, ge=1, le=max(PACES))
    name: str = Field(default="", max_length=80)

    def read(self) -> Answering:
        """Return it as the store takes it."""
        return Answering(self.message_ids, self.phrasings, self.per_minute, self.name)


class Released(Body):
    """The id of the release."""

    id: str


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


@router.get("/incidents/{incident_id}/groups", tags=["incidents"], summary="Groups", responses=READ)
async def read_groups(incident_id: Id, who: Who, deps: Given) -> TriageView:
    """Return the incident's negative messages in groups of alike ones, the greatest first."""
    return await deps.storms.triage.groups(who.viewer.scope, incident_id)


@router.get(
    "/incidents/{incident_id}/releases", tags=["incidents"], summary="Releases", responses=READ
)
async def list_releases(incident_id: Id, who: Who, deps: Given) -> list[ReleaseView]:
    """Return the answers to many that are leaving or have left, newest first."""
    return await deps.storms.triage.releases(who.viewer.scope, incident_id)


@router.post(
    "/incidents/{incident_id}/releases/preview", tags=["incidents"], summary="Preview",
    responses=WRITE,
)  # fmt: skip
async def preview_release(
    incident_id: Id, body: AnsweringBody, who: Who, deps: Given
) -> list[Planned]:
    """Return what each person would read, and who is left out and why. Nothing leaves."""
    viewer = who.viewer
    return await deps.storms.triage.plan(viewer.scope, viewer, incident_id, body.read())


@router.post(
    "/incidents/{incident_id}/releases", status_code=201, tags=["incidents"], summary="Release",
    responses=WRITE,
)  # fmt: skip
async def release(incident_id: Id, body: AnsweringBody, who: Who, deps: Given) -> Released:
    """Let the previewed answers go, so many a minute, each approved by the caller; people only."""
    viewer = who.viewer
    made = await deps.storms.triage.release(viewer.scope, viewer, incident_id, body.read())
    return Released(id=made)


@router.post(
    "/incidents/{incident_id}/releases/{release_id}/stop", status_code=204, tags=["incidents"],
    summary="Stop", responses=WRITE,
)  # fmt: skip
async def stop_release(incident_id: Id, release_id: Id, who: Who, deps: Given) -> None:
    """Stop a release: what has not left stays."""
    await deps.storms.triage.stop(who.viewer.scope, who.viewer, incident_id, release_id)
