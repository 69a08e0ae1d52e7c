"""The page behind the link in a mail for approval: no sign-in, three buttons, and one case only."""

from fastapi import APIRouter, Request, Response

from services.gateway.deps import deps_of
from services.gateway.domain.asking import AskCard
from services.gateway.limits import RateLimit
from services.gateway.web.frame import Desk, page_route, theme_of

LONGEST_REASON, LONGEST_TEXT = 300, 20_000
PER_MINUTE = 60


def approve_routes(desk: Desk) -> APIRouter:
    """Return the two routes. Looking changes nothing: mail programs open links by themselves."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)
    limits: list[RateLimit] = []

    def count(request: Request) -> None:
        if not limits:
            limits.append(RateLimit(deps_of(request).clock, PER_MINUTE))
        limits[0].take(request.client.host if request.client else "unknown")

    @router.get("/approve/{token}")
    async def look(request: Request, token: str) -> Response:
        count(request)
        return _page(desk, request, await deps_of(request).asks.shown(token[:100]))

    @router.post("/approve/{token}")
    async def decide(request: Request, token: str) -> Response:
        # No session, so no CSRF token: the link itself, which nobody else has, proves who presses.
        count(request)
        form, asks, token = await request.form(), deps_of(request).asks, token[:100]
        act = str(form.get("act", ""))
        if act == "reject":
            card = await asks.reject_by(token, str(form.get("reason", ""))[:LONGEST_REASON])
        elif act == "change":
            card = await asks.approve_by(token, _text(str(form.get("text", ""))))
        elif act == "approve":
            card = await asks.approve_by(token)
        else:
            card = await asks.shown(token)
        return _page(desk, request, card)

    return router


def _text(typed: str) -> str:
    # A browser sends line ends as CRLF; networks count and show LF.
    return typed[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n").strip()


def _page(desk: Desk, request: Request, card: AskCard) -> Response:
    is_refused = bool(card.problem) and request.method == "POST"
    context = {"theme": theme_of(request), "card": card}
    return desk.page("approve.html", context, 409 if is_refused else 200)
