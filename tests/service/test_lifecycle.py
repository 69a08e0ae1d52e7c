"""An account from its connecting to its removal: asked for by events, read, kept, lost and mended."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from contracts import ids
from contracts.connections import ConnectionRequested, GrantRefused
from contracts.envelope import Origin, make_event
from contracts.replies import Approver
from contracts.scope import BrandScope
from contracts.topics import (
    CONNECTION_CHANGED,
    CONNECTION_HEALTH,
    CONNECTION_REFUSED,
    CONNECTION_REQUESTED,
    GRANT_REFUSED,
    MESSAGE_RECEIVED,
)
from runtime.bus import Bus
from runtime.crypto import Letterbox, Sealer, seal_to
from runtime.mongo import Database
from runtime.web import HttpServer
from sandbox import demo
from sandbox.app import Sandbox
from sandbox.server import running as sandbox_running
from sandbox.settings import Settings as SandboxSettings
from services.ingest.app import build
from services.ingest.settings import Settings
from services.ingest.store import IngestStore
from tests.service.ingest_world import Heard, Place, running

pytestmark = pytest.mark.kafka
CASA = BrandScope("agy_1", "brd_casa")
MASTODON = next(one for one in demo.DEMO if one.network == "mastodon")
HEARD = [
    topic.name
    for topic in (CONNECTION_CHANGED, CONNECTION_HEALTH, CONNECTION_REFUSED, MESSAGE_RECEIVED)
]


@dataclass(slots=True)
class TokenServer:
    """A token endpoint: a code is good once, a refresh token rotates, as RFC 6749 has it."""

    token: str
    refresh: str = "refresh-0"
    lives_s: int = 3600
    is_refusing: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: set[str] = field(default_factory=lambda: {"code-1"})

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/token", self.answer, methods=["POST"], response_model=None)
        return app

    async def answer(self, request: Request) -> Any:
        form = {key: str(value) for key, value in (await request.form()).items()}
        self.asked.append(form)
        is_code = form["grant_type"] == "authorization_code" and form["code"] in self.codes
        is_known = is_code or form.get("refresh_token") == self.refresh
        if self.is_refusing or not is_known:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.codes.discard(form.get("code", ""))
        self.refresh = f"refresh-{len(self.asked)}"
        return {
            "access_token": self.token,
            "refresh_token": self.refresh,
            "expires_in": self.lives_s,
        }


@dataclass(slots=True)
class World:
    """ingest, the sandbox, a token server, and what was published."""

    settings: Settings
    sandbox: Sandbox
    tokens: TokenServer
    store: IngestStore
    bus: Bus
    heard: Heard
    box: Letterbox

    @property
    def base_url(self) -> str:
        return f"{self.sandbox.origin}/mastodon"

    async def ask(self, wish: str, secrets: Any = None, **more: Any) -> str:
        """Send a request as the gateway does; return its id."""
        request_id = more.pop("request_id", None) or ids.random_id("req")
        sealed = None
        if secrets is not None:
            sealed = seal_to(
                self.box.public_key, json.dumps(secrets), brand_id=CASA.brand_id, about=request_id
            )
        now = datetime.now(UTC)
        request = ConnectionRequested(
            request_id=request_id, agency_id=CASA.agency_id, brand_id=CASA.brand_id, wish=wish,
            sealed_secrets=sealed, requested_by=Approver(kind="person", id="per_1", name="Ana"),
            requested_at=now, **more,
        )  # fmt: skip
        event = make_event(
            CONNECTION_REQUESTED.name, request, key=(request_id,),
            partition_key=CASA.brand_id, origin=Origin("/gateway", now, CASA),
        )  # fmt: skip
        await self.bus.send([event])
        return request_id

    async def connect(self, **secrets: str) -> Any:
        """Connect the demo's Mastodon account and return what was announced."""
        request = await self.ask(
            "connect", secrets or {"token": MASTODON.token}, network="mastodon",
            base_url=self.base_url,
        )  # fmt: skip
        return await self.changed(request)

    async def changed(self, request_id: str) -> Any:
        return await self.heard.until(CONNECTION_CHANGED, lambda one: one.request_id == request_id)

    async def refused(self, request_id: str) -> Any:
        return await self.heard.until(CONNECTION_REFUSED, lambda one: one.request_id == request_id)

    async def emit(self, text: str) -> None:
        wish = {
            "network": "mastodon",
            "account": MASTODON.account_id,
            "kind": "mention",
            "text": text,
        }
        async with httpx.AsyncClient() as http:
            (await http.post(f"{self.sandbox.origin}/__control/emit", json=wish)).raise_for_status()

    def token_of(self, connection: Any) -> str:
        sealer = Sealer.from_setting(self.settings.seal_keys.get_secret_value())
        return sealer.open(
            connection.sealed_token, brand_id=CASA.brand_id, about=connection.connection_id
        )


@pytest.fixture
async def world(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str
) -> AsyncIterator[World]:
    tokens = TokenServer(MASTODON.token)
    token_server = HttpServer(tokens.app(), "127.0.0.1", 0)
    await token_server.start()
    place = Place(mongo_url, bus_url, bus_kind == "apache", database_prefix, topic_prefix)
    apps = {
        "mastodon": {
            "client_id": "rapport", "secrets": ["app-secret"],
            "token_url": f"http://127.0.0.1:{token_server.port}/token",
        }
    }  # fmt: skip
    settings = place.settings(ingest_apps=json.dumps(apps))
    database = Database(settings.mongo, "ingest")
    bus = Bus(settings.bus, "test")
    await bus.start()
    async with (
        sandbox_running(SandboxSettings(port=0, is_traffic_on=False)) as sandbox,
        running(await build(settings)),
        Heard(bus, HEARD) as heard,
    ):
        box = Letterbox.from_setting(settings.seal_keys.get_secret_value())
        yield World(settings, sandbox, tokens, IngestStore(database), bus, heard, box)
    await bus.stop()
    await database.stop()
    await token_server.stop()


async def test_an_account_is_connected_by_form_and_read_at_once(world: World) -> None:
    await world.emit("from before it was connected")
    made = await world.connect()
    assert (made.state, made.account_id, made.network) == (
        "active",
        MASTODON.account_id,
        "mastodon",
    )
    assert world.token_of(made) == MASTODON.token
    first = await world.heard.until(
        MESSAGE_RECEIVED, lambda one: "before it was connected" in (one.text or "")
    )
    assert first.connection_id == made.connection_id
    health = await world.heard.until(CONNECTION_HEALTH, lambda one: one.last_read_at is not None)
    assert (health.trouble, health.is_reading) == (None, True)


async def test_the_same_request_twice_is_done_once(world: World) -> None:
    secrets = {"token": MASTODON.token}
    more: dict[str, Any] = {"network": "mastodon", "base_url": world.base_url}
    request = await world.ask("connect", secrets, request_id="req_same", **more)
    made = await world.changed(request)
    await world.ask("connect", secrets, request_id="req_same", **more)
    paused = await world.ask("pause", connection_id=made.connection_id)
    assert (await world.changed(paused)).state == "paused"
    assert [one.revision for one in world.heard.of(CONNECTION_CHANGED)] == [1, 2]


async def test_what_cannot_be_done_is_refused_with_advice(world: World) -> None:
    base_url = world.base_url
    cases = [
        (
            ("connect", {"token": "wrong"}),
            {"network": "mastodon", "base_url": base_url},
            "mastodon.",
        ),
        (("connect", {}), {"network": "mastodon", "base_url": base_url}, "connect.incomplete"),
        (("connect", {}), {"network": "myspace"}, "network.unknown"),
        (("check", None), {"connection_id": "con_nobody"}, "connection.unknown"),
        (
            ("connect", {"code": "used", "redirect_uri": "https://r.example/"}),
            {"network": "mastodon", "base_url": base_url},
            "connect.code_refused",
        ),
    ]
    for (wish, secrets), more, code in cases:
        refused = await world.refused(await world.ask(wish, secrets, **more))
        assert refused.code.startswith(code)
        assert len(refused.reason) > 10
        assert "wrong" not in refused.reason


async def test_a_code_gives_tokens_that_are_renewed_in_one_change(world: World) -> None:
    world.tokens.lives_s = 5  # ends within the time in which it is renewed
    made = await world.connect(
        code="code-1", code_verifier="v" * 43, redirect_uri="https://r.example/cb"
    )
    assert world.tokens.asked[0]["code_verifier"] == "v" * 43
    assert made.token_expires_at is not None
    world.tokens.lives_s = 3600
    ends_later = made.token_expires_at + timedelta(minutes=50)
    renewed = await world.heard.until(
        CONNECTION_CHANGED, lambda one: one.token_expires_at > ends_later, within_s=60
    )
    assert (renewed.state, renewed.revision) == ("active", 2)
    assert world.token_of(renewed) == MASTODON.token
    stored = await world.store.connection(CASA, made.connection_id)
    assert stored is not None
    assert "refresh-" not in json.dumps(stored, default=str)
    assert "refresh" not in str(renewed)
    world.tokens.is_refusing = True
    refusal = GrantRefused(
        connection_id=made.connection_id, brand_id=CASA.brand_id, revision=2,
        code="mastodon.grant_refused", reason="401", refused_at=datetime.now(UTC),
    )  # fmt: skip
    origin = Origin("/respond", refusal.refused_at, CASA)
    event = make_event(
        GRANT_REFUSED.name, refusal, key=("x",), partition_key=made.connection_id, origin=origin
    )
    await world.bus.send([event])
    lost = await world.heard.until(
        CONNECTION_CHANGED, lambda one: one.state == "needs_reauthorisation", within_s=60
    )
    assert lost.revision == 3
    told = await world.heard.until(
        CONNECTION_HEALTH, lambda one: one.trouble == "token.refused", within_s=20
    )
    assert told.advice.startswith("Reconnect the account")
    assert not told.is_reading


async def test_pause_resume_backfill_and_remove(world: World) -> None:
    made = await world.connect()
    account = made.connection_id
    await world.changed(await world.ask("pause", connection_id=account))
    await world.emit("while it was paused")
    assert (await world.changed(await world.ask("resume", connection_id=account))).state == "active"
    await world.heard.until(MESSAGE_RECEIVED, lambda one: "was paused" in (one.text or ""))
    since = datetime.now(UTC) - timedelta(hours=1)
    await world.changed(await world.ask("backfill", connection_id=account, since=since))
    await world.heard.until(MESSAGE_RECEIVED, lambda one: "was paused" in (one.text or ""), count=2)
    same = [e.id for e in world.heard.events if "was paused" in str(e.data)]
    assert len(set(same)) == 1  # read again, and the same event
    checked = await world.changed(await world.ask("check", connection_id=account))
    assert checked.state == "active"
    removed = await world.changed(await world.ask("remove", connection_id=account))
    assert (removed.state, removed.sealed_token) == ("removed", None)
    gone = await world.refused(await world.ask("resume", connection_id=account))
    assert gone.code == "connection.not_active"
