"""The Bluesky stand-in speaks the recorded form, asks for sessions and keeps to their limits."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.service.sandbox.shapes import differences

RECORDED = Path(__file__).parents[2] / "unit" / "networks_other" / "fixtures" / "bluesky"
DID, NAME, PASSWORD = "did:plc:brandbrandbrandbrandbra1", "brand.example.com", "abcd-efgh"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


async def emit(http: httpx.AsyncClient, **wish: object) -> dict[str, Any]:
    answer = await http.post("/__control/emit", json={"network": "bluesky", "account": DID, **wish})
    answer.raise_for_status()
    return answer.json()


async def xrpc(http: httpx.AsyncClient, method: str, **params: Any) -> Any:
    answer = await http.get(f"/bluesky/xrpc/{method}", params=params)
    assert answer.is_success, answer.text
    return answer.json()


@pytest.fixture
async def server(http: httpx.AsyncClient) -> httpx.AsyncClient:
    account = {"network": "bluesky", "id": DID, "brand": "b", "name": "Brand", "handle": NAME}
    await http.post("/__control/accounts", json={**account, "token": PASSWORD})
    told = await sign_in(http)
    http.headers["Authorization"] = f"Bearer {told.json()['accessJwt']}"
    return http


async def sign_in(http: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    body = {"identifier": NAME, "password": password}
    return await http.post("/bluesky/xrpc/com.atproto.server.createSession", json=body)


async def test_notifications_and_threads_have_the_recorded_keys(server: httpx.AsyncClient) -> None:
    await emit(server, kind="mention", text="👨‍👩‍👧‍👧 hello")
    page = await xrpc(server, "app.bsky.notification.listNotifications", limit=1)
    await emit(server, kind="comment")
    theirs = recorded("notifications_page.json")
    assert differences(page, {key: theirs[key] for key in ("priority", "seenAt")}) == []
    (mention,) = page["notifications"]
    assert differences(mention, recorded("notification_mention_facets.json")) == []
    facet = mention["record"]["facets"][0]["index"]
    data = mention["record"]["text"].encode()
    assert data[facet["byteStart"] : facet["byteEnd"]].decode() == f"@{NAME}"
    page = await xrpc(server, "app.bsky.notification.listNotifications", limit=1)
    assert differences(page, {"cursor": ""}) == []
    (reply,) = page["notifications"]
    assert differences(reply, recorded("notification_reply.json")) == []
    thread = await xrpc(server, "app.bsky.feed.getPostThread", uri=reply["uri"])
    post = recorded("thread_with_missing_parent.json")["thread"]["post"]
    post["record"].pop("facets")
    assert differences(thread["thread"]["post"], post) == []


async def test_a_record_is_answered_as_recorded_and_made_once(server: httpx.AsyncClient) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2026-07-24T21:00:00Z"}
    body = {"repo": DID, "collection": "app.bsky.feed.post", "rkey": "3kaaa", "record": record}
    path = "/bluesky/xrpc/com.atproto.repo.createRecord"
    made = await server.post(path, json=body)
    assert differences(made.json(), recorded("create_record_response.json")) == []
    assert (await server.post(path, json=body)).status_code == 400
    long = {**body, "rkey": "3kbbb", "record": {**record, "text": "x" * 301}}
    assert (await server.post(path, json=long)).json() == recorded("errors.json")[3]["body"]


async def test_frames_have_the_recorded_keys_and_filters_hold(
    server: httpx.AsyncClient, sandbox: Any
) -> None:
    url = sandbox.origin.replace("http", "ws", 1) + "/bluesky/jetstream/subscribe"
    made = await emit(server, kind="comment")
    author = made["author_id"]
    async with connect(f"{url}?wantedDids={author}&cursor=1") as socket:
        frame = json.loads(await socket.recv())
        assert differences(frame, recorded("jetstream_create_reply.json")) == []
        await emit(server, kind="comment", author="Somebody Else")
        await emit(server, kind="delete", id=made["id"])
        frame = json.loads(await socket.recv())
        assert differences(frame, recorded("jetstream_delete.json")) == []
        assert frame["commit"]["rkey"] == str(made["id"]).rpartition("/")[2]


async def test_sign_ins_are_few(server: httpx.AsyncClient) -> None:
    assert (await sign_in(server, "wrong")).json() == recorded("errors.json")[1]["body"]
    answers = [(await sign_in(server)).status_code for _ in range(30)]
    assert answers == [200] * 29 + [429]
    del server.headers["Authorization"]
    told = await server.get("/bluesky/xrpc/com.atproto.server.getSession")
    assert (told.status_code, told.json()["error"]) == (401, "AuthMissing")


@pytest.mark.parametrize("kind", ["edit", "hide", "dm", "review"])
async def test_what_the_network_has_not_cannot_happen(server: httpx.AsyncClient, kind: str) -> None:
    wish = {"network": "bluesky", "account": DID, "kind": kind}
    assert (await server.post("/__control/emit", json=wish)).status_code == 422
