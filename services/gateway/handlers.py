"""Events in, the inbox out: one handler per topic, one write per batch and collection."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.envelope import Event, Undecodable
from contracts.moderation import ModerationSettled
from contracts.scope import BrandScope
from contracts.topics import (
    CONNECTION_CHANGED,
    CONNECTION_HEALTH,
    CONNECTION_REFUSED,
    FREEZE_CHANGED,
    MESSAGE_CLASSIFIED,
    MESSAGE_RECEIVED,
    MODERATION_SETTLED,
    PROMISE_MADE,
    RECEIPT_RECEIVED,
    RELABEL_SETTLED,
    REPLY_DRAFTED,
    REPLY_FAILED,
    REPLY_PUBLISHED,
    STORM_CHANGED,
    Topic,
)
from runtime.dead_letters import Dead
from runtime.stage import DONE, Handler, Outcome, Received
from services.gateway.domain import inbox
from services.gateway.domain.inbox import Facts
from services.gateway.metrics import GatewayMetrics
from services.gateway.store.connections import ConnectionProjection
from services.gateway.store.handing import HandoverStore
from services.gateway.store.moderation import ModerationStore
from services.gateway.store.projection import ProjectionStore
from services.gateway.store.promises import PromiseStore
from services.gateway.store.pulses import PulseStore
from services.gateway.store.receipts import ReceiptStore
from services.gateway.store.relabels import RelabelStore
from services.gateway.store.storms import StormStore

Reading = Callable[[BrandScope, Any], Facts]
Adding = Callable[[Facts, Event], Facts]
Apply = Callable[[Sequence[tuple[BrandScope, Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where the facts of the events are written."""

    messages: ProjectionStore
    connections: ConnectionProjection
    moderation: ModerationStore
    receipts: ReceiptStore
    relabels: RelabelStore
    promises: PromiseStore
    storms: StormStore
    handovers: HandoverStore


class Projection:
    """Turns batches of events into facts, writes them, and tells the open pages."""

    def __init__(self, sinks: Sinks, pulses: PulseStore, metrics: GatewayMetrics) -> None:
        self._sinks = sinks
        self._pulses = pulses
        self._metrics = metrics

    def routes(self) -> Mapping[Topic, Handler]:
        """Return the handler of every topic the gateway reads."""
        return {
            MESSAGE_RECEIVED: self._noting_handovers(
                self._handler("received", MESSAGE_RECEIVED, inbox.of_received, inbox.with_source)
            ),
            MESSAGE_CLASSIFIED: self._handler(
                "classified", MESSAGE_CLASSIFIED, inbox.of_classified
            ),
            REPLY_DRAFTED: self._handler("drafted", REPLY_DRAFTED, inbox.of_reply),
            REPLY_PUBLISHED: self._on_published,
            REPLY_FAILED: self._handler("failed", REPLY_FAILED, inbox.of_reply),
            CONNECTION_CHANGED: self._teller("connection", self._sinks.connections.apply_changes),
            CONNECTION_HEALTH: self._teller("connection", self._sinks.connections.apply_health),
            CONNECTION_REFUSED: self._teller("connection", self._sinks.connections.apply_refusals),
            PROMISE_MADE: self._teller("promise", self._sinks.promises.apply),
            RECEIPT_RECEIVED: self._teller("receipt", self._sinks.receipts.apply),
            RELABEL_SETTLED: self._teller("brand", self._sinks.relabels.apply),
            MODERATION_SETTLED: self._teller("changed", self._on_settled),
            STORM_CHANGED: self._teller("storm", self._sinks.storms.apply_storms),
            FREEZE_CHANGED: self._teller("storm", self._sinks.storms.apply_freezes),
        }

    def _handler(
        self, kind: str, topic: Topic, read: Reading, more: Adding = lambda facts, _: facts
    ) -> Handler:
        async def handle(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
            scopes, outcomes = _scoped(batch)
            pairs = zip(scopes, batch, strict=True)
            told = (more(read(scope, one.payload), one.event) for scope, one in pairs if scope)
            facts = inbox.join_all(told)
            if facts:
                await self._sinks.messages.apply(facts)
                places = [one.place for one in facts]
                changed = [(p.brand_id, (p.message_id, p.thread_id)) for p in places]
                await self._pulses.tell_many(kind, changed)
                self._metrics.projected.labels(topic.name).inc(len(facts))
            return outcomes

        return handle

    def _teller(self, kind: str, apply: Apply) -> Handler:
        """Return a handler that writes what it reads and tells the open pages of the brand."""

        async def handle(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
            scopes, outcomes = _scoped(batch)
            pairs = [(s, one.payload) for s, one in zip(scopes, batch, strict=True) if s]
            if pairs:
                await apply(pairs)
                await self._pulses.tell_many(kind, [(s.brand_id, _item(p)) for s, p in pairs])
            return outcomes

        return handle

    async def _on_published(self, batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        handle = self._handler("published", REPLY_PUBLISHED, inbox.of_reply)
        outcomes = await handle(batch)
        scopes, _ = _scoped(batch)
        pairs = [(s, one.payload) for s, one in zip(scopes, batch, strict=True) if s]
        if pairs:
            await self._sinks.storms.note_answers(pairs)
            await self._sinks.promises.note_answers(pairs)
            await self._sinks.handovers.note_published(pairs)
        return outcomes

    def _noting_handovers(self, handle: Handler) -> Handler:
        """Look for the conversations of open cases among what came in."""

        async def noting(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
            outcomes = await handle(batch)
            scopes, _ = _scoped(batch)
            pairs = [(s, one.payload) for s, one in zip(scopes, batch, strict=True) if s]
            await self._sinks.handovers.note_received(pairs)
            return outcomes

        return noting

    async def _on_settled(self, settled: Sequence[tuple[BrandScope, Any]]) -> None:
        await self._sinks.moderation.settle(settled)
        gone = inbox.join_all(inbox.of_deletion(s, p) for s, p in settled if _is_deletion(p))
        if gone:
            await self._sinks.messages.apply(gone)


def _is_deletion(settled: ModerationSettled) -> bool:
    is_done = settled.act == "delete" and settled.state == "done"
    return is_done and settled.reply_id is None


def _item(payload: Any) -> tuple[str, str]:
    return getattr(payload, "message_id", ""), getattr(payload, "thread_id", "")


def _scoped(
    batch: Sequence[Received[Any]],
) -> tuple[list[BrandScope | None], list[Outcome]]:
    """Return whose data each event is about, and what becomes of it: no brand, or two, is dead."""
    scopes: list[BrandScope | None] = []
    outcomes: list[Outcome] = []
    for one in batch:
        scope, outcome = None, DONE
        try:
            scope = one.event.scope
            named = getattr(one.payload, "brand_id", scope.brand_id)
            if named != scope.brand_id:
                scope = None
                why = "envelope and payload name different brands"
                outcome = Outcome(dead=Dead("event.wrong_brand", why))
        except Undecodable as error:
            outcome = Outcome(dead=Dead("event.no_brand", str(error)))
        scopes.append(scope)
        outcomes.append(outcome)
    return scopes, outcomes
