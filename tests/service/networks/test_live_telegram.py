"""Telegram's two halves against its stand-in: long polling, webhook, answers, and a token nobody sees."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Reauthorise as GrantDead
from runtime.errors import Unavailable
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Account as Stage
from services.ingest.connectors.protocol import Account, Callback, Grant, Item, Page
from services.ingest.connectors.telegram.connector import TelegramConnector
from services.ingest.connectors.telegram.payloads import normalise
from services.respond.networks import telegram
from services.respond.networks.protocol import Account as Writer
from services.respond.networks.protocol import (
    Backoff,
    Done,
    Moderate,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
    Unreadable,
)
from tests.service.networks.messaging_world import (
    DEADLINE_S,
    Door,
    add,
    emit,
    journal,
    opened,
    until,
)
from tests.service.sandbox.shapes import differences

TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
SECRET = "not_a_bot_token_but_ours"
FIXTURES = Path(__file__).parents[2] / "unit/networks_other/fixtures/telegram"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as one:
        yield one


@pytest.fixture
async def bot(sandbox: Sandbox) -> Stage:
    one = Stage(network="telegram", id="99", brand="b", name="Casa", handle="casa_bot", token=TOKEN)
    await add(sandbox, one)
    return one


@pytest.fixture
def grant(sandbox: Sandbox, bot: Stage) -> Grant:
    return Grant("con_1", bot.id, f"{sandbox.origin}/telegram", bot.token)


@pytest.fixture
def account(grant: Grant) -> Writer:
    return Writer(grant.account_id, grant.base_url, grant.token, {})


@pytest.fixture
def reader(tools: Any) -> TelegramConnector:
    return TelegramConnector(tools, wait_s=1)


def read(pages: list[Page]) -> list[Item]:
    return [item for page in pages for item in normalise(page.raw, Account()).items]


async def polled(reader: TelegramConnector, grant: Grant, cursor: str | None = None) -> list[Page]:
    return [page async for page in reader.poll(grant, cursor)]


def answering(item: Item) -> Target:
    return Target(
        item.external_id, item.kind, root_id=item.thread_root_id, author_id=item.author_id
    )


async def asked(
    sandbox: Sandbox, bot: Stage, reader: TelegramConnector, grant: Grant, **how: Any
) -> Target:
    await emit(sandbox, bot, **{"kind": "dm", "text": "Are you open?"} | how)
    return answering(read(await polled(reader, grant))[-1])


async def test_the_bot_says_who_it_is(grant: Grant, reader: TelegramConnector) -> None:
    identity = await reader.check(grant)
    assert (identity.account_id, identity.name, identity.handle) == ("99", "Casa", "casa_bot")
    for token in (TOKEN[:-1] + "0", "no token", ""):
        with pytest.raises(GrantDead):
            await reader.check(replace(grant, token=token))


async def test_polling_finds_all_and_none_twice(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector
) -> None:
    await emit(sandbox, bot, kind="comment", text="n {n}", count=120)
    pages = await polled(reader, grant)
    assert len(pages) == 3
    items = read(pages)
    assert len({item.external_id for item in items}) == len(items) == 120
    assert await polled(reader, grant) == []
    await emit(sandbox, bot, kind="dm", text="and now?")
    assert [item.text for item in read(await polled(reader, grant, "999999999"))] == ["and now?"]


async def test_what_was_not_taken_comes_again(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector
) -> None:
    await emit(sandbox, bot, kind="dm", text="first")
    pages = reader.poll(grant, None)
    first = await anext(pages)
    await pages.aclose()  # type: ignore[attr-defined]
    assert [item.text for item in read([first])] == ["first"]
    assert [item.text for item in read(await polled(reader, grant))] == ["first"]
    assert await polled(reader, grant) == []


async def test_the_stream_brings_updates_as_they_come(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector
) -> None:
    stream = reader.stream(grant)
    async with asyncio.timeout(DEADLINE_S):
        for text in ("one", "two"):
            waiting = asyncio.ensure_future(anext(stream))
            await emit(sandbox, bot, kind="dm", text=text)
            page = await waiting
            assert [item.text for item in read([page])] == [text]
    await stream.aclose()  # type: ignore[attr-defined]


async def test_updates_have_the_documented_keys(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector
) -> None:
    first = await emit(sandbox, bot, kind="dm", text="hi")
    await emit(sandbox, bot, kind="edit", text="hello")
    await emit(sandbox, bot, kind="dm", text="again", id=first["id"])
    (page,) = await polled(reader, grant)
    updates = json.loads(page.raw)["result"]
    for ours, name in zip(
        updates, ("message_text", "edited_message", "message_reply"), strict=True
    ):
        theirs = json.loads((FIXTURES / f"{name}.json").read_text())
        assert [one for one in differences(ours, theirs) if "last_name" not in one] == []
    created, edited, reply = read([page])
    assert (created.external_id, edited.action) == (edited.external_id, "edited")
    assert reply.parent_external_id == created.external_id
    assert created.thread_root_id == created.author_id


async def test_a_webhook_takes_over_and_polling_rests(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, door: Door
) -> None:
    await emit(sandbox, bot, kind="dm", text="before")
    for _ in range(2):
        await reader.subscribe(grant, Callback(door.url, SECRET))
    await emit(sandbox, bot, kind="dm", text="after")
    await until(lambda: len(door.calls) == 2)
    assert door.are_all_signed("telegram-secret-token", SECRET)
    assert not door.are_all_signed("telegram-secret-token", "another")
    found = [item.text for body, _ in door.calls for item in normalise(body, Account()).items]
    assert sorted(str(text) for text in found) == ["after", "before"]
    assert await polled(reader, grant) == []
    assert [page async for page in reader.stream(grant)] == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("error_5xx", Unavailable), ("rate_limited", Unavailable), ("html_error", Unavailable),
        ("drop", Unavailable), ("revoked_token", GrantDead),
    ],
)  # fmt: skip
async def test_reading_a_misbehaving_network(
    sandbox: Sandbox, grant: Grant, reader: TelegramConnector, kind: Any, expected: type
) -> None:
    rule = sandbox.misbehaviour.add(Wish(network="telegram", operation="read", kind=kind))
    with pytest.raises(expected) as caught:
        await polled(reader, grant)
    if kind == "rate_limited":
        assert caught.value.retry_after_s == 5
        sandbox.misbehaviour.remove(rule.id)
        with pytest.raises(Unavailable):
            await polled(reader, grant)


async def test_an_answer_is_sent_once_in_its_place(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer, writing_tools: Any
) -> None:  # fmt: skip
    topic = {"topic": "5"}
    target = await asked(sandbox, bot, reader, grant, kind="comment", extra=topic)
    assert target.root_id == "-1001234567890:5"
    sent = await telegram.build(writing_tools).publish(account, Publish(target, "Yes!", "k"))
    assert isinstance(sent, Sent)
    (entry,) = sandbox.ledger.entries()
    assert (entry.id, entry.in_reply_to) == (sent.external_id, target.external_id)
    assert await polled(reader, grant) == []


async def test_a_chat_is_written_to_once_a_second(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer, writing_tools: Any
) -> None:  # fmt: skip
    target = await asked(sandbox, bot, reader, grant)
    network = telegram.build(writing_tools)
    assert isinstance(await network.publish(account, Publish(target, "1", "k1")), Sent)
    paced = await network.publish(account, Publish(target, "2", "k2"))
    assert isinstance(paced, Backoff)
    assert paced.wait_s is not None
    assert 0 < paced.wait_s <= 1
    assert len(sandbox.ledger.entries()) == 1


async def test_a_lost_answer_is_a_persons_decision(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer, writing_tools: Any
) -> None:  # fmt: skip
    target = await asked(sandbox, bot, reader, grant)
    sandbox.misbehaviour.add(Wish(network="telegram", kind="apply_then_drop", count=1))
    network = telegram.build(writing_tools)
    assert isinstance(await network.publish(account, Publish(target, "Yes!", "k")), Unknown)
    finding = await network.find(account, Search(target, "Yes!", sandbox.world.now()))
    assert isinstance(finding, Unreadable)
    assert len(sandbox.ledger.entries()) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limited", Backoff), ("revoked_token", Reauthorise), ("error_5xx", Retry),
        ("html_error", Retry), ("drop", Unknown),
    ],
)  # fmt: skip
async def test_writing_to_a_misbehaving_network(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer,
    writing_tools: Any, kind: Any, expected: type,
) -> None:  # fmt: skip
    target = await asked(sandbox, bot, reader, grant)
    sandbox.misbehaviour.add(Wish(network="telegram", kind=kind, retry_after_s=35))
    outcome = await telegram.build(writing_tools).publish(account, Publish(target, "x", "k"))
    assert isinstance(outcome, expected)
    if isinstance(outcome, Backoff):
        assert outcome.wait_s == 35
    assert sandbox.ledger.entries() == []


async def test_blocked_moved_and_gone(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer, writing_tools: Any
) -> None:  # fmt: skip
    private = await asked(sandbox, bot, reader, grant)
    group = await asked(sandbox, bot, reader, grant, kind="comment", extra={"chat": "-55"})
    changed = {"blocked": str(private.root_id), "moved": "-55>-1005"}
    await add(sandbox, bot.model_copy(update={"options": changed}))
    network = telegram.build(writing_tools)
    blocked = await network.publish(account, Publish(private, "x", "k1"))
    assert isinstance(blocked, Permanent)
    assert blocked.code == "telegram.person_unavailable"
    moved = await network.publish(account, Publish(group, "x", "k2"))
    assert moved == Sent("-1005:1")
    gone = await network.publish(account, Publish(Target("7:7", "dm"), "x", "k3"))
    assert isinstance(gone, Permanent)
    assert gone.code == "telegram.target_gone"
    assert len(sandbox.ledger.entries()) == 1


async def test_acts_and_their_repeats(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer, writing_tools: Any
) -> None:  # fmt: skip
    target = await asked(sandbox, bot, reader, grant, kind="comment")
    network, item = (
        telegram.build(writing_tools),
        sandbox.world.item("telegram", target.external_id),
    )
    assert item is not None
    for act, likes in (
        ("like", ["99"]),
        ("like", ["99"]),
        ("unlike", []),
        ("delete", []),
        ("delete", []),
    ):
        assert await network.moderate(account, Moderate(act, target, act)) == Done()  # type: ignore[arg-type]
        assert item.likes == likes
    assert item.is_deleted
    assert isinstance(await network.moderate(account, Moderate("hide", target, "h")), Permanent)


async def test_the_token_is_seen_by_telegram_only(
    sandbox: Sandbox, bot: Stage, grant: Grant, reader: TelegramConnector, account: Writer,
    writing_tools: Any, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    target = await asked(sandbox, bot, reader, grant)
    network = telegram.build(writing_tools)
    await network.publish(account, Publish(target, "x", "k"))
    await network.moderate(account, Moderate("like", target, "m"))
    nobody = "http://127.0.0.1:1"
    with pytest.raises(Unavailable) as caught:
        await reader.check(replace(grant, base_url=nobody))
    lost = await network.publish(
        replace(account, base_url=nobody), Publish(Target("8:8", "dm"), "x", "k")
    )
    sandbox.misbehaviour.add(Wish(network="telegram", operation="*", kind="drop"))
    with pytest.raises(Unavailable) as dropped:
        await reader.check(grant)
    logged = [
        record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")
    ]
    assert any("getUpdates" in line for line in logged)
    seen = [caplog.text, str(caught.value), repr(caught.value), repr(dropped.value), repr(lost)]
    seen += [repr(grant), repr(account), await journal(sandbox)]
    assert not any(TOKEN in text or TOKEN.partition(":")[2] in text for text in seen)
    assert caught.value.__cause__ is None
