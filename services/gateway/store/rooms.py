"""Reading what the storm room and the report show beside the incident: messages, threads, answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.mongo import Document
from services.gateway.domain import storm_room
from services.gateway.domain.incident_views import IncidentView
from services.gateway.domain.replies import reply_state, slot_of
from services.gateway.domain.storm_room import RoomMessage, RoomView, ThreadLine
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.incidents import IncidentStore

MOST_COUNTED = 10_000
MOST_THREADS, MOST_EXAMPLES = 5, 3
_ANY_STATE = {"$in": ["open", "answered", "done"]}
_FIELDS = ["brand_id", "thread_id", "content", "slot", "slots", "at"]


class RoomStore:
    """Reads only. What lies outside the scope raises `NotFound`, by way of the incident."""

    def __init__(self, database: GatewayDatabase, incidents: IncidentStore) -> None:
        self._messages = database.messages
        self._incidents = incidents

    async def room(self, scope: AgencyScope, incident_id: str) -> RoomView:
        """Return what the room shows of an incident. Raises `NotFound`."""
        incident = await self._incidents.incident(scope, incident_id)
        points = await self._incidents.curve(scope, incident_id)
        then = storm_room.point_before(points)
        place = BrandScope(incident.agency_id, incident.brand_id)
        threads = incident.threads[:MOST_THREADS]
        wanted = [one.message_id for one in threads] + incident.examples[:MOST_EXAMPLES]
        known = await self._named(place, wanted)
        lines = [ThreadLine(one, known.get(one.message_id)) for one in threads]
        room = RoomView(
            incident=incident,
            compared_at=then.at if then else None,
            changes=storm_room.changes_of(points),
            new_topics=storm_room.new_topics(points, incident.topics),
            origin=lines[0] if lines else None,
            threads=lines,
            examples=[known[one] for one in incident.examples[:MOST_EXAMPLES] if one in known],
            points=storm_room.recent(points),
        )
        return await self._counted(place, room)

    async def _counted(self, place: BrandScope, room: RoomView) -> RoomView:
        where = negative_since(place, room.incident)
        negative = await self._messages.count(where, limit=MOST_COUNTED)
        answered = await self._messages.count({**where, "state": "answered"}, limit=MOST_COUNTED)
        is_more = negative >= MOST_COUNTED
        return replace(room, negative=negative, answered=answered, is_more=is_more)

    async def _named(self, place: BrandScope, ids: Sequence[str]) -> Mapping[str, RoomMessage]:
        if not ids:
            return {}
        where = {**brand_filter(place), "_id": {"$in": list(ids)}}
        found = await self._messages.find(where, fields=_FIELDS)
        return {one["_id"]: room_message(one) for one in found if one.get("content")}


def negative_since(place: BrandScope, incident: IncidentView) -> Document:
    """Return the filter of the negative messages of an incident's time, in any state."""
    span: Document = {"$gte": incident.onset_at or incident.line.opened_at}
    if incident.line.closed_at is not None:
        span["$lte"] = incident.line.closed_at
    return {
        **brand_filter(place), "state": _ANY_STATE, "at": span,
        "labels.value.sentiment.label": "negative", "content.is_own": False,
    }  # fmt: skip


def room_message(found: Document) -> RoomMessage:
    """Return a stored message as the room shows it."""
    content = found["content"]
    _, record = slot_of(found)
    return RoomMessage(
        message_id=found["_id"],
        thread_id=found["thread_id"],
        network=content["network"],
        kind=content["kind"],
        author=content.get("author_name") or content.get("author_handle") or "",
        text=content.get("text") or "",
        at=found["at"],
        answer=reply_state(record),
        is_own=bool(content.get("is_own")),
    )
