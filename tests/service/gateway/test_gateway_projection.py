"""The projection in MongoDB comes to what the pure join says, in any order and under repeats."""

from __future__ import annotations

import random
from datetime import timedelta

from gateway_world import (
    START,
    World,
    classified,
    drafted,
    failed,
    labels_of,
    message,
    published,
    received,
)

from contracts.envelope import Payload
from contracts.topics import MESSAGE_RECEIVED
from services.gateway.domain import inbox

READ = {
    "MessageReceived": inbox.of_received,
    "MessageClassified": inbox.of_classified,
    "ReplyDrafted": inbox.of_reply,
    "ReplyPublished": inbox.of_reply,
    "ReplyFailed": inbox.of_reply,
}


def story(brand_id: str) -> list[Payload]:
    first = message(brand_id, text="$price of {name}?", is_late=True)
    edited = message(
        brand_id, action="edited", text="When?", version="2026-11-01T12:05:00.000000Z",
        edited_at=START + timedelta(minutes=5), received_at=START + timedelta(minutes=6),
    )  # fmt: skip
    hidden = message(brand_id, action="hidden", text=None, version="2026-11-01T12:06:00.000000Z")
    shown = message(brand_id, action="unhidden", text=None, version="2026-11-01T12:07:00.000000Z")
    late = drafted(edited, brand_id, drafted_at=START + timedelta(minutes=7), mode="hold")
    return [
        first,
        edited,
        hidden,
        shown,
        classified(first, 10, labels_of("praise")),
        classified(edited, 70),
        drafted(first, brand_id),
        late,
        failed(edited, brand_id, state="waiting", revision=1),
        failed(edited, brand_id, state="unknown", revision=2),
        published(edited, brand_id),
    ]


async def check(world: World, brand: str, events: list[Payload]) -> None:
    scope = world.scopes[brand]
    await world.play(brand, *events)
    facts = [READ[type(event).__name__](scope, event) for event in events]  # type: ignore[operator]
    (joined,) = inbox.join_all(facts)
    expected = inbox.document(joined)
    stored = await world.document(brand, expected["_id"])
    assert (stored.pop("stored_at", None) is not None) == ("content" in expected)
    assert (stored.pop("labelled_at", None) is not None) == ("labels" in expected)
    assert (stored.pop("source", None) is not None) == ("content" in expected)
    assert stored == expected


async def test_any_order_and_repeats_come_to_the_same(world: World) -> None:
    chance = random.Random(7)
    scope = world.scopes["north/casa"]
    for _ in range(40):
        events = story(scope.brand_id)
        picked = chance.sample(events, chance.randint(1, len(events)))
        if chance.random() < 0.3:
            picked.append(
                message(scope.brand_id, action="deleted", text=None, version="2026-11-01T12:01")
            )
        await check(world, "north/casa", picked + chance.choices(picked, k=3))
        await world.database.messages.delete({"brand_id": scope.brand_id})


async def test_a_batch_with_many_events_of_one_message_is_one_document(world: World) -> None:
    scope = world.scopes["north/casa"]
    batch = received(
        scope, *(message(scope.brand_id, text=f"t{n}", version=str(n)) for n in range(9))
    )
    await world.routes[MESSAGE_RECEIVED](batch * 2)
    stored = await world.document("north/casa", batch[0].payload.message_id)
    assert stored["content"]["text"] == "t8"
    assert stored["state"] == "open"


async def test_an_event_whose_payload_names_another_brand_is_dead(world: World) -> None:
    foreign = world.scopes["south/mar"].brand_id
    about = message(foreign)
    (outcome,) = await world.play("north/casa", drafted(about, foreign))
    assert outcome.dead.code == "event.wrong_brand"
    assert await world.database.messages.count({"brand_id": foreign}) == 0


async def test_people_and_events_do_not_undo_each_other(world: World) -> None:
    scope = world.scopes["north/casa"]
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = message(scope.brand_id)
    await world.play("north/casa", about)
    await world.deps.items.close(ana.scope, ana, about.message_id)
    await world.play("north/casa", classified(about), drafted(about, scope.brand_id), about)
    assert (await world.document("north/casa", about.message_id))["state"] == "done"
    await world.deps.items.reopen(ana.scope, ana, about.message_id)
    await world.play("north/casa", classified(about), about)
    assert (await world.document("north/casa", about.message_id))["state"] == "open"


async def test_threads_span_their_messages(world: World) -> None:
    brand_id = world.scopes["north/casa"].brand_id
    later = message(brand_id, "c2", created_at=START + timedelta(hours=1))
    await world.play("north/casa", later, message(brand_id, "c1"), later)
    thread = await world.database.threads.find_one({"brand_id": brand_id})
    assert thread is not None
    assert (thread["first_at"], thread["last_at"]) == (START, START + timedelta(hours=1))
