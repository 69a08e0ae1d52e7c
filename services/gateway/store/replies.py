"""The brand's answer in a person's hands: draft, release, reject, try again. Each is one
compare-and-set update that carries its event; two people at once make one answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from contracts.brands import Policy
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.ids import reply_id
from contracts.replies import Approver, ReplyApproved, ReplyRejected
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import REPLY_APPROVED, REPLY_REJECTED, Topic
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from runtime.outbox import outbox_push
from services.gateway.deps import Release
from services.gateway.domain import networks, replies
from services.gateway.domain.inbox import slot_name, whole_ms
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

FIELDS = [
    "brand_id", "agency_id", "thread_id", "content", "slot", "slots", "state", "is_deleted",
    "revision", "revised_by", "revised_at", "at",
]  # fmt: skip
_READ_ONLY = "Your role for this brand is to look, not to answer."
_APPROVER_ONLY = "The brand's rules ask for an approver to let this answer go."


@dataclass(frozen=True, slots=True)
class _Case:
    """One message in the hands of one person, as it was read."""

    viewer: Viewer
    found: Document
    slot: int
    record: Document
    policy: Policy

    @property
    def scope(self) -> BrandScope:
        return BrandScope(self.found["agency_id"], self.found["brand_id"])

    @property
    def person(self) -> Approver:
        return Approver(kind="person", id=self.viewer.person_id, name=self.viewer.name)

    @property
    def target(self) -> Document:
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


@dataclass(frozen=True, slots=True)
class _Change:
    """What a decision writes: fields, the event it announces, and what must hold at that moment."""

    told: Document
    event: Event | None = None
    guard: Document = field(default_factory=dict)
    is_next: bool = False


class ReplyStore:
    """Writes what people decide about answers, and announces it."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit: AuditStore,
        pulses: PulseStore,
        nudge: Callable[[], None],
    ) -> None:
        self._messages = database.messages
        self._brands = database.brands
        self._connections = database.connections
        self._clock = clock
        self._audit = audit
        self._pulses = pulses
        self._nudge = nudge

    async def save_draft(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, text: str, revision: int
    ) -> int:
        """Keep the text being worked on; return the new revision."""
        case = await self._case(scope, viewer, message_id)
        if len(text) > replies.LONGEST_DRAFT:
            raise Invalid("reply.too_long", f"A draft may have {replies.LONGEST_DRAFT} characters.")
        told: Document = {
            self._path(case, "text"): text,
            self._path(case, "text_by"): viewer.name,
        }
        if text != replies.text_of(case.record):
            # What was sent for approval is no longer what stands here.
            told[self._path(case, "proposed")] = None
        await self._commit(case, revision, _Change(told))
        return revision + 1

    async def propose(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> int:
        """Send this text for approval; return the new revision."""
        case = await self._case(scope, viewer, message_id)
        text, revision = release.text, release.revision
        await self._guard_text(case, release)
        now = whole_ms(self._clock.now())
        before = replies.text_of(case.record)
        told: Document = {
            self._path(case, "text"): text,
            self._path(case, "text_by"): viewer.name,
            self._path(case, "is_private"): release.is_private,
            self._path(case, "proposed"): {
                "by": viewer.person_id, "by_name": viewer.name, "at": now,
            },
        }  # fmt: skip
        await self._commit(case, revision, _Change(told))
        subject, brand_id = case.target["reply_id"], case.scope.brand_id
        act = Act("reply.proposed", subject, brand_id, {"text": before}, {"text": text})
        await self._audit.append(viewer, act)
        return revision + 1

    async def approve(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> None:
        """Let the answer go, once: the document and its event change in one update."""
        case = await self._case(scope, viewer, message_id)
        required = replies.required_approval(case.policy.mode, case.record)
        if not viewer.may_release(case.found["brand_id"], required):
            raise Forbidden("reply.needs_approver", _APPROVER_ONLY)
        second = replies.refusal_of_second(case.found)
        if second is not None:
            raise Conflict(second.code, second.why)
        await self._guard_text(case, release)
        now = whole_ms(self._clock.now())
        proposal = replies.proposal_of(case.record, release.draft_id)
        payload = ReplyApproved(
            **case.target,
            text=release.text,
            is_private=release.is_private,
            draft_id=release.draft_id,
            is_edited=release.text != proposal,
            approved_by=case.person,
            approved_at=now,
        )
        approved = {
            "text": release.text, "is_private": release.is_private, "by": viewer.person_id,
            "by_name": viewer.name, "at": now,
        }  # fmt: skip
        told = {
            self._path(case, "approved"): approved,
            self._path(case, "proposed"): None,
            "decided": None,
            "state": "open",
        }
        event = self._event(case, REPLY_APPROVED, payload)
        await self._commit(case, release.revision, _Change(told, event, _no_rival(case)))
        act = Act(
            "reply.approved",
            payload.reply_id,
            payload.brand_id,
            {"text": proposal},
            {"text": release.text},
        )
        await self._audit.append(viewer, act)

    async def reject(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, reason: str, revision: int
    ) -> None:
        """Decide that the draft is not sent."""
        case = await self._case(scope, viewer, message_id)
        if not reason.strip():
            raise Invalid("reply.no_reason", "Say in a few words why this draft is not sent.")
        now = whole_ms(self._clock.now())
        payload = ReplyRejected(
            **case.target, reason=reason, rejected_by=case.person, rejected_at=now
        )
        rejected = {
            "reason": reason, "by": viewer.person_id, "by_name": viewer.name, "at": now,
        }  # fmt: skip
        told = {self._path(case, "rejected"): rejected, self._path(case, "proposed"): None}
        event = self._event(case, REPLY_REJECTED, payload)
        await self._commit(case, revision, _Change(told, event))
        before, after = {"text": replies.text_of(case.record)}, {"reason": reason}
        act = Act("reply.rejected", payload.reply_id, payload.brand_id, before, after)
        await self._audit.append(viewer, act)

    async def retry(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Open the next slot, with the failed text as its draft; return the new revision."""
        case = await self._case(scope, viewer, message_id)
        state = replies.reply_state(case.record)
        if case.found.get("is_deleted"):
            raise Conflict("message.deleted", "The author deleted this message.")
        if state not in replies.RETRIABLE:
            why = "The answer before this one has not ended yet."
            raise Conflict("reply.not_ended", why)
        text = (case.record.get("approved") or {}).get("text") if state != "published" else None
        slot = case.slot + 1
        record = {
            "reply_id": reply_id(message_id, slot),
            "text": text or "",
            "text_by": viewer.name,
            "after": state,
        }
        told = {"slot": slot, f"slots.{slot_name(slot)}": record, "decided": None, "state": "open"}
        await self._commit(case, revision, _Change(told, is_next=True))
        before, after = {"slot": case.slot, "state": state}, {"slot": slot}
        act = Act("reply.retried", record["reply_id"], case.scope.brand_id, before, after)
        await self._audit.append(viewer, act)
        return revision + 1

    async def _guard_text(self, case: _Case, release: Release) -> None:
        """Raise `Invalid` when the network would not take this text, in this way, now."""
        content, is_private = case.found["content"], release.is_private
        at = await self._last_from_person(case)
        refusal = replies.refusal_of_text(
            content["network"], content["kind"], release.text, is_private=is_private
        ) or replies.refusal_of_way(
            {**content, "created_at": case.found.get("at")}, at, self._clock.now(),
            is_private=is_private,
        )  # fmt: skip
        if refusal is not None:
            raise Invalid(refusal.code, refusal.why)

    async def _last_from_person(self, case: _Case) -> datetime | None:
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

    async def _has_template(self, case: _Case) -> bool:
        where = {"_id": case.target["connection_id"], "brand_id": case.found["brand_id"]}
        account = await self._connections.find_one(where, fields=["options"]) or {}
        return bool((account.get("options") or {}).get(networks.TEMPLATE_OPTION))

    async def _case(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> _Case:
        where = {"_id": message_id, **brand_filter(scope)}
        found = await self._messages.find_one(where, fields=FIELDS)
        if found is None or not (found.get("content") or {}).get("is_item"):
            raise nothing_here()
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("reply.read_only", _READ_ONLY)
        # Read again for every decision: the rules may have changed since the page was drawn.
        brand = await self._brands.find_one(
            {"_id": found["brand_id"], "brand_id": found["brand_id"]}, fields=["policy"]
        )
        if brand is None:
            raise nothing_here()
        slot, record = replies.slot_of(found)
        return _Case(viewer, found, slot, record, Policy.read(brand["policy"]))

    async def _commit(self, case: _Case, revision: int, change: _Change) -> None:
        """Apply in one update, if nobody was faster. Raises `Conflict` saying who and when."""
        refusal = None if change.is_next else replies.refusal_of_release(case.found, revision)
        if refusal is not None:
            raise Conflict(refusal.code, refusal.why)
        now = whole_ms(self._clock.now())
        stamp = {"revision": revision + 1, "revised_by": case.viewer.name, "revised_at": now}
        update: Document = {"$set": {**change.told, **stamp}}
        if change.event is not None:
            pushed = outbox_push([change.event], now)
            update = {**pushed, "$set": {**update["$set"], **pushed["$set"]}}
        changed = await self._messages.update(_unchanged(case, revision, change), update)
        if not changed.matched:
            raise await self._too_late(case, revision)
        self._nudge()
        item = (case.found["_id"], case.found["thread_id"])
        await self._pulses.tell(case.scope, "changed", [item])

    async def _too_late(self, case: _Case, revision: int) -> Conflict:
        where = {"_id": case.found["_id"], "brand_id": case.found["brand_id"]}
        found = await self._messages.find_one(where, fields=FIELDS) or case.found
        refusal = replies.refusal_of_release(found, revision)
        if refusal is None:
            return Conflict("reply.changed", "This answer changed meanwhile. Load it again.")
        return Conflict(refusal.code, refusal.why)

    def _event(self, case: _Case, topic: Topic, payload: Payload) -> Event:
        return make_event(
            topic.name,
            payload,
            key=(case.target["reply_id"],),
            partition_key=case.found["_id"],
            origin=Origin("/gateway", whole_ms(self._clock.now()), case.scope),
        )

    @staticmethod
    def _path(case: _Case, name: str) -> str:
        return f"slots.{slot_name(case.slot)}.{name}"


def _no_rival(case: _Case) -> Document:
    """Return the guard against an answer that arrived after all while this one was written."""
    rival = replies.rival_slot(case.found)
    return {} if rival is None else {f"slots.{slot_name(rival)}.published": None}


def _unchanged(case: _Case, revision: int, change: _Change) -> Document:
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
