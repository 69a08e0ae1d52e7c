"""Answers that wait too long for a yes: a lead decides, or the brand's holding reply stands in."""

from collections.abc import Awaitable, Callable

from contracts.brands import Fallback
from contracts.ids import reply_id
from contracts.replies import ReplyExpired
from contracts.scope import AgencyScope, brand_filter
from contracts.topics import REPLY_EXPIRED
from runtime.crypto import Signer
from runtime.errors import Conflict, Forbidden, NotFound
from runtime.logs import get_logger
from runtime.mongo import Document
from services.gateway.domain import approvals, replies
from services.gateway.domain.inbox import slot_name
from services.gateway.domain.views import Viewer
from services.gateway.sealing import sealed
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.cases import Case, Cases, Change
from services.gateway.store.database import GatewayDatabase

AT_ONCE = 50
TOO_LATE = "Nobody approved it in time."
log = get_logger("gateway.expiring")


class Expirer:
    """Sweeps what gave up waiting. Several processes may run it: each answer expires once."""

    def __init__(
        self,
        database: GatewayDatabase,
        cases: Cases,
        audit: AuditStore,
        signer: Signer,
        scopes: Callable[[], Awaitable[AgencyScope]],
    ) -> None:
        self._messages = database.messages
        self._cases = cases
        self._audit = audit
        self._signer = signer
        self._scopes = scopes

    async def sweep(self) -> int:
        """Let everything expire that waited long enough; return how many there were."""
        scope = await self._scopes()
        if not scope.brand_ids:
            return 0
        where = {**brand_filter(scope), "waits_until": {"$lte": self._cases.now}}
        due = await self._messages.find(
            where, sort=[("waits_until", 1)], limit=AT_ONCE, fields=["brand_id", "agency_id"]
        )
        return sum([await self._expire(one) for one in due])

    async def _expire(self, found: Document) -> bool:
        brand_id, agency_id = found["brand_id"], found["agency_id"]
        viewer = Viewer("policy:expiry", "The brand's rules", "", agency_id, {brand_id: "lead"})
        try:
            case = await self._cases.read(viewer.scope, viewer, found["_id"])
            if case.found.get("waits_until") is None:
                return False
            await self._give_up(case)
        except (Conflict, Forbidden, NotFound) as lost:
            # Somebody decided this very moment, or the message is gone: it waits no more.
            log.info("expirer.left", message_id=found["_id"], code=lost.code)
            where = {"_id": found["_id"], "brand_id": brand_id, "is_deleted": True}
            await self._messages.update(where, {"$unset": {"waits_until": ""}})
            return False
        return True

    async def _give_up(self, case: Case) -> None:
        policy = case.brand.policy_for(case.target["network"])
        told: Document = {
            case.path("asked"): None, case.path("proposed"): None, "waits_until": None,
            case.path("voided"): TOO_LATE,
            case.path("expired"): {"at": self._cases.now, "fallback": policy.fallback},
            "decided": None, "state": "open",
        }  # fmt: skip
        revision, event = case.found.get("revision") or 0, None
        if policy.fallback == "holding":
            event = self._cases.event(case, REPLY_EXPIRED, self._holding(case))
            told |= _next_slot(case)
        await self._cases.commit(case, revision, Change(told, event))
        await self._note(case, policy.fallback)

    def _holding(self, case: Case) -> ReplyExpired:
        now = self._cases.now
        payload = ReplyExpired(
            **case.target,
            fallback="holding",
            message_version=case.found["content"].get("version"),
            brand_revision=case.brand.revision,
            expired_at=now,
            expires_at=now + approvals.GOOD_FOR,
        )
        return sealed(self._signer, payload)

    async def _note(self, case: Case, fallback: Fallback) -> None:
        given = [one.name for one in approvals.given(case.record)]
        subject, brand_id = case.target["reply_id"], case.scope.brand_id
        before = {"consents": given, "text": replies.text_of(case.record)}
        act = Act("reply.expired", subject, brand_id, before, {"fallback": fallback})
        await self._audit.append(case.viewer, act)
        if fallback == "holding":
            asked = Act("reply.holding", subject, brand_id, None, {"slot": case.slot})
            await self._audit.append(case.viewer, asked)


def _next_slot(case: Case) -> Document:
    """Return the fields that move the answer on: the holding reply takes the slot it waited in."""
    slot = case.slot + 1
    record = {
        "reply_id": reply_id(case.found["_id"], slot),
        "text": replies.text_of(case.record),
        "text_by": case.record.get("text_by"),
        "is_private": bool(case.record.get("is_private")),
        "after": "holding",
        "voided": TOO_LATE,
        "expired": {"at": case.found["waits_until"], "fallback": "lead"},
    }
    return {"slot": slot, f"slots.{slot_name(slot)}": record}
