"""Server sessions and the count of attempts to sign in. Tokens are kept as SHA-256 only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.clock import Clock
from runtime.mongo import Document
from services.gateway.domain.inbox import whole_ms
from services.gateway.store.database import GatewayDatabase

TOUCH_S = 60


@dataclass(frozen=True, slots=True)
class Span:
    """How long a session may live: without use, and at all."""

    idle_s: int
    absolute_s: int


class SessionStore:
    """Opens, finds and ends sessions; one that is over is never found."""

    def __init__(self, database: GatewayDatabase, clock: Clock, span: Span) -> None:
        self._sessions = database.sessions
        self._attempts = database.attempts
        self._clock = clock
        self._span = span

    async def open(self, token_hash: str, person_id: str) -> datetime:
        """Begin a session; return when it ends at the latest."""
        now = whole_ms(self._clock.now())
        latest = now + timedelta(seconds=self._span.absolute_s)
        await self._sessions.insert(
            {
                "_id": token_hash,
                "person_id": person_id,
                "created_at": now,
                "seen_at": now,
                "latest_at": latest,
                "ends_at": self._end(now, latest),
            }
        )
        return latest

    async def find(self, token_hash: str) -> Document | None:
        """Return a living session, and keep it alive."""
        now = whole_ms(self._clock.now())
        found = await self._sessions.find_one({"_id": token_hash, "ends_at": {"$gt": now}})
        if found is not None and (now - found["seen_at"]).total_seconds() > TOUCH_S:
            told = {"seen_at": now, "ends_at": self._end(now, found["latest_at"])}
            await self._sessions.update({"_id": token_hash}, {"$set": told})
        return found

    async def end(self, token_hash: str) -> None:
        """End one session at once."""
        await self._sessions.delete({"_id": token_hash})

    async def end_all(self, person_id: str) -> None:
        """End every session of a person at once."""
        await self._sessions.delete({"person_id": person_id})

    async def count_attempt(self, key: str, window_s: int) -> tuple[int, datetime]:
        """Count an attempt before it is made; return how many in this window, and its end."""
        now = whole_ms(self._clock.now())
        is_on = {"$gt": [{"$ifNull": ["$ends_at", now]}, now]}
        counted = await self._attempts.take(
            {"_id": key},
            [
                {
                    "$set": {
                        "count": {"$cond": [is_on, {"$add": ["$count", 1]}, 1]},
                        "ends_at": {
                            "$cond": [is_on, "$ends_at", now + timedelta(seconds=window_s)]
                        },
                    }
                }
            ],
            is_upsert=True,
        )
        return (counted["count"], counted["ends_at"]) if counted else (1, now)

    async def forgive(self, key: str, *, is_whole: bool) -> None:
        """Take back one attempt that was right, or all of them."""
        if is_whole:
            await self._attempts.delete({"_id": key})
        else:
            await self._attempts.update({"_id": key}, {"$inc": {"count": -1}})

    def _end(self, now: datetime, latest: datetime) -> datetime:
        return min(now + timedelta(seconds=self._span.idle_s), latest)
