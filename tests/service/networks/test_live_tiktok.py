"""Both halves of TikTok against their stand-in, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Reauthorise as GrantRefused
from runtime.errors import Unavailable
from sandbox.models import Account as Played
from services.ingest.connectors.tiktok.connector import build
from services.respond.networks import tiktok
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Done,
    Found,
    Gone,
    Moderate,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
)
from tests.service.networks.live import Stage, polled, target

ACCOUNT = "act.example"


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="tiktok", id=ACCOUNT, brand="b", name="Brand", handle="brand", token="tok-tt"
    )
    return Stage(sandbox, played, "/tiktok/open_api/v1.3")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return tiktok.build(writing_tools)


async def test_check_says_whose_it_is(stage, reader):
    told = await reader.check(replace(stage.grant(), account_id=""))
    assert (told.account_id, told.name, told.handle) == (ACCOUNT, "Brand", "brand")
    with pytest.raises(GrantRefused):
        await reader.check(stage.grant("wrong"))


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    await stage.emit("comment", "{n} first", count=3)
    pages = await polled(reader, stage.grant())
    assert len(stage.read(pages)) == 3
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("comment", "{n} after an outage", count=230)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230


async def test_the_past_is_no_news_and_a_moment_to_begin_from(stage, reader):
    await stage.emit("comment", "{n} old", count=70)
    for age_s, item in enumerate(reversed(stage.sandbox.world.items("tiktok"))):
        item.created_at -= timedelta(seconds=age_s)
    first = await polled(reader, stage.grant())
    assert len(stage.read(first)) == 30
    assert await polled(reader, stage.grant(), first[-1].cursor) == []
    soon = reader.since(SystemClock().now() + timedelta(seconds=2))
    assert await polled(reader, stage.grant(), soon) == []
    far = reader.since(SystemClock().now() - timedelta(hours=1))
    assert len(stage.read(await polled(reader, stage.grant(), far))) == 70


async def test_answers_beyond_those_a_page_shows(stage, reader):
    top = await stage.emit("comment", "who else?")
    await stage.emit("reply", "me {n}", id=top, count=40)
    pages = await polled(reader, stage.grant())
    items = stage.read(pages)
    assert len({item.external_id for item in items}) == len(items) == 41
    assert {item.parent_external_id for item in items if item.external_id != top} == {top}
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("reply", "late", id=top)
    again = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert "late" in [item.text for item in again]


async def test_hiding_and_deletions_are_noticed(stage, reader, network):
    first, second = await stage.emit("comment", "one"), await stage.emit("comment", "two")
    reply = await stage.emit("reply", "three", id=first)
    pages = await polled(reader, stage.grant())
    cursor = pages[-1].cursor
    to = next(target(i) for i in stage.read(pages) if i.external_id == second)

    async def news():
        nonlocal cursor
        pages = await polled(reader, stage.grant(), cursor)
        cursor = pages[-1].cursor
        assert await polled(reader, stage.grant(), cursor) == []
        return [(item.external_id, item.action) for item in stage.read(pages)]

    assert await network.moderate(stage.writer(), Moderate("hide", to, "k")) == Done()
    assert await news() == [(second, "hidden")]
    assert await network.moderate(stage.writer(), Moderate("unhide", to, "k")) == Done()
    assert await news() == [(second, "unhidden")]
    await stage.emit("delete", id=second)
    assert await news() == [(second, "deleted")]
    await stage.emit("delete", id=reply)
    assert (reply, "deleted") in await news()


async def test_the_video_is_the_context(stage, reader):
    await stage.emit("comment", "one")
    (item,) = stage.read(await polled(reader, stage.grant()))
    (video,) = stage.read([await reader.context(stage.grant(), item.thread_root_id)])
    assert (video.kind, video.is_own, video.text) == ("post", True, "Our video")
    assert await reader.context(stage.grant(), "1") is None


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


async def written_to(stage, reader, text="how much?"):
    top = await stage.emit("comment", text)
    items = stage.read(await polled(reader, stage.grant()))
    return target(next(item for item in items if item.external_id == top))


async def test_an_answer_stands_below_the_top_level_comment(stage, reader, network):
    to = await written_to(stage, reader)
    reply = await stage.emit("reply", "yes, how much?", id=to.external_id, author="Other Person")
    items = stage.read(await polled(reader, stage.grant()))
    second = target(next(item for item in items if item.external_id == reply))
    text = network.text_for(second, "Nine euros.")
    assert text == "@otherperson Nine euros."
    assert network.text_for(to, "Nine euros.") == "Nine euros."
    sent = await network.publish(stage.writer(), Publish(second, text, "k"))
    assert isinstance(sent, Sent)
    again = stage.read(await polled(reader, stage.grant()))
    echo = next(item for item in again if item.external_id == sent.external_id)
    assert (echo.is_own, echo.parent_external_id) == (True, to.external_id)


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await written_to(stage, reader)
    look = Search(to, "Nine euros.", SystemClock().now())
    assert await network.find(stage.writer(), look) == Absent()
    stage.misbehave("apply_then_drop")
    assert isinstance(await network.publish(stage.writer(), Publish(to, look.text, "k")), Unknown)
    found = await network.find(stage.writer(), look)
    assert isinstance(found, Found)
    taken = replace(look, taken=frozenset({found.external_id}))
    assert await network.find(stage.writer(), taken) == Absent()
    await stage.emit("delete", id=to.external_id)
    assert await network.find(stage.writer(), look) == Gone()
    assert stage.published() == [look.text]


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
    if expected is Retry:
        assert outcome.is_doubtful


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b"{}", b'{"code":"0"}', b'{"code":0,"data":[]}']
)
async def test_odd_answers_are_never_a_success(writing_tools, body):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with httpx.AsyncClient(transport=transport) as client:
        network = tiktok.build(replace(writing_tools, client=client))
        to = Target("1", "comment", root_id="2")
        account = Account(ACCOUNT, "https://business-api.tiktok.com/open_api/v1.3", "t")
        assert isinstance(await network.publish(account, Publish(to, "Hi", "k")), Unknown)


async def test_acts(stage, reader, network):
    to = await written_to(stage, reader)
    item = stage.sandbox.world.item("tiktok", to.external_id)

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    assert (await act("like"), item.likes) == (Done(), [ACCOUNT])
    assert (await act("unlike"), item.likes) == (Done(), [])
    assert isinstance(await act("delete"), Permanent)
    assert isinstance(await act("block"), Permanent)
    sent = await network.publish(stage.writer(), Publish(to, "Hm", "k"))
    own = replace(to, external_id=sent.external_id)
    assert (await act("delete", own), await act("delete", own)) == (Done(), Done())
    stage.misbehave("drop", "moderate")
    assert isinstance(await act("hide"), Retry)
