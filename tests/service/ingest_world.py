"""What the tests of ingest share: its topics, and how a service is run inside a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from cli.stack.ports import free_port
from contracts.envelope import Event
from contracts.topics import TOPICS as ALL
from contracts.topics import Topic
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.crypto import new_key
from runtime.service import Service
from runtime.settings import BusSettings, MongoSettings
from services.ingest.settings import Settings

TOPICS = [
    name
    for topic in ALL.values()
    if "ingest" in (*topic.producers, *topic.consumers)
    for name in (
        topic.name,
        *([topic.dead_letters("ingest")] if "ingest" in topic.consumers else []),
    )
]


@contextlib.asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Start a service's parts in order, and stop them in reverse."""
    started = []
    try:
        for part in service._parts:
            await part.start()
            started.append(part)
        yield
    finally:
        for part in reversed(started):
            await part.stop()


@dataclass(frozen=True, slots=True)
class Place:
    """The servers of a test run, and where this test's own things are in them."""

    mongo_url: str
    bus_url: str
    is_idempotent: bool
    database_prefix: str
    topic_prefix: str

    def settings(self, **more: Any) -> Settings:
        """Return settings of an ingest that nobody shares; its topics are made."""
        bus = BusSettings(
            url=self.bus_url, topic_prefix=self.topic_prefix, is_idempotent=self.is_idempotent,
            session_timeout_ms=6_000, rebalance_timeout_ms=2_000, heartbeat_ms=500,
        )  # fmt: skip
        with Admin(bus) as admin:
            admin.ensure_topics(TOPICS)
        mongo = MongoSettings(url=self.mongo_url, database_prefix=self.database_prefix)
        given = {"seal_keys": new_key(), "ingest_http_port": free_port(), **more}
        return Settings(bus=bus, mongo=mongo, net_is_loopback_allowed=True, **given)


class Heard:
    """Everything that was published on some topics, by topic."""

    def __init__(self, bus: Bus, topics: Sequence[str]) -> None:
        self._bus = bus
        self._topics = topics
        self.events: list[Event] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def of(self, topic: Topic) -> list[Any]:
        """Return the payloads of a topic, in the order they came."""
        return [event.read(topic.payload) for event in self.events if event.type == topic.name]

    async def until(
        self, topic: Topic, is_it: Callable[[Any], bool], within_s: float = 30, count: int = 1
    ) -> Any:
        """Return the `count`th payload that is it, as soon as it is there."""
        async with asyncio.timeout(within_s):
            while len(found := [one for one in self.of(topic) if is_it(one)]) < count:
                await asyncio.sleep(0.05)
        return found[count - 1]

    async def _listen(self) -> None:
        consumer = self._bus.consumer("test-reader")
        await consumer.start()
        consumer.subscribe([self._bus.real_name(topic) for topic in self._topics])
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    self.events += [Event.decode(record.value) for record in records]
        finally:
            await consumer.stop()
