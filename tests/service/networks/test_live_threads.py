"""Both halves of Threads against their stand-in, over HTTP, and every row of its error table."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.protocol import Grant
from services.ingest.connectors.threads.connector import build
from services.respond.networks import threads
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

ROWS = json.loads(
    (
        Path(__file__).parents[2] / "unit/networks_other/fixtures/threads/errors.json"
    ).read_text()
)  # fmt: skip
READ = {"permanent": Invalid, "reauthorise": GrantRefused, "backoff": Unavailable}
WRITTEN = {"permanent": Permanent, "reauthorise": Reauthorise, "backoff": Backoff}


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="threads", id="99", brand="b", name="Brand", handle="brand", token="tok-th"
    )
    return Stage(sandbox, played, "/threads/v1.0")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return threads.build(writing_tools)


async def test_check_says_whose_it_is_and_renews_the_token(stage, reader):
    told = await reader.check(stage.grant())
    assert (told.account_id, told.name, told.handle) == ("99", "Brand", "brand")
    assert told.token == "tok-th"
    assert told.token_expires_at - SystemClock().now() > timedelta(days=59)


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    await stage.emit("comment", "{n} first", count=3)
    await stage.emit("mention", "look")
    pages = await polled(reader, stage.grant())
    items = stage.read(pages)
    assert sorted((item.kind, item.is_own) for item in items) == [
        ("comment", False), ("comment", False), ("comment", False), ("mention", False),
        ("post", True),
    ]  # fmt: skip
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("comment", "{n} after an outage", count=230)
    await stage.emit("mention", "{n} again", count=120)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 350


async def test_the_past_of_a_profile_is_no_news(stage, reader):
    await stage.emit("comment", "{n} old", count=130)
    for age_s, item in enumerate(reversed(stage.sandbox.world.items("threads"))):
        item.created_at -= timedelta(seconds=age_s)
    first = await polled(reader, stage.grant())
    assert len(stage.read(first)) == 101
    assert await polled(reader, stage.grant(), first[-1].cursor) == []
    soon = reader.since(SystemClock().now() + timedelta(seconds=2))
    assert await polled(reader, stage.grant(), soon) == []
    far = reader.since(SystemClock().now() - timedelta(hours=1))
    assert len(stage.read(await polled(reader, stage.grant(), far))) == 131


async def test_edits_hiding_and_deletions_are_noticed(stage, reader, network):
    first, second = await stage.emit("comment", "one"), await stage.emit("comment", "two")
    cursor = (await polled(reader, stage.grant()))[-1].cursor

    async def news():
        nonlocal cursor
        pages = await polled(reader, stage.grant(), cursor)
        cursor = pages[-1].cursor
        assert await polled(reader, stage.grant(), cursor) == []
        return stage.read(pages)

    await stage.emit("edit", "two!", id=second)
    (edited,) = await news()
    assert (edited.external_id, edited.text) == (second, "two!")
    to = target(edited)
    assert await network.moderate(stage.writer(), Moderate("hide", to, "k")) == Done()
    assert [item.action for item in await news()] == ["hidden"]
    assert await network.moderate(stage.writer(), Moderate("unhide", to, "k")) == Done()
    assert [item.action for item in await news()] == ["unhidden"]
    await stage.emit("delete", id=first)
    (gone,) = await news()
    assert (gone.external_id, gone.action, gone.kind) == (first, "deleted", "comment")
    assert gone.thread_root_id == edited.thread_root_id


async def test_context_and_root(stage, reader):
    top = await stage.emit("comment", "hm")
    reply = await stage.emit("reply", "hm?", id=top)
    root = await reader.root_of(stage.grant(), reply)
    assert (
        root
        == await reader.root_of(stage.grant(), top)
        == await reader.root_of(stage.grant(), root)
    )
    (post,) = stage.read([await reader.context(stage.grant(), root)])
    assert (post.kind, post.is_own, post.external_id) == ("post", True, root)
    assert await reader.context(stage.grant(), "1") is None
    assert await reader.root_of(stage.grant(), "1") is None


async def test_no_page_holds_a_token(stage, reader):
    await stage.emit("comment", "{n}", count=130)
    assert not any(b"secret" in page.raw for page in await polled(reader, stage.grant()))


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


async def test_an_answer_comes_back_as_own(stage, reader, network):
    to = await written_to(stage, reader)
    cursor = (await polled(reader, stage.grant()))[-1].cursor
    sent = await network.publish(stage.writer(), Publish(to, "Nine euros.", "k"))
    assert isinstance(sent, Sent)
    (echo,) = stage.read(await polled(reader, stage.grant(), cursor))
    assert (echo.external_id, echo.is_own) == (sent.external_id, True)
    assert echo.parent_external_id == to.external_id


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
    assert await network.find(stage.writer(), taken) == Gone()
    assert stage.published() == [look.text]


async def test_a_container_is_no_reply(stage, reader, network):
    to = await written_to(stage, reader)
    stage.misbehave("apply_then_drop", "contain")
    outcome = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert outcome == Retry("network.answer_lost", outcome.reason)
    assert stage.published() == []


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


async def test_the_quota_of_a_day(stage, reader, network):
    stage.sandbox.world.put_account(
        stage.played.model_copy(update={"options": {"reply_quota": "2"}})
    )
    to = await written_to(stage, reader)
    outcomes = [
        await network.publish(stage.writer(), Publish(to, f"{n}", f"k{n}")) for n in range(3)
    ]
    assert [type(one) for one in outcomes] == [Sent, Sent, Backoff]
    assert outcomes[2].code == "threads.quota_spent"
    assert outcomes[2].wait_s > 0


async def test_acts(stage, reader, network):
    to = await written_to(stage, reader)

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    reply = await stage.emit("reply", "deep", id=to.external_id)
    assert isinstance(await act("hide", replace(to, external_id=reply)), Permanent)
    assert isinstance(await act("delete"), Permanent)
    assert isinstance(await act("like"), Permanent)
    sent = await network.publish(stage.writer(), Publish(to, "Hm", "k"))
    own = replace(to, external_id=sent.external_id)
    assert (await act("delete", own), await act("delete", own)) == (Done(), Done())
    stage.misbehave("drop", "moderate")
    assert isinstance(await act("hide"), Retry)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["class"])
async def test_every_recorded_error_has_its_class(tools, writing_tools, row):
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(row["http_status"], headers=row["headers"], json=row["body"])

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        writer = threads.build(replace(writing_tools, client=client))
        account = Account("99", "https://graph.threads.net/v1.0", "t")
        to = Target("1", "comment")
        outcome = await writer.publish(account, Publish(to, "Hi", "k"))
        assert type(outcome) is WRITTEN[row["class"]]
        reader = build(replace(tools, client=client))
        with pytest.raises(READ[row["class"]]):
            await polled(reader, Grant("con_1", "99", "https://graph.threads.net/v1.0", "t"))
