"""What respond says on the bus, and how an account at the sandbox is announced to it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from contracts import ids
from contracts.connections import ConnectionChanged
from contracts.envelope import Event
from contracts.topics import (
    GRANT_REFUSED,
    MODERATION_SETTLED,
    REPLY_DRAFTED,
    REPLY_FAILED,
    REPLY_PUBLISHED,
)
from runtime.bus import Bus
from runtime.crypto import Sealer
from services.respond.settings import Settings
from tests.service.respond.respond_world import CASA, AtSandbox, event_of

PRODUCED = [
    topic.name
    for topic in (REPLY_DRAFTED, REPLY_PUBLISHED, REPLY_FAILED, MODERATION_SETTLED, GRANT_REFUSED)
]


class Reader:
    """Everything respond produced."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.events: list[Event] = []

    async def run(self) -> None:
        consumer = self._bus.consumer("test-reader")
        await consumer.start()
        consumer.subscribe([self._bus.real_name(name) for name in PRODUCED])
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    self.events += [Event.decode(record.value) for record in records]
        finally:
            await consumer.stop()

    def of(self, topic: Any) -> list[Event]:
        return [event for event in self.events if event.type == topic.name]

    async def until(self, topic: Any, count: int, within_s: float = 40) -> list[Event]:
        async with asyncio.timeout(within_s):
            while len(self.of(topic)) < count:
                await asyncio.sleep(0.05)
        return self.of(topic)


def connection_event(place: AtSandbox, settings: Settings, base_url: str) -> Event:
    account = place.account
    connection_id = ids.connection_id(CASA.brand_id, account.network, account.id)
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    payload = ConnectionChanged(
        connection_id=connection_id, agency_id=CASA.agency_id, brand_id=CASA.brand_id,
        network=account.network, account_id=account.id, name="Casa", base_url=base_url,
        state="active", revision=1, changed_at=datetime.now(UTC),
        sealed_token=sealer.seal(account.token, brand_id=CASA.brand_id, about=connection_id),
    )  # fmt: skip
    return event_of(payload, CASA, connection_id, "1")
