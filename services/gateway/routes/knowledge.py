"""What a brand knows and its saved replies, by the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.knowledge import EntryKind
from services.gateway.domain.knowledge import EntryView, SavedView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, WRITE, Id
from services.gateway.routes.schemas import EntryBody, EntryChange
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)


@router.get("/brands/{brand_id}/entries", tags=["knowledge"], summary="Entries", responses=READ)
async def list_entries(
    brand_id: Id, who: Who, deps: Given, kind: EntryKind | None = None
) -> list[EntryView]:
    """Return what the brand knows and its saved replies, with their use and what is stale."""
    return await deps.knowledge.every(who.viewer.scope, brand_id, kind)


@router.post(
    "/brands/{brand_id}/entries", status_code=201, tags=["knowledge"], summary="Write an entry",
    responses=WRITE,
)  # fmt: skip
async def add_entry(brand_id: Id, body: EntryBody, who: Who, deps: Given) -> EntryView:
    """Write an entry; drafts use it at once."""
    given = body.model_dump()
    return await deps.knowledge.add(who.viewer.scope, who.viewer, brand_id, given)


@router.put(
    "/entries/{entry_id}", status_code=204, tags=["knowledge"], summary="Change an entry",
    responses=WRITE,
)  # fmt: skip
async def change_entry(entry_id: Id, body: EntryChange, who: Who, deps: Given) -> None:
    """Put another entry in its place."""
    given = body.entry.model_dump()
    await deps.knowledge.change(who.viewer.scope, who.viewer, entry_id, body.revision, given)


@router.delete(
    "/entries/{entry_id}", status_code=204, tags=["knowledge"], summary="Take an entry out",
    responses=WRITE,
)  # fmt: skip
async def remove_entry(
    entry_id: Id, who: Who, deps: Given, revision: Annotated[int, Query(ge=1, le=2**53)] = 1
) -> None:
    """Take an entry out; no draft uses it any more."""
    await deps.knowledge.change(who.viewer.scope, who.viewer, entry_id, revision, None)


@router.get(
    "/messages/{message_id}/saved-replies", tags=["knowledge"], summary="Saved replies for it",
    responses=READ,
)  # fmt: skip
async def list_saved(
    message_id: Id, who: Who, deps: Given, query: Annotated[str, Query(max_length=200)] = ""
) -> list[SavedView]:
    """Return the saved replies that fit a message's network, filled in, its language first."""
    return await deps.knowledge.saved(who.viewer.scope, who.viewer, message_id, query)
