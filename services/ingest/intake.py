"""The webhook door: verified on the raw bytes, put whole on the bus, and only then answered."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from contracts import ids
from contracts.deliveries import Channel, DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.scope import BrandScope
from contracts.topics import DELIVERY_RECEIVED
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.errors import Invalid, NotFound, Unavailable
from runtime.web import HttpError
from services.ingest.connectors.protocol import Page
from services.ingest.directory import Connection, Directory
from services.ingest.handshakes import Answer, hub_challenge
from services.ingest.metrics import IngestMetrics
from services.ingest.settings import Settings
from services.ingest.signatures import Call, is_valid
from services.ingest.store import SOURCE

ACKNOWLEDGE_WITHIN_S = 2.0
META_SCHEME = "x-hub-signature-256"


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


class Intake:
    """Accepts webhook bodies. Everything it answers 2xx to is on the bus."""

    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        directory: Directory,
        clock: Clock,
        metrics: IngestMetrics,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._directory = directory
        self._clock = clock
        self._metrics = metrics

    def challenge(self, network: str, query: str) -> Answer:
        """Return the answer to Meta's subscription handshake. Raises 404 for other networks."""
        self._secrets(network)
        answer = hub_challenge(query, self._settings.apps["meta"].verify_tokens)
        self._count(network, "handshake" if answer.status == 200 else "bad_handshake")
        return answer

    async def accept(self, network: str, raw: bytes, headers: Mapping[str, str]) -> int:
        """Put a webhook body on the bus; return how many of its parts are for known accounts.

        Raises 404 unknown network or account, 413 too large, 401 unsigned, 400 not JSON, 503 no bus.
        """
        secrets = self._secrets(network)
        if len(raw) > self._settings.ingest_body_limit_bytes:
            self._refuse(network, 413, "delivery.too_large", "the body is larger than 1 MiB")
        if not is_valid(META_SCHEME, Call(raw, headers, None), secrets):
            self._refuse(
                network, 401, "signature.invalid",
                "X-Hub-Signature-256 is missing or does not match the body under the app secret",
            )  # fmt: skip
        known = self._known_parts(network, _read_json(raw))
        if known == 0:
            self._count(network, "unknown_connection")
            raise NotFound("connection.unknown", "no account of this webhook is connected here")
        await self._put(network, raw)
        self._count(network, "accepted")
        return known

    def _secrets(self, network: str) -> tuple[str, ...]:
        app = self._settings.apps.get("meta")
        secrets = app.secrets if app and network == "facebook" else ()
        if not secrets:
            self._metrics.deliveries.labels("unknown", "unknown_network").inc()
            raise NotFound("network.unknown", "no webhook of this network is switched on here")
        return secrets

    def _known_parts(self, network: str, body: Any) -> int:
        entries = body.get("entry") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            # Signed, but not the documented envelope: kept, and dead-lettered with the reason.
            return 1
        accounts = [str(entry.get("id")) for entry in entries if isinstance(entry, dict)]
        return sum(bool(self._directory.by_account(network, one)) for one in accounts)

    async def _put(self, network: str, raw: bytes) -> None:
        channel: Channel = "webhook"
        key = hashlib.sha256(raw).hexdigest()
        delivery = wrap_page(network, channel, raw, key, received_at=self._clock.now())
        try:
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN_S):
                await self._bus.send([delivery_event(delivery, None)])
        except (TimeoutError, Unavailable) as error:
            self._count(network, "bus_away")
            raise Unavailable(
                "bus.away", "the delivery could not be stored; please send it again", 2
            ) from error

    def _refuse(self, network: str, status: int, code: str, detail: str) -> None:
        self._count(network, code.rpartition(".")[2])
        raise HttpError(status, code, detail)

    def _count(self, network: str, outcome: str) -> None:
        self._metrics.deliveries.labels(network, outcome).inc()


def _read_json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("delivery.not_json", "the body is not JSON") from error
