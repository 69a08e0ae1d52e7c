"""Both halves of Reddit against its stand-in, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.reddit.connector import build
from services.respond.networks import reddit
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

BRAND = "t2_brand"
ROOM = {"subreddit": "brandroom"}


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="reddit", id=BRAND, brand="b", name="Brand", handle="brand_account", token="tok-r",
        options={"moderates": "brandroom", "closed": "closedroom"},
    )  # fmt: skip
    return Stage(sandbox, played, "/reddit")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return reddit.build(writing_tools)


async def test_check_says_whose_grant_it_is(stage, reader):
    told = await reader.check(stage.grant())
    assert (told.account_id, told.handle) == (BRAND, "brand_account")
    assert told.options == {"username": "brand_account"}
    with pytest.raises(GrantRefused):
        await reader.check(stage.grant("wrong"))


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    grant = stage.grant(username="brand_account", subreddits="brandroom, r/other")
    await stage.emit("mention", "is this any good?")
    await stage.emit("dm", "psst")
    await stage.emit("comment", "under your post")
    await stage.emit("comment", "in your room", extra=ROOM)
    pages = await polled(reader, grant)
    items = stage.read(pages)
    assert len(items) == len({item.external_id for item in items}) == 4
    by_kind = {item.kind: item for item in items}
    assert by_kind["mention"].text == "u/brand_account is this any good?"
    assert by_kind["mention"].thread_root_id.startswith("t3_")
    assert by_kind["dm"].thread_root_id == "RobinExample"
    assert await polled(reader, grant, pages[-1].cursor) == []
    await stage.emit("comment", "{n} after an outage", extra=ROOM, count=230)
    later = stage.read(await polled(reader, grant, pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230


async def test_a_moment_to_begin_from(stage, reader):
    await stage.emit("dm", "old")
    grant = stage.grant(username="brand_account")
    start = reader.since(SystemClock().now() - timedelta(minutes=1))
    assert len(stage.read(await polled(reader, grant, start))) == 1
    start = reader.since(SystemClock().now() + timedelta(minutes=1))
    assert await polled(reader, grant, start) == []


async def test_a_deleted_anchor_loses_nothing(stage, reader):
    grant = stage.grant(username="brand_account")
    await stage.emit("dm", "first")
    anchor = await stage.emit("dm", "second")
    pages = await polled(reader, grant)
    await stage.emit("delete", id=anchor)
    assert await polled(reader, grant, pages[-1].cursor) == []
    await stage.emit("dm", "third")
    later = await polled(reader, grant, pages[-1].cursor)
    assert [item.text for item in stage.read(later)] == ["third"]
    assert await polled(reader, grant, later[-1].cursor) == []


async def test_edits_and_deletions_of_the_latest_are_noticed(stage, reader):
    grant = stage.grant(username="brand_account")
    first, second = await stage.emit("comment", "one"), await stage.emit("comment", "two")
    pages = await polled(reader, grant)
    await stage.emit("edit", "one!", id=first)
    await stage.emit("delete", id=second)
    later = await polled(reader, grant, pages[-1].cursor)
    found = {item.external_id: item for item in stage.read(later)}
    assert (found[first].action, found[first].text) == ("edited", "one!")
    assert (found[second].action, found[second].text) == ("deleted", None)
    assert await polled(reader, grant, later[-1].cursor) == []


async def test_a_closed_community_is_told_after_the_others_were_read(stage, reader):
    await stage.emit("dm", "still read")
    grant = stage.grant(username="brand_account", subreddits="closedroom")
    pages = []
    with pytest.raises(Invalid, match=r"reddit\.refused"):
        async for page in reader.poll(grant, None):
            pages.append(page)  # noqa: PERF401 (what came before the error counts)
    assert [item.text for item in stage.read(pages)] == ["still read"]


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
        assert caught.value.retry_after_s == 5
        with pytest.raises(Unavailable, match=r"network\.resting"):
            await polled(reader, stage.grant())


async def test_what_is_left_is_taken_down(stage, reader, tools):
    await reader.check(stage.grant())
    told = tools.meter.quota("con_1")
    assert (told.remaining, told.limit) == (999, 1000)
    assert told.resets_at > SystemClock().now()


async def test_context_and_root(stage, reader):
    comment = await stage.emit("comment", "hm")
    root = await reader.root_of(stage.grant(), comment)
    (post,) = stage.read([await reader.context(stage.grant(), root)])
    assert (post.kind, post.is_own, post.external_id) == ("post", True, root)
    assert await reader.context(stage.grant(), "t3_zzzzzz") is None
    assert await reader.root_of(stage.grant(), "t1_zzzzzz") is None


async def written_to(stage, reader, kind="comment", text="how much?", **more):
    wanted = await stage.emit(kind, text, **more)
    grant = stage.grant(username="brand_account", subreddits="brandroom")
    items = stage.read(await polled(reader, grant))
    return target(next(item for item in items if item.external_id == wanted))


@pytest.mark.parametrize("kind", ["comment", "dm", "mention"])
async def test_an_answer_is_published_and_found(stage, reader, network, kind):
    to = await written_to(stage, reader, kind)
    look = Search(to, "Nine euros & **no** more.", SystemClock().now())
    assert await network.find(stage.writer(), look) == Absent()
    sent = await network.publish(stage.writer(), Publish(to, look.text, "k"))
    assert isinstance(sent, Sent)
    assert (await network.find(stage.writer(), look)).external_id == sent.external_id
    assert stage.published() == [look.text]


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await written_to(stage, reader)
    look = Search(to, "Nine euros.", SystemClock().now())
    stage.misbehave("apply_then_drop")
    assert isinstance(await network.publish(stage.writer(), Publish(to, look.text, "k")), Unknown)
    found = await network.find(stage.writer(username="brand_account"), look)
    assert isinstance(found, Found)
    taken = replace(look, taken=frozenset({found.external_id}))
    assert await network.find(stage.writer(), taken) == Absent()


async def test_a_private_answer_is_a_message(stage, reader, network):
    to = await written_to(stage, reader)
    began_at = SystemClock().now()
    wish = Publish(to, "Your order number?", "k", is_private=True)
    sent = await network.publish(stage.writer(), wish)
    assert sent.external_id.startswith("t4_")
    look = Search(to, wish.text, began_at, is_private=True)
    assert await network.find(stage.writer(), look) == Found(sent.external_id)


async def test_errors_that_come_with_success(stage, reader, network):
    to = await written_to(stage, reader)
    stage.played.options["comment_gap_s"] = "540"
    stage.sandbox.world.put_account(stage.played)
    await network.publish(stage.writer(), Publish(to, "One.", "k1"))
    slow = await network.publish(stage.writer(), Publish(to, "Two.", "k2"))
    assert isinstance(slow, Backoff)
    assert 540 <= slow.wait_s <= 600
    stage.sandbox.world.item("reddit", to.external_id).extra["locked"] = "yes"
    locked = await network.publish(stage.writer(), Publish(to, "Three.", "k3"))
    assert isinstance(locked, Permanent)
    assert locked.code == "reddit.locked"
    await stage.emit("delete", id=to.external_id)
    gone = await network.publish(stage.writer(), Publish(to, "Four.", "k4"))
    assert gone.code == "reddit.target_gone"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("error_5xx", Retry), ("rate_limited", Backoff), ("html_error", Retry), ("drop", Unknown),
     ("apply_then_5xx", Retry), ("revoked_token", Reauthorise)],
)  # fmt: skip
async def test_what_goes_wrong_while_writing(stage, reader, network, kind, expected):
    to = await written_to(stage, reader)
    stage.misbehave(kind)
    outcome = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert isinstance(outcome, expected)
    if kind == "rate_limited":
        assert outcome.wait_s == 5


async def test_acts(stage, reader, network):
    to = await written_to(stage, reader, extra=ROOM)
    item = stage.sandbox.world.item("reddit", to.external_id)

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    assert (await act("hide"), item.is_hidden) == (Done(), True)
    assert (await act("unhide"), item.is_hidden) == (Done(), False)
    stranger = await act("delete")
    assert isinstance(stranger, Permanent)
    assert stranger.code == "reddit.not_own"
    sent = await network.publish(stage.writer(), Publish(to, "Hm", "k"))
    own = replace(to, external_id=sent.external_id)
    assert (await act("delete", own), await act("delete", own)) == (Done(), Done())
    elsewhere = await written_to(stage, reader, text="elsewhere")
    assert isinstance(await act("hide", elsewhere), Permanent)
    assert isinstance(await act("like"), Permanent)


async def test_tokens_need_the_app_to_name_itself(stage, reader):
    wish = {"response_type": "code", "redirect_uri": "http://127.0.0.1:1/back", "state": "s"}
    async with httpx.AsyncClient(base_url=stage.sandbox.origin, trust_env=False) as client:
        page = await client.get("/reddit/api/v1/authorize", params=wish)
        link = page.text.partition("href='")[2].partition("'")[0].replace("&amp;", "&")
        code = httpx.URL((await client.get(link)).headers["location"]).params["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": wish["redirect_uri"],
        }
        path = "/reddit/api/v1/access_token"
        assert (await client.post(path, data=form)).status_code == 401
        told = (await client.post(path, data=form, auth=("app", "secret"))).json()
    assert (await reader.check(stage.grant(told["access_token"]))).account_id == BRAND
