"""The volume detector on real, labelled mention counts, scored as the Numenta Anomaly Benchmark does."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.storm_crowds import Counts, Floats
from benchmarks.storm_score import Detector

_DATA = Path(__file__).parent / "nab"
_MONDAY_S = 4 * 86_400
_RECORD = 288
_PROBATION, _PROBATION_MOST = 0.15, 750
_WEIGHT = {"standard": (0.11, 1.0), "low_fp": (0.22, 1.0), "low_fn": (0.11, 2.0)}


@dataclass(frozen=True)
class Series:
    """One brand's counts: rows as bins, the window of each row or -1, and what a row is worth."""

    name: str
    rows: list[dict[str, int]]
    window: Counts
    worth: Floats
    probation: int
    windows: int


@dataclass(frozen=True)
class Swept:
    threshold: float
    score: float
    found: int
    false_rows: int
    raw: float


def _sigmoid(x: Floats) -> Floats:
    return np.where(x > 3, -1.0, 2 / (1 + np.exp(np.clip(5 * x, -60, 60))) - 1)


def load() -> list[Series]:
    windows = json.loads((_DATA / "windows.json").read_text())
    packed = np.load(_DATA / "realtweets.npz")
    return [_series(name, packed, windows[name]) for name in sorted(windows)]


def _series(name: str, packed: "np.lib.npyio.NpzFile", windows: list[list[int]]) -> Series:
    times, values = packed[f"{name}.t"], packed[f"{name}.n"]
    size = len(values)
    window, worth = np.full(size, -1), np.full(size, -1.0)
    for k, (i, j) in enumerate(windows):
        rows = np.arange(i, j + 1)
        window[i : j + 1] = k
        worth[i : j + 1] = _sigmoid(-(j - rows + 1) / (j - i + 1.0))
        end = windows[k + 1][0] if k + 1 < len(windows) else size
        worth[j + 1 : end] = _sigmoid((np.arange(j + 1, end) - j) / float(j - i))
    rows_ = [{"t": int(t) - _MONDAY_S, "n": int(n)} for t, n in zip(times, values, strict=True)]
    probation = min(int(_PROBATION * size), _PROBATION_MOST)
    return Series(name, rows_, window, worth, probation, len(windows))


def records(score: Floats) -> Floats:
    """Only scores above everything of the last day pass: one event is one alarm."""
    best: deque[int] = deque()
    passed = score.copy()
    for i, value in enumerate(score):
        while best and best[0] <= i - _RECORD:
            best.popleft()
        if best and value <= score[best[0]]:
            passed[i] = 0.0
        while best and score[best[-1]] <= value:
            best.pop()
        best.append(i)
    return passed


def sweep(
    series: Sequence[Series],
    scores: Sequence[Floats],
    profile: str = "standard",
    only: Sequence[int] | None = None,
    threshold: float | None = None,
) -> Swept:
    """The best threshold over those files (or the given one) and its normalised score."""
    fp_weight, fn_weight = _WEIGHT[profile]
    top = float(_sigmoid(np.array(-1.0)))
    parts, first = [], 0
    for q, (one, score) in enumerate(zip(series, scores, strict=True)):
        if only is None or q in only:
            inside = one.window >= 0
            worth = np.where(inside, one.worth / top, one.worth * fp_weight)
            group = np.where(inside, one.window + first, -1)
            parts.append(np.stack([score, group, worth])[:, one.probation :])
        first += one.windows
    value, group, worth = np.concatenate(parts, axis=1)
    order = np.argsort(-value, kind="stable")
    value, group, worth = value[order], group[order], worth[order]
    gain, windows = _gains(group, worth, fn_weight)
    base = -fn_weight * windows
    total = np.r_[base, base + np.cumsum(gain)]
    at = np.r_[np.inf, value]
    ends = np.r_[True, value[1:] != value[:-1], True]
    taken = (
        int(np.flatnonzero(ends)[np.argmax(total[ends])])
        if threshold is None
        else int((value >= threshold).sum())
    )
    hit = group[:taken]
    score_of = 100 * (total[taken] - base) / (windows - base) if windows else 0.0
    found = len(set(hit[hit >= 0].tolist()))
    return Swept(float(at[taken]), score_of, found, int((hit < 0).sum()), float(total[taken]))


def _gains(group: Floats, worth: Floats, fn_weight: float) -> tuple[Floats, int]:
    """What each row adds when the threshold falls below it: a window counts its best row."""
    best = {int(g): -fn_weight for g in np.unique(group) if g >= 0}
    gain = np.where(group < 0, worth, 0.0)
    for i in np.flatnonzero(group >= 0):
        if worth[i] > best[int(group[i])]:
            gain[i] = worth[i] - best[int(group[i])]
            best[int(group[i])] = worth[i]
    return gain, len(best)


def held_out(series: Sequence[Series], scores: Sequence[Floats]) -> float:
    """Every file scored at the threshold that is best for the nine others."""
    total = 0.0
    for i in range(len(series)):
        others = [j for j in range(len(series)) if j != i]
        threshold = sweep(series, scores, only=others).threshold
        own = sweep(series, scores, only=[i], threshold=threshold)
        total += own.raw + series[i].windows
    return 100 * total / (2 * sum(one.windows for one in series))


def measure(make: Callable[[], Detector]) -> dict[str, float]:
    """standard, held-out, low FP, low FN; windows found and false rows at the standard threshold."""
    series = load()
    scores = []
    for one in series:
        update = make().update
        scores.append(records(np.array([update(row) for row in one.rows], float)))
    best = sweep(series, scores)
    return {
        "standard": best.score,
        "held_out": held_out(series, scores),
        "low_fp": sweep(series, scores, "low_fp").score,
        "low_fn": sweep(series, scores, "low_fn").score,
        "found": best.found,
        "false_rows": best.false_rows,
        "threshold": best.threshold,
    }
