"""Every network's webhook door: who may come in, by which secret, and what a repeat does."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.stack.ports import free_port
from contracts import ids
from contracts.envelope import Event
from contracts.scope import BrandScope
from contracts.topics import MESSAGE_RECEIVED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.crypto import Sealer, new_key
from runtime.mongo import Database
from runtime.settings import BusSettings, MongoSettings
from services.ingest.app import build
from services.ingest.settings import Settings
from services.ingest.store import IngestStore, NewConnection
from tests.service.ingest_world import TOPICS, running

pytestmark = pytest.mark.kafka
CASA = BrandScope("agy_1", "brd_casa")
DISCORD = Ed25519PrivateKey.generate()
HOOK_KEY = base64.b64encode(b"a secret of thirty-two bytes ok!").decode()
APPS = {
    "meta": {"secrets": ["meta-secret"], "verify_tokens": ["meta-word"]},
    "threads": {"secrets": ["threads-secret"], "verify_tokens": ["threads-word"]},
    "x": {"secrets": ["x-secret"]},
    "linkedin": {"secrets": ["li-secret"]},
    "tiktok": {"secrets": ["tt-secret"]},
    "discord": {"public_key": DISCORD.public_key().public_bytes_raw().hex()},
}
ACCOUNTS = {"facebook": "1001", "whatsapp": "3003", "telegram": "77", "webhook": "shop"}


class World:
    """A running ingest with one account at each of some networks."""

    def __init__(self, http: httpx.AsyncClient, bus: Bus, settings: Settings) -> None:
        self.http, self.bus, self.settings = http, bus, settings

    def path(self, network: str) -> str:
        """Return the address of a network's own account."""
        account = ids.connection_id(CASA.brand_id, network, ACCOUNTS[network])
        return f"/webhooks/{network}/{account}"

    def deliveries(self) -> int:
        with Admin(self.settings.bus) as admin:
            return sum(lag.end for lag in admin.lags(["ingest"]) if "delivery" in lag.topic)


@pytest.fixture
async def world(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str
) -> AsyncIterator[World]:
    bus_settings = BusSettings(
        url=bus_url, topic_prefix=topic_prefix, is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000, rebalance_timeout_ms=2_000, heartbeat_ms=500,
    )  # fmt: skip
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
    for network, account in ACCOUNTS.items():
        about = ids.connection_id(CASA.brand_id, network, account)
        token = f"whsec_{HOOK_KEY}" if network == "webhook" else "token"
        new = NewConnection(
            network, account, account, "http://127.0.0.1:9",
            sealer.seal(token, brand_id=CASA.brand_id, about=about),
            private={
                "sealed_webhook_secret": sealer.seal("tg-word", brand_id=CASA.brand_id, about=about)
            },
        )  # fmt: skip
        await store.connect(CASA, new, datetime.now(UTC))
    bus = Bus(bus_settings, "test")
    await bus.start()
    base_url = f"http://127.0.0.1:{settings.ingest_http_port}"
    async with running(await build(settings)), httpx.AsyncClient(base_url=base_url) as http:
        yield World(http, bus, settings)
    await bus.stop()
    await database.stop()


def digest(secret: str, content: bytes) -> bytes:
    return hmac.new(secret.encode(), content, hashlib.sha256).digest()


def hub(body: bytes, secret: str = "meta-secret") -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + digest(secret, body).hex()}


def standard(body: bytes, call_id: str, at: int | None = None) -> dict[str, str]:
    stamp = str(int(time.time()) if at is None else at)
    content = f"{call_id}.{stamp}.".encode() + body
    signed = hmac.new(base64.b64decode(HOOK_KEY), content, hashlib.sha256).digest()
    return {
        "webhook-id": call_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }


def signed(network: str, body: bytes) -> dict[str, str]:
    """Return the headers with which a network signs this body now."""
    now = str(int(time.time()))
    if network == "x":
        value = "sha256=" + base64.b64encode(digest("x-secret", body)).decode()
        return {"x-twitter-webhooks-signature": value}
    if network == "linkedin":
        return {"x-li-signature": digest("li-secret", b"hmacsha256=" + body).hex()}
    if network == "tiktok":
        return {
            "tiktok-signature": f"t={now},s={digest('tt-secret', f'{now}.'.encode() + body).hex()}"
        }
    if network == "discord":
        signature = DISCORD.sign(now.encode() + body).hex()
        return {"x-signature-ed25519": signature, "x-signature-timestamp": now}
    return hub(body, "threads-secret" if network == "threads" else "meta-secret")


@pytest.mark.parametrize("network", ["x", "linkedin", "tiktok", "discord", "threads"])
async def test_a_network_comes_in_by_its_own_signature_only(world: World, network: str) -> None:
    body = b'{"type": 7, "note": "\\u00fc"}'
    right = await world.http.post(
        f"/webhooks/{network}", content=body, headers=signed(network, body)
    )
    assert right.status_code == 200, right.text
    for headers in ({}, signed(network, body + b" "), hub(body, "")):
        wrong = await world.http.post(f"/webhooks/{network}", content=body, headers=headers)
        assert wrong.status_code == 401
        assert wrong.json()["code"] == "signature.invalid"
    name = next(iter(signed(network, body))).encode()
    odd = await world.http.post(
        f"/webhooks/{network}", content=body, headers={name: "sha256=ünï".encode()}
    )
    assert odd.status_code == 401
    assert world.deliveries() == 1


async def test_handshakes(world: World) -> None:
    crc = (await world.http.get("/webhooks/x", params={"crc_token": "t"})).json()
    expected = "sha256=" + base64.b64encode(digest("x-secret", b"t")).decode()
    assert crc == {"response_token": expected}
    code = (await world.http.get("/webhooks/linkedin", params={"challengeCode": "c-1"})).json()
    assert code["challengeResponse"] == digest("li-secret", b"c-1").hex()
    query = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "threads-word"}
    assert (await world.http.get("/webhooks/threads", params=query)).text == "42"
    assert (await world.http.get("/webhooks/meta", params=query)).status_code == 403
    assert (await world.http.get("/webhooks/x")).status_code == 403
    for nobody in ("telegram", "webhook", "email", "slack"):
        assert (await world.http.get(f"/webhooks/{nobody}")).status_code == 404
    for ping, status in ((b'{"type": 1, "id": "1"}', 200), (b'{"version": 1, "type": 0}', 204)):
        headers = signed("discord", ping)
        answer = await world.http.post("/webhooks/discord", content=ping, headers=headers)
        assert answer.status_code == status
    assert world.deliveries() == 0


async def test_telegram_needs_the_word_and_the_path(world: World) -> None:
    body = b'{"update_id": 1}'
    word = {"x-telegram-bot-api-secret-token": "tg-word"}
    path = world.path("telegram")
    assert (await world.http.post(path, content=body, headers=word)).status_code == 200
    wrong = {"x-telegram-bot-api-secret-token": "another"}
    assert (await world.http.post(path, content=body, headers=wrong)).status_code == 401
    for nobody in (
        "/webhooks/telegram",
        f"{path}x",
        world.path("facebook").replace("facebook", "telegram"),
    ):
        assert (await world.http.post(nobody, content=body, headers=word)).status_code == 404


async def test_the_object_names_the_network_and_its_limit(world: World) -> None:
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "3003"}, "pad": ""}
    change = {"field": "messages", "value": value}
    document = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "555", "changes": [change]}],
    }
    value["pad"] = "x" * (2 * 1024 * 1024)
    large = json.dumps(document).encode()
    assert (await world.http.post("/webhooks/meta", content=large, headers=hub(large))).json() == {
        "accepted": 1
    }
    page = json.dumps({"object": "page", "entry": [{"id": "1001"}], "pad": value["pad"]}).encode()
    refused = await world.http.post("/webhooks/meta", content=page, headers=hub(page))
    assert (refused.status_code, refused.json()["code"]) == (413, "delivery.too_large")
    value["metadata"] = {"phone_number_id": "4004"}
    value["pad"] = ""
    stranger = json.dumps(document).encode()
    answer = await world.http.post("/webhooks/whatsapp", content=stranger, headers=hub(stranger))
    assert (answer.status_code, answer.json()["code"]) == (404, "connection.unknown")


async def test_another_type_is_refused(world: World) -> None:
    body = b"a=1"
    headers = {**hub(body), "content-type": "application/x-www-form-urlencoded"}
    assert (
        await world.http.post("/webhooks/meta", content=body, headers=headers)
    ).status_code == 415


async def test_a_webhook_id_is_good_for_one_body(world: World) -> None:
    path, body = world.path("webhook"), b'{"type": "message.created", "data": {}}'
    for _ in range(2):
        answer = await world.http.post(path, content=body, headers=standard(body, "msg_1"))
        assert answer.status_code == 200, answer.text
    other = b'{"type": "message.created", "data": {"text": "changed"}}'
    reused = await world.http.post(path, content=other, headers=standard(other, "msg_1"))
    assert (reused.status_code, reused.json()["code"]) == (409, "delivery.id_reused")
    old = standard(body, "msg_2", int(time.time()) - 301)
    assert (await world.http.post(path, content=body, headers=old)).status_code == 401


async def test_a_thousand_repeats_are_one_message(world: World) -> None:
    comment = {
        "item": "comment", "verb": "add", "post_id": "1001_7", "parent_id": "1001_7",
        "comment_id": "7_1", "from": {"id": "5", "name": "Ana"}, "created_time": 1_795_000_000,
        "message": "hola",
    }  # fmt: skip
    entry = {"id": "1001", "time": 1, "changes": [{"field": "feed", "value": comment}]}
    bodies = [json.dumps({"object": "page", "entry": [entry]}).encode()]
    bodies.append(json.dumps({"entry": [entry], "object": "page"}, indent=1).encode())
    calls = [("/webhooks/meta", body, hub(body)) for body in bodies for _ in range(500)]
    random.Random(7).shuffle(calls)
    gate = asyncio.Semaphore(50)

    async def send(path: str, body: bytes, headers: dict[str, str]) -> int:
        async with gate:
            while True:  # as a network does: 503 means not taken, and is sent again
                answer = await world.http.post(path, content=body, headers=headers)
                if answer.status_code != 503:
                    return answer.status_code

    assert set(await asyncio.gather(*(send(*call) for call in calls))) == {200}
    events = await collect(world, 1000)
    assert len({event.id for event in events}) == 1
    assert {event.data["message_id"] for event in events} == {
        ids.message_id(CASA.brand_id, "facebook", "1001", "7_1")
    }


async def collect(world: World, at_least: int, within_s: float = 60) -> list[Any]:
    """Return what was published as messages, once there is as much."""
    consumer = world.bus.consumer("test-reader")
    await consumer.start()
    consumer.subscribe([world.bus.real_name(MESSAGE_RECEIVED.name)])
    found: list[Event] = []
    try:
        async with asyncio.timeout(within_s):
            while len(found) < at_least:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [Event.decode(record.value) for record in records]
    finally:
        await consumer.stop()
    return found
