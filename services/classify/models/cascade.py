"""Both tiers together: the fast one reads every message, the accurate one those that are worth it and affordable."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.messages import Labels
from services.classify.domain.spending import Bucket, chosen, worth
from services.classify.models.accurate import AccurateModel, Read
from services.classify.models.linear import LinearModel, Thresholds

_PART = 16
"""Messages between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the accurate tier may spend: messages a second (0: none), seconds of flow saved up, seconds per batch."""

    per_s: float
    saved_s: float = 10.0
    batch_s: float = 0.5

    def bucket(self) -> Bucket:
        """A full bucket of this size."""
        return Bucket(self.per_s, self.per_s * self.saved_s)


class Cascade:
    """Has the interface of a tier. Under load the fast tier's labels stand: nothing ever waits for the accurate one."""

    def __init__(
        self, fast: LinearModel, accurate: AccurateModel, budget: Budget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._fast, self._accurate = fast, accurate
        self._budget, self._bucket, self._now = budget, budget.bucket(), now
        self.version = f"{fast.version}+{accurate.version}"

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None,
        thresholds: Sequence[Thresholds | None] | None = None, *, with_reasons: bool = True,
    ) -> list[Read]:  # fmt: skip
        """Readings and labels of every text, in order; `tier` of the labels says who answered."""
        found = self._fast.understand(texts, languages, thresholds, with_reasons=with_reasons)
        wanted = chosen([worth(_shares(labels)) for _, labels in found], len(found))
        places = wanted[: self._bucket.take(len(wanted), self._now())]
        until, spent = self._now() + self._budget.batch_s, 0
        while spent < len(places) and self._now() < until:
            part = places[spent : spent + _PART]
            asked = [thresholds[place] for place in part] if thresholds is not None else None
            given = [texts[place] for place in part]
            refined = self._accurate.refine(given, [found[place] for place in part], asked)
            for place, read in zip(part, refined, strict=True):
                found[place] = read
            spent += len(part)
        self._bucket.give_back(len(places) - spent)
        return found


def load(fast: LinearModel, share: float = 0.3) -> Cascade:
    """For labelling given messages: a share of every batch may be spent, whatever the time it takes."""
    return _Sampled(fast, AccurateModel.load(fast), share)


class _Sampled(Cascade):
    """Spends by the batch instead of by the clock: the same labels on every machine."""

    def __init__(self, fast: LinearModel, accurate: AccurateModel, share: float) -> None:
        super().__init__(fast, accurate, Budget(0.0, batch_s=float("inf")))
        self._share = share

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None,
        thresholds: Sequence[Thresholds | None] | None = None, *, with_reasons: bool = True,
    ) -> list[Read]:  # fmt: skip
        """As in the cascade of a service, with a share of this batch in the bucket."""
        self._bucket.most = self._bucket.level = float(round(self._share * len(texts) + 0.499))
        return super().understand(texts, languages, thresholds, with_reasons=with_reasons)


def _shares(labels: Labels) -> dict[str, dict[str, float]]:
    return {name: getattr(labels, name).p for name in ("sentiment", "intent", "urgency")}
