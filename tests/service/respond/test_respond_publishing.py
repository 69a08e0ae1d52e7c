"""Publishing to the sandbox: once, whatever gets lost on the way."""

import asyncio
from typing import Any

import pytest

from contracts.replies import ReplyFailed, ReplyPublished
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from services.respond.domain.publication import State
from services.respond.records import Reply
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    AtSandbox,
    Respond,
    approved,
    classified,
    labels_of,
)

BRANDS = {CASA: "casa-verde", NORD: "nordlicht"}
NETWORKS = ["facebook", "mastodon"]


def are_settled(replies: list[Reply]) -> bool:
    return all(reply.publication.due_at is None for reply in replies)


def all_are(*states: State) -> Any:
    return lambda replies: bool(replies) and all(r.publication.state in states for r in replies)


async def approve(respond: Respond, place: AtSandbox, count: int = 1, **more: Any) -> list[Any]:
    messages = [place.writes(number, **more) for number in range(count)]
    scope = place.scope
    await respond.classify(*(classified(one, labels_of(), scope) for one in messages))
    batch = [approved(m, scope, f"We open at nine, number {n}.") for n, m in enumerate(messages)]
    await respond.handlers.on_reply_approved(batch)
    return messages


@pytest.mark.parametrize("network", NETWORKS)
async def test_an_approved_answer_is_published_once(
    respond: Respond, sandbox: Sandbox, network: str
) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, network, "casa-verde")
    (message,) = await approve(respond, place)
    async with respond.publishing():
        await respond.until(are_settled)
    (entry,) = sandbox.ledger.entries()
    (told,) = await respond.told("reply.published")
    receipt = told.read(ReplyPublished)
    assert (receipt.external_id, receipt.how, receipt.attempts) == (entry.id, "sent", 1)
    assert receipt.text == entry.text
    assert entry.in_reply_to == message.external_id
    if network == "mastodon":
        assert entry.text.startswith(f"@{message.author_handle} ")


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
async def test_never_more_public_than_the_parent(
    respond: Respond, sandbox: Sandbox, visibility: str
) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "mastodon", "casa-verde")
    await approve(respond, place, visibility=visibility)
    async with respond.publishing():
        await respond.until(are_settled)
    (entry,) = sandbox.ledger.entries()
    answer = sandbox.world.item("mastodon", entry.id)
    assert answer is not None
    assert answer.visibility == visibility


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["apply_then_drop", "apply_then_5xx"])
async def test_lost_answers_are_found_and_nothing_is_posted_twice(
    respond: Respond, sandbox: Sandbox, kind: Any
) -> None:
    sandbox.misbehaviour.add(Wish(kind=kind, share=0.2, seed=7))
    places = [
        await AtSandbox.connect(respond, sandbox, scope, network, brand)
        for scope, brand in BRANDS.items()
        for network in NETWORKS
    ]
    for place in places:
        await approve(respond, place, 15)
    async with respond.publishing():
        replies = await respond.until(are_settled, within_s=60)
    assert len(replies) == 60
    assert {reply.publication.state for reply in replies} == {State.PUBLISHED}
    assert len(sandbox.ledger.entries()) == 60
    assert sandbox.ledger.duplicates() == []
    found = [reply for reply in replies if reply.publication.how == "found"]
    lost = [entry for entry in sandbox.ledger.entries() if entry.outcome != "answered"]
    assert len(found) == len(lost) > 0
    assert {r.publication.external_id for r in replies} == {e.id for e in sandbox.ledger.entries()}


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
async def test_a_request_that_never_arrived_is_sent_again(
    respond: Respond, sandbox: Sandbox, network: Any
) -> None:
    sandbox.misbehaviour.add(Wish(kind="drop", count=1, network=network))
    place = await AtSandbox.connect(respond, sandbox, CASA, network, "casa-verde")
    await approve(respond, place)
    async with respond.publishing():
        (reply,) = await respond.until(are_settled)
    assert (reply.publication.state, reply.publication.attempts) == (State.PUBLISHED, 2)
    assert len(sandbox.ledger.entries()) == 1


async def test_a_process_that_dies_in_the_call_leaves_an_unknown_that_is_found(
    respond: Respond, sandbox: Sandbox
) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "facebook", "casa-verde")
    await approve(respond, place)
    rule = sandbox.misbehaviour.add(Wish(kind="slow", delay_s=0.3, operation="publish"))
    taking = asyncio.create_task(respond.courier.take(await respond.only_reply()))
    while not rule.struck:
        await asyncio.sleep(0.01)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert (await respond.only_reply()).publication.state is State.SENDING
    async with respond.publishing():
        await asyncio.sleep(0.4)
        assert len(sandbox.ledger.entries()) == 1
        await respond.make_due()
        (reply,) = await respond.until(are_settled)
    assert reply.publication.how == "found"
    assert len(sandbox.ledger.entries()) == 1


async def test_two_publishers_send_one_answer(respond: Respond, sandbox: Sandbox) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "mastodon", "casa-verde")
    await approve(respond, place)
    reply = await respond.only_reply()
    await asyncio.gather(*(respond.courier.take(reply) for _ in range(8)))
    assert len(sandbox.ledger.entries()) == 1


async def test_a_rate_limit_is_obeyed_and_told(respond: Respond, sandbox: Sandbox) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "mastodon", "casa-verde")
    rule = sandbox.misbehaviour.add(
        Wish(kind="rate_limited", count=1, network="mastodon", retry_after_s=2)
    )
    await approve(respond, place, 3)
    async with respond.publishing():
        await respond.until(are_settled)
    failed = [event.read(ReplyFailed) for event in await respond.told("reply.failed")]
    assert [(one.state, one.code) for one in failed] == [("waiting", "mastodon.throttled")]
    assert failed[0].next_try_at is not None
    assert rule.struck == 1
    assert len(sandbox.ledger.entries()) == 3


async def test_a_revoked_grant_waits_for_the_account_to_come_back(
    respond: Respond, sandbox: Sandbox
) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "facebook", "casa-verde")
    revoked = place.account.model_copy(update={"is_token_revoked": True})
    sandbox.world.put_account(revoked)
    await approve(respond, place, 2)
    async with respond.publishing():
        await respond.until(all_are(State.WAITING))
        failed = [event.read(ReplyFailed) for event in await respond.told("reply.failed")]
        assert {(one.state, one.code) for one in failed} == {("waiting", "connection.reauthorise")}
        sandbox.world.put_account(place.account)
        await respond.connection(
            CASA, "facebook", place.account.id, token=place.account.token, revision=2,
            base_url=f"{sandbox.origin}/graph",
        )  # fmt: skip
        await respond.until(all_are(State.PUBLISHED))
    assert len(sandbox.ledger.entries()) == 2


async def test_a_deleted_target_is_refused_with_the_reason(
    respond: Respond, sandbox: Sandbox
) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "facebook", "casa-verde")
    (message,) = await approve(respond, place)
    item = sandbox.world.item("facebook", message.external_id)
    assert item is not None
    sandbox.world.delete(item)
    async with respond.publishing():
        await respond.until(are_settled)
    (told,) = await respond.told("reply.failed")
    failed = told.read(ReplyFailed)
    assert (failed.state, failed.code) == ("failed", "facebook.target_gone")
    assert "does not exist" in failed.reason


async def test_too_long_a_text_is_never_sent(respond: Respond, sandbox: Sandbox) -> None:
    place = await AtSandbox.connect(respond, sandbox, CASA, "mastodon", "casa-verde")
    message = place.writes(1)
    await respond.classify(classified(message, labels_of(), CASA))
    await respond.handlers.on_reply_approved([approved(message, CASA, "x" * 600)])
    async with respond.publishing():
        (reply,) = await respond.until(are_settled)
    assert (reply.publication.state, reply.publication.code) == (State.FAILED, "text.too_long")
    assert sandbox.ledger.entries() == []
