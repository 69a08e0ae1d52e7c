"""No call before a network's Retry-After is over, and no brand behind another brand's crowd."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from contracts import ids
from contracts.scope import BrandScope
from runtime.crypto import new_key
from services.respond.domain.publication import State
from services.respond.networks.protocol import (
    Absent,
    Backoff,
    Finding,
    Outcome,
    Publish,
    Sent,
    Unknown,
    Unreadable,
)
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    Respond,
    approved,
    classified,
    labels_of,
    make_respond,
    message_of,
)
from tests.service.respond.scripted import Scripted
from tests.service.respond.test_respond_moderating import ask, until_settled, wish_of

WAIT_S = 1.5
THROTTLED = Backoff("facebook.throttled", "too many calls", WAIT_S)


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Scripted("facebook")
    respond.networks["facebook"] = one
    await respond.connection(CASA, "facebook", "100")
    return one


async def release(respond: Respond, scope: BrandScope, account: str, count: int) -> None:
    """Approve answers to so many messages of one account."""
    messages = [message_of(scope, f"{account}_c{n}", account=account) for n in range(count)]
    await respond.classify(*(classified(one, labels_of(), scope) for one in messages))
    await respond.handlers.on_reply_approved(
        [approved(one, scope, f"Number {n}.") for n, one in enumerate(messages)]
    )


def once(first: Outcome) -> object:
    left = [first]

    def answer(_: Publish) -> Outcome:
        return left.pop() if left else Sent(f"ext_{time.monotonic_ns()}")

    return answer


def gap_s(network: Scripted) -> float:
    """The silence after the first call."""
    return network.calls[1].at_s - network.calls[0].at_s


async def test_answers_and_acts_wait_for_the_same_retry_after(
    respond: Respond, network: Scripted
) -> None:
    network.on_publish = once(THROTTLED)  # type: ignore[assignment]
    await release(respond, CASA, "100", 1)
    await respond.courier.take(await respond.only_reply())
    await release(respond, CASA, "100", 5)
    await ask(respond, wish_of(message_of(CASA, "100_c0"), "hide"))
    async with respond.publishing():
        await until_settled(respond)
        await respond.until(lambda all_: all(r.publication.state is State.PUBLISHED for r in all_))
    assert gap_s(network) >= WAIT_S
    assert len(network.calls) == 7


async def test_a_look_waits_too_and_is_waited_for(respond: Respond, network: Scripted) -> None:
    findings: list[Finding] = [
        Unreadable("facebook.throttled", "slow down", wait_s=WAIT_S), Absent(), Absent(),
    ]  # fmt: skip
    network.on_publish = once(Unknown("network.answer_lost", "lost"))  # type: ignore[assignment]
    network.on_find = lambda _: findings.pop(0)
    await release(respond, CASA, "100", 1)
    await respond.courier.take(await respond.only_reply())
    await respond.make_due()
    await respond.courier.take(await respond.only_reply())
    await respond.make_due()
    await respond.courier.take(await respond.only_reply())
    assert [call.kind for call in network.calls] == ["publish", "find"]
    assert (await respond.only_reply()).publication.state is State.UNKNOWN
    await ask(respond, wish_of(message_of(CASA, "100_c0"), "hide"))
    async with respond.publishing():
        await until_settled(respond)
    assert network.of("moderate")[0].at_s - network.of("find")[0].at_s >= WAIT_S


@pytest.fixture
async def pair(mongo_url: str, database_prefix: str) -> AsyncIterator[tuple[Respond, Respond]]:
    """Two processes on one database, one after the other."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        key = new_key()
        both = [await make_respond(mongo_url, database_prefix, client, key=key) for _ in range(2)]
        await both[0].brand(CASA)
        yield both[0], both[1]
        for one in both:
            await one.database.stop()


async def test_a_restart_does_not_shorten_the_wait(pair: tuple[Respond, Respond]) -> None:
    first, second = pair
    network = Scripted("facebook")
    first.networks["facebook"] = second.networks["facebook"] = network
    network.on_publish = once(THROTTLED)  # type: ignore[assignment]
    await first.connection(CASA, "facebook", "100")
    await release(first, CASA, "100", 1)
    await first.courier.take(await first.only_reply())
    await release(first, CASA, "100", 3)
    async with second.publishing():
        await second.until(lambda all_: all(r.publication.state is State.PUBLISHED for r in all_))
    assert gap_s(network) >= WAIT_S
    assert len(network.calls) == 4


async def test_a_network_that_does_not_say_gets_a_minute(
    respond: Respond, network: Scripted
) -> None:
    network.on_publish = lambda _: Backoff("facebook.throttled", "too many calls")
    await release(respond, CASA, "100", 1)
    await respond.courier.take(await respond.only_reply())
    until = respond.rests.until(ids.connection_id(CASA.brand_id, "facebook", "100"))
    assert until is not None
    assert 55 < (until - datetime.now(UTC)).total_seconds() <= 60.1
    due_at = (await respond.only_reply()).publication.due_at
    assert due_at is not None
    assert due_at > datetime.now(UTC)


async def test_one_loud_brand_does_not_delay_another(respond: Respond, network: Scripted) -> None:
    network.delay_s = 0.3
    for account in range(25):
        await respond.connection(CASA, "facebook", str(account))
        await release(respond, CASA, str(account), 20)
    await respond.connection(NORD, "facebook", "900")
    async with respond.publishing():
        while len(network.calls) < 20:
            await respond.clock.sleep(0.01)
        released_at = time.monotonic()
        before = len(network.calls)
        await release(respond, NORD, "900", 1)
        respond.publisher.nudge()
        while not any(call.account.account_id == "900" for call in network.calls):
            await respond.clock.sleep(0.01)
        calls = [call.account.account_id for call in network.calls]
        waited_s = time.monotonic() - released_at
        # The crowd of 500 is far from done: end without it.
        network.delay_s = 0
    assert len(calls) < 200
    assert calls.index("900") - before <= 8
    assert waited_s < 1.0


async def test_two_loud_brands_get_the_same(respond: Respond, network: Scripted) -> None:
    network.delay_s = 0.05
    for scope, first in ((CASA, 0), (NORD, 50)):
        for account in range(first, first + 10):
            await respond.connection(scope, "facebook", str(account))
            await release(respond, scope, str(account), 8)
    async with respond.publishing():
        while len(network.calls) < 100:
            await respond.clock.sleep(0.01)
        seen = [int(call.account.account_id) < 50 for call in network.calls[:100]]
    assert 35 <= sum(seen) <= 65
