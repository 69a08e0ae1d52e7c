"""Events in, the inbox out: one handler per topic, one write per batch and collection."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.connections import ConnectionChanged
from contracts.envelope import Undecodable
from contracts.scope import BrandScope
from contracts.topics import (
    CONNECTION_CHANGED,
    MESSAGE_CLASSIFIED,
    MESSAGE_RECEIVED,
    REPLY_DRAFTED,
    REPLY_FAILED,
    REPLY_PUBLISHED,
    Topic,
)
from runtime.dead_letters import Dead
from runtime.stage import DONE, Handler, Outcome, Received
from services.gateway.domain import inbox
from services.gateway.domain.inbox import Facts
from services.gateway.metrics import GatewayMetrics
from services.gateway.store.projection import ProjectionStore
from services.gateway.store.pulses import PulseStore

Reading = Callable[[BrandScope, Any], Facts]


class Projection:
    """Turns batches of events into facts, writes them, and tells the open pages."""

    def __init__(self, store: ProjectionStore, pulses: PulseStore, metrics: GatewayMetrics) -> None:
        self._store = store
        self._pulses = pulses
        self._metrics = metrics

    def routes(self) -> Mapping[Topic, Handler]:
        """Return the handler of every topic the gateway reads."""
        return {
            MESSAGE_RECEIVED: self._handler("received", MESSAGE_RECEIVED, inbox.of_received),
            MESSAGE_CLASSIFIED: self._handler(
                "classified", MESSAGE_CLASSIFIED, inbox.of_classified
            ),
            REPLY_DRAFTED: self._handler("drafted", REPLY_DRAFTED, inbox.of_reply),
            REPLY_PUBLISHED: self._handler("published", REPLY_PUBLISHED, inbox.of_reply),
            REPLY_FAILED: self._handler("failed", REPLY_FAILED, inbox.of_reply),
            CONNECTION_CHANGED: self.on_connection_changed,
        }

    def _handler(self, kind: str, topic: Topic, read: Reading) -> Handler:
        async def handle(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
            scopes, outcomes = _scoped(batch)
            pairs = zip(scopes, batch, strict=True)
            facts = inbox.join_all(read(scope, one.payload) for scope, one in pairs if scope)
            if facts:
                await self._store.apply(facts)
                places = [one.place for one in facts]
                changed = [(p.brand_id, (p.message_id, p.thread_id)) for p in places]
                await self._pulses.tell_many(kind, changed)
                self._metrics.projected.labels(topic.name).inc(len(facts))
            return outcomes

        return handle

    async def on_connection_changed(
        self, batch: Sequence[Received[ConnectionChanged]]
    ) -> Sequence[Outcome]:
        """Keep what is known of the brands' accounts."""
        scopes, outcomes = _scoped(batch)
        changes = [(s, one.payload) for s, one in zip(scopes, batch, strict=True) if s]
        await self._store.apply_connections(changes)
        await self._pulses.tell_many("connection", [(s.brand_id, ("", "")) for s, _ in changes])
        return outcomes


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
