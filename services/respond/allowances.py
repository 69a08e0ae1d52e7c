"""How many automatic answers each author got today, and each brand sent within an hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts.scope import Scope, brand_filter
from runtime.mongo import Database, Index, Write

_EXPIRY = Index("expiry", [("expires_at", 1)], expire_s=0)


class AllowanceStore:
    """One document an author and day, with the messages that had one."""

    def __init__(self, database: Database) -> None:
        self._allowances = database.brand_collection("allowances")

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self._allowances.ensure([_EXPIRY])

    async def allow(
        self, scope: Scope, asked: Sequence[tuple[str, str, str, int]], day: datetime
    ) -> set[str]:
        """Count automatic answers against the author's daily number; return the messages that may have one.

        `asked` are (brand_id, author, message_id, limit). Asking again for a message gives the same.
        """
        keys = {
            message: f"{brand}\x1f{author}\x1f{day:%Y-%m-%d}" for brand, author, message, _ in asked
        }
        expires_at = day + timedelta(days=2)
        await self._allowances.write(
            [
                _allowance(keys[message], brand, message, limit, expires_at)
                for brand, _, message, limit in asked
            ]
        )
        where = {**brand_filter(scope), "_id": {"$in": sorted(set(keys.values()))}}
        held = {one["_id"]: set(one["messages"]) for one in await self._allowances.find(where)}
        return {message for message, key in keys.items() if message in held.get(key, ())}

    async def allow_hour(
        self, scope: Scope, asked: Sequence[tuple[str, str, int]], now: datetime
    ) -> set[str]:
        """Count automatic answers against what a brand may send within any hour; return who may go.

        `asked` are (brand_id, message_id, limit). Asking again for a message gives the same.
        """
        await self._allowances.write(
            [_hourly(brand, message, limit, now) for brand, message, limit in asked]
        )
        keys = sorted({_hour_key(brand) for brand, _, _ in asked})
        found = await self._allowances.find({**brand_filter(scope), "_id": {"$in": keys}})
        held = {(one["brand_id"], sent["id"]) for one in found for sent in one["sent"]}
        return {message for brand, message, _ in asked if (brand, message) in held}


def _hour_key(brand_id: str) -> str:
    return f"{brand_id}\x1fhour"


def _hourly(brand_id: str, message: str, limit: int, now: datetime) -> Write:
    since = now - timedelta(hours=1)
    sent = {"$ifNull": ["$sent", []]}
    late = {"$filter": {"input": sent, "cond": {"$gt": ["$$this.at", since]}}}
    one = {"id": {"$literal": message}, "at": now}
    is_free = {"$lt": [{"$size": late}, limit]}
    is_known = {"$in": [{"$literal": message}, {"$map": {"input": late, "in": "$$this.id"}}]}
    is_new = {"$and": [is_free, {"$not": [is_known]}]}
    return Write(
        {"_id": _hour_key(brand_id), "brand_id": brand_id},
        [
            {
                "$set": {
                    "sent": {"$cond": [is_new, {"$concatArrays": [late, [one]]}, late]},
                    "expires_at": now + timedelta(hours=2),
                }
            }
        ],
    )


def _allowance(key: str, brand_id: str, message: str, limit: int, expires_at: datetime) -> Write:
    held = {"$ifNull": ["$messages", []]}
    more = {"$setUnion": [held, [{"$literal": message}]]}
    is_free = {"$lt": [{"$size": held}, limit]}
    return Write(
        {"_id": key, "brand_id": brand_id},
        [{"$set": {"messages": {"$cond": [is_free, more, held]}, "expires_at": expires_at}}],
    )
