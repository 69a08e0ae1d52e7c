"""The brand's answer in a person's hands: draft, reject, try again, and letting it go. Each is one
compare-and-set update that carries its event; two people at once make one answer."""

from contracts.brands import Need
from contracts.ids import reply_id
from contracts.replies import ReplyRejected
from contracts.scope import AgencyScope
from contracts.topics import REPLY_REJECTED
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from services.gateway.deps import Release
from services.gateway.domain import replies
from services.gateway.domain.inbox import slot_name
from services.gateway.domain.views import Viewer
from services.gateway.store.afterwards import Afterwards
from services.gateway.store.approving import Approving
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.cases import Case, Cases, Change
from services.gateway.store.handing import HandoverStore, case_id_of


class ReplyStore:
    """Writes what people decide about answers, and announces it."""

    def __init__(
        self, cases: Cases, approving: Approving, audit: AuditStore, handovers: HandoverStore
    ) -> None:
        self._handovers = handovers
        self._cases = cases
        self._approving = approving
        self._afterwards = Afterwards(cases, audit)
        self._audit = audit

    async def save_draft(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, text: str, revision: int
    ) -> int:
        """Keep the text being worked on; return the new revision."""
        case = await self._cases.read(scope, viewer, message_id)
        if len(text) > replies.LONGEST_DRAFT:
            raise Invalid("reply.too_long", f"A draft may have {replies.LONGEST_DRAFT} characters.")
        told: Document = {case.path("text"): text, case.path("text_by"): viewer.name}
        is_changed = text != replies.text_of(case.record)
        if is_changed:
            # What was sent for approval is no longer what stands here.
            told |= {case.path("proposed"): None, **self._approving.voiding(case)}
        await self._cases.commit(case, revision, Change(told))
        if is_changed:
            await self._approving.note_voided(case)
        return revision + 1

    async def propose(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> int:
        """Send this text for approval; return the new revision."""
        case = await self._cases.read(scope, viewer, message_id)
        await self._approving.propose(case, release)
        return release.revision + 1

    async def approve(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> tuple[Need, ...]:
        """Say yes to this text; with the last yes that is needed it goes. Return what is missing."""
        case = await self._cases.read(scope, viewer, message_id)
        return await self._approving.approve(case, release)

    async def reject(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, reason: str, revision: int
    ) -> None:
        """Decide that the draft is not sent."""
        case = await self._cases.read(scope, viewer, message_id)
        if not reason.strip():
            raise Invalid("reply.no_reason", "Say in a few words why this draft is not sent.")
        now = self._cases.now
        payload = ReplyRejected(
            **case.target, reason=reason, rejected_by=case.person, rejected_at=now
        )
        rejected = {
            "reason": reason, "by": viewer.person_id, "by_name": viewer.name, "at": now,
        }  # fmt: skip
        told: Document = {
            case.path("rejected"): rejected, case.path("proposed"): None, "waits_until": None,
        }  # fmt: skip
        event = self._cases.event(case, REPLY_REJECTED, payload)
        await self._cases.commit(case, revision, Change(told, event))
        before, after = {"text": replies.text_of(case.record)}, {"reason": reason}
        act = Act("reply.rejected", payload.reply_id, payload.brand_id, before, after)
        await self._audit.append(viewer, act)

    async def retry(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Open the next slot, with the failed text as its draft; return the new revision."""
        case = await self._cases.read(scope, viewer, message_id)
        state = replies.reply_state(case.record)
        if case.found.get("is_deleted"):
            raise Conflict("message.deleted", "The author deleted this message.")
        if state not in replies.RETRIABLE:
            why = "The answer before this one has not ended yet."
            raise Conflict("reply.not_ended", why)
        text = (
            (case.record.get("approved") or {}).get("text")
            if state not in {"published", "taken_back"}
            else None
        )
        record = _next(case, viewer.name, text or "", state)
        told = {
            "slot": case.slot + 1, f"slots.{slot_name(case.slot + 1)}": record,
            "decided": None, "state": "open", "waits_until": None,
        }  # fmt: skip
        await self._cases.commit(case, revision, Change(told, is_next=True))
        before, after = {"slot": case.slot, "state": state}, {"slot": case.slot + 1}
        act = Act("reply.retried", record["reply_id"], case.scope.brand_id, before, after)
        await self._audit.append(viewer, act)
        return revision + 1

    async def recall(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Take back what has not left; respond says whether it had. Return the new revision."""
        await self._afterwards.recall(await self._cases.read(scope, viewer, message_id), revision)
        return revision + 1

    async def amend(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Open the next slot with the published text, to take its place; return the new revision."""
        await self._afterwards.amend(await self._cases.read(scope, viewer, message_id), revision)
        return revision + 1

    async def take_back(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, reason: str, revision: int
    ) -> int:
        """Ask for our published answer to be deleted at its network; return the new revision."""
        case = await self._cases.read(scope, viewer, message_id)
        await self._afterwards.take_back(case, reason, revision)
        return revision + 1

    async def handover(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release, private: str
    ) -> str:
        """Answer in public and by a private message, as one case; return its id."""
        case = await self._cases.read(scope, viewer, message_id)
        aside = Release(private, release.revision + 2, is_private=True)
        refusal = replies.refusal_of_private(case.found)
        if refusal is not None:
            raise Conflict(refusal.code, refusal.why)
        # Both are looked at before either leaves.
        for one in (release, aside):
            if await self._approving.lacks(case, one):
                why = "Somebody else must agree to one of these texts. Send them one by one."
                raise Forbidden("reply.needs_approver", why)
        await self._approving.approve(case, release)
        opened = await self._cases.read(scope, viewer, message_id)
        record = _next(opened, viewer.name, private, "approved") | {"is_private": True}
        case_id = case_id_of(message_id)
        told = {
            "slot": opened.slot + 1, f"slots.{slot_name(opened.slot + 1)}": record,
            "case_id": case_id, "decided": None, "state": "open",
        }  # fmt: skip
        await self._cases.commit(opened, release.revision + 1, Change(told, is_next=True))
        await self._handovers.begin(opened.scope, opened.found, record["reply_id"], self._cases.now)
        await self._approving.approve(await self._cases.read(scope, viewer, message_id), aside)
        after = {"public": release.text, "private": private}
        act = Act("reply.handover", record["reply_id"], opened.scope.brand_id, None, after)
        await self._audit.append(viewer, act)
        return case_id


def _next(case: Case, by: str, text: str, state: str) -> Document:
    """Return the record of the slot after this one."""
    next_id = reply_id(case.found["_id"], case.slot + 1)
    return {"reply_id": next_id, "text": text, "text_by": by, "after": state}
