"""The wiring of the relabel worker: the only place that knows every concrete part."""

from contracts.topics import RELABEL_REQUESTED
from runtime.bus import Bus
from runtime.mongo import Database
from runtime.service import Service
from runtime.stage import Handler, Stage
from runtime.web import health_server
from services.classify.learning.store import LearningStore
from services.classify.relabel_worker.handler import Relabelling
from services.classify.relabel_worker.settings import Settings
from services.classify.store import ClassifyStore

GROUP = "classify-relabel"


async def build(settings: Settings) -> Service:
    """Wire the worker's parts in the order they start. Models are loaded by the first job that needs one."""
    service = Service("relabel", settings)
    database = Database(settings.mongo, "classify")
    bus = Bus(settings.bus, "rapport-relabel")
    handler = Relabelling(ClassifyStore(database), LearningStore(database), service.clock)
    routes: dict[object, Handler] = {RELABEL_REQUESTED: handler.on_relabel_requested}
    stage = Stage(bus, GROUP, routes, service.metrics, service.clock)  # type: ignore[arg-type]
    for part in (health_server(service), database, bus):
        service.add(part)
    service.add(stage, stage.probe)
    return service
