"""The storm room's pages: an incident with its playbook, pages, statements and log, and what people add."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.deps import Deps, deps_of
from services.gateway.ports import Identity
from services.gateway.routes.rooms import room_context
from services.gateway.web.frame import Context, Desk, page_route, writer

Change = Callable[[Deps, Identity, FormData], Awaitable[None]]


def incident_routes(desk: Desk) -> APIRouter:
    """Return the routes of one incident."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/storms/{incident_id}")
    async def room(request: Request, incident_id: str) -> Response:
        return await _room(desk, request, incident_id)

    _add_log(router, desk)
    _add_statements(router, desk)
    _add_steps(router, desk)
    return router


def _add_log(router: APIRouter, desk: Desk) -> None:
    @router.post("/storms/{incident_id}/notes")
    async def note(request: Request, incident_id: str) -> Response:
        async def change(deps: Deps, who: Identity, form: FormData) -> None:
            text = str(form.get("text", ""))
            await deps.storms.incidents.note(who.viewer.scope, who.viewer, incident_id, text)

        return await _changed(desk, request, incident_id, (change, "#log"))

    @router.post("/storms/{incident_id}/acknowledge")
    async def acknowledge(request: Request, incident_id: str) -> Response:
        async def change(deps: Deps, who: Identity, _: FormData) -> None:
            await deps.storms.pages.acknowledge(who.viewer.scope, who.viewer, incident_id)

        return await _changed(desk, request, incident_id, (change, ""))

    @router.post("/storms/{incident_id}/verdict")
    async def judge(request: Request, incident_id: str) -> Response:
        async def change(deps: Deps, who: Identity, form: FormData) -> None:
            verdict = form.get("is_confirmed") == "yes", str(form.get("note", ""))
            steering, viewer = deps.storms.steering, who.viewer
            await steering.judge(viewer.scope, viewer, incident_id, verdict)

        return await _changed(desk, request, incident_id, (change, ""))


def _add_statements(router: APIRouter, desk: Desk) -> None:
    @router.post("/storms/{incident_id}/statements")
    async def draft(request: Request, incident_id: str) -> Response:
        async def change(deps: Deps, who: Identity, form: FormData) -> None:
            text, viewer = str(form.get("text", "")), who.viewer
            await deps.storms.incidents.draft_statement(viewer.scope, viewer, incident_id, text)

        return await _changed(desk, request, incident_id, (change, "#statements"))

    @router.post("/storms/{incident_id}/statements/{statement_id}/sign")
    async def sign(request: Request, incident_id: str, statement_id: str) -> Response:
        async def change(deps: Deps, who: Identity, _: FormData) -> None:
            viewer = who.viewer
            await deps.storms.incidents.sign(viewer.scope, viewer, incident_id, statement_id)

        return await _changed(desk, request, incident_id, (change, "#statements"))


def _add_steps(router: APIRouter, desk: Desk) -> None:
    @router.post("/storms/{incident_id}/steps/{step_id}")
    async def tick(request: Request, incident_id: str, step_id: str) -> Response:
        async def change(deps: Deps, who: Identity, form: FormData) -> None:
            note, viewer = str(form.get("note", "")), who.viewer
            await deps.storms.incidents.tick(viewer.scope, viewer, incident_id, step_id, note)

        return await _changed(desk, request, incident_id, (change, "#playbook"))

    @router.post("/storms/{incident_id}/steps/{step_id}/page")
    async def page(request: Request, incident_id: str, step_id: str) -> Response:
        async def change(deps: Deps, who: Identity, _: FormData) -> None:
            await deps.storms.pages.page_now(who.viewer.scope, who.viewer, incident_id, step_id)

        return await _changed(desk, request, incident_id, (change, "#playbook"))


async def incident_context(deps: Deps, identity: Identity, incident_id: str) -> Context:
    """Return what the parts of an incident's page need. Raises `NotFound`."""
    scope, storms = identity.viewer.scope, deps.storms
    log = await storms.incidents.log(scope, incident_id)
    incident = await storms.incidents.incident(scope, incident_id)
    views = {one.brand_id: one for one in await deps.brands.views(scope)}
    return {
        "incident": incident,
        "brand": views[incident.brand_id],
        "board": await storms.incidents.board(scope, incident.brand_id),
        "log": log,
        **await room_context(deps, identity, incident_id, log),
        "pages": await storms.pages.of_incident(scope, incident_id),
        "back": f"/storms/{incident_id}",
    }


async def _changed(
    desk: Desk, request: Request, incident_id: str, what: tuple[Change, str]
) -> Response:
    deps, identity = await writer(request)
    change, anchor = what
    try:
        await change(deps, identity, await request.form())
    except (Conflict, Forbidden, Invalid) as error:
        return await _room(desk, request, incident_id, error.why)
    return RedirectResponse(f"/storms/{incident_id}{anchor}", 303)


async def _room(desk: Desk, request: Request, incident_id: str, problem: str = "") -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    told = await incident_context(deps, identity, incident_id)
    context = await desk.frame(request, identity, "storms")
    status = 422 if problem else 200
    return desk.page("storm.html", {**context, **told, "problem": problem}, status)
