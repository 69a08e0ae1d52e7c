"""Bluesky's reader and writer against its stand-in, over HTTP and a websocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from contracts.messages import Item
from contracts.networks import bluesky
from runtime.addresses import Refused
from runtime.errors import Reauthorise, Unavailable
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from services.ingest.connectors.bluesky.connector import BlueskyConnector
from services.ingest.connectors.bluesky.payloads import normalise
from services.ingest.connectors.protocol import Account as Own
from services.ingest.connectors.protocol import Grant, Normalised, Page, Tools
from services.respond.networks.bluesky import Bluesky, build
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Done,
    Found,
    Moderate,
    Permanent,
    Publish,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
)
from services.respond.networks.protocol import Reauthorise as GrantGone
from services.respond.networks.protocol import Tools as WritingTools

DEADLINE_S = 10.0
DID = "did:plc:brandbrandbrandbrandbra1"
PASSWORD = "abcd-efgh-ijkl-mnop"
NAME = "brand.example.com"


class Place:
    """An account at the stand-in, and what may be done to it from outside."""

    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        self.sandbox, self._client = sandbox, client
        self.base_url = f"{sandbox.origin}/bluesky"
        self.stream = self.base_url.replace("http", "ws", 1) + "/jetstream/subscribe"

    async def add(self, **options: str) -> None:
        account = {"network": "bluesky", "id": DID, "brand": "b", "name": "Brand", "handle": NAME}
        await self._post("accounts", **account, token=PASSWORD, options=options)

    async def emit(self, **wish: object) -> dict[str, object]:
        return await self._post("emit", network="bluesky", account=DID, **wish)

    def grant(self, token: str = PASSWORD, connection_id: str = "con_1") -> Grant:
        options = {"jetstream": self.stream, "identifier": NAME}
        return Grant(connection_id, DID, self.base_url, token, options)

    def account(self, token: str = PASSWORD) -> Account:
        return Account(DID, self.base_url, token)

    async def _post(self, path: str, **body: object) -> dict[str, object]:
        answer = await self._client.post(f"{self.sandbox.origin}/__control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def count(self, prefix: str) -> int:
        journal = [one["path"] for one in self.calls()]
        return sum(one.endswith(prefix) for one in journal)

    def calls(self) -> list[dict[str, str]]:
        return self._seen

    async def look(self) -> None:
        answer = await self._client.get(f"{self.sandbox.origin}/__control/requests")
        self._seen: list[dict[str, str]] = answer.json()["requests"]


@pytest.fixture
async def place(sandbox: Sandbox, client: httpx.AsyncClient) -> AsyncIterator[Place]:
    one = Place(sandbox, client)
    await one.add()
    yield one


@pytest.fixture
def reader(tools: Tools) -> BlueskyConnector:
    return BlueskyConnector(tools, poll_every_s=0.1)


@pytest.fixture
def writer(writing_tools: WritingTools) -> Bluesky:
    one = build(writing_tools)
    assert isinstance(one, Bluesky)
    return one


def read(pages: list[Page]) -> Normalised:
    found = Normalised()
    for page in pages:
        found.extend(normalise(page.raw, Own(frozenset({DID}))))
    assert not found.problems
    return found


async def poll(reader: BlueskyConnector, grant: Grant, cursor: str | None) -> list[Page]:
    return [page async for page in reader.poll(grant, cursor)]


def target(emitted: dict[str, object], **more: object) -> Target:
    fields = {"external_id": emitted["id"], "kind": "comment", "root_id": emitted["post_id"]}
    return Target(**{**fields, **more})  # type: ignore[arg-type]


async def first(stream: AsyncIterator[Page], action: str, *, by_brand: bool) -> Item:
    while True:
        for item in read([await anext(stream)]).items:
            if item.action == action and item.is_own is by_brand:
                return item


# Reading


async def test_the_check_names_the_account(place: Place, reader: BlueskyConnector) -> None:
    who = Grant("con_1", "", place.base_url, PASSWORD, {"identifier": f"@{NAME}"})
    identity = await reader.check(who)
    assert (identity.account_id, identity.name, identity.handle) == (DID, "Brand", NAME)
    assert identity.options == {"did": DID}
    with pytest.raises(Reauthorise):
        await reader.check(place.grant("wrong", "con_2"))
    # Signed in by handle, read by did: one sign-in is enough.
    await poll(reader, place.grant(), None)
    await place.look()
    assert place.count("createSession") == 2


async def test_a_deleted_app_password_is_noticed_by_the_next_check(
    place: Place, reader: BlueskyConnector
) -> None:
    await reader.check(place.grant())
    await poll(reader, place.grant(), None)
    account = place.sandbox.world.account("bluesky", DID)
    assert account is not None
    account.is_token_revoked = True
    with pytest.raises(Reauthorise):
        await reader.check(place.grant())


async def test_polls_find_all_and_none_twice(place: Place, reader: BlueskyConnector) -> None:
    first = await place.emit(kind="mention", text="who are you?")
    pages = await poll(reader, place.grant(), None)
    (item,) = read(pages).items
    assert (item.external_id, item.kind) == (first["id"], "mention")
    assert item.author_handle == "robinexample.bsky.social"
    cursor = pages[-1].cursor
    assert await poll(reader, place.grant(), cursor) == []

    many = await place.emit(kind="comment", text="number {n}", count=250)
    await place.emit(kind="comment", text="deleted meanwhile")
    await place.emit(kind="delete")
    pages = await poll(reader, place.grant(), cursor)
    items = read(pages).items
    assert len(pages) == 3
    assert sorted(item.external_id for item in items) == sorted(many["ids"])
    assert all(item.thread_root_id == many["post_id"] for item in items)
    # The oldest page comes first, and each leaves a cursor to go on from.
    resumed = await poll(reader, place.grant(), pages[0].cursor)
    assert len(read(resumed).items) == len(items) - len(read(pages[:1]).items)
    assert await poll(reader, place.grant(), pages[-1].cursor) == []


async def test_a_gap_is_filled_from_a_moment(place: Place, tools: Tools) -> None:
    await place.emit(kind="comment", text="long ago")
    moment = datetime.now(UTC)
    await asyncio.sleep(0.01)
    missed = await place.emit(kind="comment", text="in the gap", count=120)
    fresh = BlueskyConnector(tools)
    pages = await poll(fresh, place.grant(), fresh.since(moment))
    assert {item.external_id for item in read(pages).items} == set(missed["ids"])
    assert await poll(fresh, place.grant(), fresh.since(moment + timedelta(hours=1))) == []


async def test_replies_quotes_context_and_root(place: Place, reader: BlueskyConnector) -> None:
    top = await place.emit(kind="comment", text="first")
    below = await place.emit(kind="reply", id=top["id"], text="second", author="Ana")
    quote = await place.emit(kind="mention", text="look", extra={"quote": "1"})
    items = {one.external_id: one for one in read(await poll(reader, place.grant(), None)).items}
    assert items[str(below["id"])].parent_external_id == top["id"]
    assert items[str(below["id"])].thread_root_id == top["post_id"]
    assert items[str(quote["id"])].kind == "mention"
    assert await reader.root_of(place.grant(), str(below["id"])) == top["post_id"]
    page = await reader.context(place.grant(), str(top["post_id"]))
    assert page is not None
    (post,) = read([page]).items
    assert (post.is_own, post.kind) == (True, "post")
    gone = f"at://{DID}/app.bsky.feed.post/3kgone"
    assert await reader.context(place.grant(), gone) is None
    assert await reader.root_of(place.grant(), gone) is None


async def test_one_session_serves_many_calls_and_is_refreshed(
    place: Place, reader: BlueskyConnector, tools: Tools
) -> None:
    await asyncio.gather(*(poll(reader, place.grant(), None) for _ in range(5)))
    await place.look()
    assert place.count("createSession") == 1
    await place.add(session_s="0.2")
    short = BlueskyConnector(tools)
    await poll(short, place.grant(), None)
    await asyncio.sleep(0.3)
    await poll(short, place.grant(), None)
    await place.look()
    assert (place.count("createSession"), place.count("refreshSession")) == (2, 1)


async def test_a_quota_that_is_used_up_is_waited_for(place: Place, tools: Tools) -> None:
    await place.add(rate_limit="2")
    reader = BlueskyConnector(tools)
    await poll(reader, place.grant(), None)
    await poll(reader, place.grant(), None)
    await place.look()
    before = len(place.calls())
    with pytest.raises(Unavailable) as caught:
        await poll(reader, place.grant(), None)
    assert 0 < (caught.value.retry_after_s or 0) <= 300
    await place.look()
    assert len(place.calls()) == before


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
async def test_a_misbehaving_server(
    place: Place, reader: BlueskyConnector, kind: str, expected: type[Exception]
) -> None:
    place.sandbox.misbehaviour.add(Wish(network="bluesky", operation="read", kind=kind))
    with pytest.raises(expected) as caught:
        await poll(reader, place.grant(), None)
    if kind == "rate_limited":
        assert caught.value.retry_after_s > 0


async def test_nobody_there(reader: BlueskyConnector) -> None:
    with pytest.raises(Unavailable):
        await poll(reader, Grant("con_1", DID, "http://127.0.0.1:1", "t"), None)


# The stream


async def test_the_stream_brings_new_posts_and_deletions(
    place: Place, reader: BlueskyConnector
) -> None:
    old = await place.emit(kind="comment", text="before")
    await poll(reader, place.grant(), None)
    async with asyncio.timeout(DEADLINE_S), aclosing(reader.stream(place.grant())) as stream:
        waiting = asyncio.ensure_future(first(stream, "created", by_brand=False))
        await asyncio.sleep(0.2)
        new = await place.emit(kind="comment", text="streamed", author="Somebody New")
        item = await waiting
        assert item.external_id == new["id"]
        # Only a notification names its author; a frame does not.
        assert item.author_handle
        for one in (new, old):
            waiting = asyncio.ensure_future(first(stream, "deleted", by_brand=False))
            await asyncio.sleep(0.2)
            await place.emit(kind="delete", id=one["id"])
            assert (await waiting).external_id == one["id"]


async def test_what_the_brand_writes_elsewhere_comes_by_the_stream(
    place: Place, reader: BlueskyConnector, writer: Bluesky
) -> None:
    asked = await place.emit(kind="comment", text="hello?")
    async with asyncio.timeout(DEADLINE_S), aclosing(reader.stream(place.grant())) as stream:
        sent = await writer.publish(place.account(), Publish(target(asked), "Hello!", "key_1"))
        assert isinstance(sent, Sent)
        while (item := await first(stream, "created", by_brand=True)).text != "Hello!":
            assert item.kind == "post"
        assert (item.external_id, item.parent_external_id) == (sent.external_id, asked["id"])


async def test_what_was_deleted_while_the_stream_was_broken_is_replayed(
    place: Place, reader: BlueskyConnector
) -> None:
    old = await place.emit(kind="comment", text="before")
    await poll(reader, place.grant(), None)
    place.sandbox.misbehaviour.add(Wish(network="bluesky", kind="stream_cut", delay_s=0.1, count=1))
    async with asyncio.timeout(DEADLINE_S):
        assert read([page async for page in reader.stream(place.grant())]).items[1:] == []
        await place.emit(kind="delete", id=old["id"])
        async with aclosing(reader.stream(place.grant())) as stream:
            async for page in stream:
                if any(item.action == "deleted" for item in read([page]).items):
                    break


async def test_without_a_stream_there_is_polling(place: Place, reader: BlueskyConnector) -> None:
    for jetstream in ("ws://127.0.0.1:1/subscribe", ""):
        grant = Grant("con_1", DID, place.base_url, PASSWORD, {"jetstream": jetstream})
        async with asyncio.timeout(DEADLINE_S):
            assert [page async for page in reader.stream(grant)] == []


class StreamRefused(httpx.AsyncHTTPTransport):
    """A guarded client to which the stream's host is private."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "jetstream" in request.url.path:
            raise Refused("net.address_forbidden", "private")
        return await super().handle_async_request(request)


async def test_a_stream_inside_our_own_network_is_not_joined(place: Place, tools: Tools) -> None:
    async with httpx.AsyncClient(transport=StreamRefused()) as guarded:
        reader = BlueskyConnector(replace(tools, guarded=guarded))
        async with asyncio.timeout(DEADLINE_S):
            assert [page async for page in reader.stream(place.grant())] == []


# Writing


async def test_an_answer_is_written_once(place: Place, writer: Bluesky) -> None:
    asked = await place.emit(kind="comment", text="where is my order?")
    publish = Publish(target(asked), "It leaves today. #news https://example.com", "key_1")
    outcome = await writer.publish(place.account(), publish)
    assert isinstance(outcome, Sent)
    assert outcome.permalink
    item = place.sandbox.world.item("bluesky", outcome.external_id)
    assert item is not None
    value = json.loads(item.extra["value"])
    assert value["reply"]["root"]["uri"] == asked["post_id"]
    assert len(value["facets"]) == 2
    again = await writer.publish(place.account(), publish)
    assert again == Sent(outcome.external_id, outcome.permalink, is_repeat=True)
    assert len(place.sandbox.ledger.entries()) == 1


@pytest.mark.parametrize("kind", ["apply_then_drop", "apply_then_5xx"])
async def test_a_lost_answer_is_found(place: Place, writer: Bluesky, kind: str) -> None:
    asked = await place.emit(kind="comment", text="hello?")
    search = Search(target(asked), "Hello!", datetime.now(UTC), key="key_1")
    assert await writer.find(place.account(), search) == Absent()
    place.sandbox.misbehaviour.add(Wish(network="bluesky", kind=kind, count=1))
    outcome = await writer.publish(place.account(), Publish(target(asked), "Hello!", "key_1"))
    assert isinstance(outcome, Unknown if kind == "apply_then_drop" else Sent)
    found = await writer.find(place.account(), search)
    assert isinstance(found, Found)
    assert found.external_id == place.sandbox.ledger.entries()[0].id
    await writer.publish(place.account(), Publish(target(asked), "Hello!", "key_1"))
    assert place.sandbox.ledger.duplicates() == []


async def test_refusals_have_their_classes(place: Place, writer: Bluesky) -> None:
    asked = await place.emit(kind="comment", text="hello?")
    publish = Publish(target(asked), "Hello!", "key_1")
    cases = {"rate_limited": Backoff, "error_5xx": Retry, "html_error": Retry, "drop": Unknown}
    for kind, expected in cases.items():
        rule = place.sandbox.misbehaviour.add(Wish(network="bluesky", kind=kind))
        outcome = await writer.publish(place.account(), publish)
        assert type(outcome) is expected, kind
        if isinstance(outcome, Backoff):
            # Whole seconds on both sides: a wait of five may be told as seven at a turn.
            assert 0 < (outcome.wait_s or 0) <= 7
        place.sandbox.misbehaviour.remove(rule.id)
    assert isinstance(await writer.publish(place.account("wrong"), publish), GrantGone)
    long = Publish(target(asked), "x" * 301, "key_2")
    assert isinstance(await writer.publish(place.account(), long), Permanent)
    await place.emit(kind="delete", id=asked["id"])
    gone = await writer.publish(place.account(), publish)
    assert isinstance(gone, Permanent)
    assert gone.code == "bluesky.target_gone"
    assert place.sandbox.ledger.entries() == []


async def test_acts_are_done_and_may_be_repeated(place: Place, writer: Bluesky) -> None:
    asked = await place.emit(kind="comment", text="rubbish")
    item = place.sandbox.world.item("bluesky", str(asked["id"]))
    assert item is not None
    at = target(asked, author_id=asked["author_id"])

    async def do(act: str, to: Target = at) -> object:
        return await writer.moderate(place.account(), Moderate(act, to, f"mod_{act}"))  # type: ignore[arg-type]

    for act in ("like", "like"):
        assert await do(act) == Done()
        assert item.likes == [DID]
    for act in ("unlike", "unlike"):
        assert await do(act) == Done()
        assert item.likes == []
    for act in ("hide", "hide", "unhide", "unhide", "block", "block"):
        assert await do(act) == Done()
    sent = await writer.publish(place.account(), Publish(at, "An answer", "key_1"))
    assert isinstance(sent, Sent)
    mine = Target(sent.external_id, "comment", root_id=str(asked["post_id"]))
    for act in ("delete", "delete"):
        assert await do(act, mine) == Done()
    deleted = place.sandbox.world.item("bluesky", sent.external_id)
    assert deleted is not None
    assert deleted.is_deleted
    refused = await do("delete")
    assert isinstance(refused, Permanent)
    assert refused.code == "bluesky.not_own"


async def test_hiding_is_for_own_threads_and_keeps_what_is_hidden(
    place: Place, writer: Bluesky, client: httpx.AsyncClient
) -> None:
    one = await place.emit(kind="comment", text="one")
    two = await place.emit(kind="comment", text="two")
    for asked in (one, two):
        wish = Moderate("hide", target(asked, root_id=None), "mod_1")
        assert await writer.moderate(place.account(), wish) == Done()
    named = await place.emit(kind="mention", text="theirs")
    wish = Moderate("hide", target(named, root_id=None), "mod_1")
    refused = await writer.moderate(place.account(), wish)
    assert isinstance(refused, Permanent)
    assert refused.code == "bluesky.not_own_thread"
    session = {"identifier": NAME, "password": PASSWORD}
    xrpc = f"{place.base_url}/xrpc"
    told = await client.post(f"{xrpc}/com.atproto.server.createSession", json=session)
    rkey = bluesky.parts_of(str(one["post_id"]))[2]  # type: ignore[index]
    gate = await client.get(
        f"{xrpc}/com.atproto.repo.getRecord",
        params={"repo": DID, "collection": "app.bsky.feed.threadgate", "rkey": rkey},
        headers={"Authorization": f"Bearer {told.json()['accessJwt']}"},
    )
    assert gate.json()["value"]["hiddenReplies"] == [one["id"], two["id"]]
