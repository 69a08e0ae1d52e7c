"""What a drill needs of the stores: the brand's past storm or its usual rate, and whether one is running."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cli.environment import WrongInput
from cli.finding import find_brand
from cli.stores import Opened, operator
from contracts.messages import Labels, MessageReceived
from contracts.scope import BrandScope, brand_filter
from contracts.storms import StormChanged
from runtime.bus import Bus
from runtime.mongo import Document
from services.classify.domain.drills import WARM_DAYS, Kind, Rehearsal, Retold, Script, generated
from services.classify.drilling import Drill, Recount, SealedDoor
from services.classify.models.linear import LinearModel
from services.gateway.store.audit import Act

PAGE = 2_000
_BEFORE_ONSET = timedelta(minutes=30)
_AFTER_CLOSE = timedelta(minutes=30)
_LONGEST = timedelta(hours=24)
_WARM = timedelta(days=WARM_DAYS)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to rehearse: an incident of the brand's own, or a made one of this kind."""

    incident_id: str | None
    kind: Kind
    speed: int
    seed: int


class DrillDesk:
    """Prepares drills of one brand, out of the gateway's store and with the brand's scope. Reads only."""

    def __init__(self, opened: Opened, brand: Document) -> None:
        self._opened = opened
        self.name = str(brand["name"])
        self.scope = BrandScope(brand["agency_id"], brand["_id"])

    @classmethod
    async def of(cls, opened: Opened, told: str) -> "DrillDesk":
        """Return the desk of the brand of this name or id. Raises `WrongInput`."""
        return cls(opened, await find_brand(opened, told))

    async def running(self) -> Document | None:
        """Return the incident of a drill that is open."""
        where = {**brand_filter(self.scope), "is_drill": True, "closed_at": None}
        return await self._opened.gateway.incidents.find_one(where)

    async def prepare(self, wish: Wish, bus: Bus) -> tuple[Drill, Script, str]:
        """Return a drill that is ready to begin, what it replays, and its incident's id."""
        if await self.running() is not None:
            why = f"A drill of {self.name} is running. End it with: rapport drill BRAND --end"
            raise WrongInput(why)
        script = await self._script(wish)
        rehearsal = Rehearsal(script)
        rehearsal.warm()
        now = self._opened.clock.now()
        retold = Retold(rehearsal, wish.speed, now)
        door = SealedDoor(bus, self.scope, retold.drill_id)
        act = Act(
            "drill.started", retold.drill_id, self.scope.brand_id,
            after={"of": wish.incident_id or wish.kind, "speed": wish.speed, "seed": wish.seed},
        )  # fmt: skip
        await self._opened.desk.audit.append(operator(self.scope.agency_id), act)
        return Drill(retold, door, self._opened.clock), script, retold.drill_id

    async def end_running(self, bus: Bus) -> str | None:
        """Close the incident of a drill whose command has died; return its id."""
        found = await self.running()
        if found is None:
            return None
        last, now = StormChanged.read(found["now"]), self._opened.clock.now()
        told: dict[str, Any] = {
            "level": "calm", "severity": 0, "before": last.level, "is_tick": False,
            "incident_id": found["_id"], "is_drill": True, "changed_at": now, "decided_at": now,
            "revision": max(last.revision + 1, int(now.timestamp() * 1000)),
            "sentence": "The drill was ended by hand.", "onset_at": found.get("onset_at"),
        }  # fmt: skip
        door = SealedDoor(bus, self.scope, found["_id"])
        await door.tell(last.model_copy(update=told))
        return str(found["_id"])

    async def score(self, drill_id: str) -> str | None:
        """Return the score in the drill's log once the gateway has written it."""
        where = {**brand_filter(self.scope), "incident_id": drill_id, "kind": "drill"}
        line = await self._opened.gateway.incident_log.find_one(where)
        return str(line["text"]) if line else None

    async def _script(self, wish: Wish) -> Script:
        if wish.incident_id is None:
            begins_at, an_hour = self._opened.clock.now(), await self._an_hour()
            return generated(self.scope.brand_id, wish.kind, wish.seed, begins_at, an_hour)
        return await self._past(wish.incident_id)

    async def _an_hour(self) -> float:
        """Return how many messages an hour the brand had in the last week."""
        since = self._opened.clock.now() - _WARM
        where = {**brand_filter(self.scope), "created_at": {"$gte": since}}
        return await self._opened.gateway.messages.count(where) / (WARM_DAYS * 24)

    async def _past(self, incident_id: str) -> Script:
        where = {**brand_filter(self.scope), "_id": incident_id}
        found = await self._opened.gateway.incidents.find_one(where)
        if found is None:
            raise WrongInput(f"{self.name} has no incident {incident_id!r}.")
        if found["is_drill"]:
            raise WrongInput("That was a drill itself: name a storm, or use --generated.")
        onset_at: datetime = found.get("onset_at") or found["opened_at"]
        ends_at = (found["closed_at"] or self._opened.clock.now()) + _AFTER_CLOSE
        begins_at, ends_at = onset_at - _BEFORE_ONSET, min(ends_at, onset_at + _LONGEST)
        recount = Recount(self.scope.brand_id, LinearModel.load())
        await self._count(recount, begins_at - _WARM, ends_at)
        about = f"the storm of {onset_at:%d %B %Y}"
        return recount.script(about, begins_at, onset_at, ends_at)

    async def _count(self, recount: Recount, since: datetime, until: datetime) -> None:
        messages, after = self._opened.gateway.messages, since
        seen: set[str] = set()
        while True:
            where = {**brand_filter(self.scope), "created_at": {"$gte": after, "$lt": until}}
            found = await messages.find(where, sort=[("created_at", 1)], limit=PAGE + len(seen))
            fresh = [one for one in found if one["_id"] not in seen]
            recount.add([_told(one) for one in fresh if one.get("content")])
            if len(found) < PAGE + len(seen):
                return
            # What shares the last moment is asked for again and left out then: no message is skipped.
            after = found[-1]["created_at"]
            seen = {one["_id"] for one in found if one["created_at"] == after}


def _told(found: Document) -> tuple[MessageReceived, Labels | None]:
    value = (found.get("labels") or {}).get("value")
    message = MessageReceived.read(
        {
            **found["content"], "message_id": found["_id"], "thread_id": found["thread_id"],
            "thread_root_id": found["content"].get("thread_root_id") or found["thread_id"],
            "action": "created", "received_at": found["received_at"],
            "created_at": found["created_at"], "is_late": bool(found.get("is_late")),
        }
    )  # fmt: skip
    return message, Labels.read(value) if value else None
