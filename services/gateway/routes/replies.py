"""Answers by the API after they were let go: recall, change, delete at the network, hand over."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.deps import Release
from services.gateway.domain.views import MessageView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.schemas import HandoverText, Rejection, Revision, problems
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)
WRITE = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
Id = Annotated[str, Path(max_length=100, pattern="^[a-z]{3}_[0-9a-f]{32}$")]
_AT = "/messages/{message_id}"


@router.post(f"{_AT}/recall", tags=["replies"], summary="Take back", responses=WRITE)
async def recall(message_id: Id, body: Revision, who: Who, deps: Given) -> MessageView:
    """Take back an answer that has not left. Whether it had is told by the reply's state later."""
    viewer = who.viewer
    await deps.replies.recall(viewer.scope, viewer, message_id, body.revision)
    return await deps.inbox.message(viewer.scope, viewer, message_id)


@router.post(f"{_AT}/amend", tags=["replies"], summary="Change what is out", responses=WRITE)
async def amend(message_id: Id, body: Revision, who: Who, deps: Given) -> MessageView:
    """Open the next answer with the published text; approved, it takes the place of what is out."""
    viewer = who.viewer
    await deps.replies.amend(viewer.scope, viewer, message_id, body.revision)
    return await deps.inbox.message(viewer.scope, viewer, message_id)


@router.post(f"{_AT}/take-back", tags=["replies"], summary="Delete what is out", responses=WRITE)
async def take_back(message_id: Id, body: Rejection, who: Who, deps: Given) -> MessageView:
    """Have our published answer deleted at its network."""
    viewer = who.viewer
    await deps.replies.take_back(viewer.scope, viewer, message_id, body.reason, body.revision)
    return await deps.inbox.message(viewer.scope, viewer, message_id)


@router.post(f"{_AT}/handover", tags=["replies"], summary="Go private", responses=WRITE)
async def handover(message_id: Id, body: HandoverText, who: Who, deps: Given) -> MessageView:
    """Answer in public and by a private message, as one case."""
    viewer = who.viewer
    release = Release(body.text, body.revision, body.draft_id)
    await deps.replies.handover(viewer.scope, viewer, message_id, release, body.private_text)
    return await deps.inbox.message(viewer.scope, viewer, message_id)
