"""Answers that leave later: taken back, cancelled by their author, and changed after they are out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import ids
from contracts.messages import MessageReceived
from contracts.moderation import ModerationRequested
from contracts.replies import ReplyFailed, ReplyPublished
from runtime.stage import Received
from services.respond.domain.moderation import State as ActState
from services.respond.domain.publication import State
from services.respond.networks.protocol import (
    Account,
    Amend,
    Backoff,
    Done,
    Moderate,
    Moderated,
    Retry,
    Unknown,
)
from services.respond.records import Reply
from tests.service.respond.respond_world import (
    CASA,
    PERSON,
    Respond,
    approved,
    classified,
    event_of,
    labels_of,
    message_of,
    rejected,
)
from tests.service.respond.scripted import Scripted

LATER = timedelta(hours=3)


class Editable(Scripted):
    """A network that changes what is out; its answers are written down like the others."""

    on_amend: Callable[[Amend], Moderated] | None = None

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        await self._note("amend", account, amend)
        return self.on_amend(amend) if self.on_amend is not None else Done()


@pytest.fixture
async def network(respond: Respond) -> Editable:
    network = Editable("facebook")
    respond.networks["facebook"] = network
    await respond.connection(CASA, "facebook", "100")
    return network


async def scheduled(respond: Respond, message: MessageReceived, **more: Any) -> None:
    await respond.classify(classified(message, labels_of(), CASA))
    options = {"send_at": datetime.now(UTC) - timedelta(seconds=1), "cancels_on_reply": True} | more
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.", **options)])


async def recall(respond: Respond, message: MessageReceived, **more: Any) -> None:
    taken_back = rejected(message, CASA, is_recall=True, reason="Ana took it back", **more)
    await respond.handlers.on_reply_rejected([taken_back])


async def take(respond: Respond) -> Reply:
    await respond.make_due()
    await respond.courier.take(await respond.only_reply())
    return await respond.only_reply()


async def failures(respond: Respond) -> list[ReplyFailed]:
    return [one.read(ReplyFailed) for one in await respond.told("reply.failed")]


async def test_it_leaves_at_its_time_and_not_before(respond: Respond, network: Editable) -> None:
    await scheduled(respond, message_of(CASA, "1"), send_at=datetime.now(UTC) + LATER)
    reply = await respond.only_reply()
    assert reply.publication.due_at == reply.publication.not_before == reply.send_at
    assert await respond.courier.due(CASA, 10, ()) == []
    # Whoever moves what is stored moves nothing that was signed.
    assert (await take(respond)).publication.due_at == reply.send_at
    assert network.calls == []


async def test_its_time_has_come(respond: Respond, network: Editable) -> None:
    await scheduled(respond, message_of(CASA, "1"))
    assert (await take(respond)).publication.state is State.PUBLISHED
    assert len(network.of("publish")) == 1


async def test_a_recall_before_it_leaves_wins_and_is_told(
    respond: Respond, network: Editable
) -> None:
    message = message_of(CASA, "1")
    await scheduled(respond, message)
    await recall(respond, message)
    assert (await respond.only_reply()).publication.state is State.REJECTED
    (told,) = await failures(respond)
    assert (told.state, told.code) == ("failed", "reply.recalled")
    await respond.make_due()
    assert await respond.courier.due(CASA, 10, ()) == []
    assert network.calls == []


async def test_a_recall_that_is_heard_of_first_holds_too(
    respond: Respond, network: Editable
) -> None:
    message = message_of(CASA, "1")
    release = approved(message, CASA, "At nine.", send_at=datetime.now(UTC) + LATER)
    await respond.classify(classified(message, labels_of(), CASA))
    await recall(respond, message)
    await respond.handlers.on_reply_approved([release])
    assert (await respond.only_reply()).publication.state is State.REJECTED
    assert [one.code for one in await failures(respond)] == ["reply.recalled"]


async def test_a_recall_of_what_is_just_leaving_loses(respond: Respond, network: Editable) -> None:
    message = message_of(CASA, "1")
    await scheduled(respond, message)
    network.delay_s = 0.3
    await respond.make_due()
    leaving = asyncio.create_task(respond.courier.take(await respond.only_reply()))
    async with asyncio.timeout(20):
        while not network.calls:
            await asyncio.sleep(0.01)
    await recall(respond, message)
    await leaving
    assert (await respond.only_reply()).publication.state is State.PUBLISHED
    assert await failures(respond) == []


async def test_a_recall_between_claim_and_call_wins(respond: Respond, network: Editable) -> None:
    message = message_of(CASA, "1")
    await scheduled(respond, message)
    hold = respond.store.hold

    async def hold_late(scope: Any, reply: Reply, after: Any, lost: Any = None) -> bool:
        if lost is not None:
            await respond.store.replies.update(
                {"_id": reply.reply_id, "brand_id": CASA.brand_id},
                {"$set": {"recalled_at": datetime.now(UTC)}},
            )
        return await hold(scope, reply, after, lost)

    respond.store.hold = hold_late  # type: ignore[method-assign]
    reply = await take(respond)
    assert (reply.publication.state, reply.publication.code) == (State.REJECTED, "reply.recalled")
    assert network.calls == []


async def test_a_recall_while_the_network_rests_wins_when_it_comes_back(
    respond: Respond, network: Editable
) -> None:
    message = message_of(CASA, "1")
    await scheduled(respond, message)
    network.delay_s, network.on_publish = 0.3, lambda _: Retry("network.unreachable", "away")
    await respond.make_due()
    leaving = asyncio.create_task(respond.courier.take(await respond.only_reply()))
    async with asyncio.timeout(20):
        while not network.calls:
            await asyncio.sleep(0.01)
    await recall(respond, message)
    await leaving
    reply = await take(respond)
    assert (reply.publication.state, reply.publication.code) == (State.REJECTED, "reply.recalled")
    assert len(network.of("publish")) == 1


async def test_it_stays_here_when_its_author_writes_again(
    respond: Respond, network: Editable
) -> None:
    message = message_of(CASA, "1")
    await scheduled(respond, message)
    other = message_of(CASA, "2", author_id="77", text="Me too!")
    await respond.classify(classified(other, labels_of(), CASA))
    assert (await respond.replies())[0].publication.state is State.APPROVED
    again = message_of(CASA, "3", text="I found it myself, thanks!")
    for _ in range(2):
        await respond.classify(classified(again, labels_of("praise"), CASA))
    (told,) = await failures(respond)
    assert told.code == "reply.author_wrote_again"
    assert network.calls == []


async def test_it_stays_here_when_its_author_changes_or_deletes_it(
    respond: Respond, network: Editable
) -> None:
    for number, (action, code) in enumerate(
        [("edited", "message.edited"), ("deleted", "message.deleted")]
    ):
        message = message_of(CASA, str(number))
        await scheduled(respond, message, message_version=message.version)
        change = {"action": action, "version": "2026-02-01T00:00:00Z", "text": "Are you open now?"}
        later = message.model_copy(update=change)
        await respond.classify(classified(later, None, CASA))
        assert (await failures(respond))[-1].code == code
    assert network.calls == []


async def test_one_that_does_not_care_leaves_all_the_same(
    respond: Respond, network: Editable
) -> None:
    await scheduled(respond, message_of(CASA, "1"), cancels_on_reply=False)
    await respond.classify(classified(message_of(CASA, "2"), labels_of("praise"), CASA))
    assert (await take(respond)).publication.state is State.PUBLISHED


async def test_a_conversation_that_went_on_keeps_it_here_whatever_came_first(
    respond: Respond, network: Editable
) -> None:
    await respond.connection(CASA, "messenger", "100")
    respond.networks["messenger"] = Editable("messenger")
    message = message_of(CASA, "m1", network="messenger", kind="dm", thread_root_id="peer")
    await respond.classify(classified(message, labels_of(), CASA))
    at_once = datetime.now(UTC) - timedelta(seconds=1)
    release = approved(message, CASA, "At nine.", send_at=at_once, cancels_on_reply=True)
    at = {"created_at": datetime.now(UTC) + timedelta(seconds=2)}
    at["received_at"] = at["created_at"]
    later = message_of(CASA, "m2", network="messenger", kind="dm", thread_root_id="peer", **at)
    await respond.classify(classified(later, labels_of(), CASA))
    await respond.handlers.on_reply_approved([release])
    assert (await take(respond)).publication.code == "reply.author_wrote_again"


async def test_a_day_of_waiting_is_counted_from_its_time(
    respond: Respond, network: Editable
) -> None:
    message = message_of(CASA, "1")
    now = datetime.now(UTC)
    await scheduled(
        respond, message, approved_at=now - timedelta(days=3), send_at=now - timedelta(seconds=1)
    )
    network.on_publish = lambda _: Backoff("facebook.throttled", "slow down", 60.0)
    assert (await take(respond)).publication.state is State.WAITING


async def test_a_call_is_withheld_when_the_account_was_told_to_wait_meanwhile(
    respond: Respond, network: Editable
) -> None:
    message = message_of(CASA, "1")
    await scheduled(respond, message)
    hold = respond.store.hold

    async def hold_late(scope: Any, reply: Reply, after: Any, lost: Any = None) -> bool:
        is_held = await hold(scope, reply, after, lost)
        if lost is not None:
            await respond.rests.begin(CASA, message.connection_id, 30.0)
        return is_held

    respond.store.hold = hold_late  # type: ignore[method-assign]
    reply = await take(respond)
    assert network.calls == []
    assert (reply.publication.state, reply.publication.attempts) == (State.APPROVED, 0)
    assert reply.publication.due_at is not None


# Changing and deleting what is out


async def published(respond: Respond, network: Editable) -> tuple[MessageReceived, Reply]:
    message = message_of(CASA, "1")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    return message, await take(respond)


async def amended(respond: Respond, message: MessageReceived, replaces: str | None) -> Reply:
    slot = {"slot": 1, "reply_id": ids.reply_id(message.message_id, 1)}
    release = approved(message, CASA, "At ten.", replaces=replaces, **slot)
    await respond.handlers.on_reply_approved([release])
    return await second(respond)


async def second(respond: Respond) -> Reply:
    return next(one for one in await respond.replies() if one.target.slot == 1)


async def go_on(respond: Respond) -> Reply:
    await respond.make_due()
    await respond.courier.take(await second(respond))
    return await second(respond)


async def test_what_is_out_is_changed_in_its_place(respond: Respond, network: Editable) -> None:
    message, first = await published(respond, network)
    await amended(respond, message, first.publication.external_id)
    reply = await go_on(respond)
    assert reply.publication.state is State.PUBLISHED
    assert reply.publication.external_id == first.publication.external_id
    (call,) = network.of("amend")
    assert call.request.target.external_id == first.publication.external_id
    told = [one.read(ReplyPublished) for one in await respond.told("reply.published")]
    assert [one.text for one in told] == ["At nine.", "At ten."]
    assert len(network.of("publish")) == 1


@pytest.mark.parametrize(
    "outcome", [Unknown("network.answer_lost", "lost"), Retry("network.server_error", "x", True)]
)
async def test_a_change_whose_answer_is_lost_is_done_again_without_a_look(
    respond: Respond, network: Editable, outcome: Moderated
) -> None:
    message, first = await published(respond, network)
    outcomes: list[Moderated] = [outcome, Done()]
    network.on_amend = lambda _: outcomes.pop(0)
    await amended(respond, message, first.publication.external_id)
    for _ in range(3):
        reply = await go_on(respond)
        if reply.publication.state is State.PUBLISHED:
            break
    assert reply.publication.state is State.PUBLISHED
    assert len(network.of("amend")) == 2
    assert network.of("find") == []


async def test_a_killed_change_is_done_again(respond: Respond, network: Editable) -> None:
    message, first = await published(respond, network)
    await amended(respond, message, first.publication.external_id)
    before = await second(respond)
    where = {"_id": before.reply_id, "brand_id": CASA.brand_id}
    half = {"state": "sending", "attempts": 1, "attempt_id": "att_1", "sent_at": datetime.now(UTC)}
    await respond.store.replies.update(where, {"$set": half})
    for _ in range(3):
        await go_on(respond)
    assert (await second(respond)).publication.state is State.PUBLISHED
    assert network.of("find") == []


async def test_nothing_but_our_own_answer_to_this_message_is_changed(
    respond: Respond, network: Editable
) -> None:
    message, _ = await published(respond, network)
    await amended(respond, message, "somebody_elses")
    assert (await go_on(respond)).publication.code == "reply.nothing_to_change"
    assert network.of("amend") == []


async def test_a_network_without_changes_refuses_before_any_call(respond: Respond) -> None:
    network = Scripted("instagram")
    respond.networks["instagram"] = network
    await respond.connection(CASA, "instagram", "100")
    message = message_of(CASA, "1", network="instagram")
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "At nine.")])
    first = await take(respond)
    await amended(respond, message, first.publication.external_id)
    assert (await go_on(respond)).publication.code == "network.cannot_amend"


def taking_back(
    message: MessageReceived, reply: Reply, **more: Any
) -> Received[ModerationRequested]:
    fields: dict[str, Any] = {
        "moderation_id": ids.moderation_id(message.message_id, "delete", "req_1"),
        "brand_id": CASA.brand_id, "connection_id": message.connection_id,
        "network": message.network, "message_id": message.message_id, "kind": message.kind,
        "thread_id": message.thread_id, "act": "delete", "reason": "a mistake",
        "external_id": reply.publication.external_id, "reply_id": reply.reply_id,
        "requested_by": PERSON, "requested_at": datetime.now(UTC),
    }  # fmt: skip
    payload = ModerationRequested(**fields | more)
    return Received(event_of(payload, CASA, payload.moderation_id), payload)


async def test_our_own_answer_is_deleted_and_not_what_it_answers(
    respond: Respond, network: Editable
) -> None:
    message, reply = await published(respond, network)
    await respond.moderating.on_moderation_requested([taking_back(message, reply)])
    act = await respond.store.moderations.find(
        CASA, ids.moderation_id(message.message_id, "delete", "req_1")
    )
    assert act is not None
    await respond.moderator.take(act)
    (call,) = network.of("moderate")
    wish: Moderate = call.request
    assert (wish.act, wish.target.external_id) == ("delete", reply.publication.external_id)
    (told,) = await respond.told_of_acts()
    assert (told.state, told.reply_id) == (ActState.DONE.value, reply.reply_id)


async def test_an_answer_that_is_not_ours_is_not_deleted(
    respond: Respond, network: Editable
) -> None:
    message, reply = await published(respond, network)
    wrong = taking_back(message, reply, external_id="somebody_elses")
    await respond.moderating.on_moderation_requested([wrong])
    act = await respond.store.moderations.find(CASA, wrong.payload.moderation_id)
    assert act is not None
    await respond.moderator.take(act)
    assert network.of("moderate") == []
    (told,) = await respond.told_of_acts()
    assert told.code == "guard.wrong_brand"
