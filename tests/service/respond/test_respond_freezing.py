"""A frozen brand sends nothing by itself: on the real store, against a scripted network."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import ids
from contracts.scope import BrandScope
from contracts.storms import FreezeChanged, FreezeRequested, StormChanged, StormNumbers
from runtime.stage import Received
from services.respond.domain.publication import State
from services.respond.freezing.handler import FreezeHandler
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    PERSON,
    Respond,
    approved,
    brand_of,
    classified,
    event_of,
    labels_of,
    message_of,
)
from tests.service.respond.scripted import Scripted

NUMBERS = StormNumbers(
    score=9, attention=3, window_min=40, messages=60, hostile=46, hostile_authors=41,
    expected_messages=9, expected_hostile=3, purity=0.7, usual_share=0.2, toxic_share=0.3,
    people_per_message=0.9,
)  # fmt: skip


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Scripted("facebook")
    respond.networks["facebook"] = one
    for scope in (CASA, NORD):
        await respond.connection(scope, "facebook", "100")
        await respond.brand(scope, 2, mode="automatic")
    return one


@pytest.fixture
def handler(respond: Respond) -> FreezeHandler:
    return FreezeHandler(respond.store, respond.clock, lambda: None)


def storm(revision: int, scope: BrandScope = CASA, **more: Any) -> Received[StormChanged]:
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "brand_id": scope.brand_id, "incident_id": "inc_1", "level": "storm", "severity": 2,
        "before": "watch", "numbers": NUMBERS, "sentence": "46 hostile messages.",
        "changed_at": now, "decided_at": now, "revision": revision,
    }  # fmt: skip
    payload = StormChanged(**fields | more)
    return Received(event_of(payload, scope, scope.brand_id, str(revision)), payload)


def wish(is_frozen: bool, scope: BrandScope = CASA, **more: Any) -> Received[FreezeRequested]:
    fields: dict[str, Any] = {
        "request_id": ids.random_id("req"), "brand_id": scope.brand_id, "is_frozen": is_frozen,
        "reason": "a person says so", "requested_by": PERSON, "requested_at": datetime.now(UTC),
    }  # fmt: skip
    payload = FreezeRequested(**fields | more)
    return Received(event_of(payload, scope, payload.request_id), payload)


async def told(respond: Respond) -> list[FreezeChanged]:
    found = await respond._waiting(respond.store.freezes.freezes)
    return [event.read(FreezeChanged) for event in found]


async def praise(respond: Respond, scope: BrandScope, number: int) -> str:
    """Somebody is glad, and is going to be thanked by the brand's policy."""
    message = message_of(scope, f"100_{number}", text="I love it!", author_id=f"a{number}")
    await respond.classify(classified(message, labels_of("praise", "positive"), scope))
    return ids.reply_id(message.message_id, 0)


async def state_of(respond: Respond, scope: BrandScope, reply_id: str) -> tuple[State, str | None]:
    reply = await respond.store.reply(scope, reply_id)
    assert reply is not None
    return reply.publication.state, reply.publication.code


async def test_a_storm_holds_what_is_due_and_nothing_of_others(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    mine, theirs = await praise(respond, CASA, 1), await praise(respond, NORD, 2)
    await handler.on_storm_changed([storm(1)])
    async with respond.publishing():
        await respond.until(lambda all_: any(r.publication.state is State.PUBLISHED for r in all_))
    assert await state_of(respond, CASA, mine) == (State.PARKED, "brand.frozen")
    assert (await state_of(respond, NORD, theirs))[0] is State.PUBLISHED
    assert len(network.calls) == 1
    (news,) = await told(respond)
    assert (news.is_frozen, news.held, news.incident_id) == (True, [mine], "inc_1")
    assert news.reason == "46 hostile messages."


async def test_what_was_claimed_in_that_moment_meets_the_guard(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    reply_id = await praise(respond, CASA, 1)
    stale = await respond.only_reply()
    await handler.on_freeze_requested([wish(True)])
    await respond.store.replies.update(
        {"_id": reply_id, "brand_id": CASA.brand_id},
        {"$set": {"state": "approved", "due_at": datetime.now(UTC), "revision": 0}},
    )
    await respond.courier.take(stale)
    assert await state_of(respond, CASA, reply_id) == (State.PARKED, "brand.frozen")
    assert network.calls == []


async def test_while_frozen_nothing_is_released_and_people_go_on(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    await handler.on_freeze_requested([wish(True)])
    message = message_of(CASA, "100_9", text="I love it!")
    (outcome,) = await respond.classify(classified(message, labels_of("praise", "positive"), CASA))
    assert "automatic.frozen" in str(outcome.events[0].data)
    assert await respond.replies() == []
    await respond.handlers.on_reply_approved([approved(message, CASA, "Thank you, Lucía.")])
    async with respond.publishing():
        await respond.until(lambda all_: all_[0].publication.state is State.PUBLISHED)


async def test_a_scheduled_answer_leaves_in_time_or_is_held(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.7)
    message, other = message_of(CASA, "100_1"), message_of(CASA, "100_2")
    await respond.classify(*(classified(one, labels_of(), CASA) for one in (message, other)))
    later = soon + timedelta(hours=1)
    await respond.handlers.on_reply_approved(
        [
            approved(message, CASA, "At nine.", send_at=soon),
            approved(other, CASA, "At ten.", send_at=later),
        ]
    )
    async with respond.publishing():
        await respond.until(lambda all_: any(r.publication.state is State.PUBLISHED for r in all_))
    assert datetime.now(UTC) >= soon
    await handler.on_storm_changed([storm(1)])
    held = await respond.store.reply(CASA, ids.reply_id(other.message_id, 0))
    assert held is not None
    assert (held.publication.state, held.send_at) == (
        State.PARKED,
        later.replace(microsecond=later.microsecond // 1000 * 1000),
    )


async def test_only_what_a_person_lets_go_is_sent(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    one, two = await praise(respond, CASA, 1), await praise(respond, CASA, 2)
    await handler.on_storm_changed([storm(1)])
    await handler.on_freeze_requested([wish(False, incident_id="inc_1")])
    await handler.on_storm_changed([storm(2, severity=3, before="storm")])
    assert [news.is_frozen for news in await told(respond)] == [True, False]
    assert await state_of(respond, CASA, one) == (State.PARKED, "brand.frozen")
    message = message_of(CASA, "100_1", text="I love it!", author_id="a1")
    await respond.handlers.on_reply_approved([approved(message, CASA, "Thank you.")])
    async with respond.publishing():
        await respond.until(lambda all_: any(r.publication.state is State.PUBLISHED for r in all_))
    assert (await state_of(respond, CASA, two))[0] is State.PARKED
    await handler.on_storm_changed([storm(3, incident_id="inc_2")])
    assert [news.is_frozen for news in await told(respond)] == [True, False, True]


async def test_calm_lets_go_only_where_the_brand_said_so(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    reply_id = await praise(respond, CASA, 1)
    await handler.on_storm_changed([storm(1), storm(2, level="calm", severity=0)])
    assert await state_of(respond, CASA, reply_id) == (State.PARKED, "brand.frozen")
    brand = brand_of(CASA, 3, mode="automatic")
    brand = brand.model_copy(
        update={"storms": brand.storms.model_copy(update={"resumes_by_itself": True})}
    )
    event = event_of(brand, CASA, CASA.brand_id, "3")
    await respond.handlers.on_brand_changed([Received(event, brand)])
    await handler.on_storm_changed([storm(3, level="calm", severity=0)])
    async with respond.publishing():
        await respond.until(lambda all_: all_[0].publication.state is State.PUBLISHED)


@pytest.mark.parametrize(
    "harmless",
    [
        storm(1, severity=1),
        storm(1, level="watch", severity=1),
        storm(1, is_drill=True, severity=4),
        storm(0),
    ],
    ids=["local", "watch", "drill", "old"],
)
async def test_what_does_not_freeze(
    respond: Respond, network: Scripted, handler: FreezeHandler, harmless: Received[StormChanged]
) -> None:
    await handler.on_storm_changed([harmless])
    assert await told(respond) == []
    assert await respond.store.freezes.frozen(CASA) == frozenset()


async def test_repeats_and_old_news_change_nothing(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    later = datetime.now(UTC) + timedelta(seconds=1)
    freeze, release = wish(True), wish(False, requested_at=later)
    for one in (freeze, freeze, release, freeze, release):
        await handler.on_freeze_requested([one])
    for one in (storm(5), storm(5), storm(4, level="calm", severity=0)):
        await handler.on_storm_changed([one])
    assert [news.is_frozen for news in await told(respond)] == [True, False, True]
    assert [news.revision for news in await told(respond)] == [1, 2, 3]


async def test_a_freeze_that_was_cut_off_is_carried_out_by_the_repeat(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    reply_id = await praise(respond, CASA, 1)
    asked = wish(True)
    before = await respond.store.freezes.of_brand(CASA, datetime.now(UTC))
    from services.respond.domain.freezing import after_wish

    after = after_wish(before, asked.payload, datetime.now(UTC))
    assert await respond.store.freezes.put(CASA, before, after)
    await handler.on_freeze_requested([asked])
    (news,) = await told(respond)
    assert news.held == [reply_id]


async def test_a_wish_for_another_brand_is_refused(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    payload = wish(True).payload
    (outcome,) = await handler.on_freeze_requested(
        [Received(event_of(payload, NORD, "req_x"), payload)]
    )
    assert outcome.dead is not None
    assert await respond.store.freezes.frozen(CASA) == frozenset()


async def test_thousand_answers_due_that_second_are_held(
    respond: Respond, network: Scripted, handler: FreezeHandler
) -> None:
    messages = [message_of(CASA, f"100_{n}", author_id=f"a{n}") for n in range(1000)]
    await respond.classify(*(classified(one, labels_of(), CASA) for one in messages))
    await respond.brand(CASA, revision=2, mode="automatic")
    for n, one in enumerate(messages):
        await respond.release(one, CASA, f"Number {n}.")
    async with respond.publishing():
        await handler.on_freeze_requested([wish(True)])
        frozen_at = datetime.now(UTC)
        over = {State.PARKED, State.PUBLISHED}
        replies = await respond.until(lambda all_: all(r.publication.state in over for r in all_))
    sent = [r.publication.published_at for r in replies if r.publication.published_at]
    assert all(at - frozen_at < timedelta(seconds=5) for at in sent)
    assert len(sent) == len(network.calls)
    assert len(replies) - len(sent) > 0
