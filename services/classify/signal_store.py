"""What classify keeps of the signals: tallies, who wrote first, moved messages, topics. Decisions are in domain."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.mongo import Database, Document, Index, UnscopedQuery, Write
from services.classify.domain.signals import Key, Tally

KEPT = timedelta(days=8)
"""Longer than the topic keeps messages: a redelivered message still finds the tally it is in."""
AUTHORS_KEPT = timedelta(days=90)
_TOUCHED_AFTER = timedelta(days=7)
Person = tuple[str, int]
"""Brand and author."""


class SignalStore:
    """Four collections of brands' data, all expiring by themselves."""

    def __init__(self, database: Database) -> None:
        self._tallies = database.brand_collection("signal_tallies")
        self._authors = database.brand_collection("signal_authors")
        self._moved = database.brand_collection("signal_moved")
        self._topics = database.brand_collection("signal_topics")
        self._all = (self._tallies, self._authors, self._moved, self._topics)

    async def start(self) -> None:
        """Create the indexes that are missing."""
        for collection in self._all:
            await collection.ensure([Index("expiry", [("expire_at", 1)], expire_s=0)])

    async def stop(self) -> None:
        """Nothing to put down: the connection belongs to the database."""

    async def tallies(self, scope: AgencyScope, keys: Collection[Key]) -> dict[Key, Tally]:
        """Return the tallies of these keys, empty where nothing was stored."""
        ids = {_tally_id(key): key for key in keys}
        found = await self._tallies.find({**brand_filter(scope), "_id": {"$in": list(ids)}})
        told = {ids[one["_id"]]: one for one in found}
        return {key: Tally(key, told.get(key)) for key in keys}

    async def write(self, scope: AgencyScope, tallies: list[Tally], now: datetime) -> list[Tally]:
        """Store the changes of these tallies; return those that somebody else changed meanwhile."""
        _check_scope(scope, [tally.key[0] for tally in tallies])
        writes = [_tally_write(tally, now) for tally in tallies]
        refused = {*await self._tallies.write_unchanged(writes)}
        for place, tally in enumerate(tallies):
            if place not in refused:
                tally.written()
        return [tallies[place] for place in sorted(refused)]

    async def firsts(
        self, scope: AgencyScope, wrote: Mapping[Person, int], now: datetime
    ) -> dict[Person, int]:
        """Return the first message of each person in 90 days; it is the one given where there was none."""
        ids = {f"{brand}:{author}": (brand, author) for brand, author in wrote}
        found = await self._authors.find({**brand_filter(scope), "_id": {"$in": list(ids)}})
        _check_scope(scope, [brand for brand, _ in wrote])
        expire_at, firsts = now + AUTHORS_KEPT, {ids[one["_id"]]: one["first"] for one in found}
        fresh = [
            {"_id": key, "brand_id": who[0], "first": wrote[who], "expire_at": expire_at}
            for key, who in ids.items()
            if who not in firsts
        ]
        met = {one["_id"] for one in await self._authors.insert_many(fresh)}
        await self._touch(
            [one for one in found if expire_at - one["expire_at"] > _TOUCHED_AFTER], expire_at
        )
        # Who was met while being inserted wrote somewhere else at the same moment: not new here.
        new = {who: 0 if key in met else wrote[who] for key, who in ids.items()}
        return {**new, **firsts}

    async def _touch(self, authors: list[Document], expire_at: datetime) -> None:
        later = {"$set": {"expire_at": expire_at}}
        await self._authors.write(
            [
                Write({"_id": one["_id"], "brand_id": one["brand_id"]}, later, is_upsert=False)
                for one in authors
            ]
        )

    async def settled(
        self, scope: AgencyScope, wanted: Mapping[str, Key], now: datetime
    ) -> dict[str, int]:
        """Return the bucket of messages without a time of their own: the first one asked for."""
        _check_scope(scope, [key[0] for key in wanted.values()])
        fresh = [
            {"_id": message, "brand_id": key[0], "bucket": key[1], "expire_at": now + KEPT}
            for message, key in wanted.items()
        ]
        there = [one["_id"] for one in await self._moved.insert_many(fresh)]
        found = await self._moved.find({**brand_filter(scope), "_id": {"$in": there}})
        return {
            **{m: key[1] for m, key in wanted.items()},
            **{f["_id"]: f["bucket"] for f in found},
        }

    async def topics(self, scope: BrandScope) -> list[dict[str, Any]]:
        """Return a brand's topics as they were stored last."""
        found = await self._topics.find_one({**brand_filter(scope), "_id": scope.brand_id})
        return list(found["groups"]) if found else []

    async def keep_topics(
        self, scope: AgencyScope, books: Mapping[str, list[dict[str, Any]]], now: datetime
    ) -> None:
        """Store the topics of these brands."""
        _check_scope(scope, books)
        await self._topics.write(
            [
                Write(
                    {"_id": brand_id, "brand_id": brand_id},
                    {"$set": {"groups": groups, "expire_at": now + KEPT}},
                )
                for brand_id, groups in books.items()
            ]
        )


def _check_scope(scope: AgencyScope, brand_ids: Iterable[str]) -> None:
    if outside := set(brand_ids) - scope.brand_ids:
        raise UnscopedQuery(f"{len(outside)} brands outside the scope")


def _tally_id(key: Key) -> str:
    return f"{key[0]}:{key[1]}:{key[2]}"


def _tally_write(tally: Tally, now: datetime) -> Write:
    brand_id = tally.key[0]
    told, fresh = tally.changes()
    where = {"_id": _tally_id(tally.key), "brand_id": brand_id, "revision": tally.revision}
    update: dict[str, Any] = {"$set": {**told, "expire_at": now + KEPT}}
    if fresh:
        update["$push"] = {name: {"$each": values} for name, values in fresh.items()}
    return Write(where, update)
