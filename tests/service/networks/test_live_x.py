"""Both halves of X against its stand-in, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Reauthorise as GrantRefused
from runtime.errors import Unavailable
from sandbox.models import Account as Played
from services.ingest.connectors.protocol import Account, Callback
from services.ingest.connectors.registry import normalisers
from services.ingest.connectors.x.connector import EVENTS, build
from services.respond.networks import x
from services.respond.networks.protocol import (
    Absent,
    Backoff,
    Done,
    Found,
    Moderate,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Unknown,
)
from tests.service.networks.live import Stage, polled, target

BRAND = "1111111111111111111"


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="x", id=BRAND, brand="b", name="Brand", handle="brand_x", token="tok-x",
        options={"tier": "pro", "webhook_secret": "consumer"},
    )  # fmt: skip
    return Stage(sandbox, played, "/x")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return x.build(writing_tools)


async def test_check_says_whose_grant_it_is(stage, reader):
    told = await reader.check(stage.grant())
    assert (told.account_id, told.name, told.handle) == (BRAND, "Brand", "brand_x")
    with pytest.raises(GrantRefused):
        await reader.check(stage.grant("wrong"))


async def test_poll_finds_all_and_goes_on(stage, reader):
    await stage.emit("mention", "where is my bike?")
    await stage.emit("comment", "nice post & <good>")
    await stage.emit("dm", "a private question")
    start = reader.since(SystemClock().now() - timedelta(hours=1))
    pages = await polled(reader, stage.grant(), start)
    items = stage.read(pages)
    by_text = {item.text: item for item in items}
    assert by_text["@brand_x where is my bike?"].kind == "mention"
    comment, message = by_text["nice post & <good>"], by_text["a private question"]
    assert (comment.kind, message.kind) == ("comment", "dm")
    assert comment.author_handle == "RobinExample".lower()
    assert message.thread_root_id == message.author_id
    assert comment.thread_root_id in {item.external_id for item in items if item.is_own}
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("mention", "{n} after an outage", count=230)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230
    assert [item.created_at for item in later] != []


async def test_an_edit_keeps_its_first_id(stage, reader):
    first = await stage.emit("mention", "do you opne on sunday?")
    pages = await polled(reader, stage.grant(), reader.since(SystemClock().now()))
    await stage.emit("edit", "@brand_x do you open on sunday?", id=first)
    (edited,) = stage.read(await polled(reader, stage.grant(), pages and pages[-1].cursor))
    assert (edited.external_id, edited.action) == (first, "edited")


async def test_answers_to_answers_are_searched_where_the_tier_allows(stage, reader):
    first = await stage.emit("comment", "first")
    await stage.emit("reply", "second, to the first", id=first, author="Other Person")
    start = reader.since(SystemClock().now() - timedelta(hours=1))
    small = stage.read(await polled(reader, stage.grant(), start))
    assert "second, to the first" not in {item.text for item in small}
    large = stage.read(await polled(reader, stage.grant(tier="pro"), start))
    assert "second, to the first" in {item.text for item in large}


async def test_messages_at_their_limit_do_not_hold_up_mentions(stage, reader):
    cursor = None
    for number in range(17):
        await stage.emit("mention", f"number {number}")
        pages = await polled(reader, stage.grant(), cursor)
        assert pages
        cursor = pages[-1].cursor


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("error_5xx", Unavailable), ("rate_limited", Unavailable), ("html_error", Unavailable),
     ("drop", Unavailable), ("revoked_token", GrantRefused)],
)  # fmt: skip
async def test_a_misbehaving_network(stage, reader, kind, expected):
    stage.misbehave(kind, "read")
    with pytest.raises(expected) as caught:
        await polled(reader, stage.grant())
    if kind == "rate_limited":
        assert caught.value.retry_after_s
        with pytest.raises(Unavailable, match=r"network\.resting"):
            await polled(reader, stage.grant())


async def test_context_and_root(stage, reader):
    first = await stage.emit("comment", "hm")
    root = await reader.root_of(stage.grant(), first)
    (post,) = stage.read([await reader.context(stage.grant(), root)])
    assert (post.kind, post.is_own, post.external_id) == ("post", True, root)
    assert await reader.context(stage.grant(), "1") is None
    assert await reader.root_of(stage.grant(), "1") is None


async def test_subscribing_twice_is_harmless(stage, reader):
    grant = stage.grant(webhook_id="7")
    for _ in range(2):
        await reader.subscribe(grant, Callback("https://example.org/webhooks/x", "s"))
    options = stage.sandbox.world.account("x", BRAND).options
    assert options["events"].split() == list(EVENTS)


async def test_a_revoked_permission_is_told(stage):
    raw = b'{"data":{"event_type":"oauth.revoke","filter":{},"payload":{"user_id":"11"}}}'
    assert normalisers()["x"](raw, Account()).revoked == ["11"]
    old = b'{"user_event":{"revoke":{"date_time":"x","target":{"app_id":"1"},"source":{"user_id":"12"}}}}'
    assert normalisers()["x"](old, Account()).revoked == ["12"]


async def answered(stage, reader, text="where is it?", kind="mention", **more):
    wanted = await stage.emit(kind, text, **more)
    start = reader.since(SystemClock().now() - timedelta(hours=1))
    items = stage.read(await polled(reader, stage.grant(), start))
    return target(next(item for item in items if item.external_id == wanted))


async def test_an_answer_is_published_once_under_the_newest_version(stage, reader, network):
    to = await answered(stage, reader)
    await stage.emit("edit", "@brand_x where are they?", id=to.external_id)
    sent = await network.publish(stage.writer(), Publish(to, "On the way.", "k1"))
    assert isinstance(sent, Sent)
    item = stage.sandbox.world.item("x", sent.external_id)
    assert item.extra["answered_version"] != to.external_id
    again = await network.publish(stage.writer(), Publish(to, "On the way.", "k1"))
    assert again == Sent(sent.external_id, sent.permalink, is_repeat=True)
    assert stage.published() == ["On the way."]


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await answered(stage, reader)
    began_at = SystemClock().now()
    look = Search(to, "See https://example.org/a/long/one & more", began_at)
    assert await network.find(stage.writer(), look) == Absent()
    stage.misbehave("apply_then_drop")
    lost = await network.publish(stage.writer(), Publish(to, look.text, "k1"))
    assert isinstance(lost, Unknown)
    found = await network.find(stage.writer(), look)
    assert isinstance(found, Found)
    taken = replace(look, taken=frozenset({found.external_id}))
    assert await network.find(stage.writer(), taken) == Absent()


async def test_messages_are_written_and_found(stage, reader, network):
    to = await answered(stage, reader, "psst", "dm")
    began_at = SystemClock().now()
    sent = await network.publish(stage.writer(), Publish(to, "Hello back.", "k"))
    assert await network.find(stage.writer(), Search(to, "Hello back.", began_at)) == Found(
        sent.external_id
    )
    public = await answered(stage, reader)
    private = Publish(public, "Your number, please?", "k2", is_private=True)
    sent = await network.publish(stage.writer(), private)
    look = Search(public, private.text, began_at, is_private=True)
    assert await network.find(stage.writer(), look) == Found(sent.external_id)
    assert stage.sandbox.world.item("x", sent.external_id).root_id == public.author_id


async def test_the_small_tier_answers_only_who_named_the_account(stage, reader, network):
    first = await stage.emit("comment", "first")
    start = reader.since(SystemClock().now() - timedelta(hours=1))
    second = await stage.emit("reply", "not for you", id=first, author="Other Person")
    items = stage.read(await polled(reader, stage.grant(tier="pro"), start))
    to = target(next(item for item in items if item.external_id == second))
    small = stage.played.model_copy(update={"options": {"tier": "self_serve"}})
    stage.sandbox.world.put_account(small)
    refused = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert isinstance(refused, Permanent)
    assert refused.code == "x.reply_not_allowed"
    assert "named or quoted" in refused.reason


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("error_5xx", Retry), ("rate_limited", Backoff), ("html_error", Retry), ("drop", Unknown),
     ("apply_then_5xx", Retry), ("revoked_token", Reauthorise)],
)  # fmt: skip
async def test_what_goes_wrong_while_writing(stage, reader, network, kind, expected):
    to = await answered(stage, reader)
    stage.misbehave(kind)
    assert isinstance(await network.publish(stage.writer(), Publish(to, "Hi", "k")), expected)


async def test_acts(stage, reader, network):
    to = await answered(stage, reader, "rude", "comment")

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    item = stage.sandbox.world.item("x", to.external_id)
    assert (await act("hide"), item.is_hidden) == (Done(), True)
    assert (await act("hide"), await act("unhide"), item.is_hidden) == (Done(), Done(), False)
    assert (await act("like"), item.likes) == (Done(), [BRAND])
    assert (await act("unlike"), item.likes) == (Done(), [])
    assert isinstance(await act("delete"), Permanent)
    sent = await network.publish(stage.writer(), Publish(to, "Please be kind.", "k"))
    own = replace(to, external_id=sent.external_id)
    assert (await act("delete", own), await act("delete", own)) == (Done(), Done())
    assert isinstance(await act("block"), Permanent)


async def test_the_consent_page_gives_tokens_that_are_good_once(stage, reader):
    verifier, challenge = "abc", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    wish = {
        "response_type": "code", "client_id": "c", "redirect_uri": "http://127.0.0.1:1/back",
        "state": "s1", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    async with httpx.AsyncClient(base_url=stage.sandbox.origin, trust_env=False) as client:
        page = await client.get("/x/i/oauth2/authorize", params=wish)
        link = page.text.partition("href='")[2].partition("'")[0].replace("&amp;", "&")
        back = (await client.get(link)).headers["location"]
        code = httpx.URL(back).params["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": wish["redirect_uri"],
        }
        first = (
            await client.post("/x/2/oauth2/token", data={**form, "code_verifier": verifier})
        ).json()
        assert (await reader.check(stage.grant(first["access_token"]))).account_id == BRAND
        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = await client.post("/x/2/oauth2/token", data=again)
        assert second.json()["refresh_token"] != first["refresh_token"]
        assert (await client.post("/x/2/oauth2/token", data=again)).status_code == 400
