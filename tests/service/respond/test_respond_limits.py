"""What keeps automatic answers back, the holding reply, and the switch that stops all of it at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.approval import sealed_bytes
from contracts.brands import Hours, NeverSay, Phrases, Policy, Voice, WordingRules
from contracts.messages import MessageReceived
from contracts.replies import ReplyDrafted, ReplyExpired, ReplyFailed, ReplyPublished, Seal
from runtime.stage import Outcome, Received
from services.respond.domain.publication import State
from services.respond.holding import HoldingHandler
from services.respond.voices import Voices
from tests.service.respond.respond_world import (
    CASA,
    HOURS,
    SIGNER,
    Respond,
    brand_of,
    classified,
    event_of,
    labels_of,
    message_of,
    target_of,
)
from tests.service.respond.scripted import Scripted

NEVER: list[list[tuple[str, str]]] = [[] for _ in range(7)]
HOLDING = Phrases(
    language="en", greetings=[], closings=[], thanks=[], apologies=[], handovers=[],
    disclosure="Sent automatically.", holding="We come back to you today.",
)  # fmt: skip


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Scripted("facebook")
    respond.networks["facebook"] = one
    await respond.connection(CASA, "facebook", "100")
    return one


async def automatic(respond: Respond, revision: int = 2, **more: Any) -> None:
    policy = Policy(**{"mode": "automatic"} | more.pop("policy", {}))
    brand = brand_of(CASA, revision).model_copy(update={"policy": policy, **more})
    event = event_of(brand, CASA, CASA.brand_id, str(revision))
    await respond.handlers.on_brand_changed([Received(event, brand)])


async def praise(respond: Respond, count: int, **labels: Any) -> list[ReplyDrafted]:
    messages = [
        message_of(CASA, f"100_{n}", text="Lovely!", author_id=f"a{n}") for n in range(count)
    ]
    told = await respond.classify(
        *(
            classified(one, labels_of("praise", "positive").model_copy(update=labels), CASA)
            for one in messages
        )
    )
    mine = [event.read(ReplyDrafted) for event in await respond.told("reply.drafted")]
    return mine + [event.read(ReplyDrafted) for one in told for event in one.events]


@pytest.mark.parametrize(
    ("change", "labels", "code"),
    [
        ({"policy": {"hours": Hours(timezone="Europe/Madrid", days=NEVER)}}, {}, "automatic.hours"),
        ({"policy": {"hours": Hours(timezone="No/Where", days=NEVER)}}, {}, "automatic.hours"),
        ({}, {"unsure": ["intent"]}, "automatic.unsure"),
        ({"policy": {"per_brand_per_hour": 0}}, {}, "automatic.brand_limit"),
        ({"channels": {"facebook": Policy(mode="hold")}}, {}, "policy.hold"),
        ({"channels": {"facebook": Policy(mode="suggest")}}, {}, "policy.suggest"),
        ({"policy": {"is_automatic_stopped": True}}, {}, "automatic.stopped"),
    ],
)
async def test_each_limit_holds_it(
    respond: Respond, change: dict[str, Any], labels: dict[str, Any], code: str
) -> None:
    await automatic(respond, **change)
    (drafted,) = await praise(respond, 1, **labels)
    assert code in drafted.reasons
    assert drafted.approval != "none"
    assert await respond.replies() == []


async def test_the_whole_brand_sends_so_many_an_hour(respond: Respond) -> None:
    await automatic(respond, policy={"per_brand_per_hour": 3})
    drafted = await praise(respond, 5)
    assert sorted(one.approval for one in drafted) == ["approver"] * 2 + ["none"] * 3
    assert len(await respond.replies()) == 3


async def test_words_the_brand_never_says_are_not_proposed(respond: Respond) -> None:
    words = [fact.text.split()[-1].strip(".") for fact in [HOURS]]
    wording = WordingRules(never_say=[NeverSay(terms=words)])
    await automatic(respond, policy={"mode": "suggest"}, wording=wording)
    (told,) = await respond.classify(classified(message_of(CASA, "100_1"), labels_of(), CASA))
    drafted = told.events[0].read(ReplyDrafted)
    assert all(words[0] not in one.text for one in drafted.drafts)
    assert drafted.drafts or drafted.abstained == "wording.blocked"


async def test_what_no_person_sent_says_so(respond: Respond, network: Scripted) -> None:
    await automatic(respond)
    await praise(respond, 1)
    async with respond.publishing():
        await respond.until(lambda all_: all_[0].publication.state is State.PUBLISHED)
    (told,) = [event.read(ReplyPublished) for event in await respond.told("reply.published")]
    assert told.disclosure
    assert told.disclosure in told.text
    assert network.of("publish")[0].request.text == told.text


async def expire(respond: Respond, message: MessageReceived) -> Outcome:
    handler = HoldingHandler(
        respond.store, Voices(respond.store, {}), respond.networks, respond.desk, lambda: None
    )
    handler._voices = respond.answering._voices
    now = datetime.now(UTC)
    payload = ReplyExpired(
        **target_of(message, CASA), fallback="holding", message_version=message.version,
        brand_revision=2, expired_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    seal = Seal(key_id=SIGNER.key_id, signature=SIGNER.sign(sealed_bytes(payload)))
    payload = payload.model_copy(update={"seal": seal})
    event = event_of(payload, CASA, payload.reply_id, "expired")
    (outcome,) = await handler.on_reply_expired([Received(event, payload)])
    return outcome


@pytest.mark.parametrize("mode", ["hold", "automatic"])
async def test_the_holding_reply_stands_in_once(
    respond: Respond, network: Scripted, mode: str
) -> None:
    voice = Voice(phrases=[HOLDING])
    await automatic(respond, policy={"mode": mode, "fallback": "holding"}, voice=voice)
    message = message_of(CASA, "100_1", text="Where is my money?")
    labels = labels_of("complaint", "negative", urgency="2", needs_human="true")
    await respond.classify(classified(message, labels, CASA))
    for _ in range(3):
        assert (await expire(respond, message)).dead is None
    async with respond.publishing():
        await respond.until(lambda all_: all_[0].publication.state is State.PUBLISHED)
    (call,) = network.of("publish")
    assert call.request.text == "We come back to you today.\n\nSent automatically."
    (told,) = [event.read(ReplyPublished) for event in await respond.told("reply.published")]
    assert (told.approved_by.kind, told.disclosure) == ("policy", "Sent automatically.")


@pytest.mark.parametrize("policy", [{"is_automatic_stopped": True}, {"per_author_per_day": 0}])
async def test_a_holding_reply_that_may_not_leave_is_told(
    respond: Respond, network: Scripted, policy: dict[str, Any]
) -> None:
    voice = Voice(phrases=[HOLDING])
    await automatic(respond, policy={"fallback": "holding", **policy}, voice=voice)
    message = message_of(CASA, "100_1")
    await respond.classify(classified(message, labels_of("complaint", "negative"), CASA))
    await expire(respond, message)
    (told,) = [event.read(ReplyFailed) for event in await respond.told("reply.failed")]
    assert told.code.startswith("automatic.")
    assert network.calls == []


async def test_the_switch_stops_what_is_queued(respond: Respond, network: Scripted) -> None:
    network.delay_s = 0.02
    await automatic(respond, policy={"per_brand_per_hour": 10_000})
    await praise(respond, 400)
    async with respond.publishing():
        while len(network.calls) < 40:
            await respond.clock.sleep(0.005)
        pressed_s = time.monotonic()
        await automatic(respond, 3, policy={"is_automatic_stopped": True})
        replies = await respond.until(
            lambda all_: not any(r.publication.due_at for r in all_), within_s=60
        )
    last_s = max(call.at_s for call in network.calls)
    print(f"\nlast automatic reply {last_s - pressed_s:.3f} s after the press")  # noqa: T201
    assert last_s - pressed_s < 1.0
    stopped = [r for r in replies if r.publication.code == "automatic.stopped"]
    assert len(stopped) == 400 - len(network.of("publish")) > 100
