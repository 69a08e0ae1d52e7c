"""Accounts at the gateway: health in any order, wishes with their events, connecting, consents."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from gateway_world import LETTERBOX, START, World, settings_for

from contracts import ids
from contracts.connections import (
    ConnectionChanged,
    ConnectionHealth,
    ConnectionRefused,
    ConnectionRequested,
)
from contracts.envelope import Event
from runtime.errors import Invalid
from services.gateway.connecting import Connecting
from services.gateway.settings import App

SECRET = "tok-canary-4711"
SERVER = "https://social.example"


class Apps:
    """Stands where a server would take us as an app."""

    async def register(self, server: str, redirect_uri: str, scopes: Any) -> tuple[str, str]:
        self.asked = (server, redirect_uri, tuple(scopes))
        return "client-1", "app-secret-canary"


def page_id(world: World, brand: str = "north/casa") -> str:
    return ids.connection_id(world.scopes[brand].brand_id, "facebook", "page")


def health(world: World, minute: int, **fields: Any) -> ConnectionHealth:
    told = {"is_reading": True, "measured_at": START + timedelta(minutes=minute), **fields}
    brand_id = world.scopes["north/casa"].brand_id
    return ConnectionHealth(
        connection_id=page_id(world), brand_id=brand_id, network="facebook", **told
    )


async def events(world: World, brand: str = "north/casa") -> list[ConnectionRequested]:
    where = {"brand_id": world.scopes[brand].brand_id}
    found = await world.database.requests.find(where, sort=[("requested_at", 1)])
    told = [Event.decode(entry["event"]) for one in found for entry in one.get("outbox", [])]
    return [event.read(ConnectionRequested) for event in told]


async def test_the_latest_health_counts_in_any_order(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "owner"})
    late = health(world, 9, trouble="token.refused", advice="Connect it again.", is_reading=False)
    await world.play("north/casa", late, health(world, 3), health(world, 9, trouble="x.y"))
    (account,) = await world.deps.accounts.every(ana.scope)
    assert account.health is not None
    assert account.health.trouble == "token.refused"
    assert account.name == "Casa page"
    fine = health(world, 12, last_item_at=START, gaps_found=1, gaps_filled=1, gap_items=3)
    await world.play("north/casa", fine)
    account = await world.deps.accounts.get(ana.scope, page_id(world))
    assert account.health is not None
    assert (account.health.trouble, account.health.gap_items) == (None, 3)


async def test_health_before_the_account_shows_nothing_yet(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "owner"})
    early = health(world, 1).model_copy(update={"connection_id": ids.derive("con", "new")})
    await world.play("north/casa", early)
    assert len(await world.deps.accounts.every(ana.scope)) == 1
    assert len(await world.deps.brands.connections(ana.scope)) == 1


async def test_a_wish_is_one_event_and_says_what_came_of_it(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "lead"})
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/connections/{page_id(world)}"
    headers = {"idempotency-key": "k1"}
    first = await client.post(f"{url}/check", headers=headers)
    again = await client.post(f"{url}/check", headers=headers)
    assert (first.status_code, again.json()) == (202, first.json())
    (event,) = await events(world)
    assert (event.wish, event.connection_id, event.requested_by.name) == (
        "check", page_id(world), "Ana",
    )  # fmt: skip
    asked = first.json()["request_id"]
    refused = ConnectionRefused(
        request_id=asked, brand_id=event.brand_id, wish="check", code="connection.not_active",
        reason="Resume it first.", refused_at=START,
    )  # fmt: skip
    await world.play("north/casa", refused)
    told = (await client.get(f"/api/v1/connection-requests/{asked}")).json()
    assert (told["state"], told["reason"]) == ("refused", "Resume it first.")
    entries = (await client.get("/api/v1/audit")).json()
    assert entries[0]["action"] == "account.check"


async def test_what_does_not_fit_the_account_is_refused_at_once(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "lead"})
    await world.person("north", "ben@north.test", {"casa": "agent"})
    ana, ben = await world.signed_in("ana@north.test"), await world.signed_in("ben@north.test")
    url = f"/api/v1/connections/{page_id(world)}"
    assert (await ben.post(f"{url}/remove")).json()["code"] == "account.not_yours"
    assert (await ana.post(f"{url}/resume")).json()["code"] == "account.unfitting"
    ahead = {"since": (world.clock.now() + timedelta(days=1)).isoformat()}
    assert (await ana.post(f"{url}/backfill", json=ahead)).json()["code"] == "account.since_ahead"
    assert (await ana.post(f"{url}/dance")).status_code == 422
    assert await events(world) == []


async def test_a_form_is_sealed_and_never_shown_again(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    brand_id = world.scopes["north/casa"].brand_id
    body = {"network": "mastodon", "values": {"base_url": "social.example/", "token": SECRET}}
    answer = await client.post(f"/api/v1/brands/{brand_id}/connections", json=body)
    assert answer.status_code == 202, answer.text
    (event,) = await events(world)
    assert (event.wish, event.network, event.base_url) == ("connect", "mastodon", SERVER)
    opened = LETTERBOX.open(event.sealed_secrets or "", brand_id=brand_id, about=event.request_id)
    assert json.loads(opened) == {"token": SECRET}
    with pytest.raises(Invalid):
        LETTERBOX.open(event.sealed_secrets or "", brand_id="brd_other", about=event.request_id)
    kept = await world.database.requests.find({"brand_id": brand_id})
    trail = await world.database.audit.find({})
    assert SECRET not in f"{kept}{trail}{answer.text}"
    changed = ConnectionChanged(
        connection_id=ids.connection_id(brand_id, "mastodon", "1"), brand_id=brand_id,
        agency_id=world.agencies["north"], network="mastodon", account_id="1", name="Casa",
        base_url=SERVER, state="active", revision=1, changed_at=START, request_id=event.request_id,
    )  # fmt: skip
    await world.play("north/casa", changed, changed)
    told = (await client.get(f"/api/v1/connection-requests/{event.request_id}")).json()
    assert (told["state"], told["accounts"]) == ("done", [changed.connection_id])


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"token": "x"}, "Server is missing"),
        ({"base_url": "https://social.example"}, "Access token is missing"),
        ({"base_url": "javascript:alert(1)", "token": "x"}, "no web address"),
        ({"base_url": "https://a@social.example", "token": "x"}, "no web address"),
        ({"base_url": "https://social.example", "token": "x\u0000y"}, "cannot be typed"),
        ({"base_url": "https://social.example", "token": "x", "other": "y"}, "no field other"),
    ],
)
async def test_a_form_that_is_wrong_says_where(
    world: World, values: dict[str, str], word: str
) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/brands/{world.scopes['north/casa'].brand_id}/connections"
    answer = await client.post(url, json={"network": "mastodon", "values": values})
    assert (answer.status_code, answer.json()["code"]) == (400, "connect.misfilled")
    assert word in answer.json()["detail"]
    assert await events(world) == []


async def consent(world: World, client: httpx.AsyncClient, brand: str = "north/casa") -> str:
    url = f"/api/v1/brands/{world.scopes[brand].brand_id}/consents"
    answer = await client.post(url, json={"network": "mastodon", "server": "social.example"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["authorize_url"])


@pytest.fixture
def apps(world: World) -> Apps:
    made = Apps()
    deps = world.deps
    known = deps.connecting
    assert isinstance(known, Connecting)
    settings = known.settings.model_copy(
        update={
            "gateway_apps": {
                "meta": App(client_id="4711", authorize_url="https://own.test/go?a=1"),
                "google": App(client_id="4712"),
                "tiktok": App(client_id="4713"),
                "x": App(client_id="4714"),
            }
        }
    )
    connecting = Connecting(settings, known.accounts, known.consents, made)  # type: ignore[arg-type]
    object.__setattr__(deps, "connecting", connecting)
    return made


async def test_a_consent_comes_back_once_to_who_began_it(world: World, apps: Apps) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client, other = await world.signed_in("ana@north.test"), await world.signed_in("ana@north.test")
    url = await consent(world, client)
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    assert (parts.netloc, parts.path) == ("social.example", "/oauth/authorize")
    assert query["client_id"] == ["client-1"]
    assert query["code_challenge_method"] == ["S256"]
    assert apps.asked[0] == SERVER
    back = f"/connect/callback?code=the-code&state={query['state'][0]}"
    foreign = await other.get(back)
    assert foreign.status_code == 400
    answer = await client.get(back)
    assert answer.status_code == 303
    (event,) = await events(world)
    brand_id = world.scopes["north/casa"].brand_id
    opened = LETTERBOX.open(event.sealed_secrets or "", brand_id=brand_id, about=event.request_id)
    told = json.loads(opened)
    assert (told["code"], told["client_secret"]) == ("the-code", "app-secret-canary")
    assert told["redirect_uri"].endswith("/connect/callback")
    assert len(told["code_verifier"]) >= 43
    assert (await client.get(back)).status_code == 400
    assert len(await events(world)) == 1


async def test_a_consent_ends_after_ten_minutes_and_can_be_refused(
    world: World, apps: Apps
) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    state = parse_qs(urlsplit(await consent(world, client)).query)["state"][0]
    told = await client.get(f"/connect/callback?error=access_denied&state={state}")
    assert (told.status_code, "did not agree" in told.text) == (200, True)
    late = parse_qs(urlsplit(await consent(world, client)).query)["state"][0]
    kept = str(
        await world.database.consents.find({"brand_id": world.scopes["north/casa"].brand_id})
    )
    assert late not in kept
    assert "app-secret-canary" not in kept
    world.clock.advance(601)
    assert (await client.get(f"/connect/callback?code=c&state={late}")).status_code == 400
    assert await events(world) == []


async def test_the_agencys_own_address_takes_the_place_of_the_usual_one(
    world: World, apps: Apps
) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/brands/{world.scopes['north/casa'].brand_id}/consents"
    told = (await client.post(url, json={"network": "facebook"})).json()["authorize_url"]
    assert told.startswith("https://own.test/go?a=1&")
    assert "code_challenge" not in told
    missing = await client.post(url, json={"network": "linkedin"})
    assert missing.json()["code"] == "connect.no_app"


async def test_what_is_asked_beside_the_sign_in_reaches_ingest(world: World, apps: Apps) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    brand_id = world.scopes["north/casa"].brand_id
    page = await client.get(f"/connect/google_business?brand={brand_id}")
    assert 'name="account_id"' in page.text
    assert 'action="/connect/google_business"' not in page.text
    form = {"brand": brand_id, "account_id": "", "name": "Casa"}
    wrong = await client.post("/connect/google_business/consent", data=form)
    assert (wrong.status_code, "Location is missing" in wrong.text) == (422, True)
    form["account_id"] = "accounts/1/locations/2"
    shown = await client.post("/connect/google_business/consent", data=form)
    assert shown.status_code == 200, shown.text
    url = f"/api/v1/brands/{brand_id}/consents"
    body = {"network": "x", "values": {"tier": "basic", "webhook_id": "146"}}
    told = await client.post(url, json=body)
    state = parse_qs(urlsplit(told.json()["authorize_url"]).query)["state"][0]
    assert (await client.get(f"/connect/callback?code=c&state={state}")).status_code == 303
    (event,) = await events(world)
    assert (event.network, event.options) == ("x", {"tier": "basic", "webhook_id": "146"})
    told = await client.post(url, json={"network": "tiktok"})
    query = parse_qs(urlsplit(told.json()["authorize_url"]).query)
    assert ("client_id" in query, query["client_key"]) == (False, ["4713"])
    form_only = f"/api/v1/brands/{brand_id}/connections"
    refused = await client.post(form_only, json={"network": "x", "values": {"tier": "basic"}})
    assert refused.json()["code"] == "connect.no_form"


async def test_without_a_key_nothing_is_sent(world: World, mongo_url: str) -> None:
    known = world.deps.connecting
    assert isinstance(known, Connecting)
    bare = settings_for(mongo_url, "x", "motor").model_copy(update={"gateway_connect_key": ""})
    connecting = Connecting(bare, known.accounts, known.consents, known.registrar)
    object.__setattr__(world.deps, "connecting", connecting)
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    brand_id = world.scopes["north/casa"].brand_id
    body = {"network": "mastodon", "values": {"base_url": SERVER, "token": SECRET}}
    answer = await client.post(f"/api/v1/brands/{brand_id}/connections", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "connect.no_key")
    page = await client.get(f"/connect?brand={brand_id}")
    assert "GATEWAY_CONNECT_KEY" in page.text
    assert await events(world) == []


async def test_pages_are_for_who_may_and_keep_no_secret(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "owner"})
    await world.person("north", "ben@north.test", {"casa": "agent"})
    await world.person("south", "mia@south.test", {"mar": "owner"})
    ana, ben = await world.signed_in("ana@north.test"), await world.signed_in("ben@north.test")
    mia = await world.signed_in("mia@south.test")
    brand_id = world.scopes["north/casa"].brand_id
    assert "Casa page" in (await ben.get("/accounts")).text
    assert (await ben.get(f"/connect?brand={brand_id}")).status_code == 403
    assert (await mia.get(f"/connect/mastodon?brand={brand_id}")).status_code == 404
    assert "Casa page" not in (await mia.get("/accounts")).text
    form = {"brand": brand_id, "base_url": "nowhere at all", "token": SECRET}
    wrong = await ana.post("/connect/mastodon", data=form)
    assert wrong.status_code == 422
    assert "nowhere at all" in wrong.text
    assert SECRET not in wrong.text
    ana.headers.pop("x-csrf-token")
    assert (await ana.post("/connect/mastodon", data=form)).status_code == 403
