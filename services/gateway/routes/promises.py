"""What the brands promised: by the API, and as a page where people say what became of it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from runtime.errors import NotFound
from services.gateway.deps import deps_of
from services.gateway.domain.promises import ACTS, PromiseAct, PromiseBook
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import WRITE, Id
from services.gateway.routes.schemas import problems
from services.gateway.routes.session import Given, Who
from services.gateway.web.frame import Desk, page_route, writer

router = APIRouter(route_class=GuardedRoute)


@router.get("/promises", tags=["promises"], summary="Promises", responses=problems(401, 422))
async def list_promises(who: Who, deps: Given, is_pressing: bool = False) -> PromiseBook:
    """Return what the caller's brands promised and how they keep their word.

    `is_pressing`: only what is due soon, or broken and not made good.
    """
    return await deps.promises.book(who.viewer.scope, is_pressing=is_pressing)


@router.post(
    "/promises/{promise_id}/{act}", status_code=204, tags=["promises"], summary="Settle a promise",
    responses=WRITE,
)  # fmt: skip
async def tick_promise(promise_id: Id, act: PromiseAct, who: Who, deps: Given) -> None:
    """Say that it was kept, that its reader was told in time, that it was none, or was made good."""
    await deps.promises.tick(who.viewer.scope, who.viewer, promise_id, act)


def promise_routes(desk: Desk) -> APIRouter:
    """Return the routes of the page."""
    pages = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @pages.get("/promises")
    async def look(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        is_pressing = request.query_params.get("show") == "pressing"
        book = await deps.promises.book(identity.viewer.scope, is_pressing=is_pressing)
        context = await desk.frame(request, identity, "promises")
        by_id = {brand.brand_id: brand for brand in context["brands"]}
        told = {"book": book, "by_id": by_id, "is_pressing": is_pressing}
        return desk.page("promises.html", {**context, **told})

    @pages.post("/promises/{promise_id}")
    async def tick(request: Request, promise_id: str) -> Response:
        deps, identity = await writer(request)
        form = await request.form()
        act = next((one for one in ACTS if one == form.get("act")), None)
        if act is None:
            raise NotFound("page.unknown", "There is no such page.")
        await deps.promises.tick(identity.viewer.scope, identity.viewer, promise_id, act)
        show = "?show=pressing" if form.get("show") == "pressing" else ""
        return RedirectResponse(f"/promises{show}", 303)

    return pages
