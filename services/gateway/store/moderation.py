"""What people ask to be done to messages at their network, and what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from contracts.envelope import Origin, make_event
from contracts.ids import moderation_id, random_id, reply_id
from contracts.moderation import Act, ModerationRequested, ModerationSettled
from contracts.replies import Approver
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import MODERATION_REQUESTED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document, Write
from runtime.outbox import outbox_push
from services.gateway.domain.inbox import slot_name, whole_ms
from services.gateway.domain.moderation import FAMILIES, NEED_REASON, offered
from services.gateway.domain.networks import acts_for
from services.gateway.domain.views import Viewer
from services.gateway.store import audit
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

FIELDS = [
    "brand_id", "agency_id", "thread_id", "content", "hidden", "acts", "is_deleted",
]  # fmt: skip
LONGEST_REASON = 300
MOST_SLOTS = 1000
_READ_ONLY = "Your role for this brand is to look, not to moderate."
_CHANGED = "Somebody did something to this message meanwhile. Load it again."


class ModerationStore:
    """One compare-and-set update for each wish, which carries its event."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit_store: audit.AuditStore,
        pulses: PulseStore,
        nudge: Callable[[], None],
    ) -> None:
        self._messages = database.messages
        self._clock = clock
        self._audit = audit_store
        self._pulses = pulses
        self._nudge = nudge

    async def ask(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, act: Act, reason: str
    ) -> None:
        """Ask for an act. Raises `NotFound`, `Forbidden`, `Conflict`, and `Invalid` for no reason."""
        where = {"_id": message_id, **brand_filter(scope)}
        found = await self._messages.find_one(where, fields=FIELDS)
        if found is None or not found.get("content"):
            raise nothing_here()
        if not viewer.may_moderate(found["brand_id"]):
            raise Forbidden("moderation.read_only", _READ_ONLY)
        reason = reason.strip()[:LONGEST_REASON]
        _guard(found, act, reason)
        await self._commit(viewer, found, act, reason)

    async def _commit(self, viewer: Viewer, found: Document, act: Act, reason: str) -> None:
        family, now = FAMILIES[act], whole_ms(self._clock.now())
        before = (found.get("acts") or {}).get(family) or {}
        payload = _requested(viewer, found, (act, reason), now)
        record = {
            "act": act, "moderation_id": payload.moderation_id, "state": "waiting",
            "reason": reason, "by": viewer.person_id, "by_name": viewer.name, "at": now,
        }  # fmt: skip
        scope = BrandScope(found["agency_id"], found["brand_id"])
        event = make_event(
            MODERATION_REQUESTED.name, payload, key=(payload.moderation_id,),
            partition_key=found["_id"], origin=Origin("/gateway", now, scope),
        )  # fmt: skip
        pushed = outbox_push([event], now)
        update = {**pushed, "$set": {**pushed["$set"], f"acts.{family}": record}}
        unchanged = {f"acts.{family}.moderation_id": before.get("moderation_id")}
        where = {"_id": found["_id"], "brand_id": found["brand_id"], **unchanged}
        if not (await self._messages.update(where, update)).matched:
            raise Conflict("moderation.changed", _CHANGED)
        self._nudge()
        told = {"reason": reason} if reason else None
        note = audit.Act(f"message.{act}", found["_id"], found["brand_id"], None, told)
        await self._audit.append(viewer, note)
        await self._pulses.tell(scope, "changed", [(found["_id"], found["thread_id"])])

    async def settle(self, settled: Sequence[tuple[BrandScope, ModerationSettled]]) -> None:
        """Note what became of the wishes that still stand; older ones change nothing."""
        await self._messages.write([_settled(scope, one) for scope, one in settled])


def _guard(found: Document, act: Act, reason: str) -> None:
    content = found["content"]
    allowed = acts_for(content["network"], content["kind"], is_own=content["is_own"])
    if act not in allowed:
        why = "This network has no such act for this kind of message."
        raise Invalid("moderation.unsupported", why)
    if act not in offered(allowed, found):
        raise Conflict("moderation.stands", "It is so already. Load the message again.")
    if act in NEED_REASON and not reason:
        raise Invalid("moderation.no_reason", "Say in a few words why; it is kept for the record.")


def _requested(
    viewer: Viewer, found: Document, wish: tuple[Act, str], at: datetime
) -> ModerationRequested:
    content, (act, reason) = found["content"], wish
    return ModerationRequested(
        moderation_id=moderation_id(found["_id"], act, random_id("req")),
        brand_id=found["brand_id"],
        connection_id=content["connection_id"],
        network=content["network"],
        message_id=found["_id"],
        thread_id=found["thread_id"],
        act=act,
        external_id=content["external_id"],
        kind=content["kind"],
        author_id=content.get("author_id"),
        reason=reason,
        requested_by=Approver(kind="person", id=viewer.person_id, name=viewer.name),
        requested_at=at,
    )


def _removal_path(one: ModerationSettled) -> str:
    """Return where it stands that our own answer was to be deleted."""
    slots = (n for n in range(MOST_SLOTS) if reply_id(one.message_id, n) == one.reply_id)
    return f"slots.{slot_name(next(slots, 0))}.removal"


def _settled(scope: BrandScope, one: ModerationSettled) -> Write:
    path = f"acts.{FAMILIES[one.act]}"
    if one.reply_id is not None:
        path = _removal_path(one)
    told = {
        f"{path}.state": one.state, f"{path}.code": one.code, f"{path}.why": one.reason,
        f"{path}.settled_at": whole_ms(one.settled_at),
    }  # fmt: skip
    where = {
        "_id": one.message_id, "brand_id": scope.brand_id,
        f"{path}.moderation_id": one.moderation_id,
    }  # fmt: skip
    return Write(where, {"$set": told}, is_upsert=False)
