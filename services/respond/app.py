"""Wires respond: its parts, in the order in which they start."""

import httpx

from contracts import topics
from contracts.scope import Scope
from contracts.topics import Topic
from runtime.bus import Bus
from runtime.crypto import Sealer
from runtime.mongo import Database
from runtime.net import Guard, guarded_client
from runtime.outbox import Relay
from runtime.service import VERSION, Closing, Loop, Service
from runtime.stage import Handler, Stage
from runtime.web import health_server
from services.respond.answering import Answering
from services.respond.courier import Courier, Parts
from services.respond.drafting.phrasebook import load_phrasebook
from services.respond.handlers import Handlers
from services.respond.metrics import RespondMetrics
from services.respond.networks import registry
from services.respond.networks.protocol import Tools
from services.respond.proposals import Proposer
from services.respond.publisher import Publisher, PublisherOptions
from services.respond.settings import Settings
from services.respond.store import Store
from services.respond.voices import Voices

NAME = "respond"


async def build(settings: Settings) -> Service:
    """Return the service, ready to run. Raises `Misconfigured`."""
    service = Service(NAME, settings)
    metrics = RespondMetrics(service.registry)
    database, bus = Database(settings.mongo, NAME), Bus(settings.bus, "rapport-respond")
    store, client = Store(database), _client(settings.respond_network_timeout_s)
    voices = Voices(store, load_phrasebook())
    guarded = guarded_client(
        settings.respond_network_timeout_s,
        Guard(is_loopback_allowed=settings.net_is_loopback_allowed),
    )
    networks = registry.networks(Tools(client, guarded, service.clock))
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())

    async def everything() -> Scope:
        return await store.everything()

    relay = Relay(store.replies, bus, everything, service.clock, service.metrics)
    parts = Parts(store, voices, networks, sealer, service.clock, metrics)
    courier = Courier(parts, settings.respond_network_timeout_s, relay.nudge)
    publisher = Publisher(store, courier.take, service.clock, metrics, _options(settings))

    def nudge() -> None:
        publisher.nudge()
        relay.nudge()

    handlers = Handlers(store, service.clock, metrics, nudge)
    proposer = Proposer(networks, metrics)
    answering = Answering(store, voices, proposer, service.clock, metrics, nudge)
    for part in (
        database,
        bus,
        health_server(service),
        store,
        Closing("http-client", client.aclose),
        Closing("guarded-client", guarded.aclose),
        relay,
    ):
        service.add(part)
    service.add(Loop("publisher", publisher.run))
    # People's decisions and settings have a consumer of their own in the group: thousands of messages
    # that wait to be answered must not hold up an approval, nor a brand that those messages need.
    decisions: dict[Topic, Handler] = {
        topics.BRAND_CHANGED: handlers.on_brand_changed,
        topics.CONNECTION_CHANGED: handlers.on_connection_changed,
        topics.REPLY_APPROVED: handlers.on_reply_approved,
        topics.REPLY_REJECTED: handlers.on_reply_rejected,
    }
    urgent = Stage(bus, NAME, decisions, service.metrics, service.clock)
    urgent.name = f"stage:{NAME}:decisions"
    messages: dict[Topic, Handler] = {topics.MESSAGE_CLASSIFIED: answering.on_message_classified}
    bulk = Stage(bus, NAME, messages, service.metrics, service.clock)
    service.add(urgent, urgent.probe)
    service.add(bulk, bulk.probe)
    return service


def _options(settings: Settings) -> PublisherOptions:
    return PublisherOptions(
        settings.respond_publish_poll_s,
        settings.respond_publish_at_once,
        settings.respond_publish_at_once_per_connection,
    )


def _client(timeout_s: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeout_s, connect=min(5.0, timeout_s)),
        limits=httpx.Limits(max_connections=64, keepalive_expiry=5.0),
        headers={"User-Agent": f"Rapport/{VERSION}"},
        follow_redirects=False,
    )
