"""A brand's counts are the same however often its messages are read, and by whom: on a real broker and mongod."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from contracts.envelope import Event
from contracts.scope import BrandScope
from runtime.bus import Bus
from runtime.settings import BusSettings, MongoSettings
from services.classify.models.linear import LinearModel
from tests.service.classify.signal_world import (
    CASA,
    START,
    TEXTS,
    VOLT,
    Heard,
    event_of,
    process_env,
    start_process,
    start_worker,
    until,
)

pytestmark = pytest.mark.kafka
EXACT = (
    "messages",
    "negative",
    "positive",
    "toxic",
    "hostile",
    "unlabelled",
    "new_authors",
    "late",
)


@pytest.fixture
async def bus(bus_settings: BusSettings) -> AsyncIterator[Bus]:
    one = Bus(bus_settings, "test")
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def heard(bus: Bus) -> AsyncIterator[Heard]:
    one = Heard()
    task = asyncio.create_task(one.listen(bus))
    yield one
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def truth(model: LinearModel, events: list[Event]) -> dict[str, int]:
    """What the counts of distinct messages must come to."""
    known = {text: labels.sentiment.label for text, labels in zip(TEXTS, model.label(TEXTS), strict=True)}  # fmt: skip
    distinct = {event.data.message_id: known[event.data.text] for event in events}
    people = {event.data.author_id for event in events}
    labels = list(distinct.values())
    return {
        "messages": len(distinct),
        "negative": labels.count("negative"),
        "hostile": labels.count("negative"),
        "positive": labels.count("positive"),
        "new_authors": len(people),
        "unlabelled": 0,
        "late": 0,
    }


def totals(heard: Heard, scope: BrandScope, names: dict[str, int]) -> dict[str, int]:
    return {name: heard.total(name, scope) for name in names}


async def test_repeats_and_redelivery_change_no_total(
    bus: Bus, heard: Heard, bus_settings: BusSettings, mongo_settings: MongoSettings,
    model: LinearModel,
) -> None:  # fmt: skip
    casa = [event_of(CASA, number) for number in range(300)]
    volt = [event_of(VOLT, number) for number in range(120)]
    await bus.send([*casa, *volt, *random.Random(7).sample(casa, 60)])  # sent twice
    worker = await start_worker(bus_settings, mongo_settings, model)
    expected = {scope: truth(model, events) for scope, events in ((CASA, casa), (VOLT, volt))}
    await until(lambda: all(totals(heard, s, e) == e for s, e in expected.items()))
    await worker.stop()
    before, events = heard.counts(), heard.events

    # Another group has no offsets: it reads everything from the beginning, into the same tallies.
    again = await start_worker(bus_settings, mongo_settings, model, group="classify-again")
    await until(lambda: heard.events >= events + len(before))
    await again.stop()
    assert heard.counts() == before
    for scope, names in expected.items():
        assert totals(heard, scope, names) == names
    for (brand, _, _), signal in heard.shards.items():
        scope, own = (CASA, casa) if brand == CASA.brand_id else (VOLT, volt)
        ids = {event.data.message_id for event in own}
        assert set(signal.examples) <= ids, scope
        assert {thread.message_id for thread in signal.threads} <= ids


async def test_two_readers_of_one_partition_come_to_the_truth(
    bus: Bus, heard: Heard, bus_settings: BusSettings, mongo_settings: MongoSettings,
    model: LinearModel,
) -> None:  # fmt: skip
    """A process that lost its partitions without knowing goes on counting beside the new owner."""
    events = [event_of(CASA, number) for number in range(400)]
    workers = [
        await start_worker(bus_settings, mongo_settings, model, group=f"classify-{name}")
        for name in ("old", "new")
    ]
    for start in range(0, 400, 40):
        await bus.send(events[start : start + 40])
        await asyncio.sleep(0.1)
    expected = truth(model, events)
    await until(lambda: totals(heard, CASA, expected) == expected)
    for worker in workers:
        await worker.stop()
    assert totals(heard, CASA, expected) == expected


async def test_killed_in_the_middle_it_comes_to_the_truth(
    bus: Bus, heard: Heard, bus_settings: BusSettings, mongo_settings: MongoSettings,
    model: LinearModel,
) -> None:  # fmt: skip
    events = [event_of(CASA, number) for number in range(1_500)]
    env, chance = process_env(bus_settings, mongo_settings), random.Random(3)
    process = await start_process(env)
    sending = asyncio.create_task(send_slowly(bus, events))
    for _ in range(2):
        seen = heard.total("messages", CASA)
        await until(lambda seen=seen: heard.total("messages", CASA) > seen, within_s=60)
        await asyncio.sleep(chance.uniform(0.0, 0.8))
        process.kill()
        await process.wait()
        process = await start_process(env)
    await sending
    expected = truth(model, events)
    try:
        await until(lambda: totals(heard, CASA, expected) == expected, within_s=90)
    finally:
        process.kill()
        await process.wait()
    toxic = heard.total("toxic", CASA)
    assert toxic > 0
    assert toxic % 300 == 0  # each of the five texts counts with all of its messages, or not at all


async def send_slowly(bus: Bus, events: list[Event]) -> None:
    for start in range(0, len(events), 50):
        await bus.send(events[start : start + 50])
        await asyncio.sleep(0.15)


async def test_late_messages_correct_their_bucket_and_odd_times_count_once(
    bus: Bus, heard: Heard, bus_settings: BusSettings, mongo_settings: MongoSettings,
    model: LinearModel,
) -> None:  # fmt: skip
    worker = await start_worker(bus_settings, mongo_settings, model)
    await bus.send([event_of(CASA, 0)])
    await until(lambda: heard.total("messages", CASA) == 1)
    week = {"received_at": START + timedelta(days=7), "is_late": True}
    future = {"created_at": START + timedelta(days=400)}
    timeless = {"created_at": None, "received_at": START}
    later = {"created_at": None, "received_at": START + timedelta(minutes=3)}
    await bus.send(
        [
            event_of(CASA, 12, created_at=START, **week),
            event_of(CASA, 24, **future),
            event_of(CASA, 36, **timeless),
            event_of(CASA, 36, **later),  # the same message, met again by a poll
            event_of(CASA, 48, is_own=True),
            event_of(CASA, 60, action="edited", version="2"),
            event_of(CASA, 72, text=None),
        ]
    )
    await until(lambda: heard.total("messages", CASA) == 5)
    await worker.stop()
    assert heard.total("late", CASA) == 2
    assert heard.total("unlabelled", CASA) == 1
    first = next(s for (_, at, _), s in heard.shards.items() if at == START)
    assert first.revision >= 2
    assert first.late == 1


async def test_a_signal_is_out_within_two_seconds(
    bus: Bus, heard: Heard, bus_settings: BusSettings, mongo_settings: MongoSettings,
    model: LinearModel,
) -> None:  # fmt: skip
    worker = await start_worker(bus_settings, mongo_settings, model)
    await bus.send([event_of(VOLT, 1)])
    await until(lambda: heard.events > 0)
    started = time.monotonic()
    await bus.send([event_of(CASA, 2)])
    await until(lambda: heard.total("messages", CASA) == 1)
    took_s = time.monotonic() - started
    await worker.stop()
    assert took_s < 2
