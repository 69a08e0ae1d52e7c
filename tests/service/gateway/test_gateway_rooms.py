"""The storm room: numbers then and now, threads and examples by link, the answered share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gateway_world import World, classified, drafted, head, labels_of, message, published
from storm_makers import OPENED, freeze, incident_of, storm

from contracts.messages import Labels, MessageReceived
from contracts.storms import ThreadCount, TopicCount
from runtime.errors import NotFound


@pytest.fixture
def driver() -> str:
    return "motor"


def angry() -> Labels:
    return labels_of("complaint").model_copy(update={"sentiment": head("negative", "neutral")})


async def three_angry(world: World, brand: str = "north/casa") -> list[MessageReceived]:
    brand_id = world.scopes[brand].brand_id
    texts = ("Where is my refund?", "Refund my money now", "You never refund anybody")
    made = [
        message(brand_id, f"a{n}", text=text, author_id=f"u{n}", author_name=f"Person {n}",
                created_at=OPENED + timedelta(minutes=n))
        for n, text in enumerate(texts)
    ]  # fmt: skip
    for one in made:
        await world.play(brand, one, classified(one, labels=angry()), drafted(one, brand_id))
    return made


async def a_long_storm(world: World) -> tuple[str, list[MessageReceived]]:
    brand_id = world.scopes["north/casa"].brand_id
    made = await three_angry(world)
    first = TopicCount(topic_hash="t1", name="refund", messages=40, hostile=38)
    new = TopicCount(
        topic_hash="t2", name="boycott", messages=9, hostile=9, message_id=made[1].message_id
    )
    root = ThreadCount(
        thread_id=made[0].thread_id, message_id=made[0].message_id, messages=64, hostile=46
    )
    for revision in range(1, 16):
        topics = [first] if revision < 12 else [first, new]
        told = storm(
            brand_id, revision, hostile=10 + 4 * revision, is_tick=revision > 1, topics=topics,
            threads=[root], examples=[one.message_id for one in made],
        )  # fmt: skip
        await world.play("north/casa", told)
    return incident_of(brand_id), made


async def test_the_room_compares_with_ten_minutes_ago(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    incident_id, made = await a_long_storm(world)
    brand_id = world.scopes["north/casa"].brand_id
    answer = published(made[0], brand_id, published_at=OPENED + timedelta(minutes=9))
    await world.play("north/casa", answer)
    room = await world.deps.storms.rooms.room(ana.scope, incident_id)
    (hostile,) = [one for one in room.changes if one.name == "hostile"]
    assert (hostile.then, hostile.now, hostile.difference) == (30, 70, 40)
    assert room.compared_at == OPENED + timedelta(minutes=5)
    assert [topic.name for topic in room.new_topics] == ["boycott"]
    assert room.origin is not None and room.origin.message is not None
    assert room.origin.message.text == "Where is my refund?"
    assert [one.text for one in room.examples] == [one.text for one in made]
    assert (room.negative, room.answered) == (3, 1)


async def test_a_first_minute_compares_with_nothing(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    await world.play("north/casa", storm(brand_id, 1))
    room = await world.deps.storms.rooms.room(ana.scope, incident_of(brand_id))
    assert (room.changes, room.new_topics, room.origin, room.negative) == ([], [], None, 0)
    mia = await world.person("south", "mia@south.test", {"mar": "owner"})
    with pytest.raises(NotFound):
        await world.deps.storms.rooms.room(mia.scope, incident_of(brand_id))


async def test_the_page_shows_it_and_hostile_text_stays_text(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "lead"})
    client = await world.signed_in("ana@north.test")
    brand_id = world.scopes["north/casa"].brand_id
    evil = "<script>alert(1)</script>"
    await world.play("north/casa", storm(brand_id, 1))
    early = await client.get(f"/storms/{incident_of(brand_id)}")
    assert early.status_code == 200, early.text
    assert "The curve appears with the second minute" in early.text
    topic = TopicCount(topic_hash="t9", name=evil, messages=3, hostile=3)
    await world.play("north/casa", storm(brand_id, 2, topics=[topic]), freeze(brand_id, 3))
    page = (await client.get(f"/storms/{incident_of(brand_id)}")).text
    assert evil not in page and "&lt;script&gt;" in page
    for sentence in ("Hostile messages", "about 400", "250 to 700 messages", "Frozen", "expected"):
        assert sentence in page
    assert 'role="img"' in page and "mark-freeze" in page
