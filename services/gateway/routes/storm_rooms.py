"""The storm room, triage and report by the API."""

from fastapi import APIRouter

from services.gateway.domain.storm_room import RoomView
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, Id
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)


@router.get("/incidents/{incident_id}/room", tags=["incidents"], summary="Room", responses=READ)
async def read_room(incident_id: Id, who: Who, deps: Given) -> RoomView:
    """Return the incident with its last hours, what changed in ten minutes, threads and examples."""
    return await deps.storms.rooms.room(who.viewer.scope, incident_id)
