"""The Kafka clients: how a producer and a consumer are made, and sending events. The loop is in stage.py."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from contracts.envelope import CONTENT_TYPE_HEADER, Event
from runtime.errors import Unavailable
from runtime.settings import BusSettings

MAX_RECORD_BYTES = 8 * 1024 * 1024
Headers = list[tuple[str, bytes]]
Record = tuple[str, bytes | None, bytes, Headers]
"""Topic (the registry's name), key, value, headers."""


class Bus:
    """One producer of this process, and a factory of consumers. Start before use, stop last.

    `linger_ms` gathers records that come one by one (a webhook each) into fewer requests; a stage
    sends whole batches and needs none.
    """

    def __init__(self, settings: BusSettings, client_id: str, *, linger_ms: int = 0) -> None:
        self.settings = settings
        self.client_id = client_id
        self._linger_ms = linger_ms
        self._producer: AIOKafkaProducer | None = None

    def real_name(self, topic: str) -> str:
        """Return the name of a topic on this broker (a prefix keeps test runs apart)."""
        return f"{self.settings.topic_prefix}{topic}"

    def plain_name(self, real: str) -> str:
        """Return the registry's name of a topic on this broker."""
        return real.removeprefix(self.settings.topic_prefix)

    async def start(self) -> None:
        """Connect. Raises `Unavailable` when no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.url,
            client_id=self.client_id,
            acks="all",
            enable_idempotence=self.settings.is_idempotent,
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=256 * 1024,
            linger_ms=self._linger_ms,
            request_timeout_ms=15_000,
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            why = f"no broker answers at {self.settings.url}: {error}"
            raise Unavailable("bus.away", why) from error
        self._producer = producer

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def send(self, events: Iterable[Event]) -> None:
        """Publish, and return when every copy is acknowledged. Raises `Unavailable`."""
        await self.send_records([to_record(event) for event in events])

    async def send_records(self, records: Iterable[Record]) -> None:
        """Publish (topic, key, value, headers), all acknowledged. Raises `Unavailable`.

        Records of one partition stay in the order given. They go out in batches built here: a
        future for each batch instead of each record halves the cost of publishing.
        """
        producer = self._producer
        if producer is None:
            raise Unavailable("bus.stopped", "this process has disconnected from the broker")
        given = list(records)
        try:
            if len(given) == 1:
                await (await self._send_one(producer, given[0]))
                return
            batches = await self._batches(producer, given)
            acknowledgements = [
                await producer.send_batch(batch, topic, partition=partition)
                for topic, partition, batch in batches
            ]
            if acknowledgements:
                await asyncio.gather(*acknowledgements)
        except KafkaError as error:
            raise Unavailable(
                "bus.away", f"the broker did not take the records: {error}"
            ) from error

    async def _send_one(self, producer: AIOKafkaProducer, record: Record) -> Any:
        """Hand over a record that comes alone: the producer gathers it with others for `linger_ms`."""
        topic, key, value, headers = record
        real = self.real_name(topic)
        partition = partition_of(key, len(await producer.partitions_for(real)))
        return await producer.send(real, value, key, partition, headers=headers)

    async def _batches(
        self, producer: AIOKafkaProducer, records: Iterable[Record]
    ) -> list[tuple[str, int, Any]]:
        """Put records into as few batches as they fit, in order."""
        made: list[tuple[str, int, Any]] = []
        filling: dict[tuple[str, int], Any] = {}
        counts: dict[str, int] = {}
        for topic, key, value, headers in records:
            real = self.real_name(topic)
            if real not in counts:
                counts[real] = len(await producer.partitions_for(real))
            partition = partition_of(key, counts[real])
            batch = filling.get((real, partition))
            fields = {"timestamp": None, "key": key, "value": value, "headers": headers}
            if batch is None or batch.append(**fields) is None:
                batch = filling[real, partition] = producer.create_batch()
                made.append((real, partition, batch))
                batch.append(**fields)
        for _, _, batch in made:
            batch.close()
        return made

    def consumer(self, group: str, **options: Any) -> AIOKafkaConsumer:
        """Return a consumer of this group that is not started and not subscribed."""
        settings = self.settings
        return AIOKafkaConsumer(
            bootstrap_servers=settings.url,
            client_id=self.client_id,
            group_id=f"{settings.topic_prefix}{group}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=settings.session_timeout_ms,
            rebalance_timeout_ms=settings.rebalance_timeout_ms,
            heartbeat_interval_ms=settings.heartbeat_ms,
            max_poll_interval_ms=600_000,
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            **options,
        )


@lru_cache(maxsize=65_536)
def partition_of(key: bytes | None, count: int) -> int:
    """Return the partition of a key as Kafka's default partitioner does (murmur2)."""
    return int((murmur2(key or b"") & 0x7FFFFFFF) % count)


def to_record(event: Event) -> Record:
    """Return the record that carries an event: structured mode, keyed by its partition key."""
    headers = [CONTENT_TYPE_HEADER]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    return event.type, event.partitionkey.encode(), event.encode(), headers
