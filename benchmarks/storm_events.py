"""What happens to a synthetic brand: harmless events and storms. The order of draws is kept."""

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.storm_crowds import Counts, Crowd, Floats, Mix, Strike

if TYPE_CHECKING:
    from benchmarks.storm_world import Brand

DAY_S = 86_400


def strike(brand: "Brand") -> None:
    """Draw the moments of storms and of harmless events apart from them, then make them."""
    r, p, bin_s = brand.r, brand.params, brand.bin_s
    total = brand.bins_n
    warm, gap = int(p.warm_days * DAY_S / bin_s), int(p.storm_gap_days * DAY_S / bin_s)
    last = total - 4 * DAY_S // bin_s
    kinds = list(p.kinds)
    weights = np.array([p.kinds[kind] for kind in kinds])
    weights /= weights.sum()
    at: list[int] = []
    for _ in range(r.poisson(p.storms_mean)):
        for _try in range(50):
            i = int(r.integers(warm, last))
            if r.random() >= brand.circadian[i] / brand.circadian.max() + 0.1:
                i = int(r.integers(warm, last))
            if all(abs(i - j) > gap for j in at):
                at.append(i)
                break
    busy = [(i - 2 * DAY_S // bin_s, i + 6 * DAY_S // bin_s) for i in at]
    names = list(p.harmless)
    shares = np.array([p.harmless[name].weight for name in names])
    shares /= shares.sum()
    for _ in range(r.poisson(p.harmless_mean)):
        i = int(r.integers(DAY_S // bin_s, total - DAY_S // bin_s))
        if not any(a <= i <= b for a, b in busy):
            harmless(brand, str(r.choice(names, p=shares)), i)
    for i in sorted(at):
        storm(brand, str(r.choice(kinds, p=weights)), i)


def _peak(brand: "Brand", i: int, multiple: float, floor: float) -> float:
    usual = brand.usual[max(0, i - 144) : i + 144].mean() * 12 * 300 / brand.bin_s
    return max(usual * multiple, floor) * brand.bin_s / 3600


def harmless(brand: "Brand", kind: str, i: int) -> None:
    """Add an event of that kind from bin i on."""
    r, bin_s, total = brand.r, brand.bin_s, brand.bins_n
    mix = brand.params.harmless[kind]
    if kind == "backfill":
        _stall(brand, i)
        return
    low, high = mix.multiple
    multiple = math.exp(r.uniform(math.log(low), math.log(high)))
    peak = _peak(brand, i, multiple, r.uniform(4, 40))
    hours = (np.arange(total) - i) * bin_s / 3600.0
    shape = SHAPES[kind](brand, hours, np.maximum(hours, 0))
    n = r.poisson((hours >= 0) * peak * shape * r.gamma(6, 1 / 6.0, total))
    brand.add(n, _crowd(brand, kind, mix))
    sums = np.cumsum(n)
    end = int(np.searchsorted(sums, 0.98 * sums[-1])) if sums[-1] > 0 else i
    brand.events.append((kind, i, max(end, i + 1)))


def _crowd(brand: "Brand", kind: str, mix: Mix) -> Crowd:
    r = brand.r
    if kind == "botraid":
        negative = float(r.choice([0.05, 0.2, 0.8]))
        distinct = mix.distinct * r.uniform(0.6, 1)
    else:
        negative = float(np.clip(mix.negative * r.uniform(0.5, 1.6), 0, 0.95))
        distinct = mix.distinct
    return Crowd(negative, mix.toxic, mix.positive, mix.new, mix.shared, distinct)


def _stall(brand: "Brand", i: int) -> None:
    """A connector stalls for hours, then catches up in two bins."""
    r = brand.r
    length = int(r.uniform(1, 4) * 3600 / brand.bin_s)
    j = min(brand.bins_n - 2, i + length)
    for column in brand.columns.values():
        total = column[i:j].sum()
        column[i:j] = 0
        first = int(total * r.uniform(0.4, 1))
        column[j] += first
        column[j + 1] += total - first
    brand.events.append(("backfill", i, j + 2))


def _campaign(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    r = brand.r
    return np.minimum(1, sc / r.uniform(0.3, 2)) * np.exp(-sc / r.uniform(4, 14))


def _praise(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    d = brand.r.uniform(0.3, 2)
    top = 5 * d
    return np.where(
        sc < top, 2 ** np.minimum(0, (sc - top) / d), (1 + np.maximum(0, sc - top) / 4) ** -1.4
    )


def _giveaway(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    length = brand.r.uniform(6, 48)
    return (sc < length) * (0.5 + 0.5 * np.exp(-sc / 3)) * brand.circadian


def _tvad(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    return np.exp(-sc * math.log(2) / brand.r.uniform(0.15, 0.6))


def _botraid(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    return (sc < brand.r.uniform(0.5, 4)) * 1.0


def _match(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    length = brand.r.uniform(1.8, 3)
    return (sc < length) * (0.6 + 0.4 * brand.r.random(brand.bins_n))


def _outage(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    length = brand.r.uniform(1, 4)
    return np.where(sc < length, np.minimum(1, sc / 0.3), np.exp(-(sc - length) / 0.5))


def _news(brand: "Brand", _s: Floats, sc: Floats) -> Floats:
    d = brand.r.uniform(1, 4)
    return sc / d * np.exp(1 - sc / d)


SHAPES = {
    "campaign": _campaign, "praise": _praise, "giveaway": _giveaway, "tvad": _tvad,
    "botraid": _botraid, "match": _match, "outage": _outage, "news": _news,
}  # fmt: skip


def storm(brand: "Brand", kind: str, i: int) -> None:
    """Add a storm of that kind from bin i on, and remember it."""
    r, p, total = brand.r, brand.params, brand.bins_n
    minutes = (np.arange(total) - i) * brand.bin_s / 60.0
    multiple = p.peak_mult * math.exp(r.normal(0, p.peak_sigma))
    peak = _peak(brand, i, multiple, r.uniform(*p.peak_floor))
    negative, new = r.uniform(*p.storm_neg), r.uniform(*p.storm_new)
    shared, toxic = r.uniform(*p.storm_share), r.uniform(*p.storm_tox)
    if kind == "backfire":
        harmless(brand, "campaign", max(0, i - int(r.uniform(2, 8) * 3600 / brand.bin_s)))
    if kind == "smoulder":
        n = _smoulder(brand, minutes)
        new, shared = brand.new0, brand.share0
    elif kind == "hawkes":
        n = _hawkes(brand, i, peak)
    else:
        n = _wave(brand, kind, i, peak)
    if n.sum() < 12:
        k = np.arange(i, min(total, i + 24))
        n[k] += r.poisson(1.0, len(k))
    turned = 0.45 + (negative - 0.45) * np.clip(minutes / 90.0, 0, 1)
    share = turned if kind != "smoulder" else negative
    distinct = r.uniform(0.85, 0.97)
    brand.add(n, Crowd(share, toxic, 0.06, new, shared, distinct, r.uniform(0, p.sarcasm)))
    brand.storms.append(_struck(kind, n, max(1, 3600 // brand.bin_s)))


def _struck(kind: str, n: Counts, hour: int) -> Strike:
    sums = np.cumsum(n)
    first = int(np.searchsorted(sums, 1))
    end = int(np.searchsorted(sums, 0.95 * sums[-1]))
    peak = int(np.argmax(np.convolve(n, np.ones(hour), "full")[: len(n)]))
    return Strike(kind, first, max(end, first + 1), peak, int(sums[-1]), n)


def _smoulder(brand: "Brand", minutes: Floats) -> Counts:
    """No extra crowd: the regulars turn."""
    r, bin_s = brand.r, brand.bin_s
    ramp = np.clip(minutes / (60 * r.uniform(6, 24)), 0, 1) * (minutes >= 0)
    ramp = ramp * np.where(minutes > 60 * 36, np.exp(-(minutes - 2160) / 720.0), 1)
    least = 6 * bin_s / 3600.0 * brand.circadian / 4
    return r.poisson(np.maximum(brand.usual, least) * ramp * r.uniform(0.9, 1.8))


def _kernel(bin_s: int, theta: float, flat_s: float, bins: int = 2016) -> Floats:
    """Mass per bin of the retweet kernel: flat for flat_s seconds, then t^-(1+theta)."""
    edges = np.arange(bins + 1) * bin_s
    c = 1.0 / (flat_s + flat_s / theta)
    tail = c * flat_s / theta * (1 - (np.maximum(edges, 1) / flat_s) ** -theta)
    return np.diff(np.where(edges <= flat_s, c * edges, c * flat_s + tail))


def _hawkes(brand: "Brand", i: int, peak: float) -> Counts:
    """A self-exciting cascade; one that fizzles out is tried again, up to eight times."""
    r, p, bin_s = brand.r, brand.params, brand.bin_s
    kernel = _kernel(bin_s, p.kernel_theta, p.kernel_s0)
    branching, tau = r.uniform(*p.hawkes_r), r.uniform(*p.hawkes_tau_h) * 3600 / bin_s
    hourly = peak * 3600 / bin_s
    cap = hourly * r.uniform(4, 10)
    length = min(brand.bins_n - i, 4 * DAY_S // bin_s)
    for again in range(8):
        n = np.zeros(brand.bins_n, int)
        n[i] = seeds = sent = int(max(3, 0.06 * hourly))
        for k in range(1, length):
            left = max(0.0, 1 - sent / cap)
            factor = (branching + 0.2 * again) * math.exp(-k / tau / 3) * left
            mass = np.dot(n[i : i + k], kernel[:k][::-1])
            rate = factor * brand.circadian[i + k] ** 0.6 * mass
            if r.random() < 0.002 * bin_s / 300:  # another large account or a newspaper joins
                rate += seeds
            n[i + k] = r.poisson(rate * r.gamma(3, 1 / 3.0))
            sent += n[i + k]
        if sent >= max(60, 2.5 * hourly):
            break
    return n


def _wave(brand: "Brand", kind: str, i: int, peak: float) -> Counts:
    """Doubling up to the peak, then a power law; sometimes a second wave."""
    r, p, bin_s, total = brand.r, brand.params, brand.bin_s, brand.bins_n
    s = (np.arange(total) - i) * bin_s / 60.0
    doubling = r.uniform(*p.doubling_min.get(kind, p.doubling_min["fast"]))
    top, tau = 6 * doubling, r.uniform(*p.decay_h) * 60
    shape = np.where(
        s < top,
        2 ** np.minimum(0, (s - top) / doubling),
        (1 + np.maximum(s - top, 0) / tau) ** -p.decay_exp,
    )
    if r.random() < p.wave2:
        late, size = r.uniform(10, 26) * 60, r.uniform(0.3, 0.8)
        shape = shape + size * np.exp(-(((s - top - late) / 120.0) ** 2) / 2) * (s > top)
    day = brand.circadian**0.6
    shape = shape * day / day[min(total - 1, i + int(top * 60 / bin_s))]
    shape[s > 5 * 1440] = 0
    return r.poisson((s >= 0) * peak * shape * r.gamma(5, 1 / 5.0, total))
