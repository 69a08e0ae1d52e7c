"""WhatsApp's two halves against its stand-in: webhooks, answers, delivery states, misbehaviour."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantDead
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Account as Stage
from services.ingest.connectors.protocol import Account, Callback, Grant, Normalised
from services.ingest.connectors.whatsapp import connector
from services.ingest.connectors.whatsapp.payloads import normalise
from services.respond.networks import whatsapp
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
from tests.service.networks.messaging_world import Door, add, emit, opened, until
from tests.service.sandbox.shapes import differences

SECRET = "meta-app-secret"
FIXTURES = Path(__file__).parents[2] / "unit/networks_other/fixtures/whatsapp"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as one:
        yield one


@pytest.fixture
async def number(sandbox: Sandbox, door: Door) -> Stage:
    options = {
        "webhook_url": door.url, "webhook_secret": SECRET, "waba_id": "900", "templates": "late:en",
    }  # fmt: skip
    one = Stage(
        network="whatsapp", id="106540", brand="b", name="Casa Verde", handle="+15550783881",
        token="wa-token", options=options,
    )  # fmt: skip
    await add(sandbox, one)
    return one


@pytest.fixture
def grant(sandbox: Sandbox, number: Stage) -> Grant:
    base_url = f"{sandbox.origin}/whatsapp/v23.0"
    return Grant("con_1", number.id, base_url, number.token, {"waba_id": "900"})


@pytest.fixture
def account(grant: Grant) -> Writer:
    return Writer(grant.account_id, grant.base_url, grant.token, {})


def read(door: Door) -> Normalised:
    found = Normalised()
    for body, _ in door.calls:
        found.extend(normalise(body, Account(frozenset({"106540"}))))
    assert not found.problems
    return found


def answering(found: Normalised) -> Target:
    item = found.items[-1]
    return Target(
        item.external_id, item.kind, root_id=item.thread_root_id, author_id=item.author_id
    )


async def asked(sandbox: Sandbox, number: Stage, door: Door) -> Target:
    await emit(sandbox, number, kind="dm", text="Are you open? 🌿")
    await until(lambda: len(door.calls) == 1)
    return answering(read(door))


async def test_the_number_says_whose_it_is(grant: Grant, tools: Any) -> None:
    reader = connector.build(tools)
    identity = await reader.check(grant)
    assert (identity.account_id, identity.name) == ("106540", "Casa Verde")
    assert identity.handle == "+15550783881"
    assert [page async for page in reader.poll(grant, None)] == []
    assert [page async for page in reader.stream(grant)] == []
    await reader.subscribe(grant, Callback("https://r.example/webhooks/whatsapp", "s"))
    await reader.subscribe(grant, Callback("https://r.example/webhooks/whatsapp", "s"))
    with pytest.raises(Invalid):
        await reader.subscribe(replace(grant, options={}), Callback("https://r.example", "s"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("error_5xx", Unavailable), ("rate_limited", Unavailable), ("html_error", Unavailable),
        ("drop", Unavailable), ("revoked_token", GrantDead),
    ],
)  # fmt: skip
async def test_a_dead_grant_is_found_without_messages(
    sandbox: Sandbox, grant: Grant, tools: Any, kind: Any, expected: type
) -> None:
    sandbox.misbehaviour.add(Wish(network="whatsapp", operation="read", kind=kind))
    with pytest.raises(expected):
        [page async for page in connector.build(tools).poll(grant, None)]


@pytest.mark.parametrize(
    ("kind", "name"), [("dm", "text"), ("reply", "reply"), ("delete", "revoked")]
)
async def test_webhooks_have_the_recorded_keys(
    sandbox: Sandbox, number: Stage, door: Door, kind: str, name: str
) -> None:
    first = await emit(sandbox, number, kind="dm", text="¿Qué tal?")
    if kind != "dm":
        await emit(sandbox, number, kind=kind, text="más", id=first["id"])
    await until(lambda: len(door.calls) == (1 if kind == "dm" else 2))
    assert door.are_all_signed("x-hub-signature-256", SECRET)
    assert not door.are_all_signed("x-hub-signature-256", "another")
    shown = json.loads((FIXTURES / f"{name}.json").read_text())
    ours = [json.loads(body) for body, _ in door.calls]
    assert min(len(differences(one, shown)) for one in ours) == 0


async def test_people_write_edit_and_delete(sandbox: Sandbox, number: Stage, door: Door) -> None:
    await emit(sandbox, number, kind="dm", text="Where is it?")
    await emit(sandbox, number, kind="edit", text="Where is my parcel?")
    await emit(sandbox, number, kind="delete")
    await until(lambda: len(door.calls) == 3)
    found = sorted(read(door).items, key=lambda item: str(item.action))
    assert [item.action for item in found] == ["created", "deleted", "edited"]
    assert len({item.external_id for item in found}) == 1
    assert found[2].text == "Where is my parcel?"


async def test_what_was_refused_comes_again(sandbox: Sandbox, number: Stage, door: Door) -> None:
    door.status = 503
    await emit(sandbox, number, kind="dm", text="n {n}", count=5)
    await until(lambda: door.refused >= 5)
    door.status = 200
    await until(lambda: len({item.external_id for item in read(door).items}) == 5)


async def test_an_answer_is_sent_once_and_its_states_name_our_key(
    sandbox: Sandbox, number: Stage, door: Door, account: Writer, writing_tools: Any
) -> None:
    target = await asked(sandbox, number, door)
    sent = await whatsapp.build(writing_tools).publish(account, Publish(target, "Yes!", "key_1"))
    assert isinstance(sent, Sent)
    await until(lambda: len(read(door).receipts) == 2)
    receipts = read(door).receipts
    assert {one.state for one in receipts} == {"sent", "delivered"}
    assert {(one.external_id, one.our_key) for one in receipts} == {(sent.external_id, "key_1")}
    (entry,) = sandbox.ledger.entries()
    assert (entry.id, entry.text, entry.in_reply_to) == (
        sent.external_id,
        "Yes!",
        target.external_id,
    )
    await emit(sandbox, number, extra={"status": "failed"})
    await until(lambda: any(one.state == "failed" for one in read(door).receipts))
    failed = next(one for one in read(door).receipts if one.state == "failed")
    assert failed.code == "whatsapp.undeliverable"


@pytest.mark.parametrize("kind", ["apply_then_drop", "apply_then_5xx"])
async def test_a_lost_answer_is_settled_by_its_state(
    sandbox: Sandbox, number: Stage, door: Door, account: Writer, writing_tools: Any, kind: Any
) -> None:
    target = await asked(sandbox, number, door)
    sandbox.misbehaviour.add(Wish(network="whatsapp", kind=kind, count=1))
    network = whatsapp.build(writing_tools)
    lost = await network.publish(account, Publish(target, "Yes!", "key_1"))
    assert isinstance(lost, Unknown) or (isinstance(lost, Retry) and lost.is_doubtful)
    search = Search(target, "Yes!", sandbox.world.now(), key="key_1")
    assert isinstance(await network.find(account, search), Unreadable)
    await until(lambda: len(read(door).receipts) == 2)
    assert {one.our_key for one in read(door).receipts} == {"key_1"}
    assert [entry.id for entry in sandbox.ledger.entries()] == [read(door).receipts[0].external_id]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limited", Backoff), ("revoked_token", Reauthorise), ("error_5xx", Retry),
        ("html_error", Retry), ("drop", Unknown),
    ],
)  # fmt: skip
async def test_misbehaviour_has_its_class(
    sandbox: Sandbox, number: Stage, door: Door, account: Writer, writing_tools: Any,
    kind: Any, expected: type,
) -> None:  # fmt: skip
    target = await asked(sandbox, number, door)
    sandbox.misbehaviour.add(Wish(network="whatsapp", kind=kind, retry_after_s=7))
    outcome = await whatsapp.build(writing_tools).publish(account, Publish(target, "x", "k"))
    assert isinstance(outcome, expected)
    if isinstance(outcome, Backoff):
        assert outcome.wait_s == 7
    assert sandbox.ledger.entries() == []


async def test_after_a_day_only_a_template_goes(
    sandbox: Sandbox, number: Stage, door: Door, account: Writer, writing_tools: Any
) -> None:
    target = await asked(sandbox, number, door)
    item = sandbox.world.item("whatsapp", target.external_id)
    assert item is not None
    item.created_at -= timedelta(hours=25)
    network = whatsapp.build(writing_tools)
    # Our own clock may be behind theirs: then the network says it.
    refused = await network.publish(account, Publish(target, "Yes!", "k1"))
    assert isinstance(refused, Permanent)
    assert refused.code == "whatsapp.window_closed"
    late = Publish(target, "Yes,\nwe are.", "k2", is_in_window=False)
    closed = await network.publish(account, late)
    assert isinstance(closed, Permanent)
    ready = replace(account, options={"template": "late:en"})
    assert isinstance(await network.publish(ready, late), Sent)
    unknown = await network.publish(replace(account, options={"template": "other:en"}), late)
    assert isinstance(unknown, Permanent)
    assert unknown.code == "whatsapp.template_invalid"
    assert [entry.text for entry in sandbox.ledger.entries()] == ["Yes, we are."]


async def test_a_thumb_is_set_and_taken_back(
    sandbox: Sandbox, number: Stage, door: Door, account: Writer, writing_tools: Any
) -> None:
    target = await asked(sandbox, number, door)
    network, item = (
        whatsapp.build(writing_tools),
        sandbox.world.item("whatsapp", target.external_id),
    )
    assert item is not None
    for _ in range(2):
        assert await network.moderate(account, Moderate("like", target, "m1")) == Done()
    assert item.likes == ["106540"]
    assert await network.moderate(account, Moderate("unlike", target, "m2")) == Done()
    assert item.likes == []
    assert isinstance(await network.moderate(account, Moderate("hide", target, "m3")), Permanent)
