"""Nothing of one brand is answered, read or written for another."""

from typing import Any

import pytest

from contracts import ids
from runtime.mongo import UnscopedQuery
from services.respond.domain.publication import State, fail
from services.respond.records import Lost
from services.respond.store import insert_write
from tests.service.respond.respond_world import (
    CASA,
    EVERYBODY,
    NORD,
    Respond,
    approved,
    classified,
    labels_of,
    message_of,
)


async def an_answer(respond: Respond) -> Any:
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.connection(CASA, "facebook", "100")
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    return message, await respond.only_reply()


async def test_no_read_returns_another_brands_data(respond: Respond) -> None:
    message, reply = await an_answer(respond)
    store, now = respond.store, reply.publication.decided_at
    connection_id = message.connection_id
    assert await store.reply(NORD, reply.reply_id) is None
    assert await store.replies_to(NORD, [message.message_id]) == []
    assert await store.in_doubt(NORD, [connection_id]) == []
    assert await store.due(NORD, now.replace(year=2100), 10) == []
    assert await store.contexts(NORD, [message.message_id]) == {}
    assert await store.connection(NORD, connection_id) is None
    assert await store.taken(NORD, connection_id, now) == frozenset()
    assert await store.own_echoes(NORD, connection_id, "At nine.", now) == []
    assert [brand.brand_id for brand in await store.brands(NORD)] == [NORD.brand_id]
    assert set(await store.revisions(NORD)) == {NORD.brand_id}
    assert len(await store.due(CASA, now.replace(year=2100), 10)) == 1


async def test_no_write_touches_another_brands_data(respond: Respond) -> None:
    _, reply = await an_answer(respond)
    store, now = respond.store, reply.publication.decided_at
    after = fail(reply.publication, ("x", "y"))
    assert not await store.advance(NORD, reply, after, [], now)
    assert not await store.interrupt(NORD, reply, after, [], now)
    assert not await store.hold(NORD, reply, reply.publication, Lost("x", ()))
    assert not await store.keep_receipt(NORD, reply, after, [], now)
    with pytest.raises(UnscopedQuery):
        await store.apply(NORD, [insert_write(reply)])
    assert (await respond.only_reply()) == reply


@pytest.mark.parametrize(
    "wrong",
    [
        {"thread_id": "thr_other"},
        {"connection_id": ids.connection_id(NORD.brand_id, "facebook", "200")},
        {"network": "mastodon"},
    ],
)
async def test_a_reply_whose_parts_do_not_belong_together_is_never_sent(
    respond: Respond, wrong: dict[str, str]
) -> None:
    await respond.connection(CASA, "facebook", "100")
    await respond.connection(NORD, "facebook", "200")
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.", **wrong)])
    await respond.courier.take(await respond.only_reply())
    reply = await respond.only_reply()
    assert (reply.publication.state, reply.publication.code) == (State.FAILED, "guard.wrong_brand")
    assert reply.publication.attempts == 0
    assert respond.metrics.guard_trips._value.get() == 1


async def test_a_reply_as_another_brand_to_a_message_is_never_sent(respond: Respond) -> None:
    await respond.connection(CASA, "facebook", "100")
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    crossed = approved(message, NORD, "At nine.")
    await respond.handlers.on_reply_approved([crossed])
    await respond.courier.take(await respond.only_reply())
    assert (await respond.only_reply()).publication.code in (
        "guard.wrong_brand",
        "connection.unknown",
    )
    assert respond.metrics.calls.labels("facebook", "sent")._value.get() == 0


async def test_an_event_that_names_two_brands_is_put_aside(respond: Respond) -> None:
    message = message_of(CASA, "1")
    one = approved(message, CASA, "At nine.", brand_id=NORD.brand_id)
    (outcome,) = await respond.handlers.on_reply_approved([one])
    assert outcome.dead is not None
    assert outcome.dead.code == "guard.wrong_brand"
    forged = approved(message, CASA, "At nine.", reply_id="rpl_forged")
    (outcome,) = await respond.handlers.on_reply_approved([forged])
    assert outcome.dead is not None
    assert outcome.dead.code == "reply.id_mismatch"
    assert await respond.replies() == []


async def test_every_index_on_brand_data_begins_with_the_brand(respond: Respond) -> None:
    assert {
        "slot",
        "due",
        "doubt",
        "receipts",
        "outbox",
    } <= await respond.store.replies.index_names()
    assert EVERYBODY.brand_ids == (await respond.store.everything()).brand_ids
