"""How many of the project's units each channel has spent today. What a call costs is in contracts."""

from collections.abc import Mapping
from datetime import datetime

from contracts.connections import Quota
from contracts.networks.youtube import DAILY_UNITS, resets_at
from runtime.clock import Clock
from services.ingest.connectors.protocol import Grant, Meter

# Writing needs units, too, and nobody tells how many channels share the project.
_SHARE = DAILY_UNITS // 5


class Units:
    """A channel gets its share of the day and no more, so that a loud one never starves another."""

    def __init__(self, clock: Clock, meter: Meter) -> None:
        self._clock, self._meter = clock, meter
        self._spent: dict[str, tuple[datetime, int]] = {}

    def spend(self, grant: Grant, units: int) -> float | None:
        """Take units for a call; the seconds until midnight in California when the share is spent."""
        now = self._clock.now()
        resets, spent = self._spent.get(grant.connection_id, (resets_at(now), 0))
        if resets <= now:
            resets, spent = resets_at(now), 0
        if spent + units > share(grant.options):
            return (resets - now).total_seconds()
        self._spent[grant.connection_id] = resets, spent + units
        return None

    def tell(self, grant: Grant) -> None:
        """Say what is left, once a call was made: the meter makes no call when nothing is."""
        resets, spent = self._spent[grant.connection_id]
        budget = share(grant.options)
        left = Quota(remaining=budget - spent, limit=budget, resets_at=resets)
        self._meter.note(grant.connection_id, left)


def share(options: Mapping[str, str]) -> int:
    """Return the units a day of a connection: its own setting, else a fifth of the project's."""
    told = options.get("daily_units", "").strip()
    return min(int(told), 10**9) if told.isascii() and told.isdigit() and told else _SHARE
