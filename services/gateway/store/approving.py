"""Collecting the consents that an answer needs, and letting it go with a signature when all are there."""

from dataclasses import dataclass
from datetime import timedelta

from contracts.approval import missing
from contracts.brands import Need
from contracts.replies import Consent, ReplyApproved
from contracts.topics import REPLY_APPROVED
from runtime.crypto import Signer
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from services.gateway.deps import Release
from services.gateway.domain import approvals, replies
from services.gateway.sealing import sealed
from services.gateway.store.asks import Ask, AskStore
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.cases import Case, Cases, Change, no_rival
from services.gateway.store.people import PeopleStore

_APPROVER_ONLY = "The brand's rules ask for an approver to let this answer go."


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody says yes to, and whose yes it needs."""

    payload: ReplyApproved
    digest: str
    needs: tuple[Need, ...]


class Approving:
    """One yes after the other. What leaves here is signed, and nothing else is believed by respond."""

    def __init__(
        self,
        cases: Cases,
        audit: AuditStore,
        people: PeopleStore,
        signer: Signer,
        asks: AskStore | None = None,
    ) -> None:
        self._cases = cases
        self._asks = asks
        self._audit = audit
        self._people = people
        self._signer = signer

    async def propose(self, case: Case, release: Release) -> None:
        """Send a text for approval: earlier yeses to another text are void."""
        asked = await self._asked(case, release)
        before, now = replies.text_of(case.record), self._cases.now
        by = {"by": case.viewer.person_id, "by_name": case.viewer.name, "at": now}
        kept = approvals.given(case.record, asked.digest)
        told = self._waiting(case, release, asked, kept)
        told |= {case.path("text_by"): case.viewer.name, case.path("proposed"): by}
        await self._cases.commit(case, release.revision, Change(told))
        subject, brand_id = asked.payload.reply_id, case.scope.brand_id
        act = Act("reply.proposed", subject, brand_id, {"text": before}, {"text": release.text})
        await self._audit.append(case.viewer, act)
        if not kept:
            await self.note_voided(case)
        await self._ask(case, release, asked, kept)

    async def approve(self, case: Case, release: Release) -> tuple[Need, ...]:
        """Say yes. With the last yes that is needed the answer goes; return what is still missing.

        Raises `Forbidden` for a yes that brings it no nearer, `Conflict` for a second one.
        """
        asked = await self._asked(case, release)
        others = await self._others(case, asked)
        role = case.role or ""
        yes = Consent(
            person_id=case.viewer.person_id, name=case.viewer.name, role=role, at=self._cases.now
        )
        left = missing(asked.needs, [*others, yes])
        if not left:
            await self._let_go(case, release, asked, [*others, yes])
            return ()
        if _has_said(case, asked, yes):
            why = f"You have said yes already. It still needs {approvals.left_over(left)}."
            raise Conflict("reply.already_consented", why)
        if len(left) == len(missing(asked.needs, others)):
            raise _useless(asked, left)
        await self._keep(case, release, asked, [*others, yes])
        return left

    async def lacks(self, case: Case, release: Release) -> tuple[Need, ...]:
        """Return whose yes would be missing if this person said theirs now. Raises as `approve`."""
        asked = await self._asked(case, release)
        yes = Consent(
            person_id=case.viewer.person_id, name=case.viewer.name, role=case.role or "",
            at=self._cases.now,
        )  # fmt: skip
        return missing(asked.needs, [yes])

    def voiding(self, case: Case) -> Document:
        """Return the fields that take back every yes, because the text is another one now."""
        if not case.record.get("asked"):
            return {}
        return {
            case.path("asked"): None, "waits_until": None,
            **({case.path("voided"): "The text was changed."} if approvals.given(case.record) else {}),
        }  # fmt: skip

    async def note_voided(self, case: Case) -> None:
        """Write into the trail whose yes was taken back."""
        given = approvals.given(case.record)
        if given:
            before = {"consents": [one.name for one in given]}
            subject = case.target["reply_id"]
            act = Act("reply.consents_voided", subject, case.scope.brand_id, before, None)
            await self._audit.append(case.viewer, act)

    async def _asked(self, case: Case, release: Release) -> _Asked:
        """Return what is asked for. Raises `Invalid` for a text that cannot leave as it stands."""
        await self._cases.guard_text(case, release)
        verdict = approvals.verdict_of(
            case.brand, case.found, release.text, is_private=release.is_private
        )
        refusal = approvals.refusal_of_wording(verdict)
        if refusal is not None:
            raise Invalid(refusal.code, refusal.why)
        asks = approvals.wanted(case.brand, case.found, case.record, is_routed=bool(verdict.routes))
        payload = self._payload(case, release)
        return _Asked(payload, approvals.digest_of(payload), asks)

    def _payload(self, case: Case, release: Release) -> ReplyApproved:
        """Return the approval but for who gave it and the signature."""
        now = self._cases.now
        return ReplyApproved(
            **case.target,
            text=release.text,
            is_private=release.is_private,
            draft_id=release.draft_id,
            is_edited=release.text != replies.proposal_of(case.record, release.draft_id),
            approved_by=case.person,
            approved_at=now,
            message_version=case.found["content"].get("version"),
            brand_revision=case.brand.revision,
            expires_at=max(now, release.send_at or now) + approvals.GOOD_FOR,
            send_at=release.send_at,
            cancels_on_reply=release.cancels_on_reply,
            replaces=case.record.get("replaces"),
        )

    async def _others(self, case: Case, asked: _Asked) -> list[Consent]:
        """Return what others said to exactly this answer, as far as they still have that role."""
        given = approvals.given(case.record, asked.digest)
        return [
            one
            for one in given
            if one.person_id != case.viewer.person_id
            and await self._people.role_of(case.scope, one.person_id) == one.role
        ]

    async def _keep(
        self, case: Case, release: Release, asked: _Asked, given: list[Consent]
    ) -> None:
        """Keep a yes until the others are there."""
        told = self._waiting(case, release, asked, given)
        await self._cases.commit(case, release.revision, Change(told))
        if approvals.given(case.record) and not approvals.given(case.record, asked.digest):
            await self.note_voided(case)
        await self._note(case, "reply.consented", asked, given)
        await self._ask(case, release, asked, given)

    async def _ask(self, case: Case, release: Release, asked: _Asked, given: list[Consent]) -> None:
        """Have those told by mail whose yes is missing. The inbox shows it to them anyway."""
        if self._asks is None:
            return
        earlier = case.record.get("asked") or {}
        is_same = earlier.get("digest") == asked.digest
        revision = earlier["revision"] if is_same else release.revision + 1
        await self._asks.ask(case, Ask(asked.digest, asked.needs, revision, given))

    def _waiting(
        self, case: Case, release: Release, asked: _Asked, given: list[Consent]
    ) -> Document:
        """Return the fields of an answer that waits for consents."""
        now, earlier = self._cases.now, case.record.get("asked") or {}
        is_same = earlier.get("digest") == asked.digest
        minutes = case.brand.policy_for(case.target["network"]).expires_after_minutes
        until = now + timedelta(minutes=minutes) if minutes else None
        kept = {
            "digest": asked.digest, "text": release.text, "at": now,
            "message_version": asked.payload.message_version,
            "revision": release.revision + 1, "expires_at": until,
        }  # fmt: skip
        if is_same:
            # Who was asked first waits the longest: a second yes starts no new wait.
            kept |= {name: earlier[name] for name in ("at", "revision", "expires_at")}
        kept["consents"] = [one.model_dump() for one in given]
        return {
            case.path("asked"): kept,
            case.path("text"): release.text,
            case.path("is_private"): release.is_private,
            case.path("draft_id"): release.draft_id,
            case.path("voided"): None,
            case.path("expired"): None,
            "waits_until": kept["expires_at"],
        }

    async def _let_go(
        self, case: Case, release: Release, asked: _Asked, given: list[Consent]
    ) -> None:
        second = replies.refusal_of_second(case.found)
        if second is not None:
            raise Conflict(second.code, second.why)
        payload = sealed(self._signer, asked.payload.model_copy(update={"consents": given}))
        approved = {
            "text": release.text, "is_private": release.is_private, "by": case.viewer.person_id,
            "by_name": case.viewer.name, "at": payload.approved_at, "needs": list(asked.needs),
            "consents": [one.model_dump() for one in given], "send_at": release.send_at,
            "cancels_on_reply": release.cancels_on_reply,
        }  # fmt: skip
        told: Document = {
            case.path("approved"): approved,
            case.path("proposed"): None,
            case.path("asked"): None,
            "waits_until": None,
            "decided": None,
            "state": "open",
        }
        # A yes is to a version of the message: one that came this moment needs a new look.
        is_simple = asked.needs == ("agent",)
        version = {} if is_simple else {"content.version": payload.message_version}
        event = self._cases.event(case, REPLY_APPROVED, payload)
        change = Change(told, event, {**no_rival(case), **version})
        await self._cases.commit(case, release.revision, change)
        await self._note(case, "reply.approved", asked, given)

    async def _note(self, case: Case, action: str, asked: _Asked, given: list[Consent]) -> None:
        proposal = replies.proposal_of(case.record, asked.payload.draft_id)
        after: Document = {"text": asked.payload.text}
        if asked.payload.send_at is not None:
            after["send_at"] = asked.payload.send_at
        if asked.needs != ("agent",):
            after |= {
                "needs": list(asked.needs), "consents": [f"{one.name} ({one.role})" for one in given],
            }  # fmt: skip
        act = Act(action, asked.payload.reply_id, asked.payload.brand_id, {"text": proposal}, after)
        await self._audit.append(case.viewer, act)


def _has_said(case: Case, asked: _Asked, yes: Consent) -> bool:
    given = approvals.given(case.record, asked.digest)
    return any((one.person_id, one.role) == (yes.person_id, yes.role) for one in given)


def _useless(asked: _Asked, left: tuple[Need, ...]) -> Forbidden:
    if set(asked.needs) <= {"agent", "approver"}:
        return Forbidden("reply.needs_approver", _APPROVER_ONLY)
    why = f"Your yes brings it no nearer: it needs {approvals.left_over(left)}."
    return Forbidden("reply.needs_approver", why)
