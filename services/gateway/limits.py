"""Token buckets in memory: how often one caller may do one kind of thing. Per process."""

import math
from collections import OrderedDict
from datetime import datetime

from runtime.clock import Clock
from runtime.web import HttpError

MOST_CALLERS = 20_000


class RateLimit:
    """`per_minute` calls for each caller, up to a quarter of that at once (at least 5)."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_s = per_minute / 60
        self._most = max(5.0, per_minute / 4)
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one call. Raises `HttpError` 429 with Retry-After when there were too many."""
        now = self._clock.now()
        left, at = self._left.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at).total_seconds() * self._per_s)
        is_allowed = left >= 1
        self._left[caller] = (left - 1 if is_allowed else left, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        if not is_allowed:
            wait_s = math.ceil((1 - left) / self._per_s)
            raise too_many(wait_s)


def too_many(wait_s: int) -> HttpError:
    """Return the answer to who has to wait."""
    detail = f"Too many requests. Try again in {max(1, wait_s)} seconds."
    return HttpError(429, "rate.exceeded", detail, {"Retry-After": str(max(1, wait_s))})
