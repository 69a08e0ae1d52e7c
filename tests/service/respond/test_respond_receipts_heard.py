"""Receipts bring a lost answer back, and tell what could not be delivered, in every order."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import ids
from contracts.messages import ReceiptReceived
from contracts.replies import ReplyFailed, ReplyPublished
from runtime.stage import Received
from services.respond.domain.publication import State
from services.respond.networks.protocol import Outcome, Publish, Sent, Unknown
from services.respond.records import Reply
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    Respond,
    approved,
    classified,
    event_of,
    labels_of,
    message_of,
)
from tests.service.respond.scripted import Scripted

CONNECTION = ids.connection_id(CASA.brand_id, "whatsapp", "100")
LOST = Unknown("network.answer_lost", "lost")


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Scripted("whatsapp")
    respond.networks["whatsapp"] = one
    await respond.connection(CASA, "whatsapp", "100")
    message = message_of(CASA, "m1", network="whatsapp", kind="dm", parent_external_id=None)
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    return one


def receipt(state: Any, **more: Any) -> Received[ReceiptReceived]:
    fields: dict[str, Any] = {
        "network": "whatsapp", "state": state, "receipt_id": "rcp_1", "brand_id": CASA.brand_id,
        "connection_id": CONNECTION, "received_at": datetime.now(UTC),
    }  # fmt: skip
    payload = ReceiptReceived(**fields | more)
    return Received(event_of(payload, CASA, "rcp_1"), payload)


def key_of(network: Scripted) -> str:
    return str(network.of("publish")[0].request.key)


async def hear(respond: Respond, *received: Received[ReceiptReceived]) -> None:
    for outcome in await respond.receiving.on_receipt_received(received):
        assert outcome.dead is None


async def send(respond: Respond) -> Reply:
    await respond.courier.take(await respond.only_reply())
    return await respond.only_reply()


async def test_our_key_brings_a_lost_answer_back(respond: Respond, network: Scripted) -> None:
    network.on_publish = lambda _: LOST
    assert (await send(respond)).publication.state is State.UNKNOWN
    heard = receipt("sent", our_key=key_of(network), external_id="wamid.1")
    await hear(respond, heard, receipt("delivered", our_key=key_of(network), external_id="wamid.1"))
    await hear(respond, heard)
    reply = (await respond.only_reply()).publication
    assert (reply.state, reply.how, reply.external_id) == (State.PUBLISHED, "found", "wamid.1")
    (told,) = await respond.told("reply.published")
    assert told.read(ReplyPublished).how == "found"


async def test_a_receipt_that_is_faster_than_the_answer_itself(
    respond: Respond, network: Scripted
) -> None:
    network.delay_s = 0.5
    network.on_publish = lambda _: Sent("wamid.1")
    sending = asyncio.create_task(send(respond))
    while not network.calls:
        await asyncio.sleep(0.01)
    await hear(respond, receipt("sent", our_key=key_of(network), external_id="wamid.1"))
    assert (await respond.only_reply()).publication.state is State.PUBLISHED
    assert (await sending).publication.state is State.PUBLISHED
    assert len(await respond.told("reply.published")) == 1
    assert respond.metrics.second_receipts._value.get() == 0


async def test_a_failure_after_the_answer(respond: Respond, network: Scripted) -> None:
    network.on_publish = lambda _: Sent("wamid.1")
    assert (await send(respond)).publication.state is State.PUBLISHED
    failed = receipt("failed", external_id="wamid.1", code="131026", reason="not on WhatsApp")
    await hear(respond, failed)
    await hear(respond, failed, receipt("delivered", external_id="wamid.1"))
    ended = (await respond.only_reply()).publication
    assert (ended.state, ended.code) == (State.FAILED, "publish.undelivered")
    (told,) = [event.read(ReplyFailed) for event in await respond.told("reply.failed")]
    assert (told.state, told.code) == ("failed", "publish.undelivered")
    assert told.reason == "not on WhatsApp (131026)"


@pytest.mark.parametrize("names_key", [True, False])
async def test_a_failure_before_the_answer(
    respond: Respond, network: Scripted, names_key: bool
) -> None:
    network.delay_s = 0.5
    network.on_publish = lambda _: Sent("wamid.1")
    sending = asyncio.create_task(send(respond))
    while not network.calls:
        await asyncio.sleep(0.01)
    more = {"our_key": key_of(network)} if names_key else {}
    await hear(respond, receipt("failed", external_id="wamid.1", reason="blocked", **more))
    ended = (await sending).publication
    assert (ended.state, ended.code) == (State.FAILED, "publish.undelivered")
    assert ended.external_id == "wamid.1"
    assert respond.metrics.second_receipts._value.get() == 0


async def test_a_person_may_send_it_again(respond: Respond, network: Scripted) -> None:
    numbers = iter(range(1, 9))

    def take(_: Publish) -> Outcome:
        return Sent(f"wamid.{next(numbers)}")

    network.on_publish = take
    await send(respond)
    failed = receipt("failed", external_id="wamid.1", reason="offline")
    await hear(respond, failed)
    message = message_of(CASA, "m1", network="whatsapp")
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    assert (await send(respond)).publication.external_id == "wamid.2"
    await hear(respond, failed)
    assert (await respond.only_reply()).publication.state is State.PUBLISHED


async def test_receipts_of_others_change_nothing(respond: Respond, network: Scripted) -> None:
    network.on_publish = lambda _: Sent("wamid.1")
    await send(respond)
    other = ids.connection_id(NORD.brand_id, "whatsapp", "100")
    foreign = {"external_id": "wamid.1", "brand_id": NORD.brand_id}
    payload = receipt("failed", **foreign, connection_id=other).payload
    await hear(respond, Received(event_of(payload, NORD, "x"), payload))
    await hear(
        respond, receipt("failed", external_id="wamid.9"), receipt("read", peer="1"),
        receipt("failed", external_id="wamid.1", connection_id=other),
    )  # fmt: skip
    assert (await respond.only_reply()).publication.state is State.PUBLISHED
    wrong = receipt("failed", **foreign)
    (outcome,) = await respond.receiving.on_receipt_received([wrong])
    assert outcome.dead is not None
