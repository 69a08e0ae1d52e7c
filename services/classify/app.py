"""The wiring of classify: the only place that knows every concrete part."""

import time

from contracts.topics import (
    BRAND_CHANGED,
    DRILL_REQUESTED,
    LABEL_CORRECTED,
    MESSAGE_RECEIVED,
    RELABEL_REQUESTED,
    Topic,
)
from runtime.bus import Bus
from runtime.mongo import Database
from runtime.service import Service
from runtime.stage import Handler, Stage, StageOptions
from runtime.web import health_server
from services.classify.drill_room import DrillRoom
from services.classify.handlers import BrandNotes, Brands, MessageWorker, Readers
from services.classify.learning.handler import Corrections
from services.classify.learning.relabelling import Relabelling
from services.classify.learning.rereading import Rereader
from services.classify.learning.shadowing import Shadows
from services.classify.learning.store import LearningStore
from services.classify.metrics import ClassifyMetrics
from services.classify.models.cascade import Budget, Cascade
from services.classify.models.choice import Model, Models, Tiers
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
    learning, models = LearningStore(database), Models()
    brands = Brands(store, learning, clock.now)
    tiers = Tiers(models, usual_of(models, settings), time.monotonic)
    readers = Readers(tiers, Shadows(models, clock.now))
    worker = MessageWorker(readers, brands, signals, metrics, clock.now)
    corrections = Corrections(learning, models.fast, clock.now)
    drills = DrillRoom(bus, clock)
    routes: dict[Topic, Handler] = {
        MESSAGE_RECEIVED: worker, BRAND_CHANGED: BrandNotes(store), DRILL_REQUESTED: drills,
    }  # fmt: skip
    options = StageOptions(commit_s=PUT_DOWN_S, before_commit=signals.put_down)
    stage = Stage(bus, "classify", routes, service.metrics, clock, options)

    # Learning takes a second or two: it must not hold up messages.
    told: dict[Topic, Handler] = {LABEL_CORRECTED: corrections.on_label_corrected}
    lessons = Stage(bus, "classify", told, service.metrics, clock)
    lessons.name = "stage:classify:corrections"

    rereader = Rereader()
    relabelling = Relabelling(store, learning, rereader, clock)
    asked: dict[Topic, Handler] = {RELABEL_REQUESTED: relabelling.on_relabel_requested}
    again = Stage(bus, "classify-relabel", asked, service.metrics, clock)

    for part in (health_server(service), database, signal_store, learning, rereader, bus, drills):
        service.add(part)
    service.add(stage, stage.probe)
    service.add(lessons, lessons.probe)
    service.add(again, again.probe)
    return service


def usual_of(models: Models, settings: Settings) -> Model:
    """Return who reads where a brand chose nothing: both tiers, or the fast one where there is no budget."""
    if settings.classify_accurate_per_s <= 0:
        return models.fast
    budget = Budget(settings.classify_accurate_per_s)
    return Cascade(models.fast, models.accurate, budget)
