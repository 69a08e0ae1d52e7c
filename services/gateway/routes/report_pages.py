"""The report of an incident: as a page, as comma-separated values, as PDF."""

import asyncio

from fastapi import APIRouter, Request, Response

from services.gateway.deps import Deps, deps_of
from services.gateway.domain.after_report import ReportView
from services.gateway.ports import Identity
from services.gateway.routes.rooms import marks_of
from services.gateway.web.curve import chart_of
from services.gateway.web.frame import HEADERS, Desk, page_route
from services.gateway.web.report_paper import report_pdf
from services.gateway.web.report_tables import report_csv


def report_routes(desk: Desk) -> APIRouter:
    """Return the routes of the report."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/storms/{incident_id}/report")
    async def report(request: Request, incident_id: str) -> Response:
        deps, identity = deps_of(request), await deps_of(request).auth.signed_in(request)
        scope = identity.viewer.scope
        told = await deps.storms.reports.report(scope, incident_id)
        points = await deps.storms.incidents.curve(scope, incident_id)
        context = await desk.frame(request, identity, "storms")
        brand = next(one for one in context["brands"] if one.brand_id == told.incident.brand_id)
        chart = chart_of(points, marks_of(told.incident, told.log))
        shown = {"report": told, "incident": told.incident, "brand": brand, "chart": chart}
        return desk.page("storm_report.html", {**context, **shown})

    @router.get("/storms/{incident_id}/report.csv")
    async def as_csv(request: Request, incident_id: str) -> Response:
        return await csv_answer(*await _asked(request), incident_id)

    @router.get("/storms/{incident_id}/report.pdf")
    async def as_pdf(request: Request, incident_id: str) -> Response:
        return await pdf_answer(*await _asked(request), incident_id)

    return router


async def csv_answer(deps: Deps, identity: Identity, incident_id: str) -> Response:
    """Return the report for a spreadsheet. Raises `NotFound`."""
    report, brand = await _report(deps, identity, incident_id)
    # The mark at the start tells spreadsheets that it is UTF-8.
    body = "\ufeff" + report_csv(report, brand)
    return Response(body, headers=_headers(incident_id, "csv"), media_type="text/csv")


async def pdf_answer(deps: Deps, identity: Identity, incident_id: str) -> Response:
    """Return the report on paper. Raises `NotFound`."""
    report, brand = await _report(deps, identity, incident_id)
    points = await deps.storms.incidents.curve(identity.viewer.scope, incident_id)
    body = await asyncio.to_thread(report_pdf, report, brand, points)
    return Response(body, headers=_headers(incident_id, "pdf"), media_type="application/pdf")


async def _asked(request: Request) -> tuple[Deps, Identity]:
    deps = deps_of(request)
    return deps, await deps.auth.signed_in(request)


async def _report(deps: Deps, identity: Identity, incident_id: str) -> tuple[ReportView, str]:
    scope = identity.viewer.scope
    report = await deps.storms.reports.report(scope, incident_id)
    brand = await deps.brands.get(scope, report.incident.brand_id)
    return report, brand.brand.name


def _headers(incident_id: str, kind: str) -> dict[str, str]:
    kept = "".join(letter for letter in incident_id if letter.isalnum() or letter == "_")
    return {**HEADERS, "Content-Disposition": f'attachment; filename="storm-{kept}.{kind}"'}
