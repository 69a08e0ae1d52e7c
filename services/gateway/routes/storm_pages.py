"""The storm pages: where every brand stands, steering and freezing, and the bar that every page has."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from contracts.storms import DrillKind
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.web import HttpError
from services.gateway.deps import Deps, deps_of
from services.gateway.ports import Identity
from services.gateway.storm_ports import Rehearse, Wish
from services.gateway.web.frame import Context, Desk, page_route, storm_bars, writer

SNOOZES_H = (1, 4, 12, 24)
DRILLS: tuple[DrillKind, ...] = get_args(DrillKind)
SPEEDS = (1, 5, 20, 60)
Change = Callable[[Deps, Identity, FormData], Awaitable[None]]


def storm_routes(desk: Desk) -> APIRouter:
    """Return the routes of the overview, of steering and of the bar."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/storms")
    async def overview(request: Request) -> Response:
        return await _overview(desk, request)

    @router.get("/storms/bar")
    async def bar(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = {
            **await storm_bars(deps, identity),
            "viewer": identity.viewer, "csrf": identity.csrf_token,
        }  # fmt: skip
        return desk.page("partials/storm_bar.html", context)

    @router.post("/storms/brand/{brand_id}/freeze")
    async def freeze(request: Request, brand_id: str) -> Response:
        async def change(deps: Deps, identity: Identity, form: FormData) -> None:
            wish = (form.get("is_frozen") == "yes", str(form.get("reason", "")))
            viewer = identity.viewer
            await deps.storms.steering.freeze(viewer.scope, viewer, brand_id, wish)

        return await changed(desk, request, change)

    _add_drills(router, desk)

    @router.post("/storms/brand/{brand_id}/{steer}")
    async def steer(request: Request, brand_id: str, steer: str) -> Response:
        async def change(deps: Deps, identity: Identity, form: FormData) -> None:
            viewer = identity.viewer
            wish = _wish(steer, form, deps.clock.now())
            await deps.storms.steering.steer(viewer.scope, viewer, brand_id, wish)

        return await changed(desk, request, change)

    return router


def _add_drills(router: APIRouter, desk: Desk) -> None:
    @router.post("/storms/brand/{brand_id}/rehearse")
    async def rehearse(request: Request, brand_id: str) -> Response:
        async def change(deps: Deps, identity: Identity, form: FormData) -> None:
            viewer = identity.viewer
            await deps.storms.steering.rehearse(viewer.scope, viewer, brand_id, _drill(form))

        return await changed(desk, request, change)


async def changed(desk: Desk, request: Request, change: Change) -> Response:
    """Do it and go back to where it was pressed; what stands in the way is said on the overview."""
    deps, identity = await writer(request)
    form = await request.form()
    try:
        await change(deps, identity, form)
    except (Conflict, Forbidden, Invalid) as error:
        return await _overview(desk, request, error.why)
    return RedirectResponse(back_of(form, "/storms"), 303)


def back_of(form: FormData, usual: str) -> str:
    """Return the page a form names to go back to: one of the storm pages, or the usual one."""
    back = str(form.get("back", ""))
    is_ours = back.startswith("/storms") and "//" not in back and "\\" not in back
    return back if is_ours and back.isprintable() else usual


def _wish(steer: str, form: FormData, now: datetime) -> Wish:
    note, until = str(form.get("note", "")), None
    if steer == "snooze":
        hours = str(form.get("hours", ""))
        if hours not in {str(one) for one in SNOOZES_H}:
            raise Invalid("storm.until_missing", "Choose until when; it must be ahead.")
        return Wish("snooze", note, now + timedelta(hours=int(hours)))
    if steer == "expect":
        until = _day_end(str(form.get("until", "")))
        return Wish("expect", note, until)
    if steer == "raise":
        return Wish("raise", note)
    if steer == "end":
        return Wish("end", note)
    raise HttpError(404, "page.unknown", "There is no such page.")


def _drill(form: FormData) -> Rehearse:
    kind, speed = str(form.get("kind", "wave")), str(form.get("speed", "20"))
    found = next((one for one in DRILLS if one == kind), None)
    if found is None or speed not in {str(one) for one in SPEEDS}:
        raise Invalid("drill.unknown", "Choose a kind of storm and a speed.")
    return Rehearse(found, int(speed), is_end=form.get("is_end") == "yes")


def _day_end(day: str) -> datetime | None:
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(23, 59), UTC)
    except ValueError:
        return None


async def _overview(desk: Desk, request: Request, problem: str = "") -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    context: Context = await desk.frame(request, identity, "storms")
    scope = identity.viewer.scope
    told = {
        "held": await deps.storms.incidents.held_by_brand(scope),
        "lines": await deps.storms.incidents.lines(scope),
        "by_id": {brand.brand_id: brand for brand in context["brands"]},
        "snoozes": SNOOZES_H,
        "tomorrow": (deps.clock.now() + timedelta(days=1)).date().isoformat(),
        "problem": problem,
        "back": "/storms",
    }
    return desk.page("storms.html", {**context, **told}, 422 if problem else 200)
