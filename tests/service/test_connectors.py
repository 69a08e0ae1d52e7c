"""The live halves of the connectors against the stand-ins of their networks."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Reauthorise, Unavailable
from sandbox import demo
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.server import running
from sandbox.settings import Settings
from services.ingest.connectors.facebook.connector import FacebookConnector
from services.ingest.connectors.mastodon.connector import MastodonConnector
from services.ingest.connectors.protocol import (
    Account,
    AppSecrets,
    Grant,
    Normalised,
    Page,
    Reader,
    Tools,
)
from services.ingest.connectors.registry import normalisers
from services.ingest.meter import QuotaMeter

DEADLINE_S = 10.0


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, is_traffic_on=False, heartbeat_s=0.2)) as one:
        yield one


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as one:
        yield one


def tools(client: httpx.AsyncClient) -> Tools:
    clock = SystemClock()
    apps = {"meta": AppSecrets(secrets=("sandbox-app-secret",))}
    return Tools(client, client, clock, QuotaMeter(clock), apps)


@pytest.fixture
def facebook(client: httpx.AsyncClient) -> FacebookConnector:
    return FacebookConnector(tools(client))


@pytest.fixture
def mastodon(client: httpx.AsyncClient) -> MastodonConnector:
    return MastodonConnector(tools(client), silence_s=2.0)


@pytest.fixture
def connectors(facebook: FacebookConnector, mastodon: MastodonConnector) -> dict[str, Reader]:
    return {"facebook": facebook, "mastodon": mastodon}


def grant(sandbox: Sandbox, network: str, token: str | None = None) -> Grant:
    account = next(one for one in demo.DEMO if one.network == network)
    path = {"facebook": "graph/v23.0", "mastodon": "mastodon"}[network]
    base_url = f"{sandbox.origin}/{path}"
    return Grant("con_1", account.account_id, base_url, token or account.token)


async def emit(sandbox: Sandbox, **wish: object) -> dict[str, object]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{sandbox.origin}/__control/emit", json=wish)
    answer.raise_for_status()
    return answer.json()


async def say(sandbox: Sandbox, to: Grant, network: str, text: str) -> None:
    kind = "comment" if network == "facebook" else "mention"
    await emit(sandbox, network=network, account=to.account_id, kind=kind, text=text)


def read(network: str, to: Grant, pages: list[Page]) -> Normalised:
    found = Normalised()
    for page in pages:
        found.extend(normalisers()[network](page.raw, Account(frozenset({to.account_id}))))
    assert not found.problems
    return found


async def test_facebook_back_fill_gives_posts_and_comments_and_goes_on(sandbox, facebook):
    to = grant(sandbox, "facebook")
    await say(sandbox, to, "facebook", "where is my order?")
    pages = [page async for page in facebook.poll(to, None)]
    found = read("facebook", to, pages)
    (asked,) = [item for item in found.items if item.text == "where is my order?"]
    posts = {item.external_id for item in found.items if item.kind == "post"}
    assert asked.kind == "comment"
    assert asked.thread_root_id in posts
    assert asked.parent_external_id == asked.thread_root_id
    assert all(item.is_own for item in found.items if item.kind == "post")
    cursor = pages[-1].cursor
    assert cursor
    assert not any(to.token.encode() in page.raw for page in pages)

    await say(sandbox, to, "facebook", "and now?")
    again = [page async for page in facebook.poll(to, cursor)]
    assert "and now?" in [item.text for item in read("facebook", to, again).items]


async def test_facebook_context_is_the_post_or_none(sandbox, facebook):
    to = grant(sandbox, "facebook")
    post = sandbox.world.posts(sandbox.world.account("facebook", to.account_id))[0]
    page = await facebook.context(to, post.id)
    (item,) = read("facebook", to, [page]).items
    assert (item.kind, item.external_id, item.is_own) == ("post", post.id, True)
    assert await facebook.context(to, f"{to.account_id}_1") is None


async def test_facebook_has_no_stream(sandbox, facebook):
    assert [page async for page in facebook.stream(grant(sandbox, "facebook"))] == []


async def test_mastodon_polls_forward_until_nothing_is_new(sandbox, mastodon):
    to = grant(sandbox, "mastodon")
    await say(sandbox, to, "mastodon", "first")
    (page,) = [page async for page in mastodon.poll(to, None)]
    assert any("first" in item.text for item in read("mastodon", to, [page]).items)
    assert [one async for one in mastodon.poll(to, page.cursor)] == []
    many = {"kind": "mention", "text": "number", "count": 85}
    await emit(sandbox, network="mastodon", account=to.account_id, **many)
    pages = [one async for one in mastodon.poll(to, page.cursor)]
    assert len(pages) == 2
    items = read("mastodon", to, pages).items
    assert len({item.external_id for item in items if "number" in item.text}) == 85


async def test_mastodon_stream_brings_mentions_as_they_come(sandbox, mastodon):
    to = grant(sandbox, "mastodon")
    stream = mastodon.stream(to)
    waiting = asyncio.ensure_future(anext(stream))
    async with asyncio.timeout(DEADLINE_S):
        while sandbox.hub.count() == 0:
            await asyncio.sleep(0.01)
        await say(sandbox, to, "mastodon", "hello there")
        page = await waiting
    (item,) = read("mastodon", to, [page]).items
    assert "hello there" in item.text
    assert item.thread_root_id == item.external_id
    await stream.aclose()


async def test_mastodon_stream_ends_when_it_is_cut(sandbox, mastodon):
    sandbox.misbehaviour.add(Wish(network="mastodon", kind="stream_cut", delay_s=0.1))
    async with asyncio.timeout(DEADLINE_S):
        assert [page async for page in mastodon.stream(grant(sandbox, "mastodon"))] == []


async def test_mastodon_stream_without_heartbeats_ends(sandbox, client):
    silent = MastodonConnector(tools(client), silence_s=0.05)
    async with asyncio.timeout(DEADLINE_S):
        assert [page async for page in silent.stream(grant(sandbox, "mastodon"))] == []


async def test_mastodon_context_and_root(sandbox, mastodon):
    to = grant(sandbox, "mastodon")
    account = sandbox.world.account("mastodon", to.account_id)
    post = sandbox.world.posts(account)[0]
    reply = {"kind": "comment", "post": post.id, "text": "re"}
    made = await emit(sandbox, network="mastodon", account=to.account_id, **reply)
    replies = [one for one in sandbox.world.children(post) if not one.is_own]
    assert replies, made
    assert await mastodon.root_of(to, replies[0].id) == post.id
    assert await mastodon.root_of(to, post.id) == post.id
    page = await mastodon.context(to, post.id)
    assert read("mastodon", to, [page]).items[0].is_own
    assert await mastodon.context(to, "1") is None
    assert await mastodon.root_of(to, "1") is None


@pytest.mark.parametrize("network", ["facebook", "mastodon"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("error_5xx", Unavailable),
        ("rate_limited", Unavailable),
        ("html_error", Unavailable),
        ("drop", Unavailable),
        ("revoked_token", Reauthorise),
    ],
)
async def test_misbehaving_networks(sandbox, connectors, network, kind, expected):
    connector = connectors[network]
    sandbox.misbehaviour.add(Wish(network=network, operation="read", kind=kind))
    with pytest.raises(expected) as caught:
        [page async for page in connector.poll(grant(sandbox, network), None)]
    if kind == "rate_limited":
        assert caught.value.retry_after_s > 0


@pytest.mark.parametrize("network", ["facebook", "mastodon"])
async def test_a_wrong_token_needs_a_new_grant(sandbox, connectors, network):
    connector = connectors[network]
    with pytest.raises(Reauthorise):
        [page async for page in connector.poll(grant(sandbox, network, "wrong"), None)]


@pytest.mark.parametrize("network", ["facebook", "mastodon"])
async def test_nobody_there(connectors, network):
    connector = connectors[network]
    gone = Grant("con_1", "1", "http://127.0.0.1:1", "t")
    with pytest.raises(Unavailable):
        [page async for page in connector.poll(gone, None)]


async def test_the_token_travels_in_the_header_only():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": []})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        connector = FacebookConnector(tools(client))
        to = Grant("con_1", "1", "https://graph.example/v25.0", "very-secret")
        [page async for page in connector.poll(to, None)]
    assert seen
    for request in seen:
        assert "very-secret" not in str(request.url)
        assert request.headers["authorization"] == "Bearer very-secret"
        assert request.url.params["appsecret_proof"]


async def test_an_instance_cannot_send_the_token_to_an_unencrypted_host():
    urls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        told = {"configuration": {"urls": {"streaming": "ws://evil.example"}}}
        headers = {"content-type": "text/event-stream"}
        if request.url.path.endswith("/instance"):
            return httpx.Response(200, content=json.dumps(told))
        return httpx.Response(200, headers=headers, content=b":thump\n\n")

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        connector = MastodonConnector(tools(client))
        to = Grant("con_1", "1", "https://here.example", "t")
        assert [page async for page in connector.stream(to)] == []
    assert urls[-1] == "https://here.example/api/v1/streaming/user"
