"""What respond does with wishes to moderate: remember each once, and let the publisher know."""

from collections.abc import Callable, Sequence

from contracts.moderation import ModerationRequested
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.stage import DONE, Outcome, Received
from services.respond.handlers import scope_of_event
from services.respond.moderation.records import new_act
from services.respond.moderation.store import ModerationStore

_BRANDLESS = Dead("brand.missing", "the event names no brand")
_WRONG = Dead("guard.wrong_brand", "the event and its payload name different brands")


class ModerationHandler:
    """The handler of moderation.requested. `nudge` tells the publisher that something became due."""

    def __init__(self, store: ModerationStore, clock: Clock, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._nudge = nudge

    async def on_moderation_requested(
        self, batch: Sequence[Received[ModerationRequested]]
    ) -> list[Outcome]:
        """Remember the wishes; one that is known stays as it is."""
        now = self._clock.now()
        dead = [_why_dead(one) for one in batch]
        await self._store.put(
            [
                new_act(one.event, one.payload, now)
                for one, why in zip(batch, dead, strict=True)
                if why is None
            ]
        )
        self._nudge()
        return [DONE if why is None else Outcome(dead=why) for why in dead]


def _why_dead(one: Received[ModerationRequested]) -> Dead | None:
    scope = scope_of_event(one.event)
    if scope is None:
        return _BRANDLESS
    return None if scope.brand_id == one.payload.brand_id else _WRONG
