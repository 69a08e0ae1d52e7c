"""The stage loop on a real broker: what it promises about every record it reads."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.topics import DELIVERY_RECEIVED, MESSAGE_RECEIVED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.clock import SystemClock
from runtime.dead_letters import CONSECUTIVE_LIMIT, Dead
from runtime.errors import Unavailable
from runtime.metrics import RuntimeMetrics
from runtime.settings import BusSettings
from runtime.stage import DONE, Handler, Outcome, Received, Stage

pytestmark = pytest.mark.kafka
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DLQ = DELIVERY_RECEIVED.dead_letters("ingest")


@pytest.fixture
def settings(bus_url: str, bus_kind: str, topic_prefix: str) -> BusSettings:
    settings = BusSettings(
        url=bus_url,
        topic_prefix=topic_prefix,
        is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000,
        rebalance_timeout_ms=2_000,
        heartbeat_ms=500,
    )
    with Admin(settings) as admin:
        admin.ensure_topics([DELIVERY_RECEIVED.name, MESSAGE_RECEIVED.name, DLQ])
    return settings


@pytest.fixture
async def bus(settings: BusSettings) -> Any:
    bus = Bus(settings, "test")
    await bus.start()
    yield bus
    await bus.stop()


def delivery(number: int) -> Event:
    payload = DeliveryReceived.wrap(
        f'{{"n": {number}}}'.encode(),
        delivery_id=f"dlv_{number}",
        network="facebook",
        channel="webhook",
        received_at=NOW,
    )
    return make_event(
        DELIVERY_RECEIVED.name,
        payload,
        key=(str(number),),
        partition_key="one-key",
        origin=Origin("/test", NOW),
    )


class Run:
    """A stage under test with the numbers its handler was given."""

    def __init__(
        self, bus: Bus, handle: Callable[[Any], Awaitable[Sequence[Outcome]]] | None = None
    ):
        self.bus = bus
        self.seen: list[int] = []
        self.handle = handle or self._done
        self.stage = self.new_stage()

    def new_stage(self) -> Stage:
        metrics = RuntimeMetrics(CollectorRegistry(), "test", "0")
        routes: dict[Any, Handler] = {DELIVERY_RECEIVED: self._handle}
        return Stage(self.bus, "ingest", routes, metrics, SystemClock())

    async def _handle(self, batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        self.seen += [number_of(received) for received in batch]
        return await self.handle(batch)

    async def _done(self, batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        return [DONE] * len(batch)

    async def until(self, condition: Callable[[], bool], within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.02)


def number_of(received: Received[Any]) -> int:
    return int(received.payload.delivery_id.removeprefix("dlv_"))


def lag(settings: BusSettings) -> int:
    with Admin(settings) as admin:
        return sum(
            lag.messages for lag in admin.lags(["ingest"]) if lag.topic == DELIVERY_RECEIVED.name
        )


def dead(settings: BusSettings) -> list[Any]:
    with Admin(settings) as admin:
        return list(admin.dead_letters(DLQ))


async def test_what_a_handler_returns_is_published_and_the_batch_committed(
    bus: Bus, settings: BusSettings
) -> None:
    async def pass_on(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        return [
            Outcome((received.event.model_copy(update={"type": MESSAGE_RECEIVED.name}),))
            for received in batch
        ]

    run = Run(bus, pass_on)
    await run.stage.start()
    await bus.send([delivery(n) for n in range(40)])
    await run.until(lambda: len(run.seen) == 40)
    await run.stage.stop()
    assert run.seen == list(range(40)), "records of one key stay in order"
    assert lag(settings) == 0
    reader = bus.consumer("reader")
    await reader.start()
    reader.subscribe([bus.real_name(MESSAGE_RECEIVED.name)])
    found: list[Event] = []
    async with asyncio.timeout(20):
        while len(found) < 40:
            for records in (await reader.getmany(timeout_ms=200)).values():
                found += [Event.decode(record.value) for record in records]
                assert dict(records[0].headers)["content-type"] == b"application/cloudevents+json"
    await reader.stop()
    assert [event.read(DeliveryReceived).delivery_id for event in found] == [
        f"dlv_{n}" for n in range(40)
    ]


async def test_a_retry_happens_in_place_and_keeps_the_order_of_the_key(
    bus: Bus, settings: BusSettings
) -> None:
    tries: dict[int, int] = {}

    async def falter(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        outcomes = []
        for received in batch:
            number = number_of(received)
            tries[number] = tries.get(number, 0) + 1
            is_weak = number == 3 and tries[number] < 3
            wait = Unavailable("test.weak", "not yet", retry_after_s=0.01)
            outcomes.append(Outcome(retry=wait) if is_weak else DONE)
        return outcomes

    run = Run(bus, falter)
    await run.stage.start()
    await bus.send([delivery(n) for n in range(6)])
    await run.until(lambda: tries.get(3) == 3 and len(tries) == 6)
    await run.stage.stop()
    assert lag(settings) == 0
    assert dead(settings) == []


async def test_dead_letters_keep_the_original_bytes_and_say_why(
    bus: Bus, settings: BusSettings
) -> None:
    async def refuse(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        never = Unavailable("test.never", "it never answers", retry_after_s=0.01)
        ends = {
            1: Outcome(dead=Dead("test.bad", "cannot be read")),
            2: Outcome(retry=never),
        }
        return [ends.get(number_of(received), DONE) for received in batch]

    run = Run(bus, refuse)
    await run.stage.start()
    await bus.send_records([(DELIVERY_RECEIVED.name, b"one-key", b'{"broken', [])])
    await bus.send([delivery(n) for n in range(4)])
    await run.until(lambda: 3 in run.seen and run.seen.count(2) == 3)
    await run.stage.stop()
    letters = {letter.facts["code"]: letter for letter in dead(settings)}
    assert set(letters) == {"event.undecodable", "test.bad", "test.never"}
    assert letters["event.undecodable"].value == b'{"broken'
    assert Event.decode(letters["test.bad"].value).id == delivery(1).id
    assert letters["test.never"].facts["attempts"] == "3"
    assert letters["test.bad"].facts["why"] == "cannot be read"
    assert letters["test.bad"].facts["topic"] == DELIVERY_RECEIVED.name
    assert lag(settings) == 0


async def test_replayed_dead_letters_come_back_as_they_were(
    bus: Bus, settings: BusSettings
) -> None:
    is_fixed = False

    async def learn(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        bad = Outcome(dead=Dead("test.bad", "not understood yet"))
        return [DONE if is_fixed else bad for _ in batch]

    run = Run(bus, learn)
    await run.stage.start()
    await bus.send([delivery(n) for n in range(3)])
    await run.until(lambda: len(run.seen) == 3)
    is_fixed = True
    await asyncio.sleep(0.5)
    with Admin(settings) as admin:
        assert admin.replay(admin.dead_letters(DLQ)) == 3
    await run.until(lambda: len(run.seen) == 6)
    await run.stage.stop()
    assert sorted(run.seen[3:]) == [0, 1, 2]
    assert len(dead(settings)) == 3


async def test_one_poisonous_event_does_not_take_its_batch_along(
    bus: Bus, settings: BusSettings
) -> None:
    async def trip(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        if any(number_of(received) == 2 for received in batch):
            raise ZeroDivisionError("a bug of ours")
        return [DONE] * len(batch)

    run = Run(bus, trip)
    await run.stage.start()
    await bus.send([delivery(n) for n in range(5)])
    await run.until(lambda: len(dead(settings)) == 1)
    await run.stage.stop()
    (letter,) = dead(settings)
    assert letter.facts["code"] == "bug.unexpected"
    assert "ZeroDivisionError" in letter.facts["why"]
    assert lag(settings) == 0


async def test_an_outage_is_waited_for_and_nothing_is_put_aside(
    bus: Bus, settings: BusSettings
) -> None:
    calls = 0

    async def outage(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        nonlocal calls
        calls += 1
        if calls <= 6:
            raise Unavailable("mongo.away", "the database is away", retry_after_s=0.01)
        return [DONE] * len(batch)

    run = Run(bus, outage)
    await run.stage.start()
    await bus.send([delivery(n) for n in range(3)])
    await run.until(lambda: calls > 6)
    await run.stage.stop()
    assert dead(settings) == []
    assert lag(settings) == 0


async def test_the_fuse_stops_the_partition_instead_of_emptying_it(
    bus: Bus, settings: BusSettings
) -> None:
    async def refuse(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        return [Outcome(dead=Dead("test.bad", "all of them"))] * len(batch)

    run = Run(bus, refuse)
    await run.stage.start()
    await bus.send([delivery(n) for n in range(CONSECUTIVE_LIMIT + 30)])
    await run.until(lambda: run.stage.probe() is not None)
    assert "too many events" in str(run.stage.probe())
    await run.stage.stop()
    assert len(dead(settings)) == CONSECUTIVE_LIMIT - 1
    assert lag(settings) == 31, "the one that opened it and all behind it are still there"


async def test_what_was_not_committed_is_read_again(bus: Bus, settings: BusSettings) -> None:
    async def hang(batch: Sequence[Received[Any]]) -> Sequence[Outcome]:
        await asyncio.sleep(3600)
        raise AssertionError

    first = Run(bus, hang)
    await first.stage.start()
    await bus.send([delivery(n) for n in range(3)])
    await first.until(lambda: len(first.seen) == 3)
    task = first.stage.task
    assert task is not None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await first.stage._consumer.stop()
    second = Run(bus)
    await second.stage.start()
    await second.until(lambda: sorted(second.seen) == [0, 1, 2])
    await second.stage.stop()
    assert lag(settings) == 0


async def test_a_second_member_takes_over_and_loses_nothing(
    bus: Bus, settings: BusSettings
) -> None:
    one, two = Run(bus), Run(bus)
    await one.stage.start()
    for n in range(30):
        event = delivery(n).model_copy(update={"partitionkey": f"key-{n}"})
        await bus.send([event])
    await two.stage.start()
    for n in range(30, 60):
        event = delivery(n).model_copy(update={"partitionkey": f"key-{n}"})
        await bus.send([event])
    await one.until(lambda: set(one.seen) | set(two.seen) == set(range(60)))
    await one.stage.stop()
    await bus.send([delivery(60)])
    await two.until(lambda: 60 in two.seen)
    await two.stage.stop()
    assert lag(settings) == 0
