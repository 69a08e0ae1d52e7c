"""Storm triage as pages: groups of alike messages, the preview of one answer for many, releases."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.deps import deps_of
from services.gateway.domain.answering import is_varied
from services.gateway.domain.triage_views import PACES, Answering
from services.gateway.web.frame import Desk, page_route, writer


def triage_routes(desk: Desk) -> APIRouter:
    """Return the routes of triage."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/storms/{incident_id}/triage")
    async def look(request: Request, incident_id: str) -> Response:
        return await _groups(desk, request, incident_id)

    @router.post("/storms/{incident_id}/triage/preview")
    async def preview(request: Request, incident_id: str) -> Response:
        return await _preview(desk, request, incident_id)

    @router.post("/storms/{incident_id}/triage/release")
    async def release(request: Request, incident_id: str) -> Response:
        deps, identity = await writer(request)
        ask = read_form(await request.form())
        triage, viewer = deps.storms.triage, identity.viewer
        try:
            await triage.release(viewer.scope, viewer, incident_id, ask)
        except (Conflict, Forbidden, Invalid) as error:
            return await _groups(desk, request, incident_id, error.why)
        return RedirectResponse(f"/storms/{incident_id}/triage#releases", 303)

    @router.post("/storms/{incident_id}/triage/{release_id}/stop")
    async def stop(request: Request, incident_id: str, release_id: str) -> Response:
        deps, identity = await writer(request)
        triage, viewer = deps.storms.triage, identity.viewer
        try:
            await triage.stop(viewer.scope, viewer, incident_id, release_id)
        except (Conflict, Forbidden) as error:
            return await _groups(desk, request, incident_id, error.why)
        return RedirectResponse(f"/storms/{incident_id}/triage#releases", 303)

    return router


def read_form(form: FormData) -> Answering:
    """Return what the form asks for; what is no number is checked by the store."""
    pace = str(form.get("per_minute", ""))
    return Answering(
        message_ids=[str(one) for one in form.getlist("message_id")],
        phrasings=[str(one).replace("\r\n", "\n") for one in form.getlist("phrasing")],
        per_minute=int(pace) if pace.isdecimal() and len(pace) < 4 else 0,
        name=str(form.get("name", "")),
    )


async def _groups(
    desk: Desk,
    request: Request,
    incident_id: str,
    problem: str = "",
    asked: Answering | None = None,
) -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    scope = identity.viewer.scope
    incident = await deps.storms.incidents.incident(scope, incident_id)
    context = await desk.frame(request, identity, "storms")
    brand = next(one for one in context["brands"] if one.brand_id == incident.brand_id)
    told = {
        "incident": incident,
        "brand": brand,
        "triage": await deps.storms.triage.groups(scope, incident_id),
        "releases": await deps.storms.triage.releases(scope, incident_id),
        "may_answer": identity.viewer.may_moderate(brand.brand_id) and not incident.line.is_drill,
        "board": await deps.storms.incidents.board(scope, incident.brand_id),
        "problem": problem,
        "asked": asked,
        "paces": PACES,
    }
    return desk.page("storm_triage.html", {**context, **told}, 422 if problem else 200)


async def _preview(desk: Desk, request: Request, incident_id: str) -> Response:
    deps, identity = await writer(request)
    ask, viewer = read_form(await request.form()), identity.viewer
    try:
        planned = await deps.storms.triage.plan(viewer.scope, viewer, incident_id, ask)
    except (Conflict, Forbidden, Invalid) as error:
        return await _groups(desk, request, incident_id, error.why, ask)
    incident = await deps.storms.incidents.incident(viewer.scope, incident_id)
    context = await desk.frame(request, identity, "storms")
    brand = next(one for one in context["brands"] if one.brand_id == incident.brand_id)
    going = [one for one in planned if not one.code]
    told = {
        "incident": incident, "brand": brand, "ask": ask, "going": going,
        "left": [one for one in planned if one.code], "is_varied": is_varied(planned),
        "minutes": -(-len(going) // ask.per_minute),
    }  # fmt: skip
    return desk.page("storm_preview.html", {**context, **told})
