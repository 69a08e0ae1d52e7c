"""Wires respond: its parts, in the order in which they start."""

import asyncio
from collections.abc import Callable

import httpx

from contracts import topics
from contracts.scope import Scope
from contracts.topics import Topic
from language.knowledge.loading import load_tools
from language.knowledge.search import Tools as SearchTools
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.crypto import Letterbox, Sealer, Stamp, Verifier
from runtime.failpoints import armed
from runtime.mongo import Database
from runtime.net import Guard, guarded_client
from runtime.outbox import Relay
from runtime.service import VERSION, Closing, Component, Loop, Service
from runtime.stage import Handler, Stage
from runtime.web import health_server
from services.respond.accounts import Accounts
from services.respond.answering import Answering
from services.respond.assistance.assistant import Assistant
from services.respond.assistance.calls import CallStore
from services.respond.courier import Courier
from services.respond.desk import Desk
from services.respond.drafting.phrasebook import load_phrasebook
from services.respond.entries import EntryHandler
from services.respond.freezing.handler import FreezeHandler
from services.respond.handlers import Handlers
from services.respond.holding import HoldingHandler
from services.respond.metrics import RespondMetrics
from services.respond.moderation.handler import ModerationHandler
from services.respond.moderation.moderator import Moderator
from services.respond.networks import registry
from services.respond.networks.protocol import Tools
from services.respond.permits import Permits
from services.respond.preparing import Parts
from services.respond.proposals import Proposer
from services.respond.publisher import Publisher, PublisherOptions
from services.respond.receipts import ReceiptHandler
from services.respond.rests import Rests
from services.respond.settings import Settings
from services.respond.store import Store
from services.respond.voices import Voices
from services.respond.warrants import Warrants

NAME = "respond"
AGENT = f"Rapport/{VERSION}"
LIMITS = httpx.Limits(max_connections=64, keepalive_expiry=5.0)
MODEL_TIMEOUT_S = 60.0
"""The longest that a brand may wait for its language model."""


async def build(settings: Settings) -> Service:
    """Return the service, ready to run. Raises `Misconfigured`."""
    service = Service(NAME, settings)
    clock, metrics = service.clock, RespondMetrics(service.registry)
    database, bus = Database(settings.mongo, NAME), Bus(settings.bus, "rapport-respond")
    store, rests = Store(database), Rests(database, clock)
    tools = _tools(settings, clock)
    relays = _relays(store, bus, service)
    failpoint = armed(settings.respond_failpoint, is_allowed=settings.respond_failpoints_are_on)
    for relay in relays:
        relay.failpoint = failpoint

    def told() -> None:
        for relay in relays:
            relay.nudge()

    networks = registry.networks(tools)
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    desk = Desk(clock, metrics, _warrants(settings))
    accounts = Accounts(store, sealer, clock, told)
    voices = Voices(store, load_phrasebook(), await _searching(settings))
    parts = Parts(
        store, Permits(desk, voices), networks, accounts, rests, clock, metrics, failpoint
    )
    sources = (
        Moderator(parts, settings.respond_network_timeout_s, told),
        Courier(parts, settings.respond_network_timeout_s, told),
    )
    publisher = Publisher(store.everything, sources, rests, metrics, _options(settings))

    def nudge() -> None:
        publisher.nudge()
        told()

    clients = (
        Closing("http-client", tools.client.aclose),
        Closing("guarded-client", tools.guarded.aclose),
    )
    parts_in_order: tuple[Component, ...] = (
        database, bus, health_server(service), store, rests, *clients, *relays,
        Loop("publisher", publisher.run),
    )  # fmt: skip
    for part in parts_in_order:
        service.add(part)
    proposer = Proposer(networks, metrics)
    answering = Answering(store, voices, proposer, desk, nudge)
    answering.assistant = _assistant(service, settings, database, desk, proposer)
    holding = HoldingHandler(store, voices, networks, desk, nudge)
    _add_stages(service, bus, _decisions(store, desk, holding, nudge), answering)
    return service


def _assistant(
    service: Service, settings: Settings, database: Database, desk: Desk, proposer: Proposer
) -> Assistant:
    client = guarded_client(MODEL_TIMEOUT_S, _guard(settings), AGENT)
    service.add(Closing("model-client", client.aclose))
    calls = CallStore(database)
    service.add(calls)
    letterbox = Letterbox.from_setting(settings.seal_keys.get_secret_value())
    return Assistant(client, letterbox, calls, desk, proposer.frame_of)


async def _searching(settings: Settings) -> SearchTools:
    if not settings.respond_encoder_is_on:
        return SearchTools()
    return await asyncio.to_thread(load_tools)


def _warrants(settings: Settings) -> Warrants:
    verifier = Verifier.from_setting(settings.respond_approval_keys)
    return Warrants(verifier, Stamp.from_setting(settings.seal_keys.get_secret_value()))


def _relays(store: Store, bus: Bus, service: Service) -> list[Relay]:
    async def everything() -> Scope:
        return await store.everything()

    return [
        Relay(collection, bus, everything, service.clock, service.metrics)
        for collection in (
            store.replies,
            store.moderations.acts,
            store.connections,
            store.freezes.freezes,
        )
    ]


def _decisions(
    store: Store, desk: Desk, holding: HoldingHandler, nudge: Callable[[], None]
) -> dict[Topic, Handler]:
    clock = desk.clock
    handlers = Handlers(store, desk, nudge)
    moderation = ModerationHandler(store.moderations, clock, nudge)
    receipts = ReceiptHandler(store, clock, nudge)
    freezes = FreezeHandler(store, clock, nudge)
    return {
        topics.BRAND_CHANGED: handlers.on_brand_changed,
        topics.KNOWLEDGE_CHANGED: EntryHandler(store.entries).on_knowledge_changed,
        topics.CONNECTION_CHANGED: handlers.on_connection_changed,
        topics.REPLY_APPROVED: handlers.on_reply_approved,
        topics.REPLY_REJECTED: handlers.on_reply_rejected,
        topics.REPLY_EXPIRED: holding.on_reply_expired,
        topics.MODERATION_REQUESTED: moderation.on_moderation_requested,
        topics.RECEIPT_RECEIVED: receipts.on_receipt_received,
        topics.STORM_CHANGED: freezes.on_storm_changed,
        topics.FREEZE_REQUESTED: freezes.on_freeze_requested,
    }


def _add_stages(
    service: Service, bus: Bus, decisions: dict[Topic, Handler], answering: Answering
) -> None:
    # People's decisions and settings have a consumer of their own in the group: thousands of messages
    # that wait to be answered must not hold up an approval, nor a brand that those messages need.
    urgent = Stage(bus, NAME, decisions, service.metrics, service.clock)
    urgent.name = f"stage:{NAME}:decisions"
    messages: dict[Topic, Handler] = {topics.MESSAGE_CLASSIFIED: answering.on_message_classified}
    bulk = Stage(bus, NAME, messages, service.metrics, service.clock)
    service.add(urgent, urgent.probe)
    service.add(bulk, bulk.probe)


def _options(settings: Settings) -> PublisherOptions:
    return PublisherOptions(
        settings.respond_publish_poll_s,
        settings.respond_publish_at_once,
        settings.respond_publish_at_once_per_connection,
    )


def _guard(settings: Settings) -> Guard:
    return Guard(
        is_loopback_allowed=settings.net_is_loopback_allowed,
        open_hosts=settings.open_hosts,
        limits=LIMITS,
    )


def _tools(settings: Settings, clock: Clock) -> Tools:
    """Return what the writing halves call with; an address that a person typed is never called freely."""
    timeout_s = settings.respond_network_timeout_s
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(timeout_s, connect=min(5.0, timeout_s)),
        limits=LIMITS,
        headers={"User-Agent": AGENT},
        follow_redirects=False,
    )
    guard = _guard(settings)
    guarded = guarded_client(timeout_s, guard, AGENT)
    return Tools(client, guarded, clock, guard.is_loopback_allowed)
