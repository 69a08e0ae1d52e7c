"""The life of one message: by the API, as a page, and for a spreadsheet."""

from fastapi import APIRouter, Request, Response

from services.gateway.deps import deps_of
from services.gateway.domain.life import LifeView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, Id
from services.gateway.routes.session import Given, Who
from services.gateway.web.frame import HEADERS, Desk, page_route
from services.gateway.web.life_tables import life_csv

router = APIRouter(route_class=GuardedRoute)


@router.get("/messages/{message_id}/life", tags=["messages"], summary="Its life", responses=READ)
async def read_life(message_id: Id, who: Who, deps: Given) -> LifeView:
    """Return everything that happened to a message, from its delivery to its author's reaction.

    `trail` are the hashes of its entries in the agency's audit trail, which `rapport audit` verifies.
    """
    return await deps.life.life(who.viewer.scope, who.viewer, message_id)


def life_routes(desk: Desk) -> APIRouter:
    """Return the routes of the page and its table."""
    pages = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @pages.get("/inbox/m/{message_id}/life")
    async def look(request: Request, message_id: str) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        told = await deps.life.life(identity.viewer.scope, identity.viewer, message_id)
        context = await desk.frame(request, identity, "inbox")
        return desk.page("life.html", {**context, "life": told, "message": told.message})

    @pages.get("/inbox/m/{message_id}/life.csv")
    async def table(request: Request, message_id: str) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        told = await deps.life.life(identity.viewer.scope, identity.viewer, message_id)
        kept = "".join(letter for letter in message_id if letter.isalnum() or letter == "_")
        named = {"Content-Disposition": f'attachment; filename="message-{kept}.csv"'}
        # The mark at the start tells spreadsheets that it is UTF-8.
        body = "\ufeff" + life_csv(told)
        return Response(body, headers={**HEADERS, **named}, media_type="text/csv")

    return pages
