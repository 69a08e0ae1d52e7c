"""What a published answer promises is told once, with its receipt, due by the brand's clock."""

from zoneinfo import ZoneInfo

import pytest

from contracts.brands import Hours
from contracts.promises import PromiseMade
from contracts.replies import ReplyPublished
from services.respond.domain.publication import State
from services.respond.networks.protocol import Retry, Sent
from tests.service.respond.respond_world import (
    CASA,
    Respond,
    approved,
    brand_of,
    classified,
    labels_of,
    message_of,
)
from tests.service.respond.scripted import Scripted

WEEK = Hours(
    timezone="Europe/Madrid", days=[[("09:00", "14:00"), ("16:00", "19:30")]] * 5 + [[], []]
)


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Scripted("facebook")
    respond.networks["facebook"] = one
    await respond.connection(CASA, "facebook", "100")
    return one


async def answer(respond: Respond, text: str) -> None:
    message = message_of(CASA, "100_a")
    await respond.classify(classified(message, labels_of(), CASA))
    said = approved(message, CASA, text)
    await respond.handlers.on_reply_approved([said, said])
    async with respond.publishing():
        await respond.until(
            lambda replies: all(one.publication.state is State.PUBLISHED for one in replies)
        )


async def test_a_promise_is_told_once_beside_the_receipt(
    respond: Respond, network: Scripted
) -> None:
    tries = iter([Retry("facebook.busy", "later", wait_s=0.01), Sent("ext_1")])
    network.on_publish = lambda _: next(tries)
    await answer(
        respond, "Sorry, Ana! We will get back to you within 2 hours. We will also send a voucher."
    )
    (published,) = [one.read(ReplyPublished) for one in await respond.told("reply.published")]
    first, second = [one.read(PromiseMade) for one in await respond.told("promise.made")]
    assert (first.due_text, second.due_text) == ("within 2 hours", None)
    assert first.due_at is not None
    assert (first.due_at - published.published_at).total_seconds() == 2 * 3600
    assert first.text == "We will get back to you within 2 hours."
    assert (first.reply_id, first.language) == (published.reply_id, "en")
    assert first.promise_id != second.promise_id


async def test_an_answer_that_promises_nothing_tells_nothing(
    respond: Respond, network: Scripted
) -> None:
    await answer(respond, "The green one comes back in December.")
    assert await respond.told("promise.made") == []


async def test_a_day_ends_when_the_brand_closes(respond: Respond, network: Scripted) -> None:
    brand = brand_of(CASA, revision=9, hours=WEEK)
    await respond.store.put_brands([brand])
    await answer(respond, "Te responderemos el próximo lunes.")
    (made,) = [one.read(PromiseMade) for one in await respond.told("promise.made")]
    assert made.due_at is not None
    local = made.due_at.astimezone(ZoneInfo("Europe/Madrid"))
    assert (local.weekday(), local.hour, local.minute) == (0, 19, 30)
