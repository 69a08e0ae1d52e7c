"""What every page is given: who looks, from where, in which theme; and how answers are sent."""

import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from runtime.errors import Conflict, Forbidden, Invalid, NotFound, RapportError, Unavailable
from runtime.web import HttpError
from services.gateway.deps import Deps, deps_of
from services.gateway.domain.views import BrandView
from services.gateway.ports import Identity
from services.gateway.web.colours import stylesheet
from services.gateway.web.templating import Templates

Context = dict[str, Any]
LIVE_URL = "/live"
THEMES = ("light", "dark")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Vary": "HX-Request, Cookie",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PROBLEMS: Mapping[int, tuple[str, str]] = {
    403: ("Not yours to do", "Your role does not allow this. Nothing was changed."),
    404: ("Not here", "There is no such page, or it is not yours to see."),
    429: ("A little slower", "That was a lot at once. Nothing was lost; try again in a minute."),
    500: ("Our mistake", "Something went wrong on our side. Nothing was sent; please try again."),
    503: ("One moment", "A part of Rapport is not answering. Nothing was lost; try again soon."),
}
STATUS: Mapping[type[RapportError], int] = {
    Invalid: 400, Forbidden: 403, NotFound: 404, Conflict: 409, Unavailable: 503,
}  # fmt: skip


class Desk:
    """The engine and the frame around pages; one per app."""

    def __init__(self, templates: Templates) -> None:
        self.templates = templates

    def page(self, name: str, context: Context, status: int = 200) -> HTMLResponse:
        """Return a page or a part of one, with the headers every page carries."""
        return HTMLResponse(self.templates.render(name, context), status, HEADERS)

    def problem(self, request: Request, status: int, detail: str | None = None) -> Response:
        """Return an error as a page, or as a sentence for a part of a page."""
        if "hx-request" in request.headers:
            return _told(status, detail)
        title, usual = PROBLEMS.get(status, PROBLEMS[500] if status >= 500 else PROBLEMS[404])
        context = {"theme": theme_of(request), "status": status, "title": title}
        return self.page("problem.html", {**context, "detail": detail or usual}, status)

    async def frame(self, request: Request, identity: Identity, active: str) -> Context:
        """Return what the frame needs: viewer, brands, theme, token, moment."""
        deps = deps_of(request)
        brands = await deps.brands.views(identity.viewer.scope)
        return {
            "active": active,
            "brands": brands,
            "brands_css": brands_address(brands),
            "csrf": identity.csrf_token,
            "live_url": LIVE_URL,
            "now": deps.clock.now(),
            "theme": theme_of(request),
            "viewer": identity.viewer,
            **await storm_bars(deps, identity, brands),
        }


async def storm_bars(
    deps: Deps, identity: Identity, brands: list[BrandView] | None = None
) -> Context:
    """Return what the bar over every page says: the brands that are not calm, the worst first."""
    scope = identity.viewer.scope
    boards = await deps.storms.incidents.boards(scope)
    pages = await deps.storms.pages.standing(scope)
    known = await deps.brands.views(scope) if brands is None else brands
    shown = [
        (
            brand,
            board,
            [one for one in pages if one.incident_id in (board.incident_id, board.drill_id)],
        )
        for brand in known
        if (board := boards[brand.brand_id]).level != "calm" or board.is_frozen or board.drill_id
    ]
    shown.sort(key=lambda one: (-(one[1].level == "storm"), -one[1].severity))
    shared = await deps.storms.cross.shared(identity.viewer)
    return {"boards": boards, "storm_bars": shown, "shared_topics": shared}


def page_route(desk: Desk) -> type[APIRoute]:
    """Return the route class of pages: errors are pages too, a missing session leads to the door."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await inner(request)
                except HttpError as error:
                    return _refused(desk, request, error)
                except RapportError as error:
                    status = next(
                        (code for kind, code in STATUS.items() if isinstance(error, kind)), 500
                    )
                    told = error.why if status in (400, 409) else None
                    return desk.problem(request, status, told)

            return handle

    return PageRoute


def _told(status: int, detail: str | None) -> Response:
    """Return an error for a part of a page: nothing is swapped, the page shows the sentence."""
    sentence = detail or PROBLEMS.get(status, PROBLEMS[500] if status >= 500 else PROBLEMS[404])[1]
    told = json.dumps({"problem": {"value": sentence}})
    return Response(status_code=status, headers={**HEADERS, "HX-Trigger": told})


def _refused(desk: Desk, request: Request, error: HttpError) -> Response:
    if error.status != 401:
        return desk.problem(request, error.status, error.detail)
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/login?next={quote(here)}" if request.method == "GET" else "/login"
    return RedirectResponse(target, 303)


async def writer(request: Request) -> tuple[Deps, Identity]:
    """Return deps and who writes, checked. Raises HttpError 401, 403, 429."""
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    await deps.auth.guard_write(request, identity)
    return deps, identity


def theme_of(request: Request) -> str:
    """Return `light` or `dark`, or an empty text: as the system."""
    theme = request.cookies.get("theme", "")
    return theme if theme in THEMES else ""


def brands_address(brands: list[BrandView]) -> str:
    """Return the address of the brands' stylesheet; it changes when a colour does."""
    digest = hashlib.sha256(stylesheet(brands).encode()).hexdigest()[:12]
    return f"/brands.css?v={digest}"


def is_part(request: Request) -> bool:
    """Say whether the page asked for a part of itself (and is not restoring its history)."""
    asked = "hx-request" in request.headers
    return asked and "hx-history-restore-request" not in request.headers
