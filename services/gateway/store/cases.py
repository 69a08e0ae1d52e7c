"""One message in the hands of one person: read whole, changed by one compare-and-set update.

What is decided about it is in replies.py and approving.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from contracts.brands import BrandChanged
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.ids import reply_id
from contracts.replies import Approver
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import Topic
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from runtime.outbox import outbox_push
from services.gateway.deps import Release
from services.gateway.domain import networks, replies, timing
from services.gateway.domain.inbox import slot_name, whole_ms
from services.gateway.domain.views import Viewer
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

FIELDS = [
    "brand_id", "agency_id", "thread_id", "content", "labels", "slot", "slots", "state",
    "is_deleted", "revision", "revised_by", "revised_at", "at", "waits_until",
]  # fmt: skip
_READ_ONLY = "Your role for this brand is to look, not to answer."


@dataclass(frozen=True, slots=True)
class Case:
    """One message in the hands of one person, as it was read, and its brand's rules."""

    viewer: Viewer
    found: Document
    slot: int
    record: Document
    brand: BrandChanged

    @property
    def scope(self) -> BrandScope:
        """Whose message it is."""
        return BrandScope(self.found["agency_id"], self.found["brand_id"])

    @property
    def person(self) -> Approver:
        """Who has it in hand."""
        return Approver(kind="person", id=self.viewer.person_id, name=self.viewer.name)

    @property
    def role(self) -> str | None:
        """The role of whoever has it in hand."""
        return self.viewer.roles.get(self.found["brand_id"])

    @property
    def target(self) -> Document:
        """The answer's place: the fields of `ReplyTarget`."""
        content = self.found["content"]
        return {
            "reply_id": reply_id(self.found["_id"], self.slot),
            "message_id": self.found["_id"],
            "thread_id": self.found["thread_id"],
            "brand_id": self.found["brand_id"],
            "connection_id": content["connection_id"],
            "network": content["network"],
            "slot": self.slot,
        }

    def path(self, name: str) -> str:
        """Return where a field of the current slot is stored."""
        return f"slots.{slot_name(self.slot)}.{name}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision writes: fields (null takes a field away), the event it announces, and what must
    hold at that moment."""

    told: Document
    event: Event | None = None
    guard: Document = field(default_factory=dict)
    is_next: bool = False


class Cases:
    """Reads cases and applies changes to them, once."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        pulses: PulseStore,
        nudge: Callable[[], None],
    ) -> None:
        self._messages = database.messages
        self._brands = database.brands
        self._connections = database.connections
        self._clock = clock
        self._pulses = pulses
        self._nudge = nudge

    @property
    def now(self) -> datetime:
        """The time as it is stored."""
        return whole_ms(self._clock.now())

    async def read(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> Case:
        """Return the case. Raises `NotFound`, and `Forbidden` for who may only look."""
        where = {"_id": message_id, **brand_filter(scope)}
        found = await self._messages.find_one(where, fields=FIELDS)
        if found is None or not (found.get("content") or {}).get("is_item"):
            raise nothing_here()
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("reply.read_only", _READ_ONLY)
        # Read again for every decision: the rules may have changed since the page was drawn.
        brand = await self._brands.find_one(
            {"_id": found["brand_id"], "brand_id": found["brand_id"]}
        )
        if brand is None:
            raise nothing_here()
        slot, record = replies.slot_of(found)
        return Case(viewer, found, slot, record, BrandChanged.read(brand))

    async def guard_text(self, case: Case, release: Release) -> None:
        """Raise `Invalid` when the network would not take this text, in this way, now."""
        content, is_private = case.found["content"], release.is_private
        leaves_at = release.send_at or self._clock.now()
        if late := timing.refusal_of_time(release.send_at, self._clock.now()):
            raise Invalid(late.code, late.why)
        is_change = bool(case.record.get("replaces"))
        at = None if is_change else await self._last_from_person(case)
        refusal = replies.refusal_of_text(
            content["network"], content["kind"], release.text, is_private=is_private
        ) or replies.refusal_of_way(
            {**content, "created_at": case.found.get("at")}, at, leaves_at,
            is_private=is_private,
        )  # fmt: skip
        if refusal is not None:
            raise Invalid(refusal.code, refusal.why)

    async def _last_from_person(self, case: Case) -> datetime | None:
        """Return when the person wrote last in this conversation; None where that closes nothing."""
        content, found = case.found["content"], case.found
        if networks.window_of(content["network"], content["kind"], found["at"]) is None:
            return None
        if await self._has_template(case):
            return None
        where = {
            "brand_id": found["brand_id"], "thread_id": found["thread_id"],
            "content.is_own": False, "content.author_id": content.get("author_id"),
        }  # fmt: skip
        newest = await self._messages.find(where, sort=[("at", -1)], limit=1, fields=["at"])
        moments: list[datetime] = [found["at"], *(one["at"] for one in newest)]
        return max(moments)

    async def _has_template(self, case: Case) -> bool:
        where = {"_id": case.target["connection_id"], "brand_id": case.found["brand_id"]}
        account = await self._connections.find_one(where, fields=["options"]) or {}
        return bool((account.get("options") or {}).get(networks.TEMPLATE_OPTION))

    async def commit(self, case: Case, revision: int, change: Change) -> None:
        """Apply in one update, if nobody was faster. Raises `Conflict` saying who and when."""
        refusal = None if change.is_next else replies.refusal_of_release(case.found, revision)
        if refusal is not None:
            raise Conflict(refusal.code, refusal.why)
        now = whole_ms(self._clock.now())
        stamp = {"revision": revision + 1, "revised_by": case.viewer.name, "revised_at": now}
        gone = {name: "" for name, value in change.told.items() if value is None}
        there = {name: value for name, value in change.told.items() if value is not None}
        update: Document = {"$set": {**there, **stamp}, **({"$unset": gone} if gone else {})}
        if change.event is not None:
            pushed = outbox_push([change.event], now)
            update |= {**pushed, "$set": {**update["$set"], **pushed["$set"]}}
        changed = await self._messages.update(_unchanged(case, revision, change), update)
        if not changed.matched:
            raise await self._too_late(case, revision)
        self._nudge()
        item = (case.found["_id"], case.found["thread_id"])
        await self._pulses.tell(case.scope, "changed", [item])

    async def _too_late(self, case: Case, revision: int) -> Conflict:
        where = {"_id": case.found["_id"], "brand_id": case.found["brand_id"]}
        found = await self._messages.find_one(where, fields=FIELDS) or case.found
        refusal = replies.refusal_of_release(found, revision)
        if refusal is None:
            return Conflict("reply.changed", "This answer changed meanwhile. Load it again.")
        return Conflict(refusal.code, refusal.why)

    def event(self, case: Case, topic: Topic, payload: Payload) -> Event:
        """Return the event that announces a decision about the current slot."""
        return make_event(
            topic.name,
            payload,
            key=(case.target["reply_id"],),
            partition_key=case.found["_id"],
            origin=Origin("/gateway", whole_ms(self._clock.now()), case.scope),
        )


def no_rival(case: Case) -> Document:
    """Return the guard against an answer that arrived after all while this one was written."""
    rival = replies.rival_slot(case.found)
    return {} if rival is None else {f"slots.{slot_name(rival)}.published": None}


def _unchanged(case: Case, revision: int, change: Change) -> Document:
    """Return the filter that matches only while nothing stands against the decision."""
    where: Document = {
        "_id": case.found["_id"],
        "brand_id": case.found["brand_id"],
        "is_deleted": {"$ne": True},
        # A document that no person has touched has no revision, which reads as 0.
        "revision": {"$in": [revision, None] if revision == 0 else [revision]},
        "slot": {"$in": [case.slot, None] if case.slot == 0 else [case.slot]},
        **change.guard,
    }
    if not change.is_next:
        path = f"slots.{slot_name(case.slot)}"
        where |= {
            f"{path}.{name}": None for name in ("approved", "rejected", "published", "failed")
        }
    return where
