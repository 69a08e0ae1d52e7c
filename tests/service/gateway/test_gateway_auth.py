"""The door: sessions, lockout, CSRF, keys, and that every change works from the next request on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from gateway_world import PASSWORD, World, message, settings_for

from services.gateway.app import Parts, make_app, make_deps
from services.gateway.auth import COOKIE

LOGIN = "/api/v1/session"


@pytest.fixture
def driver() -> str:
    return "motor"


async def login(
    client: httpx.AsyncClient, password: str, email: str = "ana@north.test"
) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": password})


async def test_a_session_opens_and_ends_at_once(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("Ana@north.test")
    cookie = client.cookies[COOKIE]
    stored = await world.database.sessions.find({})
    assert [len(one["_id"]) for one in stored] == [64]
    assert all(cookie not in str(one) for one in stored)
    me = (await client.get(LOGIN)).json()
    assert (me["name"], list(me["roles"].values())) == ("Ana", ["agent"])
    assert (await client.delete(LOGIN)).status_code == 204
    again = await world.client(cookie=f"{COOKIE}={cookie}").get(LOGIN)
    assert again.status_code == 401


async def test_the_cookie_is_out_of_reach(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    answer = await login(world.client(), PASSWORD)
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert "path=/" in told
    assert "secure" not in told
    https = settings_for("mongodb://127.0.0.1:1", "x", "motor", public_url="https://inbox.test")
    parts = Parts(world.live, (), world.caller)
    deps = make_deps(https, world.clock, world.database, world.stores, parts)
    transport = httpx.ASGITransport(make_app(deps, world.runtime_metrics))
    async with httpx.AsyncClient(transport=transport, base_url="https://inbox.test") as client:
        answer = await login(client, PASSWORD)
    assert "; secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" in answer.headers


async def test_sessions_end_idle_and_at_last(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    world.clock.advance(12 * 3600 - 60)
    assert (await client.get(LOGIN)).status_code == 200
    world.clock.advance(12 * 3600 - 60)
    assert (await client.get(LOGIN)).status_code == 200
    world.clock.advance(12 * 3600 + 60)
    assert (await client.get(LOGIN)).status_code == 401
    client = await world.signed_in("ana@north.test")
    for _ in range(15):
        world.clock.advance(11 * 3600)
        assert (await client.get(LOGIN)).status_code == 200
    world.clock.advance(11 * 3600)
    assert (await client.get(LOGIN)).status_code == 401


@pytest.mark.parametrize("email", ["ana@north.test", "nobody@north.test"])
async def test_five_failures_lock_known_and_unknown_alike(world: World, email: str) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    wrong = [await login(world.client(), "not the pass phrase", email) for _ in range(5)]
    assert {answer.status_code for answer in wrong} == {401}
    assert len({answer.json()["detail"] for answer in wrong}) == 1
    locked = await login(world.client(), PASSWORD, email)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["retry-after"]) <= 300
    world.clock.advance(301)
    right = await login(world.client(), PASSWORD, email)
    assert right.status_code == (201 if email.startswith("ana") else 401)


async def test_guesses_at_once_do_not_slip_past_the_lock(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    answers = await asyncio.gather(*(login(world.client(), f"guess {n} guess") for n in range(7)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * 5 + [429] * 2


async def test_a_change_by_cookie_needs_the_token_of_its_session(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about)
    client = await world.signed_in("ana@north.test")
    other = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}/close"
    right = client.headers.pop("x-csrf-token")
    refused = [
        await client.post(url),
        await client.post(url, headers={"x-csrf-token": other.headers["x-csrf-token"]}),
        await client.post(url, headers={"x-csrf-token": right, "origin": "https://evil.test"}),
        await client.post(url, headers={"x-csrf-token": right, "sec-fetch-site": "cross-site"}),
        await client.post(url, data={"csrf_token": "x"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert (await world.document("north/casa", about.message_id))["state"] == "open"
    good = {"x-csrf-token": right, "origin": "http://inbox.test", "sec-fetch-site": "same-origin"}
    assert (await client.post(url, headers=good)).status_code == 200
    assert (await client.post(url, data={"csrf_token": right})).status_code == 200


async def test_roles_and_leave_work_from_the_next_request_on(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about)
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}"
    assert (await client.get(url)).status_code == 200
    people, system = world.stores.people, world.system("north")
    await people.grant(system, ana.person_id, world.scopes["north/casa"].brand_id, None)
    assert (await client.get(url)).status_code == 404
    await people.set_active(system, ana.person_id, False)
    assert (await client.get(url)).status_code == 401
    assert (await login(world.client(), PASSWORD)).status_code == 401


async def test_a_key_is_scoped_expires_and_needs_no_token(world: World) -> None:
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about)
    token = await world.key("north", "crm", {"casa": "agent"})
    client = world.client(authorization=f"Bearer {token}")
    url = f"/api/v1/messages/{about.message_id}"
    assert (await client.post(f"{url}/close")).status_code == 200
    assert len((await client.get("/api/v1/brands")).json()) == 1
    newer = await world.key("north", "crm", {"verde": "agent"})
    assert (await client.get(url)).status_code == 401
    client = world.client(authorization=f"Bearer {newer}")
    assert (await client.get(url)).status_code == 404
    world.clock.advance(timedelta(days=2).total_seconds())
    assert (await client.get("/api/v1/brands")).status_code == 401


async def test_writes_are_rationed(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about)
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}/read"
    statuses = [(await client.post(url)).status_code for _ in range(151)]
    assert statuses == [204] * 150 + [429]
    world.clock.advance(10)
    assert (await client.post(url)).status_code == 204


async def test_a_flood_of_bytes_is_refused(world: World) -> None:
    async def pieces(size: int):  # type: ignore[no-untyped-def]
        for _ in range(size // 65_536):
            yield b"x" * 65_536

    client = world.client(**{"content-type": "application/json"})
    told = await client.post(LOGIN, content=b"x" * (1024 * 1024 + 1))
    untold = await client.post(LOGIN, content=pieces(2 * 1024 * 1024))
    for answer in (told, untold):
        assert answer.status_code == 413
        assert answer.json()["code"] == "body.too_large"


async def test_every_answer_is_shielded(world: World) -> None:
    for url in (LOGIN, "/nothing/here", "/api/v1/openapi.json"):
        headers = (await world.client().get(url)).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
