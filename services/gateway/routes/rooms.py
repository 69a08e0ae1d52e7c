"""What the room's part of an incident's page is drawn from. The routes are next door."""

from collections.abc import Sequence

from services.gateway.deps import Deps
from services.gateway.domain.incident_views import IncidentView, LogLine
from services.gateway.ports import Identity
from services.gateway.web.curve import Mark, chart_of
from services.gateway.web.frame import Context


async def room_context(
    deps: Deps, identity: Identity, incident_id: str, log: Sequence[LogLine]
) -> Context:
    """Return room, chart and held answers of an incident. Raises `NotFound`."""
    scope = identity.viewer.scope
    room = await deps.storms.rooms.room(scope, incident_id)
    held = await deps.storms.incidents.held(scope, room.incident.brand_id)
    return {
        "room": room,
        "chart": chart_of(room.points, marks_of(room.incident, log)),
        "held": held,
    }


def marks_of(incident: IncidentView, log: Sequence[LogLine]) -> list[Mark]:
    """Return what is marked in the curve: the alarm, and every freeze and its end."""
    alarm = incident.reached.get("storm") or incident.reached.get("watch")
    marks = [Mark("alarm", alarm, "alarm")] if alarm else []
    words = {"freeze": "frozen", "resume": "let go"}
    return marks + [Mark(one.kind, one.at, words[one.kind]) for one in log if one.kind in words]
