"""What networks say about answers after they took them: a lost receipt comes back, or delivery failed."""

from collections.abc import Callable, Sequence

from contracts.messages import ReceiptReceived
from contracts.scope import AgencyScope
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.logs import get_logger
from runtime.mongo import Write
from runtime.stage import DONE, Outcome, Received
from services.respond import notices
from services.respond.domain import receipts
from services.respond.handlers import scope_of_event
from services.respond.records import Reply, progress
from services.respond.store import Store

log = get_logger("respond.receipts")
_WRONG = Outcome(dead=Dead("guard.wrong_brand", "the event and its payload name different brands"))


class ReceiptHandler:
    """The handler of receipt.received. Most receipts say what is known, or are about others' messages."""

    def __init__(self, store: Store, clock: Clock, told: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._told = told

    async def on_receipt_received(
        self, batch: Sequence[Received[ReceiptReceived]]
    ) -> list[Outcome]:
        """Settle what the receipts are about; none of them is looked for, however early it is."""
        outcomes = [DONE if _is_whole(one) else _WRONG for one in batch]
        usable = [one.payload for one in batch if _is_whole(one)]
        now = self._clock.now()
        # Kept before it is matched: the answer's own call may end between the two, and then reads it.
        await self._store.undelivered.put([one for one in usable if one.state == "failed"], now)
        for receipt in usable:
            await self._settle(receipt)
        return outcomes

    async def _settle(self, receipt: ReceiptReceived) -> None:
        if receipt.external_id is None and receipt.our_key is None:
            return
        scope = AgencyScope("*", frozenset({receipt.brand_id}))
        replies = await self._store.replies_known_as(
            scope, receipt.connection_id, receipt.external_id, receipt.our_key
        )
        writes = [write for reply in replies for write in self._heard(reply, receipt)]
        await self._store.apply(scope, writes)
        if writes:
            self._told()

    def _heard(self, reply: Reply, receipt: ReceiptReceived) -> list[Write]:
        now = self._clock.now()
        after = receipts.hear(reply.publication, receipt, now)
        if after is None:
            return []
        log.info("publish.receipt", reply_id=reply.reply_id, state=receipt.state)
        return [progress(reply, after, notices.step_events(reply, after, now), now)]


def _is_whole(one: Received[ReceiptReceived]) -> bool:
    scope = scope_of_event(one.event)
    return scope is not None and scope.brand_id == one.payload.brand_id
