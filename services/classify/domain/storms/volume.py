"""Unusual volume of one brand, on counts alone: peaks over a threshold that is learnt per brand.

It opens "watch" as attention and never a storm: most unusual volume is not hostile.
"""

from collections.abc import Mapping
from math import nan
from typing import Any, Self

from services.classify.domain.storms.timeline import Timeline

# Memories in seconds: what is usual (12.5 h), how much it varies (2.4 days), and smoothing of the input.
_MEAN_S, _SPREAD_S, _SMOOTH_S = 45_000.0, 210_000.0, 150.0
_STEP_S = 300.0
_SPREAD_FLOOR = 0.5
_MEAN_CLIP, _SPREAD_CLIP = 6.0, 10.0
# The threshold is passed by one bin in 200; the size of what passes it is learnt with winsorised peaks.
_RATE, _RATE_STEP, _PEAK_STEP, _PEAK_CLIP = 0.005, 0.01, 0.01, 4.0
_AT_THRESHOLD = 5.0
_WARM_BINS = 100
# About one exceedance a brand-week on real mention counts.
ATTENTION = 12.0


class Volume:
    """Follows one brand's counts. The score is -log of the tail's probability, 5 at the threshold."""

    __slots__ = (
        "_bin", "_bins", "_mean", "_peak", "_peaks", "_smooth", "_spread", "_threshold", "_timeline",
        "score",
    )  # fmt: skip

    def __init__(self, bin_s: float = _STEP_S) -> None:
        self._bin, self._timeline = bin_s, Timeline()
        self._bins = self._peaks = 0
        self._mean = self._smooth = nan
        self._spread, self._threshold, self._peak = 1.0, 3.0, 1.0
        self.score = 0.0

    def update(self, counts: Mapping[str, Any]) -> float:
        """The score after this bin (t and n are read). Back-fill, repeats and late bins change nothing."""
        if self._timeline.elapsed(float(counts["t"]), self._bin) is None or counts.get("backfill"):
            return self.score
        n = float(counts["n"])
        self._bins += 1
        if self._bins == 1:
            self._mean = self._smooth = n
            self._spread = max(1.0, n)
            return self.score
        self._smooth += self._bin / (self._bin + _SMOOTH_S) * (n - self._smooth)
        residual, unit = self._smooth - self._mean, 1.25 * self._spread + _SPREAD_FLOOR
        self.score = self._tail(residual / unit) if self._bins > _WARM_BINS else 0.0
        young = 1 / self._bins
        clip = _MEAN_CLIP * unit
        self._mean += max(self._bin / _MEAN_S, young) * max(-clip, min(clip, residual))
        most = min(abs(residual), _SPREAD_CLIP * unit)
        self._spread += max(self._bin / _SPREAD_S, young) * (most - self._spread)
        return self.score

    def _tail(self, deviation: float) -> float:
        over = deviation - self._threshold
        size = max(self._peak, 0.05)
        step = _RATE_STEP * max(self._peak, 0.3)
        if over > 0:
            score = _AT_THRESHOLD + over / size
            self._threshold += step * (1 - _RATE)
            share = max(_PEAK_STEP, 1 / (self._peaks + 5))
            self._peak += share * (min(over, _PEAK_CLIP * self._peak) - self._peak)
            self._peaks += 1
        else:
            score = max(0.0, _AT_THRESHOLD + over / size)
            self._threshold = max(0.5, self._threshold - step * _RATE)
        return score

    def to_state(self) -> dict[str, Any]:
        """Plain numbers that later scores depend on."""
        kept = (self._mean, self._smooth, self._spread, self._threshold, self._peak, self.score)
        return {
            "version": 1,
            "bin_s": self._bin,
            "timeline": self._timeline.to_state(),
            "seen": [self._bins, self._peaks],
            "numbers": list(kept) if self._bins else [],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The detector that wrote this state; the next scores are the same to the last digit."""
        made = cls(state["bin_s"])
        made._timeline = Timeline.from_state(state["timeline"])
        made._bins, made._peaks = state["seen"]
        if state["numbers"]:
            mean, smooth, spread, threshold, peak, score = state["numbers"]
            made._mean, made._smooth, made._spread = mean, smooth, spread
            made._threshold, made._peak, made.score = threshold, peak, score
        return made
