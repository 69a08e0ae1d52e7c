"""Windows and private answers are enforced before anything is sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import ids
from contracts.messages import MessageReceived
from contracts.replies import ReplyFailed
from services.respond.domain.publication import State
from services.respond.networks.protocol import Publish, Retry
from services.respond.records import Reply
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    Respond,
    approved,
    classified,
    labels_of,
    message_of,
)
from tests.service.respond.scripted import Scripted


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def dm(external_id: str, at: datetime, **more: Any) -> MessageReceived:
    fields = {"created_at": at, "received_at": at, "network": "messenger", "kind": "dm"}
    return message_of(CASA, external_id, parent_external_id=None, **fields | more)


async def scripted(respond: Respond, name: str, **options: str) -> Scripted:
    network = Scripted(name)
    respond.networks[name] = network
    await respond.connection(CASA, name, "100", options=options)
    return network


async def answer(respond: Respond, message: MessageReceived, **more: Any) -> Reply:
    if more.pop("by", "person") == "policy":
        await respond.brand(CASA, revision=2, mode="automatic")
        await respond.release(message, CASA, "At nine.")
    else:
        await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.", **more)])
    (reply,) = [r for r in await respond.replies() if r.target.message_id == message.message_id]
    await respond.courier.take(reply)
    found = await respond.store.reply(CASA, reply.reply_id)
    assert found is not None
    return found


async def learn(respond: Respond, *messages: MessageReceived) -> None:
    for message in messages:
        await respond.classify(classified(message, labels_of(), CASA))


@pytest.mark.parametrize(
    ("hours", "approver", "is_in_window"),
    [(1, "person", True), (1, "policy", True), (30, "person", False), (24 * 6.9, "person", False)],
)
async def test_an_open_window_lets_it_leave(
    respond: Respond, hours: float, approver: str, is_in_window: bool
) -> None:
    network = await scripted(respond, "messenger")
    await learn(respond, message := dm("m1", ago(hours=hours)))
    assert (await answer(respond, message, by=approver)).publication.state is State.PUBLISHED
    (call,) = network.of("publish")
    asked: Publish = call.request
    assert (asked.is_in_window, asked.is_by_person) == (is_in_window, approver == "person")
    assert (asked.target.root_id, asked.target.author_id) == ("100_1", "55")


@pytest.mark.parametrize(("hours", "approver"), [(25, "policy"), (24 * 7 + 1, "person")])
async def test_a_closed_window_refuses_with_advice(
    respond: Respond, hours: float, approver: str
) -> None:
    network = await scripted(respond, "messenger")
    await learn(respond, message := dm("m1", ago(hours=hours)))
    ended = (await answer(respond, message, by=approver)).publication
    assert (ended.state, ended.code) == (State.FAILED, "messenger.window_closed")
    (told,) = await respond.told("reply.failed")
    assert "write first" in told.read(ReplyFailed).reason
    assert network.calls == []


async def test_only_what_a_person_writes_anew_opens_it_again(respond: Respond) -> None:
    network = await scripted(respond, "messenger")
    old = dm("m1", ago(days=9))
    later = {"version": "2026-01-02T00:00:00Z"}
    await learn(
        respond, old,
        dm("m1", ago(days=9), action="edited", **later | {"received_at": ago(hours=1)}),
        dm("m2", ago(hours=1), is_own=True),
        dm("m3", ago(hours=1), action="deleted"),
        dm("m4", ago(days=8)),
    )  # fmt: skip
    assert (await answer(respond, old)).publication.code == "messenger.window_closed"
    last = await respond.store.threads.last_from_person_at(CASA, old.thread_id)
    assert last is not None
    assert abs(last - ago(days=8)) < timedelta(minutes=1)
    assert await respond.store.threads.last_from_person_at(NORD, old.thread_id) is None
    await learn(respond, dm("m5", ago(hours=1)), dm("m4", ago(days=8)))
    again = {"approved_at": datetime.now(UTC) + timedelta(seconds=1)}
    assert (await answer(respond, old, **again)).publication.state is State.PUBLISHED
    assert len(network.calls) == 1


async def test_a_time_that_runs_ahead_opens_nothing_longer(respond: Respond) -> None:
    received_at = ago(days=8)
    ahead = dm("m1", datetime.now(UTC) + timedelta(days=3), received_at=received_at)
    await learn(respond, ahead)
    last = await respond.store.threads.last_from_person_at(CASA, ahead.thread_id)
    assert last is not None
    assert abs(last - received_at) < timedelta(seconds=1)


async def test_it_is_checked_again_before_every_try(respond: Respond) -> None:
    network = await scripted(respond, "messenger")
    network.on_publish = lambda _: Retry("network.unreachable", "no way through")
    await learn(respond, message := dm("m1", ago(days=7) + timedelta(seconds=2)))
    waiting = await answer(respond, message)
    assert waiting.publication.state is State.WAITING
    await respond.store.threads._threads.update(
        {"brand_id": CASA.brand_id, "_id": message.thread_id}, {"$set": {"last_at": ago(days=8)}}
    )
    where = {"brand_id": CASA.brand_id, "_id": message.message_id}
    past = {"created_at": ago(days=8), "received_at": ago(days=8)}
    await respond.store._contexts.update(where, {"$set": past})
    await respond.make_due()
    await respond.courier.take(await respond.only_reply())
    assert (await respond.only_reply()).publication.code == "messenger.window_closed"
    assert len(network.calls) == 1


async def test_a_template_of_the_account_lifts_whatsapps_window(respond: Respond) -> None:
    network = await scripted(respond, "whatsapp", template="late:en")
    await learn(respond, message := dm("m1", ago(days=3), network="whatsapp"))
    assert (await answer(respond, message)).publication.state is State.PUBLISHED
    (call,) = network.of("publish")
    assert not call.request.is_in_window
    assert call.account.options == {"template": "late:en"}


# Private answers to public items


async def test_a_private_answer_is_given_once_and_in_time(respond: Respond) -> None:
    network = await scripted(respond, "facebook")
    message = message_of(CASA, "c1")
    await learn(respond, message)
    assert (await answer(respond, message, is_private=True)).publication.state is State.PUBLISHED
    (call,) = network.of("publish")
    assert call.request.is_private
    second = approved(message, CASA, "Once more.", is_private=True, slot=1)
    await respond.handlers.on_reply_approved([second])
    reply = await respond.store.reply(CASA, _slot(message))
    assert reply is not None
    await respond.courier.take(reply)
    ended = await respond.store.reply(CASA, _slot(message))
    assert ended is not None
    assert (ended.publication.state, ended.publication.code) == (State.FAILED, "private.repeated")
    assert len(network.calls) == 1


async def test_a_private_answer_is_refused_where_it_cannot_be(respond: Respond) -> None:
    await scripted(respond, "facebook")
    await scripted(respond, "youtube")
    late = message_of(CASA, "c1", created_at=ago(days=8))
    elsewhere = message_of(CASA, "c2", network="youtube")
    await learn(respond, late, elsewhere)
    codes = [
        (await answer(respond, one, is_private=True)).publication.code for one in (late, elsewhere)
    ]
    assert codes == ["private.too_late", "private.unsupported"]


async def test_what_cannot_be_answered_says_so(respond: Respond) -> None:
    await respond.connection(CASA, "feed", "100")
    await learn(respond, message := message_of(CASA, "p1", network="feed", kind="mention"))
    ended = (await answer(respond, message)).publication
    assert (ended.state, ended.code) == (State.FAILED, "network.read_only")
    assert "browser" in (ended.reason or "")


def _slot(message: MessageReceived) -> str:
    return ids.reply_id(message.message_id, 1)
