"""Both halves of Google reviews against their stand-in, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.google_business.connector import build
from services.ingest.connectors.google_business.payloads import normalise
from services.ingest.connectors.protocol import Account
from services.respond.networks import google_business
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

PLACE = "accounts/111/locations/55"


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="google_business", id=PLACE, brand="b", name="Cafe", handle="cafe", token="tok-g"
    )
    return Stage(sandbox, played, "/google_business/v4")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return google_business.build(writing_tools)


async def test_check_says_which_place_it_is(stage, reader):
    assert (await reader.check(stage.grant())).account_id == PLACE
    with pytest.raises(Invalid, match=r"google_business\.no_location"):
        await reader.check(replace(stage.grant(), account_id="Cafe"))
    with pytest.raises(Invalid, match=r"google_business\.gone"):
        await reader.check(replace(stage.grant(), account_id="accounts/1/locations/2"))


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    await stage.emit("review", "{n} first", count=3)
    pages = await polled(reader, stage.grant())
    assert len(stage.read(pages)) == 3
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("review", "{n} after an outage", count=230)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230
    assert [item.created_at for item in later] == sorted(item.created_at for item in later)


async def test_the_past_of_a_place_is_no_news(stage, reader):
    await stage.emit("review", "{n} old", count=60)
    first = await polled(reader, stage.grant())
    assert len(stage.read(first)) == 50
    assert await polled(reader, stage.grant(), first[-1].cursor) == []
    soon = reader.since(SystemClock().now() + timedelta(seconds=1))
    assert await polled(reader, stage.grant(), soon) == []
    far = reader.since(SystemClock().now() - timedelta(hours=1))
    assert len(stage.read(await polled(reader, stage.grant(), far))) == 60


async def test_changes_answers_and_deletions_are_noticed(stage, reader):
    first, second = await stage.emit("review", "Good"), await stage.emit("review", "Bad")
    cursor = (await polled(reader, stage.grant()))[-1].cursor

    async def news():
        nonlocal cursor
        pages = await polled(reader, stage.grant(), cursor)
        cursor = pages[-1].cursor
        assert await polled(reader, stage.grant(), cursor) == []
        return stage.read(pages)

    await stage.emit("edit", "Not so bad", id=second)
    (edited,) = await news()
    assert (edited.external_id, edited.action, edited.text) == (second, "edited", "Not so bad")
    await stage.emit("reply", "Thank you", id=first)
    review, reply = await news()
    assert (review.external_id, reply.external_id) == (first, f"{first}/reply")
    assert (reply.is_own, reply.text, reply.kind) == (True, "Thank you", "comment")
    stage.sandbox.world.delete(stage.sandbox.world.item("google_business", f"{first}/reply"))
    *_, gone = await news()
    assert (gone.external_id, gone.action, gone.is_own) == (f"{first}/reply", "deleted", True)
    await stage.emit("delete", id=second)
    (gone,) = await news()
    assert (gone.external_id, gone.action, gone.kind) == (second, "deleted", "review")


async def test_a_rejected_answer_is_told(stage, reader):
    await stage.emit("review", "Good")
    reply = await stage.emit("reply", "Call 555-1234")
    stage.sandbox.world.item("google_business", reply).extra["state"] = "REJECTED"
    (page,) = await polled(reader, stage.grant())
    (receipt,) = normalise(page.raw, Account()).receipts
    assert (receipt.external_id, receipt.state) == (reply, "failed")


async def test_context_and_root(stage, reader):
    review = await stage.emit("review", "Good")
    (item,) = stage.read([await reader.context(stage.grant(), review)])
    assert (item.external_id, item.thread_root_id) == (review, review)
    assert await reader.root_of(stage.grant(), f"{review}/reply") == review
    assert await reader.context(stage.grant(), "none") is None


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


async def written_to(stage, reader, text="Cold coffee"):
    review = await stage.emit("review", text)
    items = stage.read(await polled(reader, stage.grant()))
    return target(next(item for item in items if item.external_id == review))


async def test_an_answer_is_put_once(stage, reader, network):
    to = await written_to(stage, reader)
    request = Publish(to, "We are sorry.", "k")
    sent = await network.publish(stage.writer(), request)
    assert sent == Sent(f"{to.external_id}/reply")
    again = await network.publish(stage.writer(), request)
    assert again == replace(sent, is_repeat=True)
    assert stage.published() == ["We are sorry."]


async def test_what_a_person_wrote_elsewhere_is_never_replaced(stage, reader, network):
    to = await written_to(stage, reader)
    await stage.emit("reply", "Our chef is ill.", id=to.external_id)
    outcome = await network.publish(stage.writer(), Publish(to, "We are sorry.", "k"))
    assert (type(outcome), outcome.code) == (Permanent, "google_business.answered_elsewhere")
    assert stage.published() == []
    look = Search(to, "We are sorry.", SystemClock().now())
    assert await network.find(stage.writer(), look) == Absent()


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await written_to(stage, reader)
    look = Search(to, "We are sorry.", SystemClock().now())
    assert await network.find(stage.writer(), look) == Absent()
    stage.misbehave("apply_then_drop")
    assert isinstance(await network.publish(stage.writer(), Publish(to, look.text, "k")), Unknown)
    assert await network.find(stage.writer(), look) == Found(f"{to.external_id}/reply")
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


async def test_nothing_is_in_doubt_before_it_is_written(stage, reader, network):
    to = await written_to(stage, reader)
    stage.misbehave("drop", "read")
    outcome = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert outcome == Retry("network.answer_lost", outcome.reason)


async def test_a_place_that_is_not_verified(stage, reader, network):
    to = await written_to(stage, reader)
    stage.sandbox.world.put_account(
        stage.played.model_copy(update={"options": {"is_unverified": "1"}})
    )
    outcome = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert (type(outcome), outcome.code) == (Permanent, "google_business.not_allowed")


async def test_only_the_own_answer_is_deleted(stage, reader, network):
    to = await written_to(stage, reader)
    assert isinstance(
        await network.moderate(stage.writer(), Moderate("delete", to, "k")), Permanent
    )
    sent = await network.publish(stage.writer(), Publish(to, "Hm", "k"))
    own = Moderate("delete", replace(to, external_id=sent.external_id, kind="comment"), "k")
    assert await network.moderate(stage.writer(), own) == Done()
    assert await network.moderate(stage.writer(), own) == Done()
    assert isinstance(await network.moderate(stage.writer(), replace(own, act="hide")), Permanent)
