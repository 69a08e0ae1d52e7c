"""The isolation matrix, made from the OpenAPI document: every route, asked by everybody who must not.

A new route without a row here fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from gateway_world import World, classified, drafted, message, promise
from storm_makers import storm

from contracts import ids
from contracts.ids import random_id
from runtime.mongo import UnscopedQuery
from services.gateway.auth import COOKIE
from services.gateway.domain.views import Viewer
from services.gateway.ports import Wanted

CANARY = "canary-4711"
BODIES: dict[tuple[str, str], dict[str, Any] | None] = {
    ("put", "/api/v1/messages/{message_id}/draft"): {"text": "x", "revision": 0},
    ("post", "/api/v1/messages/{message_id}/approve"): {"text": "x", "revision": 0},
    ("post", "/api/v1/messages/{message_id}/reject"): {"reason": "x", "revision": 0},
    ("post", "/api/v1/messages/{message_id}/retry"): {"revision": 0},
    ("post", "/api/v1/messages/{message_id}/recall"): {"revision": 0},
    ("post", "/api/v1/messages/{message_id}/amend"): {"revision": 0},
    ("post", "/api/v1/messages/{message_id}/take-back"): {"reason": "x", "revision": 0},
    ("post", "/api/v1/messages/{message_id}/handover"): {
        "text": "x",
        "private_text": "y",
        "revision": 0,
    },
    ("post", "/api/v1/messages/{message_id}/close"): None,
    ("post", "/api/v1/messages/{message_id}/reopen"): None,
    ("post", "/api/v1/messages/{message_id}/mine"): None,
    ("delete", "/api/v1/messages/{message_id}/mine"): None,
    ("post", "/api/v1/messages/{message_id}/read"): None,
    ("post", "/api/v1/messages/{message_id}/viewing"): None,
    ("get", "/api/v1/messages/{message_id}"): None,
    ("get", "/api/v1/threads/{thread_id}"): None,
    ("get", "/api/v1/brands/{brand_id}"): None,
    ("patch", "/api/v1/brands/{brand_id}"): {"revision": 1, "name": "x"},
    ("post", "/api/v1/messages/{message_id}/acts"): {"act": "hide", "reason": "x"},
    ("post", "/api/v1/messages/{message_id}/length"): {"text": "x"},
    ("get", "/api/v1/connections/{connection_id}"): None,
    ("post", "/api/v1/connections/{connection_id}/{wish}"): None,
    ("post", "/api/v1/connections/{connection_id}/backfill"): {"since": "2026-01-01T00:00:00Z"},
    ("get", "/api/v1/connection-requests/{request_id}"): None,
    ("post", "/api/v1/brands/{brand_id}/connections"): {
        "network": "mastodon",
        "values": {"base_url": "https://social.example", "token": "x"},
    },
    ("post", "/api/v1/brands/{brand_id}/consents"): {"network": "facebook"},
    ("post", "/api/v1/brands/{brand_id}/brake"): {},
    ("get", "/api/v1/brands/{brand_id}/storm"): None,
    ("post", "/api/v1/brands/{brand_id}/storm/{steer}"): {},
    ("post", "/api/v1/brands/{brand_id}/freeze"): {"is_frozen": True},
    ("get", "/api/v1/brands/{brand_id}/held"): None,
    ("get", "/api/v1/brands/{brand_id}/playbook"): None,
    ("put", "/api/v1/brands/{brand_id}/playbook"): {"revision": 0, "steps": []},
    ("get", "/api/v1/brands/{brand_id}/entries"): None,
    ("post", "/api/v1/brands/{brand_id}/entries"): {"title": "x", "language": "en", "text": "x"},
    ("put", "/api/v1/entries/{entry_id}"): {
        "revision": 1,
        "entry": {"title": "x", "language": "en", "text": "x"},
    },
    ("delete", "/api/v1/entries/{entry_id}"): None,
    ("get", "/api/v1/messages/{message_id}/saved-replies"): None,
    ("get", "/api/v1/messages/{message_id}/life"): None,
    ("post", "/api/v1/messages/{message_id}/labels"): {"head": "intent", "label": "praise"},
    ("get", "/api/v1/brands/{brand_id}/sample"): None,
    ("get", "/api/v1/brands/{brand_id}/label-weeks"): None,
    ("get", "/api/v1/brands/{brand_id}/relabels"): None,
    ("post", "/api/v1/brands/{brand_id}/relabels"): {"model": "fast", "days": 3},
    ("get", "/api/v1/relabels/{job_id}"): None,
    ("post", "/api/v1/relabels/{job_id}/decide"): None,
    ("post", "/api/v1/promises/{promise_id}/{act}"): None,
    ("post", "/api/v1/messages/{message_id}/care"): {"text": "x"},
    ("get", "/api/v1/incidents/{incident_id}"): None,
    ("get", "/api/v1/incidents/{incident_id}/room"): None,
    ("get", "/api/v1/incidents/{incident_id}/report"): None,
    ("get", "/api/v1/incidents/{incident_id}/report.csv"): None,
    ("get", "/api/v1/incidents/{incident_id}/report.pdf"): None,
    ("get", "/api/v1/incidents/{incident_id}/groups"): None,
    ("get", "/api/v1/incidents/{incident_id}/releases"): None,
    ("post", "/api/v1/incidents/{incident_id}/releases/preview"): {
        "message_ids": ["x"],
        "phrasings": ["x"],
    },
    ("post", "/api/v1/incidents/{incident_id}/releases"): {
        "message_ids": ["x"],
        "phrasings": ["x"],
    },
    ("post", "/api/v1/incidents/{incident_id}/releases/{release_id}/stop"): None,
    ("get", "/api/v1/incidents/{incident_id}/curve"): None,
    ("get", "/api/v1/incidents/{incident_id}/log"): None,
    ("get", "/api/v1/incidents/{incident_id}/pages"): None,
    ("post", "/api/v1/incidents/{incident_id}/acknowledge"): None,
    ("post", "/api/v1/incidents/{incident_id}/notes"): {"text": "x"},
    ("post", "/api/v1/incidents/{incident_id}/steps/{step_id}"): {},
    ("post", "/api/v1/incidents/{incident_id}/steps/{step_id}/page"): None,
    ("post", "/api/v1/incidents/{incident_id}/statements"): {"text": "x"},
    ("post", "/api/v1/incidents/{incident_id}/statements/{statement_id}/sign"): None,
    ("post", "/api/v1/incidents/{incident_id}/verdict"): {"is_confirmed": True},
}
LISTS = {
    ("get", "/api/v1/brands"), ("post", "/api/v1/brake"), ("get", "/api/v1/connections"), ("get", "/api/v1/audit"),
    ("get", "/api/v1/connection-requests"), ("get", "/api/v1/promises"), ("get", "/api/v1/networks"),
    ("get", "/api/v1/storms"), ("get", "/api/v1/incidents"),
    ("get", "/api/v1/messages"), ("get", "/api/v1/session"), ("delete", "/api/v1/session"),
}  # fmt: skip
OPEN = {("post", "/api/v1/session")}
READS = {"read", "viewing", "length", "care"}


@pytest.fixture
def driver() -> str:
    return "motor"


def rows(world: World) -> set[tuple[str, str]]:
    paths = world.app.openapi()["paths"]
    return {(method, path) for path, told in paths.items() for method in told}


async def a_secret(world: World) -> dict[str, str]:
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id, text=f"{CANARY} text")
    await world.play("north/casa", about, classified(about), drafted(about, brand_id))
    owner = Viewer("per_o", "Olga", "", world.agencies["north"], {brand_id: "owner"})
    raised = storm(brand_id, 1, sentence=f"{CANARY} sentence")
    await world.play("north/casa", raised)
    incidents = world.deps.storms.incidents
    statement = await incidents.draft_statement(
        owner.scope, owner, raised.incident_id or "", f"{CANARY} statement"
    )
    text = {"title": CANARY, "language": "en", "text": f"{CANARY} reply"}
    known = await world.deps.knowledge.add(owner.scope, owner, brand_id, text)
    promised = promise(about, brand_id, text=f"{CANARY} by Friday")
    await world.play("north/casa", promised)
    job = await world.deps.relabels.start(owner.scope, owner, brand_id, "fast", 30)
    wanted = Wanted(random_id("req"), brand_id, "check", about.connection_id)
    asked = await world.deps.accounts.ask(owner.scope, owner, wanted)
    return {
        "{message_id}": about.message_id,
        "{thread_id}": about.thread_id,
        "{brand_id}": brand_id,
        "{connection_id}": about.connection_id,
        "{request_id}": asked.request_id,
        "{entry_id}": known.entry.entry_id,
        "{job_id}": job,
        "{promise_id}": promised.promise_id,
        "{act}": "kept",
        "{wish}": "check",
        "{incident_id}": raised.incident_id or "",
        "{step_id}": "page",
        "{statement_id}": statement,
        "{release_id}": ids.derive("rls", "some"),
        "{steer}": "raise",
    }


def absent() -> dict[str, str]:
    return {
        "{message_id}": ids.derive("msg", "none"),
        "{thread_id}": ids.derive("thr", "none"),
        "{brand_id}": ids.derive("brd", "none"),
        "{connection_id}": ids.derive("con", "none"),
        "{request_id}": ids.derive("req", "none"),
        "{entry_id}": ids.derive("knw", "none"),
        "{job_id}": ids.derive("rlb", "none"),
        "{promise_id}": ids.derive("prm", "none"),
        "{act}": "kept",
        "{wish}": "check",
        "{incident_id}": ids.derive("inc", "none"),
        "{step_id}": "nothing",
        "{statement_id}": ids.derive("stm", "none"),
        "{release_id}": ids.derive("rls", "none"),
        "{steer}": "raise",
    }


async def ask(
    client: httpx.AsyncClient, row: tuple[str, str], place: dict[str, str]
) -> httpx.Response:
    method, path = row
    for name, value in place.items():
        path = path.replace(name, value)
    body = BODIES.get(row)
    return await client.request(method, path, **({"json": body} if body is not None else {}))


async def test_every_route_has_a_row(world: World) -> None:
    assert rows(world) == set(BODIES) | LISTS | OPEN


async def test_outsiders_get_the_bytes_of_nothing(world: World) -> None:
    secret = await a_secret(world)
    await world.person("north", "vera@north.test", {"verde": "owner"})
    await world.person("south", "mia@south.test", {"mar": "owner"})
    left = await world.person("north", "gone@north.test", {"casa": "owner"})
    system = world.system("north")
    before = await world.document("north/casa", secret["{message_id}"])
    clients = [
        await world.signed_in(e) for e in ("vera@north.test", "mia@south.test", "gone@north.test")
    ]
    await world.stores.people.grant(
        system, left.person_id, world.scopes["north/casa"].brand_id, None
    )
    key = await world.key("south", "crm", {"mar": "owner"})
    clients.append(world.client(authorization=f"Bearer {key}"))
    for client in clients:
        for row in BODIES:
            hidden, nothing = await ask(client, row, secret), await ask(client, row, absent())
            assert hidden.status_code == 404, (row, hidden.text)
            assert hidden.content == nothing.content
            same = [
                {k: v for k, v in a.headers.items() if k not in _OWN} for a in (hidden, nothing)
            ]
            assert same[0] == same[1]
        for row in LISTS - {("delete", "/api/v1/session")}:
            answer = await ask(client, row, {})
            assert answer.status_code == 200
            assert CANARY not in answer.text
            assert secret["{brand_id}"] not in answer.text
        foreign = f"/api/v1/messages?brand={secret['{brand_id}']}&state=all"
        assert (await client.get(foreign)).json()["items"] == []
    assert await world.document("north/casa", secret["{message_id}"]) == before


_OWN = {"x-request-id", "content-security-policy"}


def _bare(client: httpx.AsyncClient) -> None:
    client.cookies.clear()


def _other_token(client: httpx.AsyncClient) -> None:
    client.cookies.clear()
    client.cookies.set(COOKIE, "A" * 43)


def _bad_key(client: httpx.AsyncClient) -> None:
    client.cookies.clear()
    client.headers["authorization"] = "Bearer rk_nothing"


@pytest.mark.parametrize("spoil", [_bare, _other_token, _bad_key, None])
async def test_who_is_not_signed_in_learns_nothing(
    world: World, spoil: Callable[[httpx.AsyncClient], None] | None
) -> None:
    secret = await a_secret(world)
    await world.person("north", "ana@north.test", {"casa": "owner"})
    client = await world.signed_in("ana@north.test")
    if spoil is not None:
        spoil(client)
    else:
        world.clock.advance(13 * 3600)
    for row in set(BODIES) | LISTS:
        hidden, nothing = await ask(client, row, secret), await ask(client, row, absent())
        assert (hidden.status_code, nothing.status_code) == (401, 401)
        told = [answer.json() | {"request_id": ""} for answer in (hidden, nothing)]
        assert told[0] == told[1]


async def test_who_may_only_look_changes_nothing(world: World) -> None:
    secret = await a_secret(world)
    await world.person("north", "olga@north.test", {"casa": "auditor"})
    client = await world.signed_in("olga@north.test")
    for row in BODIES:
        answer = await ask(client, row, secret)
        may = row[0] == "get" or row[1].rpartition("/")[2] in READS
        assert answer.is_success if may else answer.status_code == 403, (row, answer.text)


async def test_no_command_on_brand_data_goes_without_its_brand(world: World) -> None:
    messages = world.database.messages
    attempts = (
        messages.find_one({"_id": "msg_x"}),
        messages.find({"brand_id": {"$ne": ""}}),
        messages.find({"brand_id": {"$in": [""]}}),
        messages.find({"brand_id": {"$in": [{"$gt": ""}]}}),
        messages.find({"brand_id": {"$in": ["a"], "$ne": "a"}}),
        messages.count({"$or": [{"brand_id": "a"}]}),
        messages.update({"_id": "x"}, {"$set": {"a": 1}}),
        messages.update_all({}, {"$set": {"a": 1}}),
        messages.take({"brand_id": None}, {"$set": {"a": 1}}),
        messages.delete({}),
        messages.insert({"_id": "x"}),
        messages.insert_many([{"_id": "x", "brand_id": ""}]),
        messages.aggregate([{"$group": {"_id": "$brand_id"}}]),
        messages.aggregate([{"$match": {"brand_id": "a"}}, {"$lookup": {"from": "people"}}]),
    )
    for attempt in attempts:
        with pytest.raises(UnscopedQuery):
            await attempt


async def test_values_cannot_carry_operators(world: World) -> None:
    await a_secret(world)
    await world.person("south", "mia@south.test", {"mar": "owner"})
    client = await world.signed_in("mia@south.test")
    for url in (
        "/api/v1/messages?brand[$ne]=x",
        "/api/v1/messages?state[$ne]=open",
        "/api/v1/messages?intent=%7B%22$ne%22%3A1%7D&state=all",
        "/api/v1/messages?q=.*&state=all",
        "/api/v1/messages/%7B%22$ne%22%3A1%7D",
        "/api/v1/threads/$where",
        "/api/v1/messages?after=eyIkbmUiOjF9",
        "/api/v1/messages?after=%F0%9F%92%A5",
    ):
        answer = await client.get(url)
        assert answer.status_code in {200, 400, 404, 422}, url
        assert CANARY not in answer.text
    login = {"email": {"$ne": ""}, "password": {"$ne": ""}}
    assert (await client.post("/api/v1/session", json=login)).status_code == 422
