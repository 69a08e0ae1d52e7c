"""The life of a message: every step in order, with proof, for pages, spreadsheets and the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gateway_world import START, World, classified, drafted, labels_of, message, published

from contracts.replies import Assist, Draft


@pytest.fixture
def driver() -> str:
    return "motor"


async def lived(world: World) -> str:
    """Play a whole life: asked, drafted with help, changed, released, published, answered back."""
    await world.person("north", "ana@north.test", {"casa": "approver"})
    brand_id = world.scopes["north/casa"].brand_id
    angry = labels_of("complaint")
    angry = angry.model_copy(
        update={"sentiment": angry.sentiment.model_copy(update={"label": "negative"})}
    )
    about = message(brand_id, text="=My zip broke twice!", author_name="Ada Example")
    assist = Assist(
        model="m-large", prompt="Answer as Casa.", tokens_in=9, tokens_out=4, cost=0.0123,
        currency="EUR", seconds=0.4,
    )  # fmt: skip
    draft = Draft(draft_id="d1", text="We mend it.", language="en", assist=assist)
    told = drafted(about, brand_id, drafts=[draft])
    await world.play("north/casa", about, classified(about, 40, angry), told)
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}"
    saved = await client.put(f"{url}/draft", json={"text": "Ada, we mend it today.", "revision": 0})
    assert saved.status_code == 200
    body = {"text": "Ada, we mend it today.", "revision": 1}
    assert (await client.post(f"{url}/approve", json=body)).status_code in (200, 202, 204)
    later = message(
        brand_id, "c2", text="Thank you so much", created_at=START + timedelta(minutes=30)
    )
    glad = labels_of("praise")
    glad = glad.model_copy(
        update={"sentiment": glad.sentiment.model_copy(update={"label": "positive"})}
    )
    sent = published(about, brand_id, text="Ada, we mend it today.")
    await world.play("north/casa", sent, later, classified(later, 5, glad))
    return about.message_id


async def test_every_step_is_there_in_order_with_proof(world: World) -> None:
    message_id = await lived(world)
    client = await world.signed_in("ana@north.test")
    life = (await client.get(f"/api/v1/messages/{message_id}/life")).json()
    kinds = [step["kind"] for step in life["steps"]]
    for kind in ("delivered", "labelled", "drafted", "approved", "published", "reacted"):
        assert kind in kinds, kinds
    at = [step["at"] for step in life["steps"]]
    assert at == sorted(at)
    assert life["delivery_id"].startswith("evt_")
    assert life["prompts"] == ["Answer as Casa."]
    assert len(life["trail"]) >= 1
    assert [one["shift"] for one in life["reactions"]] == [2]
    (care,) = life["care"]
    assert all(0 <= care[name] <= 100 for name in ("quick", "empathetic", "proactive"))
    drafting = next(step for step in life["steps"] if step["kind"] == "drafted")
    assert drafting["facts"]["cost"] == "0.0123 EUR"


async def test_the_page_and_the_table_show_it(world: World) -> None:
    message_id = await lived(world)
    client = await world.signed_in("ana@north.test")
    page = (await client.get(f"/inbox/m/{message_id}/life")).text
    assert "Life of a message" in page
    assert "Ada, we mend it today." in page
    table = await client.get(f"/inbox/m/{message_id}/life.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "'=My zip broke twice!" in table.text


async def test_a_message_that_nobody_touched_has_a_short_life(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    about = message(world.scopes["north/casa"].brand_id)
    await world.play("north/casa", about)
    client = await world.signed_in("ana@north.test")
    life = (await client.get(f"/api/v1/messages/{about.message_id}/life")).json()
    assert [step["kind"] for step in life["steps"]] == ["delivered"]
    assert (life["care"], life["reactions"], life["trail"]) == ([], [], [])
