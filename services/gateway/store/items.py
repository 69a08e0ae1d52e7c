"""What a person does with an item apart from answering it: read, mine, done, open again."""

from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden
from runtime.mongo import Document, Filter
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

FIELDS = ["brand_id", "agency_id", "thread_id", "state", "mine", "is_deleted"]


class ItemStore:
    """Compare-and-set updates of one message each."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, audit: AuditStore, pulses: PulseStore
    ) -> None:
        self._messages = database.messages
        self._clock = clock
        self._audit = audit
        self._pulses = pulses

    async def mark_read(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Note that this person has seen the message."""
        where = {"_id": message_id, **brand_filter(scope)}
        told = {"$addToSet": {"read_by": viewer.person_id}}
        if not (await self._messages.update(where, told)).matched:
            raise nothing_here()

    async def claim(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Make it the viewer's. Raises `Conflict` naming who has it."""
        found = await self._writable(scope, viewer, message_id)
        free = {"$in": [None, viewer.person_id]}
        mine = {
            "person_id": viewer.person_id,
            "name": viewer.name,
            "at": whole_ms(self._clock.now()),
        }
        if not await self._set(found, {"mine": mine}, {"mine.person_id": free}):
            raise await self._taken(scope, message_id)

    async def release(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Give it back (the viewer's own, or anybody's for a lead). Raises `Conflict`."""
        found = await self._writable(scope, viewer, message_id)
        own: Filter = {"mine.person_id": {"$in": [None, viewer.person_id]}}
        is_lead = viewer.may_manage(found["brand_id"])
        if not await self._set(found, {"mine": None}, {} if is_lead else own):
            raise await self._taken(scope, message_id)

    async def close(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Set it aside as done."""
        found = await self._writable(scope, viewer, message_id)
        if found["state"] == "done":
            return
        await self._decide(viewer, found, "done")

    async def reopen(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Put it back into the open queue. Raises `Conflict` for a deleted message."""
        found = await self._writable(scope, viewer, message_id)
        if found["state"] == "open":
            return
        await self._decide(viewer, found, "open")

    async def _decide(self, viewer: Viewer, found: Document, state: str) -> None:
        told = {
            "decided": {
                "state": state,
                "person_id": viewer.person_id,
                "name": viewer.name,
                "at": whole_ms(self._clock.now()),
            },
            "state": state,
        }
        guard: Filter = {"state": {"$in": ["open", "answered", "done"]}}
        if state == "open":
            guard = {**guard, "is_deleted": {"$ne": True}}
        if not await self._set(found, told, guard):
            raise Conflict(
                "item.not_open", "This cannot be opened: it is deleted or the brand's own."
            )
        act = Act(
            f"item.{'closed' if state == 'done' else 'reopened'}",
            found["_id"],
            found["brand_id"],
            {"state": found["state"]},
            {"state": state},
        )
        await self._audit.append(viewer, act)

    async def _writable(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> Document:
        where = {"_id": message_id, **brand_filter(scope)}
        found = await self._messages.find_one(where, fields=FIELDS)
        if found is None:
            raise nothing_here()
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("item.read_only", "Your role for this brand is to look, not to change.")
        return found

    async def _set(self, found: Document, told: Document, guard: Filter) -> bool:
        where = {"_id": found["_id"], "brand_id": found["brand_id"], **guard}
        is_done = bool((await self._messages.update(where, {"$set": told})).matched)
        if is_done:
            scope = BrandScope(found["agency_id"], found["brand_id"])
            await self._pulses.tell(scope, "changed", [(found["_id"], found["thread_id"])])
        return is_done

    async def _taken(self, scope: AgencyScope, message_id: str) -> Conflict:
        where = {"_id": message_id, **brand_filter(scope)}
        found = await self._messages.find_one(where, fields=["brand_id", "mine"]) or {}
        mine = found.get("mine") or {}
        since = f" since {mine['at']:%H:%M:%S} UTC" if mine else ""
        return Conflict("item.taken", f"{mine.get('name', 'Somebody')} has this one{since}.")
