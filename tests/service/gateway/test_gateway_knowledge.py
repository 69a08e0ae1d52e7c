"""What a brand knows, through the API and the page, and what is announced of it."""

from __future__ import annotations

import pytest
from gateway_world import World, classified, message

from contracts.envelope import Event
from contracts.knowledge import KnowledgeChanged
from contracts.scope import BrandScope

SAVED = {"title": "Late parcel", "language": "en", "text": "Hello {name}, I look for it now."}


@pytest.fixture
def driver() -> str:
    return "motor"


async def announced(world: World, entry_id: str) -> list[KnowledgeChanged]:
    where = {"_id": entry_id, "brand_id": world.scopes["north/casa"].brand_id}
    found = await world.database.entries.find_one(where)
    assert found is not None
    return [Event.decode(one["event"]).read(KnowledgeChanged) for one in found["outbox"]]


async def test_an_entry_is_written_changed_and_taken_out_and_each_is_announced(
    world: World,
) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/brands/{world.scopes['north/casa'].brand_id}/entries"
    made = await client.post(url, json=SAVED)
    assert made.status_code == 201
    entry_id = made.json()["entry"]["entry_id"]
    body = {"revision": 1, "entry": {**SAVED, "text": "Hello {name}!"}}
    assert (await client.put(f"/api/v1/entries/{entry_id}", json=body)).status_code == 204
    assert (await client.put(f"/api/v1/entries/{entry_id}", json=body)).status_code == 409
    gone = await client.delete(f"/api/v1/entries/{entry_id}?revision=2")
    assert gone.status_code == 204
    assert (await client.get(url)).json() == []
    told = await announced(world, entry_id)
    assert [(one.revision, one.entry.text if one.entry else None) for one in told] == [
        (1, SAVED["text"]),
        (2, "Hello {name}!"),
        (3, None),
    ]


async def test_who_may_only_look_may_not_write(world: World) -> None:
    await world.person("north", "aud@north.test", {"casa": "auditor"})
    client = await world.signed_in("aud@north.test")
    url = f"/api/v1/brands/{world.scopes['north/casa'].brand_id}/entries"
    answer = await client.post(url, json=SAVED)
    assert (answer.status_code, answer.json()["code"]) == (403, "entry.not_yours")


async def test_saved_replies_come_filled_in_for_the_message(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    brand_id = world.scopes["north/casa"].brand_id
    await client.post(f"/api/v1/brands/{brand_id}/entries", json=SAVED)
    about = message(brand_id, author_name="Ada Example")
    await world.play("north/casa", about, classified(about))
    found = await client.get(f"/api/v1/messages/{about.message_id}/saved-replies")
    assert [one["text"] for one in found.json()] == ["Hello Ada, I look for it now."]
    assert found.json()[0]["is_other_language"] is False
    none = await client.get(f"/api/v1/messages/{about.message_id}/saved-replies?query=refund")
    assert none.json() == []
    part = await client.get(f"/inbox/m/{about.message_id}/saved?q=late")
    assert "Late parcel" in part.text


async def test_the_page_writes_brings_in_and_lists_what_is_stale(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    brand_id = world.scopes["north/casa"].brand_id
    url = f"/brands/{brand_id}/knowledge"
    form = {**SAVED, "kind": "saved", "entry_id": ""}
    assert (await client.post(url, data=form)).status_code == 303
    wrong = await client.post(url, data={**form, "text": "Hello {oder}"})
    assert wrong.status_code == 422
    assert "{oder}" in wrong.text
    file = {"file": ("k.csv", "title,text,language\nZip,We mend zips,en\nHem,We hem,en\n")}
    assert (await client.post(f"{url}/file", files=file)).headers["location"].endswith("count=2")
    bad = {"file": ("k.csv", "title,text,language\nZip,,en\n")}
    assert "Line 2" in (await client.post(f"{url}/file", files=bad)).text
    assert len((await client.get(f"/api/v1/brands/{brand_id}/entries")).json()) == 3
    world.clock.advance(100 * 24 * 3600)
    again = await world.signed_in("ana@north.test")
    page = (await again.get(url)).text
    assert "Worth a look" in page
    assert "Nobody has used it for 100 days." in page


async def test_uses_and_care_are_counted(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    client = await world.signed_in("ana@north.test")
    scope: BrandScope = world.scopes["north/casa"]
    url = f"/api/v1/brands/{scope.brand_id}/entries"
    entry_id = (await client.post(url, json=SAVED)).json()["entry"]["entry_id"]
    for care in (30, 40, 41):
        await world.deps.knowledge.note_use(scope, entry_id, care)
    one = (await client.get(url)).json()[0]
    assert (one["uses"], one["care"]) == (3, 37)
    assert "37" in one["stale"]
