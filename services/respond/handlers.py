"""What respond does with brands, connections and people's decisions: batches in, outcomes out.

Understood messages are handled in answering.py. Every handler may see any event again, in any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from contracts import ids
from contracts.brands import BrandChanged
from contracts.connections import ConnectionChanged
from contracts.envelope import Event
from contracts.replies import ReplyApproved, ReplyRejected, ReplyTarget
from contracts.scope import AgencyScope, BrandScope
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.mongo import Write
from runtime.stage import DONE, Outcome, Received
from services.respond import notices
from services.respond.domain import publication
from services.respond.domain.publication import REOPENABLE, Publication, State
from services.respond.metrics import RespondMetrics
from services.respond.records import Reply, cause_of, progress
from services.respond.store import Store, insert_write, is_stoppable

log = get_logger("respond.handlers")
NOT_YET = Outcome(
    retry=Unavailable("brand.unknown", "nothing is known of this brand yet", retry_after_s=5.0)
)
Decided = ReplyApproved | ReplyRejected


class Handlers:
    """One method per topic. `nudge` tells the publisher that something became due."""

    def __init__(
        self, store: Store, clock: Clock, metrics: RespondMetrics, nudge: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
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
        return await self._on_decided(batch, self._approve)

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
        return None

    def _approve(self, event: Event, payload: Decided, known: Reply | None) -> list[Write]:
        assert isinstance(payload, ReplyApproved)
        now = self._clock.now()
        due_at = max(now, payload.send_at) if payload.send_at else now
        fresh = replace(publication.approve(payload.approved_at, now), due_at=due_at)
        reply = _reply(event, payload, fresh)
        if known is None:
            return [insert_write(reply)]
        before = known.publication
        if before.state not in REOPENABLE or payload.approved_at <= before.decided_at:
            return []
        after = replace(publication.reopen(before, payload.approved_at, now), due_at=due_at)
        write = progress(known, after, (), now)
        assert isinstance(write.update, dict)
        write.update["$set"] |= {
            "text": payload.text,
            "is_private": payload.is_private,
            "send_at": payload.send_at,
            "approved_by": payload.approved_by.model_dump(),
            "cause": cause_of(event),
        }
        return [write]

    def _reject(self, event: Event, payload: Decided, known: Reply | None) -> list[Write]:
        assert isinstance(payload, ReplyRejected)
        now = self._clock.now()
        if known is None:
            ended = Publication(State.REJECTED, payload.rejected_at, due_at=None)
            return [insert_write(_reply(event, payload, ended))]
        if not is_stoppable(known) or payload.rejected_at <= known.publication.decided_at:
            return []
        why = ("reply.rejected", payload.reason)
        after = publication.reject(known.publication, payload.rejected_at, why)
        return [progress(known, after, notices.step_events(known, after, now), now)]


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
    )


def _scope_of(batch: Sequence[Received[Any]]) -> AgencyScope:
    return AgencyScope("*", frozenset(one.payload.brand_id for one in batch))


def scope_of_event(event: Event) -> BrandScope | None:
    """Return whose event it is, or None when it names no brand."""
    if event.agencyid is None or event.brandid is None:
        return None
    return BrandScope(event.agencyid, event.brandid)
