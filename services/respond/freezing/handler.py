"""What a storm and people's wishes change about a brand's freeze: answers are held, or let go again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.brands import StormRules
from contracts.envelope import Event
from contracts.scope import AgencyScope, BrandScope
from contracts.storms import FreezeRequested, StormChanged
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.logs import get_logger
from runtime.mongo import Write
from runtime.stage import DONE, Outcome, Received
from services.respond import notices
from services.respond.domain import freezing, publication
from services.respond.domain.freezing import CODE, Freeze
from services.respond.freezing.store import news
from services.respond.handlers import scope_of_event
from services.respond.records import Reply, progress
from services.respond.store import Store, is_stoppable

Decide = Callable[[Freeze], Freeze]
log = get_logger("respond.freezing")
_WRONG = Outcome(dead=Dead("guard.wrong_brand", "the event and its payload name different brands"))


class FreezeHandler:
    """Handles storm.changed and freeze.requested. Each may come again, in any order."""

    def __init__(self, store: Store, clock: Clock, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._nudge = nudge

    async def on_storm_changed(self, batch: Sequence[Received[StormChanged]]) -> list[Outcome]:
        """Freeze a brand whose storm is bad enough, let it go when all is calm and its rules say so."""
        return [await self._on_storm(one.event, one.payload) for one in batch]

    async def _on_storm(self, event: Event, storm: StormChanged) -> Outcome:
        rules = await self._rules(storm.brand_id)

        def decide(known: Freeze) -> Freeze:
            return freezing.after_storm(known, storm, rules, self._clock.now())

        return await self._apply(event, storm.brand_id, decide)

    async def on_freeze_requested(
        self, batch: Sequence[Received[FreezeRequested]]
    ) -> list[Outcome]:
        """Do what people want."""
        return [await self._on_wish(one.event, one.payload) for one in batch]

    async def _on_wish(self, event: Event, wish: FreezeRequested) -> Outcome:
        def decide(known: Freeze) -> Freeze:
            return freezing.after_wish(known, wish, self._clock.now())

        return await self._apply(event, wish.brand_id, decide)

    async def _rules(self, brand_id: str) -> StormRules:
        brands = await self._store.brands(AgencyScope("*", frozenset({brand_id})))
        return brands[0].storms if brands else StormRules()

    async def _apply(self, event: Event, brand_id: str, decide: Decide) -> Outcome:
        scope = scope_of_event(event)
        if scope is None or scope.brand_id != brand_id:
            return _WRONG
        while True:
            before = await self._store.freezes.of_brand(scope, self._clock.now())
            after = decide(before)
            if after == before or await self._store.freezes.put(scope, before, after):
                await self._carry_out(scope, after, event)
                return DONE

    async def _carry_out(self, scope: BrandScope, freeze: Freeze, cause: Event) -> None:
        """Hold or let go, and tell; done again when it was cut off, because it is told last."""
        if freeze.told_revision >= freeze.revision:
            return
        held = await self._hold(scope) if freeze.is_frozen else []
        if not freeze.is_frozen and freeze.changed_by == freezing.BY_STORM:
            await self._let_go(scope)
        await self._store.freezes.tell(scope, freeze, news(freeze, held, scope, cause))
        log.warning("freeze.changed", is_frozen=freeze.is_frozen, held=len(held))
        self._nudge()

    async def _hold(self, scope: BrandScope) -> list[str]:
        """Park what would leave by itself and is in nobody's hand; what is meets the guard."""
        now = self._clock.now()
        waiting = await self._store.going_by_itself(scope)
        await self._store.apply(scope, [_parked(one, now) for one in waiting if is_stoppable(one)])
        return [one.reply_id for one in await self._store.parked(scope, CODE)]

    async def _let_go(self, scope: BrandScope) -> None:
        now = self._clock.now()
        held = await self._store.parked(scope, CODE)
        await self._store.apply(scope, [_released(one, now) for one in held])


def _parked(reply: Reply, now: datetime) -> Write:
    after = publication.park(reply.publication, freezing.WHY)
    return progress(reply, after, notices.step_events(reply, after, now), now)


def _released(reply: Reply, now: datetime) -> Write:
    after = publication.reopen(reply.publication, now, now)
    later = max(now, reply.send_at) if reply.send_at else now
    return progress(reply, replace(after, due_at=later), (), now)
