"""The REST API under /api/v1, put together; brands and the trail are here, the rest next door."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import StreamingResponse

from contracts.scope import AgencyScope
from services.gateway.deps import BrandChange
from services.gateway.domain.views import BrandDetail, BrandView
from services.gateway.routes import (
    accounts,
    caring,
    knowledge,
    labels,
    life,
    messages,
    promises,
    replies,
    session,
    storm_rooms,
    storms,
)
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, WRITE, Id
from services.gateway.routes.schemas import AuditLine, Brake, BrandPatch, Problem, problems
from services.gateway.routes.session import Given, Who

PREFIX = "/api/v1"
TRAIL_READERS = frozenset({"owner", "lead", "auditor"})

router = APIRouter(route_class=GuardedRoute)
live_router = APIRouter(route_class=GuardedRoute)


@router.get("/brands", tags=["brands"], summary="My brands", responses=problems(401))
async def list_brands(who: Who, deps: Given) -> list[BrandView]:
    """Return the brands the caller has a role for."""
    return await deps.brands.views(who.viewer.scope)


@router.get("/brands/{brand_id}", tags=["brands"], summary="One brand", responses=READ)
async def read_brand(brand_id: Id, who: Who, deps: Given) -> BrandDetail:
    """Return a brand with its rules and its voice."""
    return await deps.brands.get(who.viewer.scope, brand_id)


@router.patch("/brands/{brand_id}", tags=["brands"], summary="Change a brand", responses=WRITE)
async def change_brand(brand_id: Id, body: BrandPatch, who: Who, deps: Given) -> BrandDetail:
    """Change rules, voice, name, colour or languages; owners and leads only."""
    change = BrandChange(**{name: getattr(body, name) for name in BrandPatch.model_fields})
    changed = await deps.brands.change(who.viewer.scope, who.viewer, brand_id, change)
    deps.nudge()
    return changed


@router.post("/brake", tags=["brands"], summary="Stop all automatic answers", responses=WRITE)
async def brake_all(who: Who, deps: Given, body: Brake | None = None) -> list[str]:
    """Stop the automatic answers of all brands that the caller leads, within a second."""
    viewer, is_stopped = who.viewer, (body or Brake()).is_stopped
    return await deps.brakes.brake(viewer.scope, viewer, is_stopped=is_stopped)


@router.post("/brands/{brand_id}/brake", tags=["brands"], summary="Stop a brand", responses=WRITE)
async def brake(brand_id: Id, body: Brake, who: Who, deps: Given) -> list[str]:
    """Stop a brand's automatic answers within a second, or let them leave again."""
    viewer = who.viewer
    return await deps.brakes.brake(
        viewer.scope, viewer, is_stopped=body.is_stopped, brand_ids=[brand_id]
    )


@router.get("/audit", tags=["audit"], summary="The trail", responses=problems(401, 422))
async def list_audit(
    who: Who, deps: Given, before: Annotated[int | None, Query(ge=1, le=2**53)] = None
) -> list[AuditLine]:
    """Return 50 lines about brands the caller owns, leads or audits, newest first."""
    readable = {brand for brand, role in who.viewer.roles.items() if role in TRAIL_READERS}
    scope = AgencyScope(who.viewer.agency_id, frozenset(readable))
    entries = await deps.audit.entries(scope, before)
    names = AuditLine.model_fields
    return [AuditLine(**{name: getattr(one, name) for name in names}) for one in entries]


@live_router.get("/live", include_in_schema=False)
async def live(request: Request, who: Who, deps: Given) -> StreamingResponse:
    """Server-sent events of the caller's brands: see the port `Live`."""

    async def is_allowed() -> Any:
        # The session may have ended or the roles changed since the page was opened.
        del request.state.identity
        return await deps.auth.identify(request)

    headers = {"X-Accel-Buffering": "no"}
    events = deps.live.stream(who, is_allowed)
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


_PARTS = (
    session.door, session.router, router, accounts.router, caring.router, knowledge.router, labels.router, life.router, messages.router, replies.router, storms.router,
    storm_rooms.router, promises.router,
)  # fmt: skip


def mount_api(app: FastAPI) -> None:
    """Put the API and the live updates into the app."""
    api = APIRouter(prefix=PREFIX)
    for part in _PARTS:
        api.include_router(part)
    app.include_router(api)
    app.include_router(live_router)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        paths = made["paths"].items()
        made["paths"] = {path: told for path, told in paths if path.startswith(PREFIX)}
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        made["components"]["securitySchemes"] = {
            "cookie": {"type": "apiKey", "in": "cookie", "name": "rapport_session"},
            "key": {"type": "http", "scheme": "bearer"},
        }
        made["security"] = [{"cookie": []}, {"key": []}]
        app.openapi_schema = made
    return app.openapi_schema
