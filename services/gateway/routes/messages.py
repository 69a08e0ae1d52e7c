"""The inbox by the API: the queue, threads, and everything a person does with a message."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.deps import Release
from services.gateway.domain.views import MessageView, QueuePage, ThreadView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.schemas import (
    ActWish,
    Countable,
    DraftText,
    Length,
    QueueQuery,
    Rejection,
    ReleaseText,
    Revision,
    problems,
)
from services.gateway.routes.session import Given, Who
from services.gateway.web import lengths

router = APIRouter(route_class=GuardedRoute)
READ = problems(401, 404, 422)
WRITE = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
Id = Annotated[str, Path(max_length=100, pattern="^[a-z]{3}_[0-9a-f]{32}$")]


@router.get("/messages", tags=["messages"], summary="The queue", responses=problems(400, 401, 422))
async def list_messages(
    who: Who,
    deps: Given,
    ask: Annotated[QueueQuery, Query()],
) -> QueuePage:
    """Return 50 items over all brands the caller may see; `next_key` asks for the next page."""
    return await deps.inbox.queue(who.viewer.scope, who.viewer, ask.filter(), ask.after)


@router.get("/messages/{message_id}", tags=["messages"], summary="One message", responses=READ)
async def read_message(message_id: Id, who: Who, deps: Given) -> MessageView:
    """Return a message with its labels, their reasons, and where the answer stands."""
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.get("/threads/{thread_id}", tags=["messages"], summary="A thread", responses=READ)
async def read_thread(
    thread_id: Id,
    who: Who,
    deps: Given,
    focus: Annotated[str | None, Query(max_length=100)] = None,
) -> ThreadView:
    """Return a thread with its messages in tree order and the one to look at."""
    return await deps.inbox.thread(who.viewer.scope, who.viewer, thread_id, focus)


@router.put(
    "/messages/{message_id}/draft", tags=["replies"], summary="Save the draft", responses=WRITE
)
async def save_draft(message_id: Id, body: DraftText, who: Who, deps: Given) -> Revision:
    """Keep the text being worked on; the answer is the new revision."""
    viewer = who.viewer
    revision = await deps.replies.save_draft(
        viewer.scope, viewer, message_id, body.text, body.revision
    )
    return Revision(revision=revision)


@router.post("/messages/{message_id}/approve", tags=["replies"], summary="Publish", responses=WRITE)
async def approve(message_id: Id, body: ReleaseText, who: Who, deps: Given) -> MessageView:
    """Let this text go as the brand's answer, once. 409 names who was first, and when."""
    release = Release(
        body.text, body.revision, body.draft_id, body.is_private, body.send_at,
        body.cancels_on_reply,
    )  # fmt: skip
    await deps.replies.approve(who.viewer.scope, who.viewer, message_id, release)
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.post(
    "/messages/{message_id}/acts", status_code=202, tags=["moderation"], summary="Moderate",
    responses=WRITE,
)  # fmt: skip
async def moderate(message_id: Id, body: ActWish, who: Who, deps: Given) -> MessageView:
    """Hide, show, delete, like or unlike the message at its network, or block its author."""
    viewer = who.viewer
    await deps.moderation.ask(viewer.scope, viewer, message_id, body.act, body.reason)
    return await deps.inbox.message(viewer.scope, viewer, message_id)


@router.post(
    "/messages/{message_id}/length", tags=["replies"], summary="Count a text", responses=READ
)
async def count(message_id: Id, body: Countable, who: Who, deps: Given) -> Length:
    """Return the length of an answer to this message, as its network counts it."""
    found = await deps.inbox.message(who.viewer.scope, who.viewer, message_id)
    told = lengths.counted(body.text, found.network, found.kind, is_private=body.is_private)
    return Length(length=told.length, limit=told.limit, fits=told.fits)


@router.post("/messages/{message_id}/reject", tags=["replies"], summary="Reject", responses=WRITE)
async def reject(message_id: Id, body: Rejection, who: Who, deps: Given) -> MessageView:
    """Decide that the draft is not sent, and say why."""
    viewer = who.viewer
    await deps.replies.reject(viewer.scope, viewer, message_id, body.reason, body.revision)
    return await deps.inbox.message(viewer.scope, viewer, message_id)


@router.post("/messages/{message_id}/retry", tags=["replies"], summary="Try again", responses=WRITE)
async def retry(message_id: Id, body: Revision, who: Who, deps: Given) -> MessageView:
    """Open the next answer, with the failed text as its draft."""
    await deps.replies.retry(who.viewer.scope, who.viewer, message_id, body.revision)
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.post("/messages/{message_id}/close", tags=["messages"], summary="Done", responses=WRITE)
async def close(message_id: Id, who: Who, deps: Given) -> MessageView:
    """Set the message aside as done."""
    await deps.items.close(who.viewer.scope, who.viewer, message_id)
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.post("/messages/{message_id}/reopen", tags=["messages"], summary="Open", responses=WRITE)
async def reopen(message_id: Id, who: Who, deps: Given) -> MessageView:
    """Put the message back into the open queue."""
    await deps.items.reopen(who.viewer.scope, who.viewer, message_id)
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.post("/messages/{message_id}/mine", tags=["messages"], summary="Claim", responses=WRITE)
async def claim(message_id: Id, who: Who, deps: Given) -> MessageView:
    """Make the message the caller's. 409 names who has it."""
    await deps.items.claim(who.viewer.scope, who.viewer, message_id)
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.delete(
    "/messages/{message_id}/mine", tags=["messages"], summary="Give back", responses=WRITE
)
async def release(message_id: Id, who: Who, deps: Given) -> MessageView:
    """Give the message back."""
    await deps.items.release(who.viewer.scope, who.viewer, message_id)
    return await deps.inbox.message(who.viewer.scope, who.viewer, message_id)


@router.post(
    "/messages/{message_id}/read", status_code=204, tags=["messages"], summary="Mark as read",
    responses=WRITE,
)  # fmt: skip
async def mark_read(message_id: Id, who: Who, deps: Given) -> None:
    """Note that the caller has seen the message."""
    await deps.items.mark_read(who.viewer.scope, who.viewer, message_id)


@router.post(
    "/messages/{message_id}/viewing", status_code=204, tags=["live"], summary="I look at this",
    responses=WRITE,
)  # fmt: skip
async def note_viewing(message_id: Id, who: Who, deps: Given) -> None:
    """Tell the others that the caller looks at this message; good for 30 seconds."""
    found = await deps.inbox.message(who.viewer.scope, who.viewer, message_id)
    item = (found.message_id, found.thread_id)
    await deps.live.note_viewing(who.viewer, found.brand.brand_id, item)
