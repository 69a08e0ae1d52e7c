"""What respond does with brands, connections and people's decisions: batches in, outcomes out.

Understood messages are handled in answering.py. Every handler may see any event again, in any order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from contracts import ids
from contracts.brands import BrandChanged, Hours
from contracts.connections import ConnectionChanged
from contracts.envelope import Event
from contracts.replies import ReplyApproved, ReplyRejected, ReplyTarget
from contracts.scope import AgencyScope, BrandScope
from runtime.dead_letters import Dead
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.mongo import Write
from runtime.outbox import outbox_fields
from runtime.stage import DONE, Outcome, Received
from services.respond import notices
from services.respond.desk import Desk
from services.respond.domain import publication
from services.respond.domain.publication import (
    RECALLABLE,
    REOPENABLE,
    STOPPABLE,
    Publication,
    State,
)
from services.respond.promising import hours_of
from services.respond.records import Reply, cause_of, progress, recall_write
from services.respond.store import Store, insert_write

log = get_logger("respond.handlers")
NOT_YET = Outcome(
    retry=Unavailable("brand.unknown", "nothing is known of this brand yet", retry_after_s=5.0)
)
Decided = ReplyApproved | ReplyRejected


class Handlers:
    """One method per topic. `nudge` tells the publisher that something became due."""

    def __init__(self, store: Store, desk: Desk, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = desk.clock
        self._metrics = desk.metrics
        self._warrants = desk.warrants
        self._nudge = nudge

    async def on_brand_changed(self, batch: Sequence[Received[BrandChanged]]) -> list[Outcome]:
        """Keep the newest revision of each brand."""
        await self._store.put_brands([received.payload for received in batch])
        return [DONE] * len(batch)

    async def on_connection_changed(
        self, batch: Sequence[Received[ConnectionChanged]]
    ) -> list[Outcome]:
        """Keep the newest revision of each connection, and wake what waited for it."""
        connections = [received.payload for received in batch]
        await self._store.put_connections(connections)
        scope = AgencyScope("*", frozenset(c.brand_id for c in connections))
        changed, now = {c.connection_id for c in connections}, self._clock.now()
        await self._store.wake(scope, changed, now)
        await self._store.moderations.wake(scope, changed, now)
        self._nudge()
        return [DONE] * len(batch)

    async def on_reply_approved(self, batch: Sequence[Received[ReplyApproved]]) -> list[Outcome]:
        """Begin the publication, or begin it again when it had ended without a receipt."""
        hours = hours_of(await self._store.brands(_scope_of(batch)))
        return await self._on_decided(batch, partial(self._approve, hours))

    async def on_reply_rejected(self, batch: Sequence[Received[ReplyRejected]]) -> list[Outcome]:
        """Stop an answer that nobody has begun to send; one that comes later is refused by its time."""
        return await self._on_decided(batch, self._reject)

    async def _on_decided(
        self,
        batch: Sequence[Received[Any]],
        decide: Callable[[Event, Decided, Reply | None], list[Write]],
    ) -> list[Outcome]:
        scope = _scope_of(batch)
        stored = await self._store.replies_to(scope, {one.payload.message_id for one in batch})
        replies = {reply.reply_id: reply for reply in stored}
        writes: list[Write] = []
        outcomes: list[Outcome] = []
        for one in batch:
            dead = self._wrong(one.event, one.payload)
            outcomes.append(Outcome(dead=dead) if dead else DONE)
            # The brand need not be known yet: the publisher sees the answer as soon as it is.
            if dead is None:
                writes += decide(one.event, one.payload, replies.get(one.payload.reply_id))
        await self._store.apply(scope, writes)
        if writes:
            self._nudge()
        return outcomes

    def _wrong(self, event: Event, target: ReplyTarget) -> Dead | None:
        """Refuse an event whose parts do not belong together."""
        if event.brandid != target.brand_id or event.agencyid is None:
            self._metrics.guard_trips.inc()
            log.error("guard.wrong_brand", event_id=event.id, reply_id=target.reply_id)
            return Dead("guard.wrong_brand", "the event and its payload name different brands")
        if target.reply_id != ids.reply_id(target.message_id, target.slot):
            return Dead("reply.id_mismatch", "the reply's id is not that of its message and slot")
        return self._forged(event, target) if isinstance(target, ReplyApproved) else None

    def _forged(self, event: Event, payload: ReplyApproved) -> Dead | None:
        """Refuse what the gateway did not sign as it stands: somebody tries to go around approval."""
        why = self._warrants.refusal(payload)
        if why is None:
            return None
        self._metrics.refused_approvals.labels(why[0]).inc()
        log.error("approval.refused", event_id=event.id, reply_id=payload.reply_id, code=why[0])
        return Dead(*why)

    def _approve(
        self, hours: Mapping[str, Hours], event: Event, payload: Decided, known: Reply | None
    ) -> list[Write]:
        assert isinstance(payload, ReplyApproved)
        now = self._clock.now()
        due_at = max(now, payload.send_at) if payload.send_at else now
        fresh = publication.approve(payload.approved_at, now)
        fresh = replace(fresh, due_at=due_at, not_before=payload.send_at)
        reply = replace(_reply(event, payload, fresh), hours=hours.get(payload.brand_id))
        if known is None:
            return [insert_write(reply)]
        before = known.publication
        if before.state not in REOPENABLE or payload.approved_at <= before.decided_at:
            return []
        again = publication.reopen(before, payload.approved_at, now)
        after = replace(again, due_at=due_at, not_before=payload.send_at)
        write = progress(known, after, (), now)
        assert isinstance(write.update, dict)
        write.update["$set"] |= {
            "text": payload.text,
            "is_private": payload.is_private,
            "send_at": payload.send_at,
            "approved_by": payload.approved_by.model_dump(),
            "approval": payload.model_dump(mode="json"),
            "cause": cause_of(event),
            "hours": reply.hours.model_dump() if reply.hours else None,
        }
        return [write]

    def _reject(self, event: Event, payload: Decided, known: Reply | None) -> list[Write]:
        assert isinstance(payload, ReplyRejected)
        now = self._clock.now()
        if known is None:
            return [_ended_before(event, payload, now)]
        before, at = known.publication, payload.rejected_at
        if at <= before.decided_at:
            return []
        writes = []
        states = RECALLABLE if payload.is_recall else STOPPABLE
        if before.state in states and not before.is_doubtful:
            after = publication.reject(before, at, _why_ended(payload))
            writes.append(progress(known, after, notices.step_events(known, after, now), now))
        if payload.is_recall:
            # For whoever has it in hand at this moment: it may still come back without having left.
            writes.append(recall_write(known, at))
        return writes


def _ended_before(event: Event, payload: ReplyRejected, now: datetime) -> Write:
    """Return the write for an answer that was stopped before it was heard of here."""
    ended = Publication(State.REJECTED, payload.rejected_at, due_at=None)
    if not payload.is_recall:
        return insert_write(_reply(event, payload, ended))
    code, reason = _why_ended(payload)
    told = replace(ended, code=code, reason=reason, revision=1)
    events = notices.step_events(_reply(event, payload, ended), told, now)
    write = insert_write(_reply(event, payload, told))
    assert isinstance(write.update, dict)
    write.update["$setOnInsert"] |= outbox_fields(events, now)
    return write


def _why_ended(payload: ReplyRejected) -> tuple[str, str]:
    return "reply.recalled" if payload.is_recall else "reply.rejected", payload.reason


def _reply(event: Event, payload: Decided, state: Publication) -> Reply:
    fields = {name: getattr(payload, name) for name in ReplyTarget.model_fields}
    return Reply(
        target=ReplyTarget(**fields),
        agency_id=event.agencyid or "",
        text=payload.text if isinstance(payload, ReplyApproved) else "",
        approved_by=(
            payload.approved_by if isinstance(payload, ReplyApproved) else payload.rejected_by
        ),
        publication=state,
        cause=cause_of(event),
        is_private=isinstance(payload, ReplyApproved) and payload.is_private,
        send_at=payload.send_at if isinstance(payload, ReplyApproved) else None,
        approval=payload if isinstance(payload, ReplyApproved) else None,
    )


def _scope_of(batch: Sequence[Received[Any]]) -> AgencyScope:
    return AgencyScope("*", frozenset(one.payload.brand_id for one in batch))


def scope_of_event(event: Event) -> BrandScope | None:
    """Return whose event it is, or None when it names no brand."""
    if event.agencyid is None or event.brandid is None:
        return None
    return BrandScope(event.agencyid, event.brandid)
