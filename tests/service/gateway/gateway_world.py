"""A small world for the gateway's tests: two agencies, their brands and people, and event makers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from contracts import ids
from contracts.brands import Policy, Voice
from contracts.connections import ConnectionChanged
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.messages import Head, Labels, MessageClassified, MessageReceived, Reason
from contracts.promises import PromiseMade
from contracts.replies import Approver, Draft, ReplyDrafted, ReplyFailed, ReplyPublished
from contracts.scope import BrandScope
from contracts.topics import TOPICS, Topic
from runtime.clock import FakeClock
from runtime.crypto import Letterbox, new_approval_key, new_key
from runtime.metrics import RuntimeMetrics
from runtime.net import Guard, guarded_client
from runtime.settings import BusSettings, MongoSettings
from runtime.stage import Received
from services.gateway.app import Parts, Stores, make_app, make_deps, open_stores, sinks_of
from services.gateway.auth import COOKIE, Passwords, new_key_token
from services.gateway.deps import Deps
from services.gateway.domain.views import Role, Viewer
from services.gateway.handlers import Projection
from services.gateway.live import LiveUpdates
from services.gateway.metrics import GatewayMetrics
from services.gateway.settings import GatewaySettings
from services.gateway.store.brands import NewBrand
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.people import NewKey, NewPerson

PASSWORD = "a long enough pass phrase"
START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
APPROVAL_KEY = new_approval_key()
LETTERBOX = Letterbox.from_setting(new_key())
TOPIC_OF = {topic.payload: topic for topic in TOPICS.values()}


class Quiet:
    """Stands where a relay would be nudged: the tests read the outbox itself."""

    def nudge(self) -> None:
        self.is_nudged = True


def head(label: str, *others: str) -> Head:
    p = {label: 0.9, **{other: 0.1 / len(others) for other in others}}
    return Head(label=label, p=p)


def labels_of(intent: str = "question", model: str = "m1") -> Labels:
    return Labels(
        model=model,
        language=head("en", "de"),
        sentiment=head("neutral", "positive"),
        intent=head(intent, "other"),
        urgency=head("1", "0"),
        needs_human=head("true", "false"),
        reasons=[Reason(head="intent", text="when", start=0, end=4, weight=1.5)],
    )


def message(brand_id: str, external_id: str = "c1", **fields: Any) -> MessageReceived:
    root = fields.pop("root", "post1")
    told: dict[str, Any] = {
        "network": "facebook",
        "external_id": external_id,
        "kind": "comment",
        "action": "created",
        "author_handle": None,
        "author_id": "u1",
        "author_name": "Ada Example",
        "text": f"When does {external_id} open?",
        "thread_root_id": root,
        "created_at": START,
        "message_id": ids.message_id(brand_id, "facebook", "page", external_id),
        "thread_id": ids.thread_id(brand_id, "facebook", "page", root),
        "connection_id": ids.connection_id(brand_id, "facebook", "page"),
        "version": "2026-11-01T12:00:00.000000Z",
        "received_at": START + timedelta(seconds=2),
        **fields,
    }
    return MessageReceived(**told)


def classified(
    about: MessageReceived, priority: int = 40, labels: Labels | None = None
) -> MessageClassified:
    return MessageClassified(message=about, labels=labels or labels_of(), priority=priority)


def target(about: MessageReceived, brand_id: str, slot: int = 0) -> dict[str, Any]:
    return {
        "reply_id": ids.reply_id(about.message_id, slot),
        "message_id": about.message_id,
        "thread_id": about.thread_id,
        "brand_id": brand_id,
        "connection_id": about.connection_id,
        "network": about.network,
        "slot": slot,
    }


def drafted(about: MessageReceived, brand_id: str, **fields: Any) -> ReplyDrafted:
    told: dict[str, Any] = {
        "message_version": about.version,
        "mode": "suggest",
        "approval": "agent",
        "drafts": [Draft(draft_id="d1", text="We open at nine.", language="en")],
        "drafted_at": START + timedelta(seconds=4),
        **fields,
    }
    return ReplyDrafted(**target(about, brand_id, told.pop("slot", 0)), **told)


def published(about: MessageReceived, brand_id: str, **fields: Any) -> ReplyPublished:
    told: dict[str, Any] = {
        "external_id": "r1",
        "text": "We open at nine.",
        "approved_by": Approver(kind="person", id="per_x", name="Ana"),
        "published_at": START + timedelta(seconds=60),
        "attempts": 1,
        "how": "sent",
        **fields,
    }
    return ReplyPublished(**target(about, brand_id, told.pop("slot", 0)), **told)


def promise(about: MessageReceived, brand_id: str, **fields: Any) -> PromiseMade:
    """What the answer in slot 0 promised, due in four hours."""
    slot = fields.pop("slot", 0)
    reply_id = ids.reply_id(about.message_id, slot)
    made_at = fields.pop("made_at", START)
    told: dict[str, Any] = {
        "promise_id": ids.promise_id(reply_id, 0), "text": "We will call you within 4 hours.",
        "due_text": "within 4 hours", "due_at": made_at + timedelta(hours=4), "language": "en",
        "said_by": Approver(kind="person", id="per_a", name="Ana"), "made_at": made_at,
    }  # fmt: skip
    return PromiseMade(**target(about, brand_id, slot), **{**told, **fields})


def failed(about: MessageReceived, brand_id: str, **fields: Any) -> ReplyFailed:
    told: dict[str, Any] = {
        "state": "failed",
        "code": "network.refused",
        "reason": "The network refused it.",
        "attempts": 1,
        "failed_at": START + timedelta(seconds=50),
        "revision": 1,
        **fields,
    }
    return ReplyFailed(**target(about, brand_id, told.pop("slot", 0)), **told)


def received(scope: BrandScope, *payloads: Payload) -> list[Received[Any]]:
    return [Received(_event(scope, payload, n), payload) for n, payload in enumerate(payloads)]


def _event(scope: BrandScope, payload: Payload, n: int) -> Event:
    origin = Origin("/test", START, scope)
    name = TOPIC_OF[type(payload)].name
    return make_event(name, payload, key=(name, str(n)), partition_key="k", origin=origin)


class World:
    """Everything a test touches, over one database."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.clock = FakeClock(datetime.now(UTC))
        self.database = GatewayDatabase(settings.mongo)
        self.stores: Stores = open_stores(self.database, self.clock)
        registry = CollectorRegistry()
        self.runtime_metrics = RuntimeMetrics(registry, "gateway", "test")
        self.metrics = GatewayMetrics(registry)
        self.live = LiveUpdates(self.stores.pulses, self.clock, self.metrics)
        # The stand-ins of the networks listen on this machine.
        self.caller = guarded_client(guard=Guard(is_loopback_allowed=True))
        parts = Parts(self.live, (Quiet(),), self.caller)
        self.deps: Deps = make_deps(settings, self.clock, self.database, self.stores, parts)
        sinks = sinks_of(self.database, self.clock, self.stores)
        projection = Projection(sinks, self.stores.pulses, self.metrics)
        self.routes = projection.routes()
        self.scopes: dict[str, BrandScope] = {}
        self.people: dict[str, str] = {}
        self.agencies: dict[str, str] = {}

    @cached_property
    def app(self) -> FastAPI:
        """The whole application. Costly to build, and many tests look at the stores only."""
        return make_app(self.deps, self.runtime_metrics)

    async def found(self, agency: str, *brands: str, mode: str = "suggest") -> None:
        """Make an agency with brands named `agency/brand`."""
        agency_id = await self.stores.brands.create_agency(agency, agency.title())
        self.agencies[agency] = agency_id
        for brand in brands:
            policy = Policy(mode=mode)  # type: ignore[arg-type]
            made = NewBrand(
                brand, brand.title(), brand[:2].upper(), "#336699", ["en"], policy, Voice()
            )
            brand_id = await self.stores.brands.create(agency_id, made)
            self.scopes[f"{agency}/{brand}"] = BrandScope(agency_id, brand_id)
            change = ConnectionChanged(
                connection_id=ids.connection_id(brand_id, "facebook", "page"),
                agency_id=agency_id, brand_id=brand_id, network="facebook", account_id="page",
                name=f"{brand.title()} page", base_url="http://x", state="active", revision=1,
                changed_at=START,
            )  # fmt: skip
            await self.play(f"{agency}/{brand}", change)

    async def person(self, agency: str, email: str, roles: dict[str, Role]) -> Viewer:
        """Make a person of an agency with roles by brand name."""
        people = self.stores.people
        hashed = await Passwords().hash(PASSWORD)
        name = email.partition("@")[0].title()
        person_id = await people.create(NewPerson(self.agencies[agency], email, name, hashed))
        self.people[email] = person_id
        for brand, role in roles.items():
            brand_id = self.scopes[f"{agency}/{brand}"].brand_id
            await people.grant(self.system(agency), person_id, brand_id, role)
        return await self.viewer(email)

    async def viewer(self, email: str) -> Viewer:
        from services.gateway.store.people import viewer_of

        found = await self.stores.people.by_id(self.people[email])
        assert found is not None
        return viewer_of(found)

    def system(self, agency: str) -> Viewer:
        return Viewer("per_system", "System", "", self.agencies[agency])

    async def key(self, agency: str, name: str, roles: dict[str, Role]) -> str:
        token, token_hash = new_key_token()
        told = {self.scopes[f"{agency}/{brand}"].brand_id: role for brand, role in roles.items()}
        until = self.clock.now() + timedelta(days=1)
        await self.stores.people.create_key(
            self.system(agency), NewKey(name, token_hash, told, until)
        )
        return token

    async def play(self, brand: str, *payloads: Payload) -> Sequence[Any]:
        """Let the projection read these events, in this order."""
        outcomes: list[Any] = []
        for payload in payloads:
            topic: Topic = TOPIC_OF[type(payload)]
            outcomes += await self.routes[topic](received(self.scopes[brand], payload))
        return outcomes

    async def document(self, brand: str, message_id: str) -> dict[str, Any]:
        brand_id = self.scopes[brand].brand_id
        found = await self.database.messages.find_one({"_id": message_id, "brand_id": brand_id})
        assert found is not None
        return found

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://inbox.test", headers=headers)

    async def signed_in(self, email: str) -> httpx.AsyncClient:
        """Return a client with a session and its CSRF token."""
        client = self.client()
        answer = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        assert COOKIE in client.cookies
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return client


def settings_for(mongo_url: str, prefix: str, driver: str, **more: Any) -> GatewaySettings:
    return GatewaySettings(
        bus=BusSettings(url="127.0.0.1:1"),
        mongo=MongoSettings(url=mongo_url, database_prefix=f"{prefix}_", driver=driver),  # type: ignore[arg-type]
        gateway_http_port=0,
        gateway_connect_key=LETTERBOX.public_key,
        **{"gateway_approval_key": APPROVAL_KEY, **more},
    )
