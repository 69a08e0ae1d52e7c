"""Both halves of Discord against their stand-in: the gateway with its sessions, channels, acts, limits."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.discord.connector import build
from services.ingest.connectors.protocol import Grant
from services.respond.networks import discord
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

GUILD, MAIN, OTHER, HIDDEN, DIRECT = "900", "901", "902", "903", "904"
BOT = "1234567"
LIMITED = json.loads(
    (
        Path(__file__).parents[2] / "unit/networks_other/fixtures/discord/rate_limited.json"
    ).read_text()
)  # fmt: skip


class Room(Stage):
    """One server with a bot in it."""

    def grant(self, token=None, **options):
        return super().grant(token, guild_id=GUILD, **options)

    def writer(self, token=None, **options):
        return super().writer(token, guild_id=GUILD, **options)

    def change(self, **options):
        told = {**self.played.options, **options}
        self.sandbox.world.put_account(self.played.model_copy(update={"options": told}))

    async def gateway(self, act="", code=4000):
        async with httpx.AsyncClient(trust_env=False) as client:
            asked = {"act": act, "code": code}
            answer = await client.post(f"{self.sandbox.origin}/discord/__gateway", params=asked)
        return answer.json()


@pytest.fixture
def stage(sandbox):
    options = {
        "guild_id": GUILD, "channels": f"{MAIN},{OTHER},{HIDDEN}", "hidden": HIDDEN, "dm": DIRECT,
    }  # fmt: skip
    played = Played(
        network="discord", id=BOT, brand="b", name="Shop", handle="shopbot", token="tok-d",
        options=options,
    )  # fmt: skip
    return Room(sandbox, played, "/discord/api/v10")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return discord.build(writing_tools)


class Listening:
    """A stream that is read beside the test, again and again as the core does."""

    def __init__(self, stage, reader, grant=None):
        self.stage, self.reader = stage, reader
        self.grant = grant or stage.grant()
        self.pages, self.ends = [], 0

    async def __aenter__(self):
        self._task = asyncio.create_task(self._read())
        await self.until(lambda told: told["open"] > 0)
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self):
        while True:
            async with aclosing(self.reader.stream(self.grant)) as frames:
                async for page in frames:
                    self.pages.append(page)
            self.ends += 1

    async def until(self, is_so):
        async with asyncio.timeout(10):
            while not is_so(await self.stage.gateway()):
                await asyncio.sleep(0.01)

    async def items(self, count):
        async with asyncio.timeout(10):
            while len(self.pages) < count:
                await asyncio.sleep(0.01)
        return self.stage.read(self.pages)


async def test_check_says_which_bot_and_server(stage, reader):
    told = await reader.check(stage.grant())
    assert (told.account_id, told.name, told.handle) == (BOT, "Shop", "shopbot")
    with pytest.raises(Invalid, match=r"discord\.no_server"):
        await reader.check(replace(stage.grant(), options={}))
    with pytest.raises(Invalid, match=r"discord\.not_visible"):
        await reader.check(replace(stage.grant(), options={"guild_id": "1"}))
    with pytest.raises(GrantRefused):
        await reader.check(stage.grant("wrong"))


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    await stage.emit("comment", "{n} first", count=3)
    await stage.emit("comment", "elsewhere", extra={"channel": OTHER})
    await stage.emit("comment", "unseen", extra={"channel": HIDDEN})
    pages = await polled(reader, stage.grant())
    items = stage.read(pages)
    assert len(items) == 4
    assert {item.thread_root_id for item in items} == {MAIN, OTHER}
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("comment", "{n} after an outage", count=230)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230
    assert [item.created_at for item in later] == sorted(item.created_at for item in later)


async def test_a_poll_that_broke_off_goes_on_where_it_was(stage, reader):
    cursor = reader.since(SystemClock().now() - timedelta(hours=1))
    await stage.emit("comment", "{n}", count=250)
    async with aclosing(reader.poll(stage.grant(), cursor)) as pages:
        first = await anext(pages)
    rest = await polled(reader, stage.grant(), first.cursor)
    items = stage.read([first, *rest])
    assert len(items) == len({item.external_id for item in items}) == 250


async def test_the_past_is_no_news_and_a_moment_to_begin_from(stage, reader):
    await stage.emit("comment", "{n} old", count=130)
    first = await polled(reader, stage.grant())
    assert len(stage.read(first)) == 100
    assert await polled(reader, stage.grant(), first[-1].cursor) == []
    soon = reader.since(SystemClock().now() + timedelta(seconds=1))
    assert await polled(reader, stage.grant(), soon) == []
    far = reader.since(SystemClock().now() - timedelta(hours=1))
    assert len(stage.read(await polled(reader, stage.grant(), far))) == 130


async def test_only_the_channels_that_were_chosen(stage, reader):
    await stage.emit("comment", "here")
    await stage.emit("comment", "elsewhere", extra={"channel": OTHER})
    grant = stage.grant(channels=f" {OTHER},")
    assert [item.text for item in stage.read(await polled(reader, grant))] == ["elsewhere"]
    async with Listening(stage, reader, grant) as listening:
        await stage.emit("comment", "here again")
        await stage.emit("comment", "elsewhere again", extra={"channel": OTHER})
        assert [item.text for item in await listening.items(1)] == ["elsewhere again"]


async def test_the_stream_tells_of_everything(stage, reader, network):
    async with Listening(stage, reader) as listening:
        first = await stage.emit("mention", "hello")
        await stage.emit("edit", "hello!", id=first)
        await stage.emit("dm", "psst")
        await stage.emit("delete", id=first)
        items = await listening.items(4)
        assert [(item.action, item.kind, item.text) for item in items] == [
            ("created", "comment", "@shopbot hello"), ("edited", "comment", "hello!"),
            ("created", "dm", "psst"), ("deleted", "comment", None),
        ]  # fmt: skip
        assert items[2].thread_root_id == DIRECT
        sent = await network.publish(stage.writer(), Publish(target(items[2]), "Yes?", "k"))
        echo = (await listening.items(5))[-1]
        assert (echo.external_id, echo.is_own) == (sent.external_id, True)


async def test_a_broken_stream_is_resumed_without_a_gap(stage, reader):
    async with Listening(stage, reader) as listening:
        first = await stage.emit("comment", "before")
        await listening.items(1)
        for act, code in (("cut", 4000), ("reconnect", 0), ("cut", 4001), ("cut", 4008)):
            ends = listening.ends
            await stage.gateway(act, code)
            await stage.emit("edit", f"during {act} {code}", id=first)
            await listening.until(lambda told, ends=ends: listening.ends > ends and told["open"])
        items = await listening.items(5)
        assert len({page.natural_key for page in listening.pages}) == len(items) == 5
        told = await stage.gateway()
        assert (told["identified"], told["resumed"]) == (1, 4)


async def test_a_session_that_is_over_begins_anew(stage, reader):
    async with Listening(stage, reader) as listening:
        await stage.emit("comment", "before")
        await listening.items(1)
        await stage.gateway("cut")
        await stage.gateway("forget")
        await listening.until(lambda told: told["identified"] == 2 and told["open"])
        await stage.emit("comment", "after")
        assert [item.text for item in await listening.items(2)] == ["before", "after"]
        await stage.gateway("cut", 4009)
        await listening.until(lambda told: told["identified"] == 3)


async def test_heartbeats(stage, reader):
    stage.change(heartbeat_ms="150")
    async with Listening(stage, reader) as listening:
        await listening.until(lambda told: told["beats"] > 3)
        assert listening.ends == 0


async def test_what_the_gateway_forbids(stage, reader):
    stage.change(has_no_intent="1")
    with pytest.raises(Invalid, match=r"discord\.intents_refused"):
        await anext(reader.stream(stage.grant()))
    with pytest.raises(GrantRefused):
        await anext(reader.stream(stage.grant("wrong")))


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


async def test_the_same_key_is_written_once(stage, reader, network):
    to = await written_to(stage, reader)
    request = Publish(to, "Nine euros, @everyone.", "a key that is much longer than 25 characters")
    sent = await network.publish(stage.writer(), request)
    assert isinstance(sent, Sent)
    assert sent.permalink == f"https://discord.com/channels/{GUILD}/{MAIN}/{sent.external_id}"
    assert await network.publish(stage.writer(), request) == sent
    assert stage.published() == [request.text]
    other = await network.publish(stage.writer(), replace(request, key="another"))
    assert other.external_id != sent.external_id
    assert 0 < network.same_key_window_s <= 180


async def test_nobody_is_called_and_a_lost_reference_is_no_reason(writing_tools):
    told = []

    def take(request):
        told.append(json.loads(request.content))
        return httpx.Response(200, json={"id": "5", "channel_id": MAIN})

    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as client:
        network = discord.build(replace(writing_tools, client=client))
        to = Target("77", "comment", root_id=MAIN)
        account = Account(BOT, "https://discord.com/api/v10", "t", {"guild_id": GUILD})
        assert isinstance(await network.publish(account, Publish(to, "Hi @here", "k")), Sent)
    (body,) = told
    assert body["allowed_mentions"]["parse"] == []
    assert body["message_reference"] == {"message_id": "77", "fail_if_not_exists": False}
    assert body["enforce_nonce"] is True
    assert len(body["nonce"]) == 25


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await written_to(stage, reader)
    look = Search(to, "Nine euros.", SystemClock().now())
    await stage.emit("comment", "{n} others talk", count=150)
    assert await network.find(stage.writer(), look) == Absent()
    stage.misbehave("apply_then_drop")
    assert isinstance(await network.publish(stage.writer(), Publish(to, look.text, "k")), Unknown)
    found = await network.find(stage.writer(), look)
    assert isinstance(found, Found)
    taken = replace(look, taken=frozenset({found.external_id}))
    assert await network.find(stage.writer(), taken) == Absent()
    nowhere = replace(look, target=replace(to, root_id="1"))
    assert await network.find(stage.writer(), nowhere) == Gone()
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


async def test_the_recorded_limit_and_an_empty_bucket(writing_tools, tools):
    calls = []

    def limit(request):
        calls.append(request)
        return httpx.Response(
            LIMITED["http_status"], headers=LIMITED["headers"], json=LIMITED["body"]
        )

    def last(request):
        calls.append(request)
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "3.5"}
        return httpx.Response(200, headers=headers, json={"id": "5"})

    to, account = Target("7", "comment", root_id=MAIN), Account(BOT, "https://d.example", "t")
    request = Publish(to, "Hi", "k")
    async with httpx.AsyncClient(transport=httpx.MockTransport(limit)) as client:
        outcome = await discord.build(replace(writing_tools, client=client)).publish(
            account, request
        )
        assert (type(outcome), outcome.wait_s) == (Backoff, 65)
        with pytest.raises(Unavailable) as caught:
            grant = Grant("con_1", BOT, "https://d.example", "t", {"guild_id": GUILD})
            await polled(build(replace(tools, client=client)), grant)
        assert caught.value.retry_after_s == 65
    calls.clear()
    async with httpx.AsyncClient(transport=httpx.MockTransport(last)) as client:
        network = discord.build(replace(writing_tools, client=client))
        assert isinstance(await network.publish(account, request), Sent)
        rested = await network.publish(account, request)
        assert isinstance(rested, Backoff)
        assert 0 < rested.wait_s <= 3.5
        elsewhere = replace(request, target=replace(to, root_id=OTHER))
        assert isinstance(await network.publish(account, elsewhere), Sent)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(404, 10003, "discord.channel_gone"), (404, 10008, "discord.target_gone"),
     (403, 50001, "discord.not_allowed"), (403, 50007, "discord.person_unavailable"),
     (403, 50013, "discord.not_allowed"), (400, 50035, "discord.invalid"),
     (400, 99, "discord.refused"), (403, "odd", "discord.refused")],
)  # fmt: skip
async def test_refusals_for_good(network, status, code, expected):
    answer = httpx.Response(status, json={"message": "No.", "code": code})
    assert network.classify(answer) == Permanent(expected, "No.")


async def test_acts(stage, reader, network):
    to = await written_to(stage, reader)
    item = stage.sandbox.world.item("discord", to.external_id)

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    assert (await act("like"), await act("like"), item.likes) == (Done(), Done(), [BOT])
    assert (await act("unlike"), item.likes) == (Done(), [])
    assert await act("block") == Done()
    assert isinstance(await act("hide"), Permanent)
    stage.change(is_powerless="1")
    assert await act("delete") == Permanent("discord.not_allowed", "Missing Permissions")
    assert await act("block") == Permanent("discord.not_allowed", "Missing Permissions")
    stage.change(is_powerless="")
    assert (await act("delete"), await act("delete"), item.is_deleted) == (Done(), Done(), True)
    assert isinstance(await act("like"), Permanent)
    stage.misbehave("drop", "like")
    assert isinstance(await act("like"), Retry)
