"""The generic webhook's two halves against another system: signed events in, signed answers out."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid
from runtime.net import guarded_client
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Account as Stage
from services.ingest.connectors.protocol import Account, Grant, Item
from services.ingest.connectors.webhook import connector
from services.ingest.connectors.webhook.payloads import normalise
from services.ingest.signatures import Call, is_valid
from services.respond.networks import webhook
from services.respond.networks.protocol import Account as Writer
from services.respond.networks.protocol import (
    Backoff,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Sent,
    Target,
    Tools,
    Unknown,
)
from tests.service.networks.messaging_world import Door, add, emit, opened, until
from tests.service.sandbox.shapes import differences

SECRET = "whsec_c2FuZGJveCBzZWNyZXQgb2YgMzIgYnl0ZXMgISEhISE="
OTHER = "whsec_" + "AAAA" * 8
FIXTURE = (
    Path(__file__).parents[2] / "unit/networks_other/fixtures/webhook/standard_webhook_event.json"
)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as one:
        yield one


@pytest.fixture
async def shop(sandbox: Sandbox, door: Door) -> Stage:
    one = Stage(
        network="webhook", id="shop", brand="b", name="Shop", handle="shop", token=SECRET,
        options={"webhook_url": door.url},
    )  # fmt: skip
    await add(sandbox, one)
    return one


@pytest.fixture
def account(sandbox: Sandbox, shop: Stage) -> Writer:
    return Writer(shop.id, "", SECRET, {"reply_url": f"{sandbox.origin}/hooks/shop/replies"})


def read(door: Door) -> list[Item]:
    return [item for body, _ in door.calls for item in normalise(body, Account()).items]


async def asked(sandbox: Sandbox, shop: Stage, door: Door, **how: Any) -> Target:
    await emit(sandbox, shop, **{"kind": "dm", "text": "Is it in stock? 🌿"} | how)
    await until(lambda: len(door.calls) == 1)
    item = read(door)[0]
    return Target(
        item.external_id, item.kind, root_id=item.thread_root_id, author_id=item.author_id
    )


async def test_what_was_typed_is_checked(tools: Any) -> None:
    reader = connector.build(tools)
    grant = Grant("con_1", "shop", "", SECRET, {"reply_url": "https://shop.example/replies"})
    assert (await reader.check(grant)).account_id == "shop"
    assert (await reader.check(replace(grant, options={}))).name == "shop"
    assert [page async for page in reader.poll(grant, None)] == []
    wrong = [
        replace(grant, token="whsec_c2hvcnQ="), replace(grant, token="plain text!"),
        replace(grant, account_id=" "), replace(grant, options={"reply_url": "ftp://shop.example"}),
        replace(grant, options={"reply_url": "https://a:b@shop.example"}),
        replace(grant, options={"reply_url": "https://[bad"}),
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(Invalid):
            await reader.check(one)


async def test_events_are_signed_and_read(sandbox: Sandbox, shop: Stage, door: Door) -> None:
    await emit(sandbox, shop, kind="dm", text="hello", author="Sam Sample")
    await emit(sandbox, shop, kind="edit", text="hello!")
    await emit(sandbox, shop, kind="review", text="Great")
    await emit(sandbox, shop, kind="delete")
    await until(lambda: len(door.calls) == 4)
    assert door.are_all_signed("standard-webhooks", SECRET)
    assert not door.are_all_signed("standard-webhooks", OTHER)
    found = {(item.kind, item.action): item for item in read(door)}
    assert set(found) == {
        ("dm", "created"), ("dm", "edited"), ("review", "created"), ("review", "deleted"),
    }  # fmt: skip
    assert found["dm", "created"].author_handle == "samsample"
    assert found["dm", "edited"].text == "hello!"
    theirs = json.loads(FIXTURE.read_text())
    ours = [json.loads(body) for body, _ in door.calls]
    assert all(differences(one, theirs) == [] for one in ours if "deleted" not in one["type"])


async def test_a_refused_event_comes_again_under_its_id(
    sandbox: Sandbox, shop: Stage, door: Door
) -> None:
    sandbox.misbehaviour.add(Wish(network="webhook", kind="webhook_duplicate", count=1))
    door.status = 503
    await emit(sandbox, shop, kind="dm", text="hello")
    await until(lambda: door.refused >= 2)
    door.status = 200
    await until(lambda: len(door.calls) == 2)
    assert len({headers["webhook-id"] for _, headers in door.calls}) == 1
    assert len({item.external_id for item in read(door)}) == 1


async def test_old_or_changed_calls_are_not_taken(
    sandbox: Sandbox, shop: Stage, door: Door
) -> None:
    await emit(sandbox, shop, kind="dm", text="hello")
    await until(lambda: len(door.calls) == 1)
    body, headers = door.calls[0]
    now = time.time()
    assert is_valid("standard-webhooks", Call(body, headers, now), [OTHER, SECRET])
    assert not is_valid("standard-webhooks", Call(body + b" ", headers, now), SECRET)
    assert not is_valid("standard-webhooks", Call(body, headers, now + 400), SECRET)


async def test_an_answer_is_taken_once_however_often_it_is_sent(
    sandbox: Sandbox, shop: Stage, door: Door, account: Writer, writing_tools: Any
) -> None:
    target = await asked(sandbox, shop, door)
    network = webhook.build(writing_tools)
    first = await network.publish(account, Publish(target, "Yes — five left.", "key_1"))
    again = await network.publish(account, Publish(target, "Yes — five left.", "key_1"))
    assert first == again == Sent("ans-1")
    (entry,) = sandbox.ledger.entries()
    assert (entry.text, entry.in_reply_to) == ("Yes — five left.", target.external_id)
    assert entry.idempotency_key == "key_1"
    assert network.same_key_window_s >= 86400


@pytest.mark.parametrize("kind", ["apply_then_drop", "apply_then_5xx"])
async def test_a_lost_answer_is_sent_again_under_its_key(
    sandbox: Sandbox, shop: Stage, door: Door, account: Writer, writing_tools: Any, kind: Any
) -> None:
    target = await asked(sandbox, shop, door)
    sandbox.misbehaviour.add(Wish(network="webhook", kind=kind, count=1))
    network, request = webhook.build(writing_tools), Publish(target, "Yes.", "key_1")
    lost = await network.publish(account, request)
    assert isinstance(lost, Unknown) or (isinstance(lost, Retry) and lost.is_doubtful)
    assert await network.publish(account, request) == Sent("ans-1")
    assert len(sandbox.ledger.entries()) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limited", Backoff), ("revoked_token", Reauthorise), ("error_5xx", Retry),
        ("html_error", Retry), ("drop", Unknown),
    ],
)  # fmt: skip
async def test_misbehaviour_of_the_other_system(
    sandbox: Sandbox, shop: Stage, door: Door, account: Writer, writing_tools: Any,
    kind: Any, expected: type,
) -> None:  # fmt: skip
    target = await asked(sandbox, shop, door)
    sandbox.misbehaviour.add(Wish(network="webhook", kind=kind, retry_after_s=9))
    outcome = await webhook.build(writing_tools).publish(account, Publish(target, "x", "k"))
    assert isinstance(outcome, expected)
    if isinstance(outcome, Backoff):
        assert outcome.wait_s == 9
    assert sandbox.ledger.entries() == []


async def test_another_secret_is_refused(
    sandbox: Sandbox, shop: Stage, door: Door, account: Writer, writing_tools: Any
) -> None:
    target = await asked(sandbox, shop, door)
    other = replace(account, token=OTHER)
    outcome = await webhook.build(writing_tools).publish(other, Publish(target, "x", "k"))
    assert isinstance(outcome, Reauthorise)


async def test_time_and_signature_are_new_at_every_try(account: Writer) -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    class Later(SystemClock):
        hours = 0

        def now(self) -> Any:
            self.hours += 1
            return super().now() + timedelta(hours=self.hours)

    client = httpx.AsyncClient(transport=httpx.MockTransport(take))
    network = webhook.build(Tools(client, client, Later()))
    for _ in range(2):
        assert await network.publish(account, Publish(Target("e", "dm"), "x", "k")) == Sent("k")
    assert {one.headers["webhook-id"] for one in seen} == {"k"}
    assert len({one.headers["webhook-timestamp"] for one in seen}) == 2
    assert len({one.headers["webhook-signature"] for one in seen}) == 2
    for one in seen:
        call = Call(one.content, dict(one.headers), float(one.headers["webhook-timestamp"]))
        assert is_valid("standard-webhooks", call, SECRET)


async def test_an_address_inside_is_not_called(
    sandbox: Sandbox, account: Writer, client: Any
) -> None:
    async with guarded_client() as guarded:
        network = webhook.build(Tools(client, guarded, SystemClock()))
        outcome = await network.publish(account, Publish(Target("e", "dm"), "x", "k"))
    assert isinstance(outcome, Permanent)
    assert outcome.code == "network.address_forbidden"
    assert sandbox.ledger.entries() == []
