"""What people do with an answer after it was let go: recall it, change it, delete it at its network."""

from contracts.envelope import Origin, make_event
from contracts.ids import moderation_id, random_id, reply_id
from contracts.moderation import ModerationRequested
from contracts.replies import ReplyRejected
from contracts.topics import MODERATION_REQUESTED, REPLY_REJECTED
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from services.gateway.domain import afterwards, replies
from services.gateway.domain.inbox import slot_name
from services.gateway.domain.refusals import Refusal
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.cases import Case, Cases, Change

_IMPOSSIBLE = frozenset({"reply.cannot_change", "moderation.unsupported"})


class Afterwards:
    """One compare-and-set update each, which carries its event. Respond decides what came of it."""

    def __init__(self, cases: Cases, audit: AuditStore) -> None:
        self._cases = cases
        self._audit = audit

    async def recall(self, case: Case, revision: int) -> None:
        """Ask for an answer not to leave. Raises `Conflict` when it is not waiting."""
        _refuse(afterwards.refusal_of_recall(replies.reply_state(case.record), case.record))
        now = self._cases.now
        payload = ReplyRejected(
            **case.target, is_recall=True, reason=f"{case.viewer.name} took it back",
            rejected_by=case.person, rejected_at=now,
        )  # fmt: skip
        told = {case.path("recall"): _by(case, now)}
        guard = {case.path("recall"): None, case.path("published"): None}
        event = self._cases.event(case, REPLY_REJECTED, payload)
        await self._cases.commit(case, revision, Change(told, event, guard, is_next=True))
        text = (case.record.get("approved") or {}).get("text")
        act = Act("reply.recalled", payload.reply_id, payload.brand_id, {"text": text}, None)
        await self._audit.append(case.viewer, act)

    async def amend(self, case: Case, revision: int) -> None:
        """Open the next slot with the text that is out, to take its place."""
        content, state = case.found["content"], replies.reply_state(case.record)
        if case.found.get("is_deleted"):
            raise Conflict("message.deleted", "The author deleted this message.")
        _refuse(afterwards.refusal_of_change(content, state, case.record))
        published, approved = case.record["published"], case.record.get("approved") or {}
        next_id = reply_id(case.found["_id"], case.slot + 1)
        record = {
            "reply_id": next_id, "text": approved.get("text") or published["text"],
            "text_by": case.viewer.name, "after": state, "replaces": published["external_id"],
            "is_private": bool(approved.get("is_private")),
        }  # fmt: skip
        told: Document = {
            "slot": case.slot + 1, f"slots.{slot_name(case.slot + 1)}": record,
            "decided": None, "state": "open", "waits_until": None,
        }  # fmt: skip
        await self._cases.commit(case, revision, Change(told, is_next=True))
        before = {"text": published["text"]}
        act = Act("reply.amended", next_id, case.scope.brand_id, before, {"slot": case.slot + 1})
        await self._audit.append(case.viewer, act)

    async def take_back(self, case: Case, reason: str, revision: int) -> None:
        """Ask for our answer to be deleted at its network. Raises `Invalid` for no reason given."""
        content, state = case.found["content"], replies.reply_state(case.record)
        if not case.viewer.may_moderate(case.scope.brand_id):
            raise Forbidden("moderation.read_only", "Your role for this brand is to look.")
        _refuse(afterwards.refusal_of_removal(content, state, case.record))
        if not reason.strip():
            raise Invalid(
                "moderation.no_reason", "Say in a few words why; it is kept for the record."
            )
        payload = self._wish(case, reason.strip())
        removal = _by(case, payload.requested_at) | {
            "act": "delete", "moderation_id": payload.moderation_id, "state": "waiting",
            "reason": payload.reason,
        }  # fmt: skip
        event = make_event(
            MODERATION_REQUESTED.name, payload, key=(payload.moderation_id,),
            partition_key=case.found["_id"],
            origin=Origin("/gateway", payload.requested_at, case.scope),
        )  # fmt: skip
        guard = {"is_deleted": {"$in": [True, False, None]}}
        change = Change({case.path("removal"): removal}, event, guard, is_next=True)
        await self._cases.commit(case, revision, change)
        before = {"text": case.record["published"]["text"]}
        subject = case.target["reply_id"]
        act = Act("reply.removed", subject, case.scope.brand_id, before, {"reason": payload.reason})
        await self._audit.append(case.viewer, act)

    def _wish(self, case: Case, reason: str) -> ModerationRequested:
        content, target = case.found["content"], case.target
        return ModerationRequested(
            moderation_id=moderation_id(case.found["_id"], "delete", random_id("req")),
            brand_id=target["brand_id"],
            connection_id=target["connection_id"],
            network=target["network"],
            message_id=target["message_id"],
            thread_id=target["thread_id"],
            act="delete",
            reply_id=target["reply_id"],
            external_id=case.record["published"]["external_id"],
            kind=content["kind"],
            reason=reason,
            requested_by=case.person,
            requested_at=self._cases.now,
        )


def _by(case: Case, at: object) -> Document:
    return {"by": case.viewer.person_id, "by_name": case.viewer.name, "at": at}


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        error = Invalid if refusal.code in _IMPOSSIBLE else Conflict
        raise error(refusal.code, refusal.why)
