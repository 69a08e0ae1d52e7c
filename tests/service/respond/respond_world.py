"""A small world for respond's tests: one agency, its brands and accounts at a sandbox, event makers."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from contracts import ids
from contracts.approval import sealed_bytes
from contracts.brands import BrandChanged, Fact, Policy, Voice
from contracts.connections import ConnectionChanged, GrantRefused
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.messages import Head, Labels, MessageClassified, MessageReceived
from contracts.moderation import ModerationSettled
from contracts.replies import Approver, Consent, ReplyApproved, ReplyRejected, ReplyTarget, Seal
from contracts.scope import AgencyScope, BrandScope
from contracts.topics import TOPICS
from runtime.clock import SystemClock
from runtime.crypto import Sealer, Signer, Stamp, Verifier, new_key
from runtime.mongo import BrandCollection, Database
from runtime.settings import MongoSettings
from runtime.stage import Outcome, Received
from sandbox.app import Sandbox
from sandbox.models import Account, Item, Person
from sandbox.writing import Words
from services.respond.accounts import Accounts
from services.respond.answering import Answering
from services.respond.courier import Courier
from services.respond.desk import Desk
from services.respond.domain import publication
from services.respond.drafting.phrasebook import load_phrasebook
from services.respond.handlers import Handlers
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
from services.respond.records import Reply, cause_of
from services.respond.rests import Rests
from services.respond.store import Store
from services.respond.voices import Voices
from services.respond.warrants import Warrants

AGENCY = "agy_1"
CASA = BrandScope(AGENCY, "brd_casa")
NORD = BrandScope(AGENCY, "brd_nord")
EVERYBODY = AgencyScope("*", frozenset({CASA.brand_id, NORD.brand_id}))
TOPIC_OF = {topic.payload: topic.name for topic in TOPICS.values()}
PERSON = Approver(kind="person", id="per_1", name="Ana")
DISCLOSURE = "Sent automatically."
POLICY = Approver(kind="policy", id="policy", name="Brand policy")
# The same in every process that a test starts.
SIGNER = Signer.from_setting(
    f"test:{b64encode(sha256(b'the gateway of the tests').digest()).decode()}"
)
HOURS = Fact(
    fact_id="fct_hours", title="Opening hours", language="en",
    keywords=["open", "opening", "hours"], text="We are open Monday to Saturday, 9 to 18.",
)  # fmt: skip


def event_of(payload: Payload, scope: BrandScope, *key: str) -> Event:
    return make_event(
        TOPIC_OF[type(payload)], payload, key=key, partition_key=key[0],
        origin=Origin("test", datetime.now(UTC), scope),
    )  # fmt: skip


def brand_of(scope: BrandScope, revision: int = 1, **policy: Any) -> BrandChanged:
    return BrandChanged(
        brand_id=scope.brand_id, agency_id=scope.agency_id, name="Casa", initials="CA",
        colour="#112233", languages=["en", "de"], policy=Policy(**policy),
        voice=Voice(signature="Casa", facts=[HOURS]), revision=revision, changed_at=datetime.now(UTC),
    )  # fmt: skip


def head(label: str, p: float = 0.95) -> Head:
    return Head(label=label, p={label: p, "rest": 1 - p})


def labels_of(intent: str = "question", sentiment: str = "neutral", **more: Any) -> Labels:
    return Labels(
        model="m1", language=head(more.get("language", "en")), sentiment=head(sentiment),
        intent=head(intent, more.get("p", 0.95)), urgency=head(more.get("urgency", "0")),
        needs_human=head(more.get("needs_human", "false")),
    )  # fmt: skip


def message_of(scope: BrandScope, external_id: str, **more: Any) -> MessageReceived:
    network, account = more.pop("network", "facebook"), more.pop("account", "100")
    fields: dict[str, Any] = {
        "network": network, "external_id": external_id, "kind": "comment", "action": "created",
        "author_id": "55", "author_name": "Lucía Ferrer", "author_handle": None,
        "text": "When are you open?", "parent_external_id": f"{account}_1",
        "thread_root_id": f"{account}_1", "version": "2026-01-01T00:00:00Z",
        "created_at": datetime.now(UTC), "received_at": datetime.now(UTC),
        "message_id": ids.message_id(scope.brand_id, network, account, external_id),
        "thread_id": ids.thread_id(scope.brand_id, network, account, f"{account}_1"),
        "connection_id": ids.connection_id(scope.brand_id, network, account),
    }  # fmt: skip
    return MessageReceived(**fields | more)


def classified(
    message: MessageReceived, labels: Labels | None, scope: BrandScope
) -> Received[MessageClassified]:
    payload = MessageClassified(message=message, labels=labels)
    return Received(event_of(payload, scope, message.message_id, message.version), payload)


def target_of(message: MessageReceived, scope: BrandScope, slot: int = 0) -> dict[str, Any]:
    return {
        "reply_id": ids.reply_id(message.message_id, slot), "message_id": message.message_id,
        "thread_id": message.thread_id, "brand_id": scope.brand_id,
        "connection_id": message.connection_id, "network": message.network, "slot": slot,
    }  # fmt: skip


def approved(
    message: MessageReceived, scope: BrandScope, text: str, **more: Any
) -> Received[ReplyApproved]:
    fields = target_of(message, scope, more.get("slot", 0)) | {
        "text": text, "approved_by": PERSON, "approved_at": datetime.now(UTC),
    }  # fmt: skip
    payload = signed(ReplyApproved(**said_yes(fields | more)))
    return Received(event_of(payload, scope, payload.reply_id, str(payload.approved_at)), payload)


def said_yes(fields: dict[str, Any], role: str = "approver") -> dict[str, Any]:
    """Return the fields with the consent of whoever lets the answer go, unless they hold others."""
    by, at = fields["approved_by"], fields["approved_at"]
    own = Consent(person_id=by.id, name=by.name, role=role, at=at)
    return {"consents": [own]} | fields


def signed(payload: ReplyApproved, signer: Signer = SIGNER) -> ReplyApproved:
    """Return the approval with the gateway's signature."""
    seal = Seal(key_id=signer.key_id, signature=signer.sign(sealed_bytes(payload)))
    return payload.model_copy(update={"seal": seal})


def rejected(message: MessageReceived, scope: BrandScope, **more: Any) -> Received[ReplyRejected]:
    fields = target_of(message, scope) | {
        "reason": "not like this", "rejected_by": PERSON, "rejected_at": datetime.now(UTC),
    }  # fmt: skip
    payload = ReplyRejected(**fields | more)
    return Received(event_of(payload, scope, payload.reply_id, str(payload.rejected_at)), payload)


@dataclass
class Respond:
    """Respond's parts without the bus: events go in by hand, the outboxes are read."""

    database: Database
    store: Store
    handlers: Handlers
    answering: Answering
    courier: Courier
    moderator: Moderator
    moderating: ModerationHandler
    receiving: ReceiptHandler
    publisher: Publisher
    rests: Rests
    networks: dict[str, Any]
    sealer: Sealer
    clock: SystemClock
    metrics: RespondMetrics
    desk: Desk
    nudges: list[None] = field(default_factory=list)

    async def brand(self, scope: BrandScope, revision: int = 1, **policy: Any) -> None:
        payload = brand_of(scope, revision, **policy)
        event = event_of(payload, scope, scope.brand_id, str(revision))
        await self.handlers.on_brand_changed([Received(event, payload)])

    async def connection(self, scope: BrandScope, network: str, account: str, **more: Any) -> None:
        connection_id = ids.connection_id(scope.brand_id, network, account)
        token = more.pop("token", "secret")
        fields: dict[str, Any] = {
            "connection_id": connection_id, "agency_id": scope.agency_id,
            "brand_id": scope.brand_id, "network": network, "account_id": account, "name": "Casa",
            "base_url": "http://127.0.0.1:9", "state": "active", "revision": 1,
            "sealed_token": self.sealer.seal(token, brand_id=scope.brand_id, about=connection_id),
            "changed_at": datetime.now(UTC),
        }  # fmt: skip
        payload = ConnectionChanged(**fields | more)
        event = event_of(payload, scope, connection_id, str(payload.revision))
        await self.handlers.on_connection_changed([Received(event, payload)])

    async def classify(self, *received: Received[MessageClassified]) -> list[Outcome]:
        return await self.answering.on_message_classified(received)

    async def release(self, message: MessageReceived, scope: BrandScope, text: str) -> None:
        """Let an answer go as the brand's policy does."""
        now = datetime.now(UTC)
        payload = ReplyApproved(
            **target_of(message, scope), text=f"{text} {DISCLOSURE}", approved_by=POLICY,
            approved_at=now,
        )  # fmt: skip
        event = classified(message, labels_of(), scope).event
        reply = Reply(
            ReplyTarget(**target_of(message, scope)), scope.agency_id, payload.text, POLICY,
            publication.approve(now, now), cause_of(event),
            approval=self.desk.warrants.stamped(payload), disclosure=DISCLOSURE,
        )  # fmt: skip
        await self.store.insert(scope, [reply], [event], now)

    async def told(self, kind: str = "") -> list[Event]:
        """Events that wait in the outboxes."""
        events = await self._waiting(self.store.replies)
        return [event for event in events if event.type.startswith(kind)]

    async def told_of_acts(self) -> list[ModerationSettled]:
        """What waits in the outboxes of the acts."""
        return [e.read(ModerationSettled) for e in await self._waiting(self.store.moderations.acts)]

    async def told_of_grants(self) -> list[GrantRefused]:
        """What waits in the outboxes of the connections."""
        return [e.read(GrantRefused) for e in await self._waiting(self.store.connections)]

    async def _waiting(self, collection: BrandCollection) -> list[Event]:
        found = await collection.find({"brand_id": {"$in": sorted(EVERYBODY.brand_ids)}})
        return [Event.decode(one["event"]) for doc in found for one in doc.get("outbox", [])]

    async def replies(self) -> list[Reply]:
        found = await self.store.replies.find({"brand_id": {"$in": sorted(EVERYBODY.brand_ids)}})
        loaded = [await self.store.reply(EVERYBODY, document["_id"]) for document in found]
        return [reply for reply in loaded if reply is not None]

    async def only_reply(self) -> Reply:
        (reply,) = await self.replies()
        return reply

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[None]:
        ending = asyncio.Event()
        task = asyncio.create_task(self.publisher.run(ending))
        try:
            yield
        finally:
            ending.set()
            self.publisher.nudge()
            await task

    async def until(
        self, holds: Callable[[list[Reply]], bool], within_s: float = 30
    ) -> list[Reply]:
        async with asyncio.timeout(within_s):
            while not holds(replies := await self.replies()):
                await asyncio.sleep(0.05)
        return replies

    async def make_due(self, ago_s: float = 60) -> None:
        """Let the waits and leases of all replies be over."""
        where = {"brand_id": {"$in": sorted(EVERYBODY.brand_ids)}, "due_at": {"$exists": True}}
        due_at = datetime.now(UTC) - timedelta(seconds=ago_s)
        await self.store.replies.update_all(where, {"$set": {"due_at": due_at}})
        await self.store.moderations.acts.update_all(where, {"$set": {"due_at": due_at}})


def verifier() -> Verifier:
    return Verifier.from_setting(SIGNER.public_key)


async def make_respond(url: str, prefix: str, client: httpx.AsyncClient, **options: Any) -> Respond:
    database = Database(MongoSettings(url=url, database_prefix=f"{prefix}_"), "respond")
    clock, metrics = SystemClock(), RespondMetrics(CollectorRegistry())
    key = options.pop("key", None) or new_key()
    store, sealer = Store(database), Sealer.from_setting(key)
    await store.ensure()
    voices, rests = Voices(store, load_phrasebook()), Rests(database, clock)
    await rests.ensure()
    networks: dict[str, Any] = {
        **registry.networks(Tools(client, client, clock, is_loopback_allowed=True)),
        **options.pop("networks", {}),
    }
    nudges: list[None] = []
    accounts = Accounts(store, sealer, clock, lambda: None)
    desk = Desk(clock, metrics, Warrants(verifier(), Stamp.from_setting(key)))
    parts = Parts(store, Permits(desk, voices), networks, accounts, rests, clock, metrics)
    timeout_s = options.pop("timeout_s", 5.0)
    courier = Courier(parts, timeout_s, lambda: None)
    moderator = Moderator(parts, timeout_s, lambda: None)
    publisher = Publisher(
        store.everything,
        (moderator, courier),
        rests,
        metrics,
        PublisherOptions(**{"poll_s": 0.1} | options),
    )
    return Respond(
        database, store,
        Handlers(store, desk, lambda: nudges.append(None)),
        Answering(store, voices, Proposer(networks, metrics), desk, lambda: None),
        courier, moderator, ModerationHandler(store.moderations, clock, publisher.nudge),
        ReceiptHandler(store, clock, lambda: None), publisher, rests, networks, sealer, clock, metrics, desk, nudges,
    )  # fmt: skip


@dataclass
class AtSandbox:
    """A brand's account at the sandbox, and the messages people write to it."""

    sandbox: Sandbox
    scope: BrandScope
    account: Account

    @classmethod
    async def connect(
        cls, respond: Respond, sandbox: Sandbox, scope: BrandScope, network: str, brand: str
    ) -> AtSandbox:
        account = next(
            a for a in sandbox.world.accounts() if (a.network, a.brand) == (network, brand)
        )
        path = "graph" if network == "facebook" else "mastodon"
        await respond.connection(
            scope, network, account.id, token=account.token, base_url=f"{sandbox.origin}/{path}"
        )
        return cls(sandbox, scope, account)

    def writes(self, number: int, text: str = "When are you open?", **more: Any) -> MessageReceived:
        person = Person(
            id=f"9{number:06d}", name=f"Lucía {number}", handle=f"lucia{number}", language="en"
        )
        item = self._item(person, text, more.pop("visibility", "public"))
        return self.received(item, person, **more)

    def _item(self, person: Person, text: str, visibility: Any) -> Item:
        words = Words(text=text, visibility=visibility)
        if self.account.network == "mastodon":
            return self.sandbox.pen.mention(self.account, person, words)
        post = self.sandbox.world.posts(self.account)[0]
        return self.sandbox.pen.comment(self.account, post, person, words)

    def received(self, item: Item, person: Person, **more: Any) -> MessageReceived:
        return message_of(
            self.scope, item.id, network=self.account.network, account=self.account.id, kind=item.kind,
            author_id=person.id, author_name=person.name,
            author_handle=person.acct if self.account.network == "mastodon" else None,
            text=item.text, parent_external_id=item.parent_id, thread_root_id=item.root_id,
            thread_id=ids.thread_id(
                self.scope.brand_id, self.account.network, self.account.id, item.root_id
            ),
            created_at=item.created_at, visibility=item.visibility, **more,
        )  # fmt: skip
