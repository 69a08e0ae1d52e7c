"""What is said of an answer while it is written, for the page and by the API."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from contracts.scope import BrandScope
from services.gateway.deps import Deps, deps_of
from services.gateway.domain.caring import Judged, Rules, judged
from services.gateway.domain.views import Viewer
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, Id
from services.gateway.routes.schemas import Countable
from services.gateway.routes.session import Given, Who
from services.gateway.web.caring import shown
from services.gateway.web.frame import Desk, page_route

LONGEST_TEXT = 20_000
router = APIRouter(route_class=GuardedRoute)


@router.post("/messages/{message_id}/care", tags=["replies"], summary="Judge", responses=READ)
async def read_care(message_id: Id, body: Countable, who: Who, deps: Given) -> Judged:
    """Return the care score of a text as an answer to this message, what the brand's rules say of
    it and what it promises. Offsets count code points of the text."""
    return await judge(deps, who.viewer, message_id, body.text, is_private=body.is_private)


def caring_routes(desk: Desk) -> APIRouter:
    """Return the route that the page asks while somebody types."""
    pages = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @pages.post("/inbox/m/{message_id}/care")
    async def care(request: Request, message_id: str) -> Response:
        deps = deps_of(request)
        viewer = (await deps.auth.signed_in(request)).viewer
        form = await request.form()
        text = str(form.get("text", ""))[:LONGEST_TEXT].replace("\r\n", "\n")
        is_private = form.get("is_private") == "yes"
        found = await judge(deps, viewer, message_id, text, is_private=is_private)
        return JSONResponse(shown(found))

    return pages


async def judge(
    deps: Deps, viewer: Viewer, message_id: str, text: str, *, is_private: bool
) -> Judged:
    """Judge a text as an answer to a message. Raises `NotFound`."""
    message = await deps.inbox.message(viewer.scope, viewer, message_id)
    detail = await deps.brands.get(viewer.scope, message.brand.brand_id)
    policy = detail.channels.get(message.network, detail.policy)
    known = tuple(fact.text for fact in detail.voice.facts)
    rules = Rules(policy, detail.wording, known)
    return judged(message, rules, text, deps.clock.now(), is_private=is_private)


async def note_saved(deps: Deps, viewer: Viewer, message_id: str, saved_id: str, text: str) -> None:
    """Count that an answer was made from a saved reply, with the care score it left with."""
    if not saved_id:
        return
    message = await deps.inbox.message(viewer.scope, viewer, message_id)
    found = await judge(deps, viewer, message_id, text, is_private=False)
    scope = BrandScope(viewer.agency_id, message.brand.brand_id)
    await deps.knowledge.note_use(scope, saved_id, found.care.overall)
