"""Understood messages on the real store: proposals, automatic answers, stops and echoes."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages import MessageReceived
from contracts.replies import ReplyDrafted, ReplyFailed, ReplyPublished
from contracts.scope import BrandScope
from runtime.stage import Outcome
from services.respond.domain.publication import State
from services.respond.networks.protocol import Retry, Unknown
from services.respond.records import Reply
from tests.service.respond.respond_world import (
    CASA,
    EVERYBODY,
    NORD,
    Respond,
    approved,
    classified,
    labels_of,
    message_of,
    rejected,
)

PRAISE = labels_of("praise", "positive")


def drafted(outcome: Outcome) -> ReplyDrafted:
    (event,) = outcome.events
    return event.read(ReplyDrafted)


async def contexts(respond: Respond, *messages: MessageReceived) -> Any:
    return await respond.store.contexts(EVERYBODY, [one.message_id for one in messages])


async def test_a_question_gets_a_draft_with_its_fact(respond: Respond) -> None:
    message = message_of(CASA, "1")
    (outcome,) = await respond.classify(classified(message, labels_of(), CASA))
    told = drafted(outcome)
    assert (told.mode, told.approval, told.abstained) == ("suggest", "agent", None)
    assert 1 <= len(told.drafts) <= 2
    assert "We are open Monday to Saturday, 9 to 18." in told.drafts[0].text
    assert "fct_hours" in {source.id for source in told.drafts[0].sources}
    assert "Lucía" in told.drafts[0].text


async def test_a_repeat_gives_the_same_event_and_documents(respond: Respond) -> None:
    one = classified(message_of(CASA, "1"), labels_of(), CASA)
    first = await respond.classify(one)
    before = await contexts(respond, one.payload.message)
    second = await respond.classify(one, one)
    assert {o.events[0].id for o in second} == {first[0].events[0].id}
    assert drafted(second[0]).drafts == drafted(first[0]).drafts
    assert await contexts(respond, one.payload.message) == before


async def test_an_unknown_brand_is_retried_and_holds_up_nobody(respond: Respond) -> None:
    stranger = BrandScope("agy_1", "brd_new")
    outcomes = await respond.classify(
        classified(message_of(stranger, "1"), labels_of(), stranger),
        classified(message_of(CASA, "2"), labels_of(), CASA),
    )
    assert outcomes[0].retry is not None
    assert outcomes[0].retry.code == "brand.unknown"
    assert drafted(outcomes[1]).brand_id == CASA.brand_id


@pytest.mark.parametrize(
    ("labels", "abstained"),
    [
        (None, "message.no_text"),
        (labels_of("other"), "intent.other"),
        (labels_of("spam"), "intent.spam"),
    ],
)
async def test_no_draft_says_why(respond: Respond, labels: Any, abstained: str) -> None:
    (outcome,) = await respond.classify(classified(message_of(CASA, "1"), labels, CASA))
    told = drafted(outcome)
    assert (told.drafts, told.abstained) == ([], abstained)


async def test_a_silent_brand_and_own_messages_get_nothing(respond: Respond) -> None:
    await respond.brand(CASA, 2, mode="silent")
    outcomes = await respond.classify(
        classified(message_of(CASA, "1"), labels_of(), CASA),
        classified(message_of(NORD, "2", is_own=True), None, NORD),
        classified(message_of(NORD, "3", action="deleted", text=None), None, NORD),
    )
    assert [outcome.events for outcome in outcomes] == [(), (), ()]


async def test_praise_is_answered_automatically_once_and_disclosed(respond: Respond) -> None:
    await respond.brand(CASA, 2, mode="automatic", per_author_per_day=1)
    first, second = (classified(message_of(CASA, n, text="Lovely!"), PRAISE, CASA) for n in "12")
    outcomes = await respond.classify(first, second)
    (reply,) = await respond.replies()
    assert reply.approved_by.kind == "policy"
    assert "automatically" in reply.text
    (told,) = await respond.told("reply.drafted")
    assert told.read(ReplyDrafted).approval == "none"
    held = [drafted(outcome) for outcome in outcomes if outcome.events]
    assert [one.approval for one in held] == ["approver"]
    again = await respond.classify(first, second, first)
    assert len(await respond.replies()) == len(await respond.told("reply.drafted")) == 1
    assert [drafted(o).approval for o in again if o.events] == ["approver"]


async def test_a_stopped_brand_sends_nothing_that_is_due(respond: Respond) -> None:
    await respond.brand(CASA, 2, mode="automatic")
    await respond.connection(CASA, "facebook", "100")
    await respond.classify(classified(message_of(CASA, "1", text="Lovely!"), PRAISE, CASA))
    await respond.brand(CASA, 3, mode="automatic", is_automatic_stopped=True)
    await respond.courier.take(await respond.only_reply())
    reply = await respond.only_reply()
    assert (reply.publication.state, reply.publication.code) == (State.PARKED, "automatic.stopped")
    assert reply.publication.attempts == 0


async def test_a_delete_stops_what_nobody_has_begun_to_send(respond: Respond) -> None:
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    gone = message.model_copy(update={"action": "deleted", "text": None, "version": "2027"})
    for _ in range(2):
        await respond.classify(classified(gone, None, CASA))
    (event,) = await respond.told("reply.failed")
    failed = event.read(ReplyFailed)
    assert (failed.state, failed.code) == ("failed", "message.deleted")


async def test_a_delete_that_comes_first_stops_the_draft_and_the_answer(respond: Respond) -> None:
    message = message_of(CASA, "1")
    gone = message.model_copy(update={"action": "deleted", "text": None, "version": "2025"})
    await respond.classify(classified(gone, None, CASA))
    (outcome,) = await respond.classify(classified(message, labels_of(), CASA))
    assert outcome.events == ()
    assert (await contexts(respond, message))[message.message_id].is_deleted
    await respond.connection(CASA, "facebook", "100")
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    await respond.courier.take(await respond.only_reply())
    assert (await respond.only_reply()).publication.code == "message.deleted"


async def test_an_automatic_answer_to_an_edited_message_is_stopped(respond: Respond) -> None:
    await respond.brand(CASA, 2, mode="automatic")
    message = message_of(CASA, "1", text="Lovely!")
    await respond.classify(classified(message, PRAISE, CASA))
    edited = message.model_copy(update={"action": "edited", "text": "Awful!", "version": "2027"})
    complaint = labels_of("complaint", "negative")
    (outcome,) = await respond.classify(classified(edited, complaint, CASA))
    assert (await respond.only_reply()).publication.code == "message.edited"
    assert drafted(outcome).approval == "approver"


async def test_any_order_of_versions_ends_the_same(respond: Respond) -> None:
    message = message_of(CASA, "1")
    versions = [
        message.model_copy(
            update={"version": f"2026-01-0{n}", "author_handle": f"h{n}", "action": a}
        )
        for n, a in ((1, "created"), (2, "edited"), (3, "edited"))
    ]
    gone = message.model_copy(update={"action": "deleted", "version": "2026-01-04", "text": None})
    seen = set()
    for seed in range(6):
        batch = [classified(one, labels_of(), CASA) for one in [*versions, gone, *versions]]
        random.Random(seed).shuffle(batch)
        await respond.store._contexts.delete({"brand_id": CASA.brand_id})
        for one in batch[:3]:
            await respond.classify(one)
        await respond.classify(*batch[3:])
        context = (await contexts(respond, message))[message.message_id]
        seen.add((context.version, context.author_handle, context.is_deleted))
    assert seen == {("2026-01-04", "h3", True)} or len(seen) == 1


async def in_doubt(respond: Respond, external_id: str, text: str) -> Reply:
    """An answer whose receipt was lost."""
    message = message_of(CASA, external_id)
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.connection(CASA, "facebook", "100")
    await respond.handlers.on_reply_approved([approved(message, CASA, text)])
    network = respond.networks["facebook"]

    async def lose(account: object, publish: object) -> Unknown:
        return Unknown("network.answer_lost", "lost")

    network.publish = lose
    reply = next(r for r in await respond.replies() if r.target.message_id == message.message_id)
    await respond.courier.take(reply)
    found = await respond.store.reply(CASA, reply.reply_id)
    assert found is not None
    assert found.publication.state is State.UNKNOWN
    return found


async def test_an_echo_is_the_lost_receipt(respond: Respond) -> None:
    first, second = [await in_doubt(respond, n, f"At nine, {n}.") for n in "12"]
    echo = message_of(
        CASA, "77_2", is_own=True, text="At nine,  2.", parent_external_id="2", author_id="100",
        permalink="https://example.org/2",
    )  # fmt: skip
    for _ in range(2):
        await respond.classify(classified(echo, None, CASA))
    found = await respond.store.reply(CASA, second.reply_id)
    assert found is not None
    assert (found.publication.state, found.publication.external_id) == (State.PUBLISHED, "77_2")
    (event,) = await respond.told("reply.published")
    receipt = event.read(ReplyPublished)
    assert (receipt.how, receipt.permalink) == ("found", "https://example.org/2")
    other = await respond.store.reply(CASA, first.reply_id)
    assert other is not None
    assert other.publication.state is State.UNKNOWN


async def test_an_echo_that_came_first_is_found_without_the_network(respond: Respond) -> None:
    echo = message_of(
        CASA, "77_1", is_own=True, text="At nine.", parent_external_id="1", author_id="100"
    )
    await respond.classify(classified(echo, None, CASA))
    reply = await in_doubt(respond, "1", "At nine.")
    await respond.make_due()
    await respond.courier.take((await respond.replies())[0])
    found = await respond.store.reply(CASA, reply.reply_id)
    assert found is not None
    assert (found.publication.how, found.publication.external_id) == ("found", "77_1")


async def test_an_unknown_that_cannot_be_looked_for_is_parked(respond: Respond) -> None:
    reply = await in_doubt(respond, "1", "At nine.")
    long_ago = datetime.now(UTC) - timedelta(seconds=106)
    where = {"brand_id": CASA.brand_id, "_id": reply.reply_id}
    await respond.store.replies.update(where, {"$set": {"doubted_at": long_ago}})
    await respond.make_due()
    await respond.courier.take((await respond.replies())[0])
    event = (await respond.told("reply.failed"))[-1]
    failed = event.read(ReplyFailed)
    assert (failed.state, failed.code) == ("parked", "publish.unknown")


async def test_a_person_may_release_again_what_failed(respond: Respond) -> None:
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    first = rejected(message, CASA)
    await respond.handlers.on_reply_rejected([first, first])
    assert (await respond.only_reply()).publication.state is State.REJECTED
    early = approved(
        message, CASA, "Too early.", approved_at=datetime.now(UTC) - timedelta(hours=1)
    )
    late = approved(message, CASA, "At nine.")
    await respond.handlers.on_reply_approved([late, early, late])
    reply = await respond.only_reply()
    assert (reply.publication.state, reply.text) == (State.APPROVED, "At nine.")


async def test_a_rejection_stops_what_waits(respond: Respond) -> None:
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    await respond.handlers.on_reply_rejected([rejected(message, CASA)])
    (event,) = await respond.told("reply.failed")
    assert event.read(ReplyFailed).code == "reply.rejected"


async def test_retries_are_told_and_end(respond: Respond) -> None:
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.connection(CASA, "facebook", "100")
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])

    async def refuse(account: object, publish: object) -> Retry:
        return Retry("network.unreachable", "no way through")

    respond.networks["facebook"].publish = refuse
    for _ in range(6):
        await respond.make_due()
        await respond.courier.take(await respond.only_reply())
    states = [event.read(ReplyFailed).state for event in await respond.told("reply.failed")]
    assert states == ["waiting"] * 5 + ["failed"]


async def test_an_approval_that_comes_before_its_brand_is_kept(respond: Respond) -> None:
    stranger = BrandScope("agy_1", "brd_new")
    message = message_of(stranger, "1")
    (outcome,) = await respond.handlers.on_reply_approved([approved(message, stranger, "At nine.")])
    assert (outcome.retry, outcome.dead) == (None, None)
    now = datetime.now(UTC)
    assert await respond.store.due(await respond.store.everything(), now, 10) == []
    await respond.brand(stranger)
    (reply,) = await respond.store.due(await respond.store.everything(), now, 10)
    assert reply.target.brand_id == stranger.brand_id
