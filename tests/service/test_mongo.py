"""The seam to MongoDB under both drivers: the brand guard, bulk writes, the outbox and its relay."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from prometheus_client import CollectorRegistry

from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.scope import AgencyScope, BrandScope
from runtime.clock import SystemClock
from runtime.errors import Unavailable
from runtime.metrics import RuntimeMetrics
from runtime.mongo import Database, Index, UnscopedQuery, Write
from runtime.outbox import OUTBOX_INDEX, Relay, outbox_fields, outbox_push
from runtime.settings import MongoSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCOPE = BrandScope("agy_1", "brd_1")


@pytest.fixture(params=["motor", "pymongo"])
async def database(
    request: pytest.FixtureRequest, mongo_url: str, database_prefix: str
) -> AsyncIterator[Database]:
    driver: Literal["motor", "pymongo"] = request.param
    settings = MongoSettings(url=mongo_url, driver=driver, database_prefix=database_prefix)
    database = Database(settings, "seam")
    await database.start()
    yield database
    await database.stop()


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"_id": 1},
        {"brand_id": None},
        {"brand_id": ""},
        {"brand_id": {"$ne": "brd_1"}},
        {"brand_id": {"$in": [None]}},
        {"brand_id": {"$in": ["brd_1"], "$exists": True}},
        {"brand_id": {"$regex": "."}},
        {"$or": [{"brand_id": "brd_1"}]},
    ],
)
async def test_a_command_that_names_no_brand_is_never_sent(database: Database, where: Any) -> None:
    notes = database.brand_collection("notes")
    for command in (
        notes.find_one(where),
        notes.find(where),
        notes.count(where),
        notes.update(where, {"$set": {"a": 1}}),
        notes.update_all(where, {"$set": {"a": 1}}),
        notes.take(where, {"$set": {"a": 1}}),
        notes.delete(where),
        notes.write([Write(where, {"$set": {"a": 1}})]),
        notes.aggregate([{"$match": where}]),
        notes.insert(dict(where)),
        notes.insert_many([dict(where)]),
    ):
        with pytest.raises(UnscopedQuery):
            await command


@pytest.mark.parametrize(
    "pipeline",
    [
        [],
        [{"$group": {"_id": 1}}],
        [{"$match": {"brand_id": "b"}}, {"$lookup": {"from": "x"}}],
        [{"$match": {"brand_id": "b"}}, {"$unionWith": "x"}],
    ],
)
async def test_a_pipeline_may_not_reach_out(database: Database, pipeline: Any) -> None:
    with pytest.raises(UnscopedQuery):
        await database.brand_collection("notes").aggregate(pipeline)


async def test_an_index_on_brand_data_starts_with_the_brand(database: Database) -> None:
    notes = database.brand_collection("notes")
    with pytest.raises(UnscopedQuery):
        await notes.ensure([Index("at", [("at", 1)])])
    await notes.ensure([Index("at", [("brand_id", 1), ("at", 1)])])
    await notes.ensure([Index("at", [("brand_id", 1), ("at", -1)])])
    assert "at" in await notes.index_names(), "an index whose keys changed is made anew"


async def test_inspection_creates_nothing_and_says_what_is_missing(database: Database) -> None:
    database.inspection.is_on = True
    await database.brand_collection("notes").ensure([Index("at", [("brand_id", 1)])])
    assert database.inspection.missing == ["notes.at"]


async def test_the_everyday_commands(database: Database) -> None:
    notes = database.brand_collection("notes")
    assert await notes.insert({"_id": 1, "brand_id": "brd_1", "at": NOW})
    assert not await notes.insert({"_id": 1, "brand_id": "brd_1"})
    there = await notes.insert_many(
        [{"_id": 1, "brand_id": "brd_1", "again": True}, {"_id": 2, "brand_id": "brd_2"}]
    )
    assert [one["_id"] for one in there] == [1]
    found = await notes.find_one({"_id": 1, "brand_id": "brd_1"})
    assert found is not None
    assert found["at"] == NOW, "times come back aware"
    assert await notes.find_one({"_id": 2, "brand_id": "brd_1"}) is None
    await notes.write([Write({"_id": 1, "brand_id": "brd_1"}, {"$set": {"n": 5}})])
    taken = await notes.take({"_id": 1, "brand_id": "brd_1", "n": 5}, {"$inc": {"n": 1}})
    assert taken is not None
    assert taken["n"] == 6
    both = {"brand_id": {"$in": ["brd_1", "brd_2"]}}
    assert await notes.count(both) == 2
    rows = await notes.aggregate([{"$match": both}, {"$group": {"_id": None, "n": {"$sum": 1}}}])
    assert rows[0]["n"] == 2
    assert await notes.delete({"brand_id": "brd_2"}) == 1


async def test_upserts_of_one_new_document_at_once_all_count(database: Database) -> None:
    notes = database.brand_collection("notes")
    write = Write({"_id": 1, "brand_id": "brd_1"}, {"$inc": {"n": 1}})
    await asyncio.gather(*(notes.write([write]) for _ in range(20)))
    found = await notes.find_one({"_id": 1, "brand_id": "brd_1"})
    assert found is not None
    assert found["n"] == 20


async def test_a_database_that_is_away_is_said_so() -> None:
    settings = MongoSettings(url="mongodb://127.0.0.1:9/?directConnection=true", timeout_ms=300)
    database = Database(settings, "nowhere")
    with pytest.raises(Unavailable, match=r"mongo\.away"):
        await database.start()
    await database.stop()


class Recorder:
    """Stands where the bus is: takes what is sent, or is away."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.is_away = False

    async def send(self, events: Any) -> None:
        if self.is_away:
            raise Unavailable("bus.away", "no broker")
        self.sent += events


def event(number: int) -> Event:
    payload = DeliveryReceived.wrap(
        b"{}", delivery_id=f"dlv_{number}", network="n", channel="poll", received_at=NOW
    )
    origin = Origin("/test", NOW, SCOPE)
    return make_event(
        "delivery.received.v1", payload, key=(str(number),), partition_key="k", origin=origin
    )


async def test_the_relay_publishes_what_waits_and_removes_only_that(database: Database) -> None:
    notes = database.brand_collection("notes")
    await notes.ensure([OUTBOX_INDEX])
    bus = Recorder()

    async def scope() -> AgencyScope:
        return AgencyScope("*", frozenset({"brd_1"}))

    metrics = RuntimeMetrics(CollectorRegistry(), "test", "0")
    relay = Relay(notes, bus, scope, SystemClock(), metrics)  # type: ignore[arg-type]
    await notes.insert({"_id": 1, "brand_id": "brd_1", **outbox_fields([event(1)], NOW)})
    push = outbox_push([event(2)], NOW)
    await notes.update({"_id": 1, "brand_id": "brd_1"}, push)
    await notes.insert({"_id": 9, "brand_id": "brd_2", **outbox_fields([event(9)], NOW)})
    bus.is_away = True
    with pytest.raises(Unavailable):
        await relay.publish_waiting()
    bus.is_away = False
    assert await relay.publish_waiting() == 1
    assert [one.id for one in bus.sent] == [event(1).id, event(2).id], "in order, its brands only"
    assert await relay.publish_waiting() == 0
    left = await notes.find_one({"_id": 1, "brand_id": "brd_1"})
    assert left is not None
    assert left["outbox"] == []
    assert "outbox_at" not in left


async def test_what_comes_in_while_the_relay_publishes_stays(database: Database) -> None:
    notes = database.brand_collection("notes")
    await notes.insert({"_id": 1, "brand_id": "brd_1", **outbox_fields([event(1)], NOW)})

    class Interrupting(Recorder):
        async def send(self, events: Any) -> None:
            await super().send(events)
            if len(self.sent) == 1:
                await notes.update({"_id": 1, "brand_id": "brd_1"}, outbox_push([event(2)], NOW))

    async def scope() -> BrandScope:
        return SCOPE

    bus = Interrupting()
    metrics = RuntimeMetrics(CollectorRegistry(), "test", "0")
    relay = Relay(notes, bus, scope, SystemClock(), metrics)  # type: ignore[arg-type]
    assert await relay.publish_waiting() == 1
    assert await relay.publish_waiting() == 1
    assert [one.id for one in bus.sent] == [event(1).id, event(2).id]
