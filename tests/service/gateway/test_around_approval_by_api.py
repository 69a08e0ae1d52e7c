"""Ways around approval by the gateway's own doors: nothing is put on its way to the publisher."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
from gateway_world import World
from test_gateway_consents import NINE, TWO, people
from test_gateway_replies import asked, waiting

from contracts.brands import Policy
from contracts.messages import MessageReceived
from services.gateway.deps import BrandChange

Way = Callable[[World, MessageReceived], Awaitable[object]]


@pytest.fixture
def driver() -> str:
    return "motor"


async def post(client: httpx.AsyncClient, about: MessageReceived, **more: object) -> int:
    body = {"text": NINE, "revision": 0, **more}
    path = f"/api/v1/messages/{about.message_id}/approve"
    return (await client.post(path, json=body)).status_code


def by(email: str, times: int = 1, **more: object) -> Way:
    async def way(world: World, about: MessageReceived) -> None:
        client = await world.signed_in(email)
        for at in range(times):
            await post(client, about, **{"revision": at, **more})

    return way


def by_key(role: str) -> Way:
    async def way(world: World, about: MessageReceived) -> None:
        token = await world.key("north", "machine", {"casa": role})  # type: ignore[dict-item]
        await post(world.client(authorization=f"Bearer {token}"), about)

    return way


async def without_session(world: World, about: MessageReceived) -> None:
    assert await post(world.client(), about) == 401


async def without_csrf(world: World, about: MessageReceived) -> None:
    client = await world.signed_in("bea@north.test")
    client.headers.pop("x-csrf-token")
    assert await post(client, about) == 403


async def from_another_site(world: World, about: MessageReceived) -> None:
    client = await world.signed_in("bea@north.test")
    client.headers["sec-fetch-site"] = "cross-site"
    assert await post(client, about) == 403


async def after_removal(world: World, about: MessageReceived) -> None:
    clients = [await world.signed_in(f"{name}@north.test") for name in ("bea", "cleo")]
    await post(clients[0], about)
    brand_id = world.scopes["north/casa"].brand_id
    await world.stores.people.grant(
        world.system("north"), world.people["bea@north.test"], brand_id, None
    )
    await post(clients[1], about, revision=1)


async def two_texts(world: World, about: MessageReceived) -> None:
    clients = [await world.signed_in(f"{name}@north.test") for name in ("bea", "cleo")]
    await post(clients[0], about)
    await post(clients[1], about, revision=1, text="We never close.")


async def two_ways(world: World, about: MessageReceived) -> None:
    clients = [await world.signed_in(f"{name}@north.test") for name in ("bea", "cleo")]
    await post(clients[0], about)
    await post(clients[1], about, revision=1, is_private=True)


async def after_a_no(world: World, about: MessageReceived) -> None:
    clients = [await world.signed_in(f"{name}@north.test") for name in ("bea", "cleo")]
    await post(clients[0], about)
    path = f"/api/v1/messages/{about.message_id}/reject"
    assert (await clients[0].post(path, json={"reason": "no", "revision": 1})).is_success
    await post(clients[1], about, revision=2)


async def more_in_the_body(world: World, about: MessageReceived) -> None:
    client = await world.signed_in("bea@north.test")
    for more in (
        {"consents": []},
        {"approved_by": {"kind": "policy"}},
        {"seal": {}},
        {"needs": []},
    ):
        assert await post(client, about, **more) == 422


async def forbidden_words(world: World, about: MessageReceived) -> None:
    clients = [await world.signed_in(f"{name}@north.test") for name in ("bea", "cleo")]
    for at, client in enumerate(clients):
        await post(client, about, revision=at, text="Call Ada at +49 30 901820-1234.")


async def link_guessed(world: World, about: MessageReceived) -> None:
    async with world.client() as browser:
        for token in ("", "A" * 43, about.message_id, "../login", "%00"):
            await browser.post(f"/approve/{token}", data={"act": "approve"})


WAYS: dict[str, Way] = {
    "as an agent": by("ana@north.test"),
    "as an approver alone": by("bea@north.test"),
    "as an approver twice": by("bea@north.test", times=2),
    "as the client alone": by("cleo@north.test"),
    "as a lead alone": by("lea@north.test"),
    "as an auditor": by("aud@north.test"),
    "as another brand's owner": by("vera@north.test"),
    "as another agency's owner": by("mia@south.test"),
    "as another brand's client": by("cora@north.test"),
    "as a machine that may answer": by_key("agent"),
    "as a machine that may approve": by_key("approver"),
    "without signing in": without_session,
    "without the form's token": without_csrf,
    "from another site": from_another_site,
    "with a consent of somebody who left": after_removal,
    "with two texts": two_texts,
    "with two ways": two_ways,
    "after a no": after_a_no,
    "with more in the body": more_in_the_body,
    "with words that must not leave": forbidden_words,
    "by a link that was guessed": link_guessed,
}


@pytest.mark.parametrize("name", WAYS)
async def test_nothing_is_let_go(world: World, name: str) -> None:
    lea = (await people(world))[3]
    await world.person("north", "aud@north.test", {"casa": "auditor"})
    await world.person("north", "vera@north.test", {"verde": "owner"})
    await world.person("north", "cora@north.test", {"verde": "client_approver"})
    await world.person("south", "mia@south.test", {"mar": "owner"})
    brand_id = world.scopes["north/casa"].brand_id
    change = BrandChange(1, policy=Policy(approvals=[TWO]))
    await world.deps.brands.change(lea.scope, lea, brand_id, change)
    about = await asked(world)
    await WAYS[name](world, about)
    types = [event.type for event in await waiting(world, about)]
    assert "reply.approved.v1" not in types
    assert "reply.expired.v1" not in types
