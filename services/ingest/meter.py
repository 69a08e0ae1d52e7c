"""What each connection may still ask of its network: rests it was told to take, calls it has left."""

from datetime import datetime, timedelta

from contracts.connections import Quota
from runtime.clock import Clock
from runtime.errors import Unavailable


class QuotaMeter:
    """Keeps every connection inside its network's limits; forgets nothing but what has passed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rests_until: dict[str, datetime] = {}
        self._quotas: dict[str, Quota] = {}
        self._places: dict[str, set[str]] = {}

    async def gate(self, connection_id: str) -> None:
        """Return when a call may be made. Raises `Unavailable` while the network told us to wait."""
        now = self._clock.now()
        until = self._rests_until.get(connection_id)
        quota = self._quotas.get(connection_id)
        if quota is not None and quota.remaining <= 0 and quota.resets_at is not None:
            until = max(until or quota.resets_at, quota.resets_at)
        if until is not None and until > now:
            wait_s = (until - now).total_seconds()
            raise Unavailable("network.resting", "the network told us to wait", wait_s)

    def note(self, connection_id: str, quota: Quota) -> None:
        """Take down what the network said is left; at one of its places, by `connection#place`."""
        self._quotas[connection_id] = quota
        self._places.setdefault(connection_id.partition("#")[0], set()).add(connection_id)

    def rest(self, connection_id: str, wait_s: float) -> None:
        """Make no call for this long: the network said so."""
        until = self._clock.now() + timedelta(seconds=wait_s)
        known = self._rests_until.get(connection_id)
        self._rests_until[connection_id] = max(known, until) if known else until

    def quota(self, connection_id: str) -> Quota | None:
        """Return what the network last said is left: the least, where it counts its places apart."""
        told = [self._quotas[name] for name in self._places.get(connection_id, ())]
        return min(told, key=lambda quota: quota.remaining, default=None)
