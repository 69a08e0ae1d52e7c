"""How fast the hostile messages grow: doubling time with a range, and a forecast. No decisions."""

from dataclasses import dataclass
from math import inf, log, log2, sqrt

# The counts that are kept, in five-minute steps, newest last: two hours.
KEPT = 24
_HALVES = (3, 6, 12)
_ENOUGH = 12
_WIDTH = 1.28  # standard deviations on either side: 80 %
_STEP_MIN = 5.0
# Nothing doubles for two hours unhindered: a forecast never exceeds so many times the present rate.
_MOST = 8.0


@dataclass(frozen=True, slots=True)
class Growth:
    """Doubling time in minutes (inf: not growing), its 80 % range, and the counts it rests on."""

    doubling_min: float
    fastest_min: float
    slowest_min: float
    earlier: int
    later: int

    @property
    def is_growing(self) -> bool:
        """Say whether it grows even at the slow end of the range."""
        return self.slowest_min < inf


@dataclass(frozen=True, slots=True)
class Forecast:
    """Hostile messages of the next two hours: low, likely, high (80 %)."""

    low: int
    likely: int
    high: int


STILL = Growth(inf, inf, inf, 0, 0)


def growth(counts: list[float]) -> Growth:
    """Compare the later half of the shortest window that holds enough messages with the earlier half."""
    for half in _HALVES:
        later, earlier = sum(counts[-half:]), sum(counts[-2 * half : -half])
        if later + earlier >= _ENOUGH:
            return _compared(earlier, later, half * _STEP_MIN)
    return STILL


def _compared(earlier: float, later: float, apart_min: float) -> Growth:
    doublings = log2((later + 0.5) / (earlier + 0.5))
    doubt = _WIDTH * sqrt(1 / (earlier + 0.5) + 1 / (later + 0.5)) / log(2)
    slow, fast = doublings - doubt, doublings + doubt
    likely, fastest, slowest = (
        apart_min / rate if rate > 0 else inf for rate in (doublings, fast, slow)
    )
    return Growth(likely, fastest, slowest, round(earlier), round(later))


def forecast(counts: list[float]) -> Forecast:
    """The next two hours if it goes on as in the last: the present rate, grown at the doubling time."""
    rate, now = sum(counts[-3:]) / 15, growth(counts)
    low, likely, high = (
        round(rate * _times(minutes))
        for minutes in (now.slowest_min, now.doubling_min, now.fastest_min)
    )
    return Forecast(low, likely, high)


def _times(doubling_min: float) -> float:
    """The messages of two hours, in minutes of the present rate."""
    if doubling_min == inf:
        return 120.0
    return sum(min(_MOST, 2 ** (minute / doubling_min)) for minute in range(120))
