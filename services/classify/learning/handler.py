"""The handler of label.corrected: keeps what people say, and learns from it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from contracts.corrections import LabelCorrected
from contracts.messages import Head
from contracts.scope import BrandScope
from runtime.dead_letters import Dead
from runtime.logs import get_logger
from runtime.stage import DONE, Outcome, Received
from services.classify.domain.adapting import ENOUGH_SAMPLES
from services.classify.domain.labels import LEARNED
from services.classify.learning.fitting import learnt
from services.classify.learning.store import LearningStore, Noted
from services.classify.models.features import readable, tokens
from services.classify.models.linear import LinearModel

EVERY = 5
"""A head is learnt again after so many more corrections."""
log = get_logger("classify.learning")


class Corrections:
    """Handles batches of corrections. Learning happens beside the event loop."""

    def __init__(
        self, store: LearningStore, model: LinearModel, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._model = model
        self._now = now

    async def on_label_corrected(self, batch: Sequence[Received[LabelCorrected]]) -> list[Outcome]:
        """Keep every correction; learn again where enough of them came together."""
        outcomes = [_checked(one) for one in batch]
        by_brand: dict[BrandScope, list[Noted]] = {}
        for one, outcome in zip(batch, outcomes, strict=True):
            if outcome is DONE:
                by_brand.setdefault(one.event.scope, []).append(self._noted(one.payload))
        for scope, noted in by_brand.items():
            for head in sorted(await self._store.put(scope, noted)):
                await self._learn(scope, head)
        return outcomes

    def _noted(self, told: LabelCorrected) -> Noted:
        # What the page showed may have been moved by earlier corrections: ask the model alone.
        labels = self._model.label([told.text], [[told.language]])[0]
        answer: Head | None = getattr(labels, told.head)
        return Noted(told, words_of(told.text), answer.p if answer else told.p)

    async def _learn(self, scope: BrandScope, head: str) -> None:
        corrections = await self._store.corrections(scope, head)
        used = (await self._store.adapters(scope)).get(head)
        before = used.corrections if used else 0
        if len(corrections) < ENOUGH_SAMPLES or len(corrections) - before < EVERY:
            return
        version = await self._store.newest(scope, head) + 1
        adapter, trial = await asyncio.to_thread(learnt, head, version, corrections)
        if adapter is None:
            return
        await self._store.save(scope, adapter, trial, self._now())
        log.info(
            "learning.adapted", brand_id=scope.brand_id, head=head, version=version,
            corrections=len(corrections), has_words=adapter.words is not None,
        )  # fmt: skip


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as the model compares them."""
    return tuple(token.folded for token in tokens(readable(text)) if token.is_word)


def _checked(one: Received[LabelCorrected]) -> Outcome:
    told = one.payload
    if one.event.brandid != told.brand_id or one.event.agencyid is None:
        return Outcome(dead=Dead("event.wrong_brand", "envelope and payload name different brands"))
    labels = LEARNED.get(told.head)
    if labels is None or told.label not in labels:
        why = f"{told.head} has no label {told.label}; a newer Rapport may have written this"
        return Outcome(dead=Dead("label.unknown", why))
    return DONE
