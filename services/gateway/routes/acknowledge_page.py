"""The page behind the link in a page: no sign-in, one button, and no more than brand, level, sentence."""

from fastapi import APIRouter, Request, Response

from services.gateway.deps import deps_of
from services.gateway.storm_ports import PageCard
from services.gateway.web.frame import Desk, page_route, theme_of


def acknowledge_routes(desk: Desk) -> APIRouter:
    """Return the two routes. Looking changes nothing: mail programs open links by themselves."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/acknowledge/{token}")
    async def look(request: Request, token: str) -> Response:
        card = await deps_of(request).storms.pages.shown(token)
        return _page(desk, request, card)

    @router.post("/acknowledge/{token}")
    async def acknowledge(request: Request, token: str) -> Response:
        # No session, so no CSRF token: the signed link itself is what proves who presses.
        card = await deps_of(request).storms.pages.acknowledge_by(token)
        return _page(desk, request, card, is_done=not card.problem)

    return router


def _page(desk: Desk, request: Request, card: PageCard, *, is_done: bool = False) -> Response:
    context = {
        "theme": theme_of(request), "card": card, "is_done": is_done,
        "now": deps_of(request).clock.now(),
    }  # fmt: skip
    is_refused = request.method == "POST" and not is_done
    return desk.page("acknowledge.html", context, 409 if is_refused else 200)
