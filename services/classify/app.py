"""The wiring of classify: the only place that knows every concrete part."""

from contracts.topics import BRAND_CHANGED, DRILL_REQUESTED, MESSAGE_RECEIVED, Topic
from runtime.bus import Bus
from runtime.mongo import Database
from runtime.service import Service
from runtime.stage import Handler, Stage, StageOptions
from runtime.web import health_server
from services.classify.drill_room import DrillRoom
from services.classify.handlers import BrandNotes, Brands, MessageWorker
from services.classify.metrics import ClassifyMetrics
from services.classify.models.linear import LinearModel
from services.classify.settings import Settings
from services.classify.signal_store import SignalStore
from services.classify.signals import PUT_DOWN_S, Signals
from services.classify.store import ClassifyStore


async def build(settings: Settings) -> Service:
    """Wire classify's parts in the order they start."""
    service = Service("classify", settings)
    clock = service.clock
    database = Database(settings.mongo, "classify")
    store = ClassifyStore(database)
    bus = Bus(settings.bus, "rapport-classify")
    metrics = ClassifyMetrics(service.registry)
    signal_store = SignalStore(database)
    signals = Signals(signal_store, metrics, clock.now)
    brands = Brands(store, clock.now)
    worker = MessageWorker(LinearModel.load(), brands, signals, metrics, clock.now)
    drills = DrillRoom(bus, clock)
    routes: dict[Topic, Handler] = {
        MESSAGE_RECEIVED: worker, BRAND_CHANGED: BrandNotes(store), DRILL_REQUESTED: drills,
    }  # fmt: skip
    options = StageOptions(commit_s=PUT_DOWN_S, before_commit=signals.put_down)
    stage = Stage(bus, "classify", routes, service.metrics, clock, options)

    for part in (health_server(service), database, signal_store, bus, drills):
        service.add(part)
    service.add(stage, stage.probe)
    return service
