"""The wiring of the storm worker: the only place that knows every concrete part."""

from contracts.scope import AgencyScope
from contracts.topics import SIGNAL_OBSERVED, STORM_STEERED
from runtime.bus import Bus
from runtime.faust_stage import FaustStage
from runtime.mongo import Database
from runtime.outbox import Relay
from runtime.service import Loop, Service
from runtime.web import health_server
from services.classify.storm_worker.clock import LogClock
from services.classify.storm_worker.metrics import StormMetrics
from services.classify.storm_worker.settings import Settings
from services.classify.storm_worker.store import StormStore
from services.classify.storm_worker.watch import Watch

GROUP = "classify-storm"


async def build(settings: Settings) -> Service:
    """Wire the worker's parts in the order they start."""
    service = Service("storm", settings)
    clock, metrics = service.clock, StormMetrics(service.registry, service.metrics)
    database = Database(settings.mongo, "classify")
    store = StormStore(database)
    bus = Bus(settings.bus, "rapport-storm")

    async def waiting() -> AgencyScope:
        return AgencyScope("*", watch.waiting)

    relay = Relay(store.states, bus, waiting, clock, service.metrics)
    watch = Watch(store, relay, metrics, clock)
    stage = FaustStage(bus, GROUP, (SIGNAL_OBSERVED, STORM_STEERED), watch, service.metrics, clock)
    stage.dealt = watch.dealt
    watch.worked = stage.worked
    lateness_s = settings.storm_lateness_s
    teller = LogClock(bus, database, lambda: stage.assigned, lateness_s, metrics, clock)

    for part in (health_server(service), database, store, bus):
        service.add(part)
    service.add(stage, stage.probe)
    if settings.storm_is_clock:
        service.add(Loop("clock", teller.run))
    return service
