"""Scores of online storm detectors on synthetic brands: alarms, hits, false alarms, thresholds."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from benchmarks.storm_crowds import Floats, Strike
from benchmarks.storm_world import DAY_S, Brand

HOLD_H = 6.0
_WEEK_S = 7 * DAY_S


class Detector(Protocol):
    """One brand's detector: bins in time order, higher scores are more storm-like."""

    def update(self, counts: Mapping[str, Any]) -> float: ...


@dataclass(frozen=True)
class Hit:
    """A storm and how it was met: minutes from its onset, share sent before, minutes to its peak."""

    kind: str
    size: int
    is_found: bool
    delay_min: float
    seen: float
    lead_min: float


@dataclass(frozen=True)
class Judged:
    """All storms, the false alarms as (size, cause), and the quiet weeks they fell in."""

    hits: list[Hit]
    false: list[tuple[int, str]]
    weeks: float
    weeks_by_size: dict[int, float]


@dataclass(frozen=True)
class Figures:
    """One line of the table."""

    storms: int
    recall: float
    before_peak: float
    precision: float
    median_min: float
    seen: float
    early: float
    false_per_week: float


def run(make: Callable[[], Detector], brands: Sequence[Brand]) -> tuple[list[Floats], float]:
    """Scores per brand, and processor microseconds per update."""
    scores, spent = [], 0.0
    for brand in brands:
        update, rows = make().update, list(brand.bins())
        begun = time.process_time()
        scores.append(np.array([update(row) for row in rows], float))
        spent += time.process_time() - begun
    return scores, spent / sum(brand.bins_n for brand in brands) * 1e6


def episodes(score: Floats, threshold: float, hold: int) -> list[tuple[int, int]]:
    """First and last bins of the alarms; one alarm lasts until `hold` bins below the threshold."""
    hot = np.flatnonzero(score >= threshold)
    if not len(hot):
        return []
    cut = np.flatnonzero(np.diff(hot) > hold)
    starts, ends = hot[np.r_[0, cut + 1]], hot[np.r_[cut, len(hot) - 1]]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _met(brand: Brand, storm: Strike, alarms: list[tuple[int, int]]) -> Hit:
    at = next((a for a, _ in alarms if storm.on <= a <= storm.end), None)
    if at is None:
        return Hit(storm.kind, brand.size, False, math.inf, 1.0, -math.inf)
    return Hit(
        storm.kind,
        brand.size,
        True,
        (at + 1 - storm.on) * brand.bin_s / 60,
        float(storm.n[: at + 1].sum() / max(1, storm.n.sum())),
        (storm.peak - at) * brand.bin_s / 60,
    )


def judge(brand: Brand, score: Floats, threshold: float) -> tuple[list[Hit], list[str], float]:
    """Hits, the causes of false alarms, and quiet weeks of one brand. An outage is neither."""
    hour = 3600 // brand.bin_s
    warm = int(brand.params.warm_days * DAY_S / brand.bin_s)
    tail, slack = 24 * hour, 6 * hour
    alarms = [e for e in episodes(score, threshold, int(HOLD_H * hour)) if e[1] >= warm]
    hits = [_met(brand, storm, alarms) for storm in brand.storms]
    causes = []
    for at, _ in alarms:
        if at < warm or any(s.on <= at <= s.end + tail for s in brand.storms):
            continue
        why = [kind for kind, i, j in brand.events if i <= at <= j + slack]
        if "outage" not in why:
            causes.append(why[0] if why else "noise")
    stormy = sum(min(brand.bins_n, s.end + tail) - s.on for s in brand.storms)
    return hits, causes, (brand.bins_n - warm - stormy) * brand.bin_s / _WEEK_S


def judge_all(brands: Sequence[Brand], scores: Sequence[Floats], threshold: float) -> Judged:
    hits: list[Hit] = []
    false: list[tuple[int, str]] = []
    by_size: dict[int, float] = {}
    for brand, score in zip(brands, scores, strict=True):
        met, causes, weeks = judge(brand, score, threshold)
        hits += met
        false += [(brand.size, cause) for cause in causes]
        by_size[brand.size] = by_size.get(brand.size, 0.0) + weeks
    return Judged(hits, false, sum(by_size.values()), by_size)


def calibrate(brands: Sequence[Brand], scores: Sequence[Floats], budget: float) -> float:
    """The lowest threshold with at most `budget` false alarms a brand-week on these brands."""
    values = np.concatenate([s[np.isfinite(s)] for s in scores])
    values = values[values > 0]
    if not len(values):
        return math.inf
    best = math.inf
    for threshold in np.unique(np.quantile(values, 1 - np.logspace(-6.5, -0.3, 90)))[::-1]:
        judged = judge_all(brands, scores, threshold)
        if len(judged.false) / judged.weeks > budget:
            break
        best = float(threshold)
    return best


def figures(hits: Sequence[Hit], false: int, weeks: float) -> Figures:
    found = sum(hit.is_found for hit in hits)
    if not hits:
        nan = math.nan
        return Figures(0, nan, nan, nan, nan, nan, nan, false / weeks if weeks else nan)
    delays = sorted(hit.delay_min for hit in hits)
    return Figures(
        storms=len(hits),
        recall=found / len(hits),
        before_peak=sum(hit.lead_min > 0 for hit in hits) / len(hits),
        precision=found / max(1, found + false),
        median_min=delays[math.ceil(len(delays) / 2) - 1],
        seen=float(np.median([hit.seen for hit in hits])),
        early=100 * float(np.mean([max(0.0, 1 - hit.seen / 0.5) for hit in hits])),
        false_per_week=false / weeks if weeks else math.nan,
    )


def summed(judged: Judged) -> Figures:
    return figures(judged.hits, len(judged.false), judged.weeks)
