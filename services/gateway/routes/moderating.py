"""Moderating on a page: one act on one message, and the thread as it stands then."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from contracts.moderation import ACTS
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.web import HttpError
from services.gateway.deps import deps_of
from services.gateway.routes.reading import ask_of, thread_context
from services.gateway.web import lengths
from services.gateway.web.addresses import query_of
from services.gateway.web.frame import Desk, is_part, page_route, writer

LONGEST_TEXT = 20_000


def moderation_routes(desk: Desk) -> APIRouter:
    """Return the routes of moderation, and the one that counts what the page cannot."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.post("/inbox/m/{message_id}/act/{act}")
    async def moderate(request: Request, message_id: str, act: str) -> Response:
        deps, identity = await writer(request)
        if act not in ACTS:
            raise HttpError(404, "page.unknown", "There is no such page.")
        form, viewer = await request.form(), identity.viewer
        problem = None
        try:
            reason = str(form.get("reason", ""))
            await deps.moderation.ask(viewer.scope, viewer, message_id, act, reason)
        except (Conflict, Forbidden, Invalid) as error:
            problem = error.why
        if not is_part(request):
            return RedirectResponse(f"/inbox/m/{message_id}", 303)
        context = await desk.frame(request, identity, "inbox")
        # The thread stays on the message that is being answered, whichever was moderated.
        focus = str(form.get("focus", "")) or message_id
        context |= await thread_context(deps, identity, focus)
        context |= {"query": query_of(ask_of(request, viewer)), "moderation_problem": problem}
        context["moderated_id"] = message_id
        return desk.page("partials/messages.html", context, 422 if problem else 200)

    @router.post("/inbox/m/{message_id}/length")
    async def count(request: Request, message_id: str) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        form, viewer = await request.form(), identity.viewer
        found = await deps.inbox.message(viewer.scope, viewer, message_id)
        text = str(form.get("text", ""))[:LONGEST_TEXT].replace("\r\n", "\n")
        is_private = form.get("is_private") == "yes"
        told = lengths.counted(text, found.network, found.kind, is_private=is_private)
        return JSONResponse({"length": told.length, "limit": told.limit, "fits": told.fits})

    return router
