"""Writing what storm and freeze events say: boards, incidents, curve and log. Repeats change nothing."""

from collections.abc import Sequence
from typing import Protocol

from contracts.replies import ReplyPublished
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.storms import FreezeChanged, StormChanged
from runtime.clock import Clock
from runtime.mongo import Document
from services.gateway.domain import incidents
from services.gateway.domain.inbox import whole_ms
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.drills import DrillScores
from services.gateway.store.playbooks import PlaybookStore


class Calls(Protocol):
    """What pages people."""

    async def call(self, scope: BrandScope, incident: Document) -> None:
        """Page whom the reached steps name, each once."""
        ...

    async def end(self, scope: BrandScope, incident_id: str) -> None:
        """Call nobody any more about this incident."""
        ...


class StormStore:
    """Applies storm events in the order they come. The greater revision counts; every line of the log
    has an id that a repeat derives again."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, playbooks: PlaybookStore, calls: Calls
    ) -> None:
        self._boards = database.boards
        self._incidents = database.incidents
        self._curve = database.curve
        self._log = database.incident_log
        self._answers = database.incident_answers
        self._clock = clock
        self._playbooks = playbooks
        self._calls = calls
        self._drills = DrillScores(database)

    async def apply_storms(self, changes: Sequence[tuple[BrandScope, StormChanged]]) -> None:
        """Note what was decided, in this order."""
        for scope, changed in changes:
            await self._apply_storm(scope, changed)

    async def apply_freezes(self, changes: Sequence[tuple[BrandScope, FreezeChanged]]) -> None:
        """Note what is frozen, in this order."""
        for scope, changed in changes:
            await self._apply_freeze(scope, changed)

    async def note_answers(self, published: Sequence[tuple[BrandScope, ReplyPublished]]) -> None:
        """Count the answers that went out while their brand had an open incident."""
        scopes = {scope.brand_id: scope for scope, _ in published}
        every = AgencyScope("*", frozenset(scopes))
        open_now = {**brand_filter(every), "closed_at": None, "is_drill": False}
        found = await self._incidents.find(open_now, fields=["brand_id", "opened_at"])
        by_brand = {one["brand_id"]: one for one in found}
        await self._answers.insert_many(
            [
                {"_id": reply.reply_id, "brand_id": scope.brand_id, "incident_id": open_one["_id"],
                 "at": whole_ms(reply.published_at)}
                for scope, reply in published
                if (open_one := by_brand.get(scope.brand_id))
                and reply.published_at >= open_one["opened_at"]
            ]
        )  # fmt: skip

    async def _apply_storm(self, scope: BrandScope, changed: StormChanged) -> None:
        await self._ensure_board(scope)
        for incident_id in await self._about(scope, changed):
            await self._apply_incident(scope, changed, incident_id)
        await self._put_board(scope, changed)

    async def _about(self, scope: BrandScope, changed: StormChanged) -> list[str]:
        """Return the incidents a decision is about: calm ends whatever is still open."""
        if changed.level != "calm":
            return [changed.incident_id] if changed.incident_id else []
        where = {
            **brand_filter(scope), "closed_at": None, "is_drill": changed.is_drill,
            "opened_at": {"$lte": changed.changed_at},
        }  # fmt: skip
        found = await self._incidents.find(where, fields=["_id"])
        return [one["_id"] for one in found]

    async def _apply_incident(
        self, scope: BrandScope, changed: StormChanged, incident_id: str
    ) -> None:
        here = {"_id": incident_id, **brand_filter(scope)}
        found = await self._incidents.find_one(here)
        if found is None:
            steps = await self._playbooks.steps(scope)
            found = incidents.incident_document(scope, changed, incident_id, steps)
            await self._incidents.insert(found)
        if not changed.is_tick:
            await self._log.insert(incidents.transition_line(scope, changed, incident_id))
        point = incidents.curve_document(scope, changed, incident_id)
        if not await self._curve.insert(point):
            older = {"_id": point["_id"], "brand_id": scope.brand_id,
                     "revision": {"$lt": changed.revision}}  # fmt: skip
            await self._curve.update(older, {"$set": point})
        newer = {**here, "revision": {"$lt": changed.revision}}
        now = await self._incidents.take(newer, incidents.incident_update(found, changed))
        if now is None:
            now = await self._incidents.find_one(here) or found
        if now["closed_at"] is not None:
            await self._calls.end(scope, incident_id)
            await self._drills.settle(scope, now)
        else:
            await self._calls.call(scope, now)

    async def _put_board(self, scope: BrandScope, changed: StormChanged) -> None:
        here = {"_id": scope.brand_id, **brand_filter(scope)}
        open_id = None if changed.level == "calm" else changed.incident_id
        if changed.is_drill:
            newer = {**here, "drill_revision": {"$lt": changed.revision}}
            told: Document = {
                "drill_revision": changed.revision, "drill_id": open_id, "asked_drill": None,
            }  # fmt: skip
            await self._boards.update(newer, {"$set": told})
            return
        newer = {**here, "storm_revision": {"$lt": changed.revision}}
        told = {
            "storm_revision": changed.revision, "storm": changed.model_dump(), "incident_id": open_id,
        }  # fmt: skip
        await self._boards.update(newer, {"$set": told})
        answered = {**here, "asked_storm.at": {"$lte": whole_ms(changed.decided_at)}}
        await self._boards.update(answered, {"$set": {"asked_storm": None}})

    async def _apply_freeze(self, scope: BrandScope, changed: FreezeChanged) -> None:
        board = await self._ensure_board(scope)
        was = bool((board.get("freeze") or {}).get("is_frozen"))
        is_new = changed.revision > board.get("freeze_revision", -1)
        incident_id = changed.incident_id or board.get("incident_id") or ""
        # The line is written before the board: what a repeat after a kill finds must still differ.
        if is_new and was != changed.is_frozen:
            await self._log.insert(incidents.freeze_line(scope, changed, incident_id))
            if incident_id and changed.is_frozen:
                await self._tick_freeze(scope, incident_id, changed)
        here = {"_id": scope.brand_id, **brand_filter(scope)}
        newer = {**here, "freeze_revision": {"$lt": changed.revision}}
        told = {"freeze_revision": changed.revision, "freeze": changed.model_dump()}
        await self._boards.update(newer, {"$set": {**told, "asked_freeze": None}})

    async def _tick_freeze(
        self, scope: BrandScope, incident_id: str, changed: FreezeChanged
    ) -> None:
        here = {"_id": incident_id, **brand_filter(scope)}
        found = await self._incidents.find_one(here, fields=["steps", "done"])
        for step in (found or {}).get("steps", []):
            if step["act"] == "freeze":
                path = f"done.{step['step_id']}"
                record = {"at": whole_ms(changed.changed_at), "by_id": changed.changed_by.id,
                          "by_name": changed.changed_by.name}  # fmt: skip
                await self._incidents.update(
                    {**here, path: {"$exists": False}}, {"$set": {path: record}}
                )

    async def _ensure_board(self, scope: BrandScope) -> Document:
        here = {"_id": scope.brand_id, **brand_filter(scope)}
        found = await self._boards.find_one(here)
        if found is None:
            found = empty_board(scope)
            await self._boards.insert(found)
        return found


def empty_board(scope: BrandScope) -> Document:
    """Return the board of a brand of which nothing was decided yet."""
    return {
        "_id": scope.brand_id, "brand_id": scope.brand_id, "agency_id": scope.agency_id,
        "storm_revision": -1, "drill_revision": -1, "freeze_revision": -1, "incident_id": None,
    }  # fmt: skip
