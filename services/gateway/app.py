"""The gateway put together by hand: stores, relays, the projection, live updates, the web."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx
from fastapi import FastAPI

from contracts.scope import BrandScope
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.crypto import Signer
from runtime.metrics import RuntimeMetrics
from runtime.mongo import BrandCollection
from runtime.net import Guard, guarded_client
from runtime.outbox import Relay
from runtime.service import VERSION, Loop, Service, sweeping
from runtime.stage import Stage
from runtime.web import HttpServer, Observed, answer_problems, health_server
from services.gateway.acknowledging import PageDesk
from services.gateway.asking import AskDesk, Asker
from services.gateway.auth import LocalAuth
from services.gateway.connecting import Connecting
from services.gateway.deps import Deps
from services.gateway.domain.views import Viewer
from services.gateway.handlers import Projection, Sinks
from services.gateway.live import Door, LiveUpdates
from services.gateway.metrics import GatewayMetrics
from services.gateway.middleware import BodyCap, SecurityHeaders
from services.gateway.pager import Pager, Sender
from services.gateway.registration import Registrar
from services.gateway.releasing import Releaser
from services.gateway.routes.api import PREFIX, mount_api
from services.gateway.routes.pages import mount_pages
from services.gateway.settings import GatewaySettings
from services.gateway.store.accounts import AccountStore
from services.gateway.store.answers import AnswerStore
from services.gateway.store.approving import Approving
from services.gateway.store.asks import AskStore
from services.gateway.store.audit import AuditStore
from services.gateway.store.brakes import BrakeStore
from services.gateway.store.brands import BrandStore
from services.gateway.store.cases import Cases
from services.gateway.store.connections import ConnectionProjection
from services.gateway.store.consents import ConsentStore
from services.gateway.store.corrections import CorrectionStore
from services.gateway.store.cross_watch import CrossWatchStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.expiring import Expirer
from services.gateway.store.handing import HandoverStore
from services.gateway.store.inbox import InboxStore
from services.gateway.store.incidents import IncidentStore
from services.gateway.store.items import ItemStore
from services.gateway.store.knowledge import KnowledgeStore
from services.gateway.store.life import LifeStore
from services.gateway.store.moderation import ModerationStore
from services.gateway.store.pages import PageStore
from services.gateway.store.people import PeopleStore, viewer_of
from services.gateway.store.playbooks import PlaybookStore
from services.gateway.store.projection import ProjectionStore
from services.gateway.store.promises import PromiseStore, sweep_of
from services.gateway.store.pulses import PulseStore
from services.gateway.store.receipts import ReceiptStore
from services.gateway.store.relabels import RelabelStore
from services.gateway.store.replies import ReplyStore
from services.gateway.store.reports import ReportStore
from services.gateway.store.rooms import RoomStore
from services.gateway.store.sessions import SessionStore, Span
from services.gateway.store.steering import SteeringStore
from services.gateway.store.storms import StormStore
from services.gateway.store.triage import ReleaseQueue, TriageStore
from services.gateway.storm_ports import Storms

GROUP = "gateway"
SWEEP_S = 1.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores that more than one part needs."""

    audit: AuditStore
    pulses: PulseStore
    brands: BrandStore
    people: PeopleStore


class Nudged(Protocol):
    """What is told that something waits to be published."""

    def nudge(self) -> None:
        """Publish now."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes share with the loops: live updates, relays, the client for typed addresses."""

    live: LiveUpdates
    relays: Sequence[Nudged]
    caller: httpx.AsyncClient


class Caller:
    """A component that closes the guarded client."""

    name = "caller"

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def start(self) -> None:
        """Nothing to do: connections open by themselves."""

    async def stop(self) -> None:
        """Close what is open."""
        await self._client.aclose()


class Announcer:
    """A component that announces every brand at the start: harmless to who knows them already."""

    name = "announcer"

    def __init__(self, brands: BrandStore) -> None:
        self._brands = brands

    async def start(self) -> None:
        """Put every brand into the outbox."""
        await self._brands.republish_all()

    async def stop(self) -> None:
        """Nothing to put down."""


def open_stores(database: GatewayDatabase, clock: Clock) -> Stores:
    """Return the stores over a database (the command line uses them, too)."""
    audit, pulses = AuditStore(database, clock), PulseStore(database, clock)
    brands = BrandStore(database, clock, audit, pulses)
    return Stores(audit, pulses, brands, PeopleStore(database, clock, audit))


async def build(settings: GatewaySettings) -> Service:
    """Return the service, not yet started."""
    service = Service("gateway", settings)
    clock, bus = service.clock, Bus(settings.bus, "gateway")
    database = GatewayDatabase(settings.mongo)
    stores = open_stores(database, clock)
    metrics = GatewayMetrics(service.registry)
    live = LiveUpdates(stores.pulses, clock, metrics)

    def relay(collection: BrandCollection) -> Relay:
        return Relay(collection, bus, stores.brands.every, clock, service.metrics)

    outboxes = (
        database.messages, database.brands, database.requests, database.boards, database.entries,
        database.relabels,
    )  # fmt: skip
    relays = tuple(relay(one) for one in outboxes)
    caller = guarded_client(
        guard=Guard(
            is_loopback_allowed=settings.net_is_loopback_allowed, open_hosts=settings.open_hosts
        )
    )
    deps = make_deps(settings, clock, database, stores, Parts(live, relays, caller))
    pages = pages_of(database, clock, stores)
    sender = Sender(settings, clock, caller)
    pager = Pager(pages, sender, stores.brands.every, stores.brands.name_of, metrics)
    projection = Projection(sinks_of(database, clock, stores), stores.pulses, metrics)
    stage = Stage(bus, GROUP, projection.routes(), service.metrics, clock)
    app = make_app(deps, service.metrics)
    service.add(health_server(service))
    service.add(database)
    service.add(bus)
    service.add(Announcer(stores.brands))
    service.add(Caller(caller))
    for one in relays:
        service.add(one)
    for name, sweep in sweeps_of(deps, database, stores).items():
        service.add(sweeper(name, sweep))
    service.add(sweeper("pager", pager.sweep))
    service.add(live)
    service.add(stage, stage.probe)
    service.add(HttpServer(app, settings.gateway_http_host, settings.gateway_http_port))
    service.add(Door(live))
    return service


def sweeps_of(
    deps: Deps, database: GatewayDatabase, stores: Stores
) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what is done over and over, by name."""
    return {
        "releaser": releaser_of(deps, database, stores).sweep,
        "promises": sweep_of(promises_of(database, deps.clock, stores), stores.brands.every),
        "expirer": expirer_of(deps, database, stores).sweep,
        "asker": asker_of(deps, database, stores).sweep,
        "relabels": relabels_of(deps, stores),
    }


def relabels_of(deps: Deps, stores: Stores) -> Callable[[], Awaitable[object]]:
    """Return one round of what goes on with jobs of reading messages again."""

    async def sweep() -> bool:
        done: bool = await deps.relabels.sweep(await stores.brands.every())
        return done

    return sweep


def sweeper(name: str, sweep: Callable[[], Awaitable[object]]) -> Loop:
    """Return the loop that does a round of something every second, and at once while there is more."""
    return Loop(name, sweeping(name, sweep, SWEEP_S))


def sinks_of(database: GatewayDatabase, clock: Clock, stores: Stores) -> Sinks:
    """Return where the projection writes."""
    return Sinks(
        messages=ProjectionStore(database, clock),
        connections=ConnectionProjection(database),
        moderation=ModerationStore(database, clock, stores.audit, stores.pulses, lambda: None),
        receipts=ReceiptStore(database),
        relabels=RelabelStore(database, clock, stores.audit, lambda: None),
        handovers=HandoverStore(database),
        promises=promises_of(database, clock, stores),
        storms=StormStore(
            database,
            clock,
            PlaybookStore(database, clock, stores.audit),
            pages_of(database, clock, stores),
        ),
    )


def pages_of(database: GatewayDatabase, clock: Clock, stores: Stores) -> PageStore:
    """Return the store of pages."""
    playbooks = PlaybookStore(database, clock, stores.audit)
    return PageStore(database, clock, playbooks, stores.pulses)


def releaser_of(deps: Deps, database: GatewayDatabase, stores: Stores) -> Releaser:
    """Return the loop that lets the answers of storm triage go."""

    async def tell(scope: BrandScope) -> None:
        await stores.pulses.tell(scope, "storm")

    async def viewer(person_id: str) -> Viewer | None:
        found = await stores.people.by_id(person_id)
        return viewer_of(found) if found is not None and found.get("is_active", True) else None

    queue = ReleaseQueue(database, deps.clock, tell)
    return Releaser(queue, deps.replies, deps.inbox, stores.brands.every, viewer)


def promises_of(database: GatewayDatabase, clock: Clock, stores: Stores) -> PromiseStore:
    """Return the store of promises."""
    return PromiseStore(database, clock, stores.audit, stores.pulses)


def storms_of(
    settings: GatewaySettings,
    clock: Clock,
    database: GatewayDatabase,
    stores: Stores,
    nudge: Callable[[], None],
) -> Storms:
    """Return what the routes are given about storms."""
    incidents = IncidentStore(database, clock, stores.audit, stores.pulses)
    pages, key = pages_of(database, clock, stores), settings.gateway_paging_key
    return Storms(
        incidents=incidents,
        steering=SteeringStore(database, clock, stores.audit, incidents, nudge),
        playbooks=PlaybookStore(database, clock, stores.audit),
        pages=PageDesk(pages, incidents, stores.brands, key.get_secret_value()),
        cross=CrossWatchStore(database, clock, stores.audit),
        rooms=RoomStore(database, incidents),
        reports=ReportStore(database, incidents),
        triage=TriageStore(database, clock, stores.audit, incidents, stores.brands),
    )


def signer_of(settings: GatewaySettings) -> Signer:
    """Return what approvals are signed with. Raises `Misconfigured`."""
    return Signer.from_setting(settings.gateway_approval_key.get_secret_value())


def asker_of(deps: Deps, database: GatewayDatabase, stores: Stores) -> Asker:
    """Return the loop that asks by mail for approval."""
    cases = Cases(database, deps.clock, stores.pulses, deps.nudge)
    asks = AskStore(database, deps.clock, stores.people)
    return Asker(deps.settings, deps.clock, asks, cases, stores.brands)


def expirer_of(deps: Deps, database: GatewayDatabase, stores: Stores) -> Expirer:
    """Return the loop that gives up on answers nobody approves in time."""
    cases = Cases(database, deps.clock, stores.pulses, deps.nudge)
    return Expirer(database, cases, stores.audit, signer_of(deps.settings), stores.brands.every)


def replies_of(
    settings: GatewaySettings,
    clock: Clock,
    database: GatewayDatabase,
    stores: Stores,
    nudge: Callable[[], None],
) -> ReplyStore:
    """Return what lets answers go, with the key that signs them. Raises `Misconfigured`."""
    signer = signer_of(settings)
    cases = Cases(database, clock, stores.pulses, nudge)
    is_mailing = bool(settings.gateway_smtp_host and settings.gateway_smtp_from)
    asks = AskStore(database, clock, stores.people) if is_mailing else None
    approving = Approving(cases, stores.audit, stores.people, signer, asks)
    return ReplyStore(cases, approving, stores.audit, HandoverStore(database))


def make_deps(
    settings: GatewaySettings,
    clock: Clock,
    database: GatewayDatabase,
    stores: Stores,
    parts: Parts,
) -> Deps:
    """Return the bundle that the routes get."""

    def nudge() -> None:
        for relay in parts.relays:
            relay.nudge()

    audit, pulses = stores.audit, stores.pulses
    span = Span(settings.session_idle_s, settings.session_absolute_s)
    sessions = SessionStore(database, clock, span)
    accounts = AccountStore(database, clock, audit, pulses, nudge)
    consents = ConsentStore(database, clock)
    inbox = InboxStore(database, stores.brands, ReceiptStore(database))
    replies = replies_of(settings, clock, database, stores, nudge)
    cases = Cases(database, clock, stores.pulses, nudge)
    asks = AskDesk(
        AskStore(database, clock, stores.people), cases, replies, stores.people, audit, clock
    )
    return Deps(
        settings=settings,
        clock=clock,
        inbox=inbox,
        life=LifeStore(database, inbox),
        items=ItemStore(database, clock, audit, pulses),
        replies=replies,
        asks=asks,
        brands=stores.brands,
        brakes=BrakeStore(stores.brands, audit, nudge),
        promises=promises_of(database, clock, stores),
        knowledge=KnowledgeStore(database, clock, audit, pulses, nudge),
        corrections=CorrectionStore(database, clock, audit, pulses, nudge),
        relabels=RelabelStore(database, clock, audit, nudge),
        directory=stores.people,
        audit=audit,
        accounts=accounts,
        moderation=ModerationStore(database, clock, audit, pulses, nudge),
        connecting=Connecting(settings, accounts, consents, Registrar(parts.caller)),
        auth=LocalAuth(settings, clock, stores.people, sessions, audit),
        live=parts.live,
        answers=AnswerStore(database, clock),
        storms=storms_of(settings, clock, database, stores, nudge),
        nudge=nudge,
    )


def make_app(deps: Deps, metrics: RuntimeMetrics) -> FastAPI:
    """Return the web app: API, live updates and the pages."""
    app = FastAPI(
        title="Rapport",
        summary="One inbox over the communities of many brands.",
        version=VERSION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.deps = deps
    answer_problems(app)
    mount_api(app)
    mount_pages(app, deps)
    app.add_middleware(BodyCap)
    app.add_middleware(SecurityHeaders, is_https=deps.settings.is_https)
    app.add_middleware(Observed, metrics=metrics)
    return app
