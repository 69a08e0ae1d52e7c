"""Reading several brands' boards together for their common lead; each thing learnt is in the trail once a day."""

from contracts import ids
from contracts.scope import AgencyScope, brand_filter
from runtime.clock import Clock
from services.gateway.domain.cross_watch import SharedTopic, led_by, shared_topics
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase


class CrossWatchStore:
    """The only read over brands that is not a list of them. Its scope comes from the roles alone."""

    def __init__(self, database: GatewayDatabase, clock: Clock, audit: AuditStore) -> None:
        self._boards = database.boards
        self._told = database.cross_reads
        self._clock = clock
        self._audit = audit

    async def shared(self, viewer: Viewer) -> list[SharedTopic]:
        """Return what rises at three or more of the brands this person leads; nothing to others."""
        led = led_by(viewer)
        if not led:
            return []
        scope = AgencyScope(viewer.agency_id, led)
        where = {**brand_filter(scope), "agency_id": viewer.agency_id, "storm": {"$exists": True}}
        boards = await self._boards.find(where, fields=["storm"])
        found = shared_topics([one["storm"] for one in boards], self._clock.now())
        for topic in found:
            await self._note(viewer, topic)
        return found

    async def _note(self, viewer: Viewer, topic: SharedTopic) -> None:
        now = whole_ms(self._clock.now())
        key = ids.derive("xrd", viewer.person_id, topic.topic_hash, f"{now:%Y-%m-%d}")
        if await self._told.insert({"_id": key, "at": now}):
            after = {"brands": topic.brands, "messages": topic.messages, "hostile": topic.hostile}
            await self._audit.append(
                viewer, Act("storms.cross_read", topic.topic_hash, after=after)
            )
