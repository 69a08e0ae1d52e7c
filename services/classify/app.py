"""The wiring of classify: the only place that knows every concrete part."""

from contracts.topics import BRAND_CHANGED, MESSAGE_RECEIVED, Topic
from runtime.bus import Bus
from runtime.mongo import Database
from runtime.service import Service
from runtime.stage import Handler, Stage
from runtime.web import health_server
from services.classify.handlers import BrandLanguages, BrandNotes, MessageWorker
from services.classify.metrics import ClassifyMetrics
from services.classify.models.linear import LinearModel
from services.classify.settings import Settings
from services.classify.store import ClassifyStore


async def build(settings: Settings) -> Service:
    """Wire classify's parts in the order they start."""
    service = Service("classify", settings)
    clock = service.clock
    database = Database(settings.mongo, "classify")
    store = ClassifyStore(database)
    bus = Bus(settings.bus, "rapport-classify")
    languages = BrandLanguages(store, clock.now)
    metrics = ClassifyMetrics(service.registry)
    worker = MessageWorker(LinearModel.load(), languages, metrics, clock.now)
    routes: dict[Topic, Handler] = {MESSAGE_RECEIVED: worker, BRAND_CHANGED: BrandNotes(store)}
    stage = Stage(bus, "classify", routes, service.metrics, clock)

    for part in (health_server(service), database, bus):
        service.add(part)
    service.add(stage, stage.probe)
    return service
