"""Wires the sandbox by hand: state, stand-ins, control and traffic on one ASGI application."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import demo
from sandbox.callbacks import Callbacks
from sandbox.control.routes import ControlRoutes, Parts
from sandbox.desk import Desk, Dialect
from sandbox.families import families
from sandbox.family import Common, Family
from sandbox.graph.errors import GraphDialect
from sandbox.graph.family import GraphFamily
from sandbox.graph.webhooks import Webhooks
from sandbox.ledger import Journal, Ledger
from sandbox.mastodon.errors import MastodonDialect
from sandbox.mastodon.formats import Entities
from sandbox.mastodon.limits import Limits
from sandbox.mastodon.routes import MastodonRoutes
from sandbox.mastodon.statuses import Statuses
from sandbox.mastodon.streaming import Streaming
from sandbox.mastodon.streams import Hub
from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Network
from sandbox.permalinks import Permalinks
from sandbox.records import Records
from sandbox.settings import Settings
from sandbox.traffic.hands import Hands
from sandbox.traffic.pace import Pace
from sandbox.world import Now, World
from sandbox.writing import Pen

_VERSION = re.compile(r"^/graph/v\d+\.\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The running parts, for tests that look inside; others use the control paths."""

    asgi: ASGIApp
    world: World
    pen: Pen
    ledger: Ledger
    journal: Journal
    misbehaviour: Misbehaviour
    webhooks: Webhooks
    hub: Hub
    pace: Pace
    hands: Hands

    @property
    def origin(self) -> str:
        """http://host:port."""
        return self.world.origin


class Unversioned:
    """Cuts /v23.0 out of /graph/v23.0/...: the sandbox answers every version alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with the shorter path."""
        if scope["type"] == "http":
            scope["path"] = _VERSION.sub("/graph", scope["path"])
        await self._app(scope, receive, send)


def build(settings: Settings, now: Now) -> Sandbox:
    """Everything from settings alone; nothing runs before the application starts."""
    records = Records(settings.state)
    world = World(records, now)
    pen, ledger, journal = Pen(world), Ledger(records), Journal(settings.requests_kept)
    misbehaviour = Misbehaviour()
    dialects: dict[Network, Dialect] = {
        "facebook": GraphDialect(),
        "mastodon": MastodonDialect(now),
    }
    desk = Desk(misbehaviour, journal, dialects, now)
    callbacks = Callbacks(world, settings, misbehaviour, records)
    others = families(Common(world, ledger, misbehaviour, desk, callbacks, records, settings))
    webhooks = Webhooks(world, settings, misbehaviour, records)
    others.append(GraphFamily(world, pen, desk, ledger, webhooks))
    by_network = {network: family for family in others for network in family.dialects}
    dialects.update((name, family.dialects[name]) for name, family in by_network.items())
    entities = Entities(world)
    hub = Hub(world, entities, settings.heartbeat_s)
    statuses = Statuses(world, pen, ledger, entities, settings.max_characters)
    hands = Hands(world, pen, by_network)
    pace = Pace(world, pen, hands, settings)

    app = FastAPI(
        lifespan=_lifespan(
            settings, Life(world, hands, pace, webhooks, callbacks, others, records)
        ),
        title="Sandbox",
        docs_url=None,
        redoc_url=None,
    )
    parts = Parts(
        world, pen, ledger, journal, misbehaviour, webhooks, hub, pace, by_network, settings
    )
    app.include_router(ControlRoutes(parts).router())
    app.include_router(Permalinks(world).router())
    app.include_router(Streaming(world, desk, hub).router())
    limits = Limits(settings.mastodon_rate_limit, now)
    app.include_router(MastodonRoutes(world, desk, statuses, entities, limits).router())
    for family in others:
        for router in family.routers():
            app.include_router(router)
    _add_health(app)
    return Sandbox(
        Unversioned(app), world, pen, ledger, journal, misbehaviour, webhooks, hub, pace, hands
    )


@dataclass(frozen=True, slots=True)
class Life:
    """What begins and ends with the application."""

    world: World
    hands: Hands
    pace: Pace
    webhooks: Webhooks
    callbacks: Callbacks
    families: list[Family]
    records: Records


def _lifespan(
    settings: Settings, life: Life
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.is_demo:
            demo.plant(life.world, life.hands)
        life.webhooks.start()
        life.callbacks.start()
        for family in life.families:
            await family.start()
        if settings.is_demo and settings.is_traffic_on:
            life.pace.begin_day(settings.backlog)
        yield
        await life.pace.stop()
        for family in life.families:
            await family.stop()
        await life.callbacks.stop()
        await life.webhooks.stop()
        life.records.close()

    return lifespan


def _add_health(app: FastAPI) -> None:
    for path in ("/livez", "/readyz"):
        app.add_api_route(path, lambda: PlainTextResponse("ok"), methods=["GET"])
