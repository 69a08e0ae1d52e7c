"""Acts on items: done once they can be, told once, and never in the wrong order."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import ids
from contracts.messages import MessageReceived
from contracts.moderation import ModerationRequested
from contracts.scope import BrandScope
from runtime.stage import Received
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from services.respond.domain.moderation import State
from services.respond.moderation.records import Moderation
from services.respond.networks.protocol import (
    Backoff,
    Done,
    Moderated,
    Permanent,
    Reauthorise,
    Retry,
    Unknown,
)
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    PERSON,
    AtSandbox,
    Respond,
    classified,
    event_of,
    labels_of,
    message_of,
)
from tests.service.respond.scripted import Scripted


def wish_of(
    message: MessageReceived, act: Any, scope: BrandScope = CASA, **more: Any
) -> Received[ModerationRequested]:
    fields: dict[str, Any] = {
        "moderation_id": ids.moderation_id(message.message_id, act, more.pop("request", "req_1")),
        "brand_id": scope.brand_id, "connection_id": message.connection_id,
        "network": message.network, "message_id": message.message_id,
        "thread_id": message.thread_id, "act": act, "external_id": message.external_id,
        "kind": message.kind, "author_id": message.author_id, "reason": "an advertisement",
        "requested_by": PERSON, "requested_at": datetime.now(UTC),
    }  # fmt: skip
    payload = ModerationRequested(**fields | more)
    return Received(event_of(payload, scope, payload.moderation_id), payload)


async def acts(respond: Respond) -> list[Moderation]:
    found = await respond.store.moderations.acts.find({"brand_id": CASA.brand_id})
    loaded = [await respond.store.moderations.find(CASA, one["_id"]) for one in found]
    return [one for one in loaded if one is not None]


async def only(respond: Respond) -> Moderation:
    (one,) = await acts(respond)
    return one


async def ask(respond: Respond, *wishes: Received[ModerationRequested]) -> None:
    for outcome in await respond.moderating.on_moderation_requested(wishes):
        assert outcome.dead is None


async def step(respond: Respond) -> Moderation:
    await respond.make_due()
    await respond.moderator.take(await only(respond))
    return await only(respond)


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Scripted("facebook")
    respond.networks["facebook"] = one
    await respond.connection(CASA, "facebook", "100", options={"page": "p1"})
    return one


@pytest.fixture
async def message(respond: Respond) -> MessageReceived:
    one = message_of(CASA, "c1")
    await respond.classify(classified(one, labels_of(), CASA))
    return one


async def until_settled(respond: Respond, count: int = 1) -> Sequence[Any]:
    async with asyncio.timeout(20):
        while len(told := await respond.told_of_acts()) < count:
            await asyncio.sleep(0.05)
    return told


@pytest.mark.parametrize("name", ["facebook", "mastodon"])
async def test_an_act_is_done_at_the_network(respond: Respond, sandbox: Sandbox, name: str) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, name, "casa-verde")
    message = place.writes(1)
    await respond.classify(classified(message, labels_of(), CASA))
    await ask(respond, wish_of(message, "like"))
    async with respond.publishing():
        (told,) = await until_settled(respond)
    assert (told.state, told.code, told.attempts, told.act) == ("done", None, 1, "like")


async def test_a_repeat_of_the_wish_is_the_same_act(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    wish = wish_of(message, "hide")
    await ask(respond, wish, wish)
    await ask(respond, wish)
    await respond.moderator.take(await only(respond))
    await ask(respond, wish)
    assert (await only(respond)).progress.state is State.DONE
    (call,) = network.of("moderate")
    assert (call.request.act, call.request.target.external_id) == ("hide", "c1")
    assert call.request.target.author_id == "55"
    assert call.account.options == {"page": "p1"}
    assert len(await respond.told_of_acts()) == 1


async def test_eight_workers_do_it_once(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    await ask(respond, wish_of(message, "hide"))
    one = await only(respond)
    await asyncio.gather(*(respond.moderator.take(one) for _ in range(8)))
    assert len(network.calls) == 1


async def test_a_lost_answer_is_simply_repeated(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    answers: list[Moderated] = [
        Unknown("network.answer_lost", "lost"),
        Retry("network.server_error", "5xx"),
        Done(),
    ]
    network.on_moderate = lambda _: answers.pop(0)
    await ask(respond, wish_of(message, "hide"))
    assert (await step(respond)).progress.state is State.WAITING
    assert (await step(respond)).progress.state is State.WAITING
    ended = await step(respond)
    assert (ended.progress.state, ended.progress.attempts) == (State.DONE, 3)
    assert {call.request.key for call in network.calls} == {ended.moderation_id}


async def test_a_process_that_dies_in_the_call_changes_nothing_at_the_end(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    network.delay_s = 30
    await ask(respond, wish_of(message, "hide"))
    taking = asyncio.create_task(respond.moderator.take(await only(respond)))
    while not network.calls:
        await asyncio.sleep(0.01)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert (await only(respond)).progress.state is State.CLAIMED
    network.delay_s = 0
    # Nobody takes it over before the lease is over.
    await respond.moderator.take(await only(respond))
    assert len(network.calls) == 1
    ended = await step(respond)
    assert ended.progress.state is State.DONE
    (told,) = await respond.told_of_acts()
    assert told.state == "done"


async def test_a_refusal_is_told_with_its_reason(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    network.on_moderate = lambda _: Permanent("facebook.refused", "own comments stay visible")
    await ask(respond, wish_of(message, "hide"))
    await step(respond)
    (told,) = await respond.told_of_acts()
    assert (told.state, told.code, told.reason) == (
        "failed", "facebook.refused", "own comments stay visible",
    )  # fmt: skip


async def test_what_is_gone_is_deleted(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    network.on_moderate = lambda _: Permanent("facebook.target_gone", "no such object")
    await ask(respond, wish_of(message, "delete"))
    assert (await step(respond)).progress.state is State.DONE


async def test_an_act_on_what_its_author_deleted(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    deleted = message.model_copy(update={"action": "deleted", "version": "2027"})
    await respond.classify(classified(deleted, None, CASA))
    await ask(respond, *(wish_of(message, act) for act in ("delete", "hide")))
    for one in await acts(respond):
        await respond.moderator.take(one)
    told = {one.act: (one.state, one.code) for one in await respond.told_of_acts()}
    assert told["delete"] == ("done", None)
    assert told["hide"][0] == "failed"
    assert network.calls == []


async def test_an_act_that_the_network_has_not_is_refused(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    await ask(respond, wish_of(message, "block"))
    ended = await step(respond)
    assert (ended.progress.state, ended.progress.code) == (State.FAILED, "moderation.unsupported")
    assert network.calls == []


async def test_the_last_of_two_opposite_wishes_counts(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    at = datetime.now(UTC)
    await ask(
        respond,
        wish_of(message, "hide", requested_at=at),
        wish_of(message, "unhide", requested_at=at + timedelta(seconds=1)),
    )
    network.delay_s = 0.1
    for _ in range(3):
        await respond.make_due()
        pending = [one for one in await acts(respond) if one.progress.due_at]
        await asyncio.gather(*(respond.moderator.take(one) for one in pending))
    assert [call.request.act for call in network.calls][-1] == "unhide"
    told = {one.act: (one.state, one.code) for one in await respond.told_of_acts()}
    assert told["unhide"] == ("done", None)
    assert told["hide"] in {("failed", "moderation.superseded"), ("done", None)}


async def test_a_refused_grant_is_told_to_ingest_once_and_waits(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    network.on_moderate = lambda _: Reauthorise("facebook.grant_invalid", "session expired")
    await ask(respond, wish_of(message, "hide"), wish_of(message, "like"))
    for one in await acts(respond):
        await respond.moderator.take(one)
    (refused,) = await respond.told_of_grants()
    assert (refused.code, refused.revision) == ("facebook.grant_invalid", 1)
    assert len(network.calls) == 1
    network.on_moderate = None
    await respond.connection(CASA, "facebook", "100", revision=2)
    async with respond.publishing():
        told = await until_settled(respond, 2)
    assert {one.state for one in told} == {"done"}
    network.on_moderate = lambda _: Reauthorise("facebook.grant_invalid", "again")
    await ask(respond, wish_of(message, "unlike"))
    await respond.moderator.take(next(a for a in await acts(respond) if a.wish.act == "unlike"))
    assert [one.revision for one in await respond.told_of_grants()] == [1, 2]


async def test_it_is_given_up_after_a_time_with_the_reason(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    network.on_moderate = lambda _: Retry("network.unreachable", "no way through")
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    await ask(respond, wish_of(message, "hide", requested_at=long_ago))
    ended = await step(respond)
    assert (ended.progress.state, ended.progress.code) == (State.PARKED, "network.unreachable")
    (told,) = await respond.told_of_acts()
    assert (told.state, told.attempts) == ("parked", 1)


async def test_a_rate_limit_rests_the_account(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    network.on_moderate = lambda _: Backoff("facebook.throttled", "too many", 1800)
    await ask(respond, wish_of(message, "hide"))
    assert (await step(respond)).progress.state is State.WAITING
    assert respond.rests.until(message.connection_id) is not None
    await step(respond)
    assert len(network.calls) == 1


async def test_another_brands_message_or_account_is_never_touched(
    respond: Respond, network: Scripted, message: MessageReceived
) -> None:
    other = message_of(NORD, "n1")
    await respond.classify(classified(other, labels_of(), NORD))
    await respond.connection(NORD, "facebook", "100")
    await ask(respond, wish_of(other, "hide", CASA), wish_of(message, "hide", external_id="c2"))
    for one in await acts(respond):
        await respond.moderator.take(one)
    assert {one.code for one in await respond.told_of_acts()} == {"guard.wrong_brand"}
    assert network.calls == []
    wish = wish_of(message, "hide")
    foreign = Received(event_of(wish.payload, NORD, "x"), wish.payload)
    (outcome,) = await respond.moderating.on_moderation_requested([foreign])
    assert outcome.dead is not None
    assert outcome.dead.code == "guard.wrong_brand"


async def test_misbehaving_networks_end_in_one_state(respond: Respond, sandbox: Sandbox) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "facebook", "casa-verde")
    messages = [place.writes(number) for number in range(6)]
    await respond.classify(*(classified(one, labels_of(), CASA) for one in messages))
    sandbox.misbehaviour.add(Wish(kind="apply_then_drop", share=0.5, seed=3))
    await ask(respond, *(wish_of(one, "hide") for one in messages))
    async with respond.publishing():
        told = await until_settled(respond, 6)
    assert {one.state for one in told} == {"done"}
