"""Until when a network wants no call for an account: remembered here, and in the database for the
next process and the one beside this. Who obeys it is in publisher.py, courier.py and moderation."""

from collections.abc import Collection
from datetime import datetime, timedelta

from contracts.scope import Scope, brand_filter
from runtime.clock import Clock
from runtime.mongo import Database, Index

_INDEXES = [
    Index("until", [("brand_id", 1), ("until", 1)]),
    Index("expiry", [("until", 1)], expire_s=0),
]
# The database keeps whole milliseconds: rounded up, so that nobody calls a moment too early.
_ROUNDING = timedelta(milliseconds=1)
_FRESH = timedelta(milliseconds=250)


class Rests:
    """One time per connection, which only grows until it is over."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._rests = database.brand_collection("rests")
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._loaded_at: datetime | None = None

    async def start(self) -> None:
        """Make the collection ready."""
        await self.ensure()

    async def stop(self) -> None:
        """Nothing to put down."""

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self._rests.ensure(_INDEXES)

    async def begin(self, scope: Scope, connection_id: str, wait_s: float) -> None:
        """Let the connection rest from now on; known here even when the database is away."""
        until = self._clock.now() + timedelta(seconds=wait_s) + _ROUNDING
        self._keep(connection_id, until)
        where = {**brand_filter(scope), "_id": connection_id}
        await self._rests.update(where, {"$max": {"until": until}}, is_upsert=True)

    async def load(self, scope: Scope) -> None:
        """Learn of the rests that others noted, some times a second; forget those that are over."""
        now = self._clock.now()
        if self._loaded_at is not None and timedelta(0) <= now - self._loaded_at < _FRESH:
            return
        self._until = {one: until for one, until in self._until.items() if until > now}
        for found in await self._rests.find({**brand_filter(scope), "until": {"$gt": now}}):
            self._keep(found["_id"], found["until"])
        self._loaded_at = now

    def until(self, connection_id: str) -> datetime | None:
        """Return when the connection may be called again, None when it may now."""
        until = self._until.get(connection_id)
        return until if until is not None and until > self._clock.now() else None

    def resting(self) -> Collection[str]:
        """Return the connections that must not be called now."""
        return [one for one in self._until if self.until(one) is not None]

    def _keep(self, connection_id: str, until: datetime) -> None:
        self._until[connection_id] = max(until, self._until.get(connection_id, until))
