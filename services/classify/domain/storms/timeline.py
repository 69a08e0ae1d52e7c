"""Which bins of a brand are believed: twice, late, and clocks that jump. No counting here."""

from dataclasses import asdict, dataclass
from typing import Any, Self

DAY_S = 86_400.0
# A clock that is more than a day off is believed when so many bins in a row say the same.
FORWARD_BINS, BACKWARD_BINS = 3, 12
# The first moment is a Monday 00:00; Unix time began on a Thursday.
_MONDAY_S = 4 * DAY_S


def since_monday(unix_s: float) -> float:
    """Seconds since a Monday 00:00 UTC, the time axis of bins, from Unix time."""
    return unix_s - _MONDAY_S


@dataclass(slots=True)
class Timeline:
    """The last believed bin, and a jump that is not believed yet."""

    last_s: float | None = None
    doubt_s: float | None = None
    doubted: int = 0

    def elapsed(self, t: float, bin_s: float) -> float | None:
        """Bins since the last one (1 = the next); None: twice, late or not believed yet."""
        if self.last_s is None:
            self.last_s = t
            return 1.0
        step = t - self.last_s
        if abs(step) > DAY_S:
            return self._doubt(t, step, bin_s)
        if step <= 0:
            return None
        self.last_s, self.doubt_s, self.doubted = t, None, 0
        return step / bin_s

    def _doubt(self, t: float, step: float, bin_s: float) -> float | None:
        follows = self.doubt_s is not None and 0 < t - self.doubt_s <= DAY_S
        self.doubted = self.doubted + 1 if follows else 1
        self.doubt_s = t
        if self.doubted < (FORWARD_BINS if step > 0 else BACKWARD_BINS):
            return None
        self.last_s, self.doubt_s, self.doubted = t, None, 0
        return max(step, DAY_S) / bin_s

    def to_state(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        return cls(**state)
