"""Both halves of YouTube against its stand-in, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.protocol import Grant
from services.ingest.connectors.youtube.connector import build
from services.respond.networks import youtube
from services.respond.networks.protocol import (
    Absent,
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
    Unknown,
)
from tests.service.networks.live import Stage, polled, target

BRAND = "UCbrandbrandbrandbrandbr"


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="youtube", id=BRAND, brand="b", name="Brand", handle="brand", token="tok-yt"
    )
    return Stage(sandbox, played, "/youtube/youtube/v3")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return youtube.build(writing_tools)


def texts(items):
    return [item.text for item in items]


async def test_check_says_whose_grant_it_is(stage, reader):
    told = await reader.check(stage.grant())
    assert (told.account_id, told.name, told.handle) == (BRAND, "Brand", "brand")


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    await stage.emit("comment", "{n} first", count=3)
    pages = await polled(reader, stage.grant())
    assert len(stage.read(pages)) == 3
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("comment", "{n} after an outage", count=230)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230
    assert [item.created_at for item in later] == sorted(item.created_at for item in later)


async def test_a_moment_to_begin_from(stage, reader):
    await stage.emit("comment", "old")
    cursor = reader.since(SystemClock().now() + timedelta(seconds=1))
    assert await polled(reader, stage.grant(), cursor) == []


async def test_replies_beyond_those_a_page_shows(stage, reader):
    top = await stage.emit("comment", "who else?")
    await stage.emit("reply", "me {n}", id=top, count=130)
    pages = await polled(reader, stage.grant())
    items = stage.read(pages)
    assert len(items) == 131
    assert {item.thread_root_id for item in items} == {items[0].thread_root_id} != {None}
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("reply", "late", id=top)
    again = await polled(reader, stage.grant(), pages[-1].cursor)
    assert "late" in texts(stage.read(again))


async def test_edits_and_deletions_are_noticed(stage, reader):
    first, second = await stage.emit("comment", "one"), await stage.emit("comment", "two")
    reply = await stage.emit("reply", "three", id=first)
    pages = await polled(reader, stage.grant())
    await stage.emit("edit", "two!", id=second)
    edited_pages = await polled(reader, stage.grant(), pages[-1].cursor)
    (edited,) = stage.read(edited_pages)
    assert (edited.external_id, edited.action, edited.text) == (second, "edited", "two!")
    await stage.emit("delete", id=reply)
    reply_pages = await polled(reader, stage.grant(), edited_pages[-1].cursor)
    (gone,) = stage.read(reply_pages)
    assert (gone.external_id, gone.action, gone.parent_external_id) == (reply, "deleted", first)
    await stage.emit("delete", id=first)
    last_pages = await polled(reader, stage.grant(), reply_pages[-1].cursor)
    (gone,) = stage.read(last_pages)
    assert (gone.external_id, gone.action, gone.kind) == (first, "deleted", "comment")
    assert gone.thread_root_id == edited.thread_root_id
    assert await polled(reader, stage.grant(), last_pages[-1].cursor) == []


async def test_what_waits_for_review_and_what_was_rejected(stage, reader, network):
    await stage.emit("comment", "shown")
    await stage.emit("comment", "held", extra={"moderation": "heldForReview"})
    await stage.emit("comment", "spam?", extra={"moderation": "likelySpam"})
    pages = await polled(reader, stage.grant())
    items = stage.read(pages)
    assert sorted(texts(items)) == ["held", "shown", "spam?"]
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    shown = next(item for item in items if item.text == "shown")
    assert await network.moderate(stage.writer(), Moderate("hide", target(shown), "k")) == Done()
    hidden_pages = await polled(reader, stage.grant(), pages[-1].cursor)
    (hidden,) = stage.read(hidden_pages)
    assert (hidden.action, hidden.thread_root_id) == ("hidden", shown.thread_root_id)
    assert await polled(reader, stage.grant(), hidden_pages[-1].cursor) == []


async def test_a_channel_spends_its_share_only(stage, reader, tools):
    grant = stage.grant(daily_units="7")
    await stage.emit("comment", "hello")
    for _ in range(2):
        await polled(reader, grant)
    assert tools.meter.quota("con_1").remaining == 1
    with pytest.raises(Unavailable, match=r"youtube\.units_spent") as caught:
        await polled(reader, grant)
    assert 0 < caught.value.retry_after_s <= 25 * 3600


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


async def test_context_and_root(stage, reader):
    top = await stage.emit("comment", "hm")
    reply = await stage.emit("reply", "hm?", id=top)
    root = await reader.root_of(stage.grant(), reply)
    assert root == await reader.root_of(stage.grant(), top)
    (video,) = stage.read([await reader.context(stage.grant(), root)])
    assert (video.kind, video.is_own, video.external_id) == ("post", True, root)
    assert await reader.context(stage.grant(), "nothing") is None
    assert await reader.root_of(stage.grant(), "nothing") is None


async def written_to(stage, reader, text="how much?"):
    top = await stage.emit("comment", text)
    items = stage.read(await polled(reader, stage.grant()))
    return target(next(item for item in items if item.external_id == top))


async def test_an_answer_stands_under_the_top_level_comment(stage, reader, network):
    to = await written_to(stage, reader)
    reply = await stage.emit("reply", "yes, how much?", id=to.external_id, author="Other Person")
    items = stage.read(await polled(reader, stage.grant()))
    second = target(next(item for item in items if item.external_id == reply))
    text = network.text_for(second, "Nine euros.")
    assert text == "@otherperson Nine euros."
    sent = await network.publish(stage.writer(), Publish(second, text, "k"))
    assert isinstance(sent, Sent)
    assert sent.external_id.startswith(f"{to.external_id}.")
    assert network.text_for(to, "Nine euros.") == "Nine euros."


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await written_to(stage, reader)
    look = Search(to, "Nine euros <3 & up.\nBye", SystemClock().now())
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


async def test_acts(stage, reader, network):
    to = await written_to(stage, reader)
    item = stage.sandbox.world.item("youtube", to.external_id)

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    assert (await act("hide"), item.extra["moderation"]) == (Done(), "rejected")
    assert (await act("unhide"), item.extra) == (Done(), {})
    assert await act("block") == Done()
    assert isinstance(await act("delete"), Permanent)
    await act("unhide")
    sent = await network.publish(stage.writer(), Publish(to, "Hm", "k"))
    own = replace(to, external_id=sent.external_id)
    assert (await act("delete", own), await act("delete", own)) == (Done(), Done())
    assert isinstance(await act("like"), Permanent)


async def test_a_google_account_without_a_channel(tools):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": []}))
    async with httpx.AsyncClient(transport=transport) as client:
        reader = build(replace(tools, client=client))
        with pytest.raises(Invalid, match=r"youtube\.no_channel"):
            await reader.check(Grant("con_1", BRAND, "https://www.googleapis.com/youtube/v3", "t"))
