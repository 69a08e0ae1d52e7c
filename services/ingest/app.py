"""The wiring of ingest: the only place that knows every concrete part."""

import httpx

from contracts.topics import BRAND_CHANGED, DELIVERY_RECEIVED, Topic
from runtime.bus import Bus
from runtime.crypto import Sealer
from runtime.mongo import Database
from runtime.net import Guard, guarded_client
from runtime.outbox import Relay
from runtime.service import Closing, Service
from runtime.stage import Handler, Stage
from runtime.web import HttpServer, health_server
from services.ingest.connectors import registry
from services.ingest.connectors.protocol import Tools
from services.ingest.directory import Directory
from services.ingest.handlers import BrandNotes, DeliveryWorker
from services.ingest.intake import Intake
from services.ingest.meter import QuotaMeter
from services.ingest.metrics import IngestMetrics
from services.ingest.poller import Poller
from services.ingest.postbox import Postbox
from services.ingest.readers import Readers
from services.ingest.routes import webhook_app
from services.ingest.settings import Settings
from services.ingest.store import IngestStore


class _Preparation:
    """Makes the indexes and announces every connection again, before anything is read."""

    name = "preparation"

    def __init__(self, store: IngestStore, service: Service) -> None:
        self._store = store
        self._service = service

    async def start(self) -> None:
        await self._store.ensure()
        await self._store.announce_all(await self._store.everyone(), self._service.clock.now())

    async def stop(self) -> None:
        """Nothing to put down."""


async def build(settings: Settings) -> Service:
    """Wire ingest's parts in the order they start."""
    service = Service("ingest", settings)
    clock, runtime_metrics = service.clock, service.metrics
    metrics = IngestMetrics(service.registry)
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    database = Database(settings.mongo, "ingest")
    store = IngestStore(database)
    bus = Bus(settings.bus, "rapport-ingest")
    door_bus = Bus(settings.bus, "rapport-ingest-door", linger_ms=5)
    http = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5))
    tools = Tools(http, _guarded(settings), clock, QuotaMeter(clock), settings.apps)
    readers = Readers(registry.readers(tools), sealer)
    directory = Directory(store, clock, metrics)
    intake = Intake(settings.apps, door_bus, (directory, readers, store), clock, metrics)
    worker = DeliveryWorker(store, directory, registry.normalisers(), readers, metrics)
    routes: dict[Topic, Handler] = {DELIVERY_RECEIVED: worker, BRAND_CHANGED: BrandNotes(store)}
    stage = Stage(bus, "ingest", routes, runtime_metrics, clock)
    relay = Relay(store.connections, bus, store.everyone, clock, runtime_metrics)
    postbox = Postbox(door_bus, clock, metrics)
    poller = Poller(settings, postbox, directory, store, readers, clock)
    app = webhook_app(intake, runtime_metrics)
    door = HttpServer(app, settings.ingest_http_host, settings.ingest_http_port)

    for part in (health_server(service), database, _Preparation(store, service), bus, door_bus):
        service.add(part)
    service.add(Closing("http-client", http.aclose))
    service.add(Closing("guarded-client", tools.guarded.aclose))
    service.add(relay)
    service.add(directory)
    service.add(stage, stage.probe)
    service.add(poller)
    service.add(door)
    return service


def _guarded(settings: Settings) -> httpx.AsyncClient:
    return guarded_client(guard=Guard(is_loopback_allowed=settings.net_is_loopback_allowed))
