"""The wiring of ingest: the only place that knows every concrete part."""

from dataclasses import dataclass

import httpx

from contracts.topics import (
    BRAND_CHANGED,
    CONNECTION_REQUESTED,
    DELIVERY_RECEIVED,
    GRANT_REFUSED,
    Topic,
)
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.crypto import Letterbox, Sealer
from runtime.mongo import Database
from runtime.net import Guard, guarded_client
from runtime.outbox import Relay
from runtime.service import Closing, Service
from runtime.stage import Handler, Stage
from runtime.web import HttpServer, health_server
from services.ingest.arrivals import Arrivals
from services.ingest.connecting import Connecting, Desk
from services.ingest.connectors import registry
from services.ingest.connectors.protocol import Tools
from services.ingest.directory import Directory
from services.ingest.errands import Errands
from services.ingest.fairness import Turns
from services.ingest.handlers import BrandNotes, DeliveryWorker, RefusedGrants
from services.ingest.health import Health
from services.ingest.intake import Intake
from services.ingest.keeping import Keeping, KeepingTools
from services.ingest.meter import QuotaMeter
from services.ingest.metrics import IngestMetrics
from services.ingest.oauth import TokenDesk
from services.ingest.poller import Poller
from services.ingest.postbox import Postbox
from services.ingest.readers import Readers
from services.ingest.requests import RequestInbox, RequestStore
from services.ingest.routes import webhook_app
from services.ingest.settings import Settings
from services.ingest.source import Reading
from services.ingest.store import IngestStore


class _Preparation:
    """Makes the indexes and announces every connection again, before anything is read."""

    name = "preparation"

    def __init__(self, store: IngestStore, requests: RequestStore, service: Service) -> None:
        self._store = store
        self._requests = requests
        self._service = service

    async def start(self) -> None:
        await self._store.ensure()
        await self._requests.ensure()
        await self._store.announce_all(await self._store.everyone(), self._service.clock.now())

    async def stop(self) -> None:
        """Nothing to put down."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What every half of the service needs."""

    settings: Settings
    service: Service
    metrics: IngestMetrics
    database: Database
    store: IngestStore
    requests: RequestStore
    sealer: Sealer
    directory: Directory
    bus: Bus
    door_bus: Bus
    client: httpx.AsyncClient
    guarded: httpx.AsyncClient
    meter: QuotaMeter
    readers: Readers
    health: Health


async def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Wire ingest's parts in the order they start. `clock`: another one than the machine's, in tests."""
    service = Service("ingest", settings, clock)
    parts = _make_parts(settings, service)
    runtime_metrics = service.metrics
    keeping = _keeping(parts)
    errands = _errands(parts, keeping)
    poller = _poller(parts, keeping)
    store, requests = parts.store, parts.requests
    stage = Stage(parts.bus, "ingest", _routes(parts, errands), runtime_metrics, service.clock)
    looked_up = (parts.directory, parts.readers, store)
    intake = Intake(settings.apps, parts.door_bus, looked_up, service.clock, parts.metrics)
    app = webhook_app(intake, runtime_metrics)
    door = HttpServer(app, settings.ingest_http_host, settings.ingest_http_port)

    service.add(health_server(service))
    service.add(parts.database)
    service.add(_Preparation(store, requests, service))
    service.add(parts.bus)
    service.add(parts.door_bus)
    service.add(Closing("http-client", parts.client.aclose))
    service.add(Closing("guarded-client", parts.guarded.aclose))
    for collection in (store.connections, requests.requests):
        service.add(Relay(collection, parts.bus, store.everyone, service.clock, runtime_metrics))
    service.add(parts.directory)
    service.add(parts.health)
    service.add(errands)
    service.add(stage, stage.probe)
    service.add(poller)
    service.add(door)
    return service


def _make_parts(settings: Settings, service: Service) -> _Parts:
    clock, metrics = service.clock, IngestMetrics(service.registry)
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    database = Database(settings.mongo, "ingest")
    store = IngestStore(database)
    bus = Bus(settings.bus, "rapport-ingest")
    client = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5))
    is_loopback = settings.net_is_loopback_allowed
    guarded = guarded_client(
        guard=Guard(is_loopback_allowed=is_loopback, open_hosts=settings.open_hosts)
    )
    meter = QuotaMeter(clock)
    directory = Directory(store, clock, metrics)
    tools = Tools(client, guarded, clock, meter, settings.apps, is_loopback)
    return _Parts(
        settings,
        service,
        metrics,
        database,
        store,
        RequestStore(database),
        sealer,
        directory,
        bus,
        Bus(settings.bus, "rapport-ingest-door", linger_ms=5),
        client,
        guarded,
        meter,
        Readers(registry.readers(tools), sealer),
        Health(database, bus, directory, clock, metrics),
    )


def _keeping(parts: _Parts) -> Keeping:
    clock, settings = parts.service.clock, parts.settings
    tokens = TokenDesk(parts.client, parts.guarded, clock)
    tools = KeepingTools(
        parts.store,
        parts.readers,
        tokens,
        parts.sealer,
        settings.apps,
        clock,
        settings.ingest_public_url,
    )
    return Keeping(tools, parts.health)


def _errands(parts: _Parts, keeping: Keeping) -> Errands:
    settings, clock = parts.settings, parts.service.clock
    desk = Desk(
        parts.store,
        parts.requests,
        parts.readers,
        TokenDesk(parts.client, parts.guarded, clock),
        parts.sealer,
        Letterbox.from_setting(settings.seal_keys.get_secret_value()),
        settings.apps,
        keeping,
        clock,
    )
    return Errands(parts.requests, parts.store, Connecting(desk), clock)


def _poller(parts: _Parts, keeping: Keeping) -> Poller:
    clock = parts.service.clock
    reading = Reading(
        parts.settings,
        parts.store,
        parts.readers,
        Postbox(parts.door_bus, clock, parts.metrics),
        keeping,
        parts.health,
        parts.meter,
        Turns(parts.settings.ingest_reads_at_once),
        clock,
        parts.directory.by_id,
    )
    return Poller(reading, parts.directory)


def _routes(parts: _Parts, errands: Errands) -> dict[Topic, Handler]:
    store, clock = parts.store, parts.service.clock
    arrivals = Arrivals(parts.health, parts.metrics)
    worker = DeliveryWorker(store, parts.directory, registry.normalisers(), parts.readers, arrivals)
    return {
        DELIVERY_RECEIVED: worker,
        BRAND_CHANGED: BrandNotes(store),
        CONNECTION_REQUESTED: RequestInbox(parts.requests, store, clock, errands.nudge),
        GRANT_REFUSED: RefusedGrants(store, clock),
    }
