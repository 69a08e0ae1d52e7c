"""How raw material gets on the bus: each delivery as one event with a derived id."""

from typing import Any

from contracts import ids
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.scope import BrandScope
from contracts.topics import DELIVERY_RECEIVED
from runtime.bus import Bus
from runtime.clock import Clock
from services.ingest.connectors.protocol import Page
from services.ingest.directory import Connection
from services.ingest.metrics import IngestMetrics
from services.ingest.store import SOURCE


def delivery_event(delivery: DeliveryReceived, scope: BrandScope | None) -> Event:
    """Return the event that carries a delivery. Deliveries spread evenly: order is restored by version."""
    return make_event(
        DELIVERY_RECEIVED.name,
        delivery,
        key=(delivery.delivery_id,),
        partition_key=delivery.delivery_id,
        origin=Origin(SOURCE, delivery.received_at, scope),
    )


def wrap_page(
    network: str, channel: str, raw: bytes, natural_key: str, **fields: Any
) -> DeliveryReceived:
    """Return a delivery whose id comes from its natural key."""
    delivery_id = ids.delivery_id(network, channel, natural_key)
    return DeliveryReceived.wrap(
        raw, network=network, channel=channel, delivery_id=delivery_id, **fields
    )


class Postbox:
    """Takes pages and frames of one connection to the bus, and counts them."""

    def __init__(self, bus: Bus, clock: Clock, metrics: IngestMetrics) -> None:
        self._bus = bus
        self._clock = clock
        self._metrics = metrics

    async def put(self, connection: Connection, page: Page) -> None:
        """Return when the page is acknowledged. Raises `Unavailable`."""
        delivery = wrap_page(
            connection.network,
            page.channel,
            page.raw,
            f"{connection.connection_id}\x1f{page.natural_key}",
            connection_id=connection.connection_id,
            received_at=self._clock.now(),
        )
        await self._bus.send([delivery_event(delivery, connection.scope)])
        self._metrics.pages.labels(connection.network, page.channel).inc()
