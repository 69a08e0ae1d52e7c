"""ingest on real servers: the webhook door's answers, and what its worker makes of deliveries."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cli.stack.ports import free_port
from contracts import ids
from contracts.envelope import Event
from contracts.messages import MessageReceived
from contracts.scope import AgencyScope, BrandScope
from contracts.topics import DELIVERY_RECEIVED, MESSAGE_RECEIVED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.crypto import Sealer, new_key
from runtime.mongo import Database
from runtime.settings import BusSettings, MongoSettings
from services.ingest.app import build
from services.ingest.readers import seal_token
from services.ingest.settings import Settings
from services.ingest.store import IngestStore, NewConnection
from tests.service.ingest_world import TOPICS, running

pytestmark = pytest.mark.kafka
SECRET, TOKEN = "an-app-secret", "a-verify-token"
APPS = {"meta": {"secrets": [SECRET, "an-older-secret"], "verify_tokens": [TOKEN]}}
CASA, NORD = BrandScope("agy_1", "brd_casa"), BrandScope("agy_1", "brd_nord")
PAGE = {CASA: "1001", NORD: "2002"}


class Ingest:
    """A running ingest, its database and what it published."""

    def __init__(self, settings: Settings, store: IngestStore, bus: Bus, http: httpx.AsyncClient):
        self.settings, self.store, self.bus, self.http = settings, store, bus, http
        self.published: list[Event] = []

    async def post(self, body: bytes, signature: str | None = "") -> httpx.Response:
        headers = {"content-type": "application/json"}
        if signature is not None:
            headers["X-Hub-Signature-256"] = signature or sign(body)
        return await self.http.post("/webhooks/facebook", content=body, headers=headers)

    async def until(self, count: int, within_s: float = 30) -> list[MessageReceived]:
        async with asyncio.timeout(within_s):
            while len(self.published) < count:
                await asyncio.sleep(0.02)
        return [event.read(MessageReceived) for event in self.published]

    def dead(self) -> list[Any]:
        with Admin(self.settings.bus) as admin:
            return list(admin.dead_letters(DELIVERY_RECEIVED.dead_letters("ingest")))


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def comment(page: str, number: int, verb: str = "add", **more: Any) -> dict[str, Any]:
    value = {
        "item": "comment",
        "verb": verb,
        "post_id": f"{page}_77",
        "parent_id": f"{page}_77",
        "comment_id": f"77_{number}",
        "from": {"id": "555", "name": "Lucía Ferrer"},
        "created_time": 1_795_000_000 + number,
        "message": f"¿Hola {number}? 🌿",
        **more,
    }
    return {"field": "feed", "value": {k: v for k, v in value.items() if v is not None}}


def envelope(*entries: tuple[str, list[dict[str, Any]]]) -> bytes:
    document = {
        "object": "page",
        "entry": [
            {"id": page, "time": 1_795_000_100, "changes": changes} for page, changes in entries
        ],
    }
    return json.dumps(document).encode()


@pytest.fixture
async def ingest(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str
) -> AsyncIterator[Ingest]:
    bus_settings = BusSettings(
        url=bus_url,
        topic_prefix=topic_prefix,
        is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000,
        rebalance_timeout_ms=2_000,
        heartbeat_ms=500,
    )
    settings = Settings(
        bus=bus_settings,
        mongo=MongoSettings(url=mongo_url, database_prefix=database_prefix),
        seal_keys=new_key(),
        ingest_http_port=free_port(),
        ingest_apps=json.dumps(APPS),
    )
    with Admin(bus_settings) as admin:
        admin.ensure_topics(TOPICS)
    database = Database(settings.mongo, "ingest")
    store = IngestStore(database)
    sealer = Sealer.from_setting(settings.seal_keys.get_secret_value())
    for scope, page in PAGE.items():
        connection_id = ids.connection_id(scope.brand_id, "facebook", page)
        sealed = seal_token(sealer, scope, connection_id, "page-token")
        new = NewConnection("facebook", page, page, "http://127.0.0.1:9", sealed)
        await store.connect(scope, new, datetime.now(UTC))
    bus = Bus(bus_settings, "test")
    await bus.start()
    async with (
        running(await build(settings)),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.ingest_http_port}") as http,
    ):
        under_test = Ingest(settings, store, bus, http)
        reader = asyncio.create_task(collect(under_test))
        yield under_test
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    await bus.stop()
    await database.stop()


async def collect(ingest: Ingest) -> None:
    consumer = ingest.bus.consumer("test-reader")
    await consumer.start()
    consumer.subscribe([ingest.bus.real_name(MESSAGE_RECEIVED.name)])
    try:
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                ingest.published += [Event.decode(record.value) for record in records]
    finally:
        await consumer.stop()


async def test_a_signed_webhook_becomes_messages_of_the_right_brands(ingest: Ingest) -> None:
    body = envelope(
        (PAGE[CASA], [comment(PAGE[CASA], 1), comment(PAGE[CASA], 1, "edited", message="Mejor")]),
        (PAGE[NORD], [comment(PAGE[NORD], 2), comment(PAGE[NORD], 3, **{"from": {"id": "2002"}})]),
    )
    answer = await ingest.post(body)
    assert answer.status_code == 200, answer.text
    messages = await ingest.until(4)
    by_brand = {event.brandid for event in ingest.published}
    assert by_brand == {CASA.brand_id, NORD.brand_id}
    casa = [
        m for e, m in zip(ingest.published, messages, strict=True) if e.brandid == CASA.brand_id
    ]
    assert [(m.action, m.text) for m in sorted(casa, key=lambda m: m.version)] == [
        ("created", "¿Hola 1? 🌿"),
        ("edited", "Mejor"),
    ]
    assert casa[0].message_id == casa[1].message_id
    assert casa[0].thread_root_id == f"{PAGE[CASA]}_77"
    assert [m.is_own for m in messages if m.author_id == "2002"] == [True]
    assert {event.agencyid for event in ingest.published} == {"agy_1"}


async def test_a_repeat_gives_the_same_event_again(ingest: Ingest) -> None:
    body = envelope((PAGE[CASA], [comment(PAGE[CASA], 1)]))
    for _ in range(3):
        async with asyncio.timeout(20):
            # A fresh broker may need a moment; a network sends again what was answered 503.
            while (await ingest.post(body)).status_code == 503:
                await asyncio.sleep(0.2)
    await ingest.until(3)
    assert len({event.id for event in ingest.published}) == 1


@pytest.mark.parametrize(
    ("body", "signature", "status", "code"),
    [
        (envelope((PAGE[CASA], [])), None, 401, "signature.invalid"),
        (envelope((PAGE[CASA], [])), "sha256=" + "0" * 64, 401, "signature.invalid"),
        (envelope((PAGE[CASA], [])), "sha256=ünïcode", 401, "signature.invalid"),
        (b"x" * (1024 * 1024 + 1), "", 413, "delivery.too_large"),
        (b"{not json", "", 400, "delivery.not_json"),
        (envelope(("9999", [comment("9999", 1)])), "", 404, "connection.unknown"),
    ],
)
async def test_what_is_refused_leaves_nothing_behind(
    ingest: Ingest, body: bytes, signature: str | None, status: int, code: str
) -> None:
    if signature and not signature.isascii():
        headers = {b"X-Hub-Signature-256": signature.encode("latin-1")}
        answer = await ingest.http.post("/webhooks/facebook", content=body, headers=headers)
    else:
        answer = await ingest.post(body, signature)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    if status != 404:  # every 404 has the same bytes
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    with Admin(ingest.settings.bus) as admin:
        ends = sum(lag.end for lag in admin.lags(["ingest"]) if "delivery" in lag.topic)
    assert ends == 0


async def test_an_older_secret_still_opens_the_door_while_it_is_replaced(ingest: Ingest) -> None:
    body = envelope((PAGE[CASA], [comment(PAGE[CASA], 1)]))
    assert (await ingest.post(body, sign(body, "an-older-secret"))).status_code == 200
    assert (await ingest.post(body, sign(body, ""))).status_code == 401


async def test_unknown_network_and_handshake(ingest: Ingest) -> None:
    answer = await ingest.http.post("/webhooks/myspace", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (404, "network.unknown")
    query = {"hub.mode": "subscribe", "hub.challenge": "1158<b>", "hub.verify_token": TOKEN}
    right = await ingest.http.get("/webhooks/facebook", params=query)
    assert (right.status_code, right.text) == (200, "1158<b>")
    assert right.headers["content-type"].startswith("text/plain")
    wrong = await ingest.http.get("/webhooks/facebook", params={**query, "hub.verify_token": "x"})
    assert wrong.status_code == 403
    assert "1158" not in wrong.text


async def test_signed_but_not_understood_is_kept_and_the_good_parts_go_on(ingest: Ingest) -> None:
    broken = {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": {}}}
    body = envelope((PAGE[CASA], [broken, comment(PAGE[CASA], 5)]), ("9999", [comment("9999", 6)]))
    assert (await ingest.post(body)).status_code == 200
    messages = await ingest.until(1)
    assert [m.external_id for m in messages] == ["77_5"]
    async with asyncio.timeout(20):
        while not (letters := await asyncio.to_thread(ingest.dead)):
            await asyncio.sleep(0.1)
    (letter,) = letters
    kept = Event.decode(letter.value)
    assert json.loads(kept.data["body"]) == json.loads(body)
    assert "9999" in letter.facts["why"]


async def test_no_broker_means_503_and_not_a_false_promise(
    ingest: Ingest, monkeypatch: Any
) -> None:
    body = envelope((PAGE[CASA], [comment(PAGE[CASA], 1)]))

    async def hang(*_: Any, **__: Any) -> None:
        await asyncio.sleep(4)

    with monkeypatch.context() as patch:
        patch.setattr(Bus, "send", hang)
        answer = await ingest.post(body)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) <= 2


async def test_items_and_tombstones_are_walled_off_by_brand(ingest: Ingest) -> None:
    await ingest.post(envelope((PAGE[CASA], [comment(PAGE[CASA], 1)])))
    (message,) = await ingest.until(1)
    mine = await ingest.store.known_items(CASA, [message.message_id])
    assert set(mine) == {message.message_id}
    assert await ingest.store.known_items(NORD, [message.message_id]) == {}
    others = AgencyScope("agy_2", frozenset({"brd_other"}))
    assert await ingest.store.known_items(others, [message.message_id]) == {}
    assert await ingest.store.list_connections(others) == []
