"""A Bluesky account through the whole of ingest: connected by form, streamed, and lost when its password goes."""

from typing import Any

import httpx
import pytest

from contracts.topics import CONNECTION_CHANGED, MESSAGE_RECEIVED
from tests.service import test_lifecycle

pytestmark = pytest.mark.kafka
world = test_lifecycle.world
DID, NAME, PASSWORD = "did:plc:brandbrandbrandbrandbra1", "brand.example.com", "abcd-efgh"


async def control(world: Any, path: str, **body: object) -> Any:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{world.sandbox.origin}/__control/{path}", json=body)
    answer.raise_for_status()
    return answer.json()


async def emit(world: Any, **wish: object) -> Any:
    return await control(world, "emit", network="bluesky", account=DID, **wish)


async def connect(world: Any) -> Any:
    origin = world.sandbox.origin
    stream = f"{origin.replace('http', 'ws', 1)}/bluesky/jetstream/subscribe"
    request = await world.ask(
        "connect",
        {"token": PASSWORD},
        network="bluesky",
        base_url=f"{origin}/bluesky",
        options={"identifier": NAME, "jetstream": stream},
    )
    return await world.changed(request)


async def test_an_account_is_connected_streamed_and_lost(world: Any) -> None:
    account = {"network": "bluesky", "id": DID, "brand": "b", "name": "Brand", "handle": NAME}
    await control(world, "accounts", **account, token=PASSWORD)
    old = await emit(world, kind="comment", text="before")
    made = await connect(world)
    assert (made.account_id, made.handle, made.name) == (DID, NAME, "Brand")
    assert (made.options["did"], made.state) == (DID, "active")

    async def arrives(item_id: str, action: str = "created") -> Any:
        def is_it(one: Any) -> bool:
            return bool(one.external_id == item_id and one.action == action)

        return await world.heard.until(MESSAGE_RECEIVED, is_it)

    first = await arrives(old["id"])
    assert first.author_handle == "robinexample.bsky.social"
    post = await arrives(old["post_id"])
    assert (post.kind, post.is_own, post.thread_id) == ("post", True, first.thread_id)
    new = await emit(world, kind="reply", id=old["id"], text="and now?")
    second = await arrives(new["id"])
    assert second.thread_id == first.thread_id
    await emit(world, kind="delete", id=old["id"])
    assert (await arrives(old["id"], "deleted")).message_id == first.message_id
    created = [one for one in world.heard.of(MESSAGE_RECEIVED) if one.action == "created"]
    ids = {one.message_id for one in created if not one.is_own}
    assert ids == {first.message_id, second.message_id}
    async with httpx.AsyncClient() as http:
        told = (await http.get(f"{world.sandbox.origin}/__control/requests")).json()
    sign_ins = [one for one in told["requests"] if one["path"].endswith("createSession")]
    assert len(sign_ins) == 1

    known = world.sandbox.world.account("bluesky", DID)
    known.is_token_revoked = True
    await world.ask("check", connection_id=made.connection_id)
    lost = await world.heard.until(
        CONNECTION_CHANGED, lambda one: one.state == "needs_reauthorisation"
    )
    assert lost.connection_id == made.connection_id
