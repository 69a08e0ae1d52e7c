"""The Kafka clients: how a producer and a consumer are made, and sending events. The loop is in stage.py."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.envelope import CONTENT_TYPE_HEADER, Event
from runtime.errors import Unavailable
from runtime.settings import BusSettings

MAX_RECORD_BYTES = 8 * 1024 * 1024
LINGER_MS = 5
Headers = list[tuple[str, bytes]]
Record = tuple[str, bytes | None, bytes, Headers]
"""Topic (the registry's name), key, value, headers."""


class Bus:
    """One producer of this process, and a factory of consumers. Start before use, stop last."""

    def __init__(self, settings: BusSettings, client_id: str) -> None:
        self.settings = settings
        self.client_id = client_id
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
            linger_ms=LINGER_MS,
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
        """Publish (topic, key, value, headers), all acknowledged. Raises `Unavailable`."""
        producer = self._producer
        if producer is None:
            raise Unavailable("bus.stopped", "this process has disconnected from the broker")
        try:
            acknowledgements = [
                await producer.send(self.real_name(topic), value, key=key, headers=headers)
                for topic, key, value, headers in records
            ]
            if acknowledgements:
                await asyncio.gather(*acknowledgements)
        except KafkaError as error:
            raise Unavailable(
                "bus.away", f"the broker did not take the records: {error}"
            ) from error

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


def to_record(event: Event) -> Record:
    """Return the record that carries an event: structured mode, keyed by its partition key."""
    headers = [CONTENT_TYPE_HEADER]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    return event.type, event.partitionkey.encode(), event.encode(), headers
