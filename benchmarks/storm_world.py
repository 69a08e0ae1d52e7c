"""Synthetic brands with storms and with things that only look like one. No detector, no scores.

Sixty brands of 5 to 50,000 messages a day, eight weeks of bins, the first two to warm up. The order
of the random draws is part of the benchmark: the same seed gives the same world as in the reference.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.storm_crowds import Counts, Crowd, Params, Strike
from benchmarks.storm_events import strike

SIZES = (5, 50, 500, 5_000, 50_000)
DAY_S = 86_400
MARKS = ("n", "neg", "pos", "tox", "new", "share", "authors")


class Brand:
    """One brand's bins: counts in `columns`, storms in `storms`, other events in `events`."""

    def __init__(self, size: int, seed: Any, bin_s: int, params: Params) -> None:
        r = self.r = np.random.default_rng(seed)
        self.size, self.bin_s, self.params = size, bin_s, params
        self.bins_n = total = int(params.days * DAY_S / bin_s)
        self.t = np.arange(total) * bin_s
        day = (self.t // DAY_S).astype(int)
        n = self._usual(day)
        neg0 = r.uniform(*params.neg0)
        hours4 = max(1, 3600 // bin_s) * 4
        logit = (
            math.log(neg0 / (1 - neg0))
            + r.normal(0, 0.25, day[-1] + 1)[day]
            + np.repeat(r.normal(0, 0.15, total // hours4 + 1), hours4)[:total]
        )
        self.sens, self.fpr = r.uniform(*params.sens), r.uniform(*params.fpr)
        self.new0, self.share0 = r.uniform(0.25, 0.6), r.uniform(0.15, 0.4)
        self.columns = {name: np.zeros(total, int) for name in MARKS}
        self.storms: list[Strike] = []
        self.events: list[tuple[str, int, int]] = []
        usual = Crowd(1 / (1 + np.exp(-logit)), 0.12, 0.30, self.new0, self.share0, 0.93)
        self.add(n, usual)
        self._micro()
        strike(self)

    def _usual(self, day: NDArray[np.int64]) -> Counts:
        """Two harmonics a day, weekdays, a drifting level, over-dispersion per hour and bin."""
        r, p, total, bin_s = self.r, self.params, self.bins_n, self.bin_s
        h = self.t / 3600.0 % 24
        phase, a1, a2 = r.uniform(-3, 3), r.uniform(0.5, 0.9), r.uniform(0.1, 0.35)
        profile = 1 + a1 * np.cos(2 * np.pi * (h - 14 - phase) / 24)
        profile = profile + a2 * np.cos(4 * np.pi * (h - 9 - phase) / 24)
        profile = np.maximum(profile, 0.06)
        weekend = np.full(2, r.uniform(0.5, 1.3))
        weekdays = np.r_[np.ones(5), weekend] * r.uniform(0.9, 1.1, 7)
        drift = np.exp(np.cumsum(r.normal(0, p.drift / 2, day[-1] + 1)))
        drift = drift / drift.mean() * np.exp(r.normal(0, p.drift, day[-1] + 1))
        self.circadian = profile / profile.mean()
        rate = self.circadian * weekdays[day % 7] * drift[day]
        rate *= self.size * bin_s / DAY_S / rate.mean()
        self.usual = rate.copy()
        k = max(1, 3600 // bin_s)
        hourly = np.repeat(r.gamma(1 / p.od_hour, p.od_hour, total // k + 1), k)[:total]
        return r.poisson(rate * hourly * r.gamma(1 / p.od_bin, p.od_bin, total))

    def add(self, n: Counts, crowd: Crowd) -> None:
        """Add messages, seen through a classifier that errs."""
        r, c = self.r, self.columns
        n = np.asarray(n)
        truly = r.binomial(n, np.clip(crowd.negative, 0, 1))
        rest = n - truly
        glad = np.asarray(crowd.positive) / np.maximum(1 - np.asarray(crowd.negative), 0.05)
        positive = r.binomial(rest, np.clip(glad, 0, 1))
        seen = r.binomial(truly, self.sens - crowd.sarcasm) + r.binomial(rest, self.fpr)
        seen = np.minimum(seen, n)
        c["n"] += n
        c["neg"] += seen
        c["pos"] += np.minimum(r.binomial(positive, 0.8) + r.binomial(n - positive, 0.05), n - seen)
        toxic = r.binomial(r.binomial(truly, crowd.toxic), 0.75)
        c["tox"] += np.minimum(toxic + r.binomial(n, 0.008), n)
        c["new"] += r.binomial(n, crowd.new)
        c["share"] += r.binomial(n, crowd.shared)
        people = np.maximum((n > 0).astype(int), r.binomial(n, crowd.distinct))
        c["authors"] += np.minimum(n, people)

    def _micro(self) -> None:
        """Ordinary small threads and mini-cascades, some of them complaints."""
        r, p, total = self.r, self.params, self.bins_n
        days = total * self.bin_s / DAY_S
        for _ in range(r.poisson(p.micro_per_day * days * min(1.0, (self.size / 50) ** 0.3))):
            i = r.integers(0, total)
            size = int(min(3 + r.pareto(1.6) * 3, max(7, 0.12 * self.size)))
            late = r.exponential(r.uniform(0.3, 2) * 3600, size) // self.bin_s
            at = np.minimum(total - 1, i + late.astype(int))
            n = np.bincount(at, minlength=total)[:total]
            bad = r.random() < p.micro_neg
            negative, positive = (0.7, 0.05) if bad else (0.10, 0.4)
            shared = 0.3 * r.random()
            self.add(n, Crowd(negative, 0.15, positive, self.new0, shared, 0.75))

    def bins(self) -> Iterator[dict[str, int]]:
        """The bins as a detector gets them."""
        columns = (self.columns[name].tolist() for name in MARKS)
        for i, row in enumerate(zip(*columns, strict=True)):
            yield dict(zip(MARKS, row, strict=True), t=i * self.bin_s)


def world(
    seed: int, per_size: int = 12, params: Params | None = None, bin_s: int = 300
) -> list[Brand]:
    """per_size brands of every size."""
    return [
        Brand(size, (seed, k, j), bin_s, params or Params())
        for k, size in enumerate(SIZES)
        for j in range(per_size)
    ]
