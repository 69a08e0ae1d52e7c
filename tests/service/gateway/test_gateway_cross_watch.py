"""The cross-brand watch over a real store: who learns what, and everybody who tries to get around it."""

from __future__ import annotations

import pytest
from gateway_world import World
from storm_makers import storm

from contracts.storms import TopicCount
from services.gateway.domain.views import Role, Viewer

SECRET = "canary-refund"


@pytest.fixture
def driver() -> str:
    return "motor"


async def rising(world: World) -> None:
    """North has four brands, three of which are accused of the same; so is south's only one."""
    await world.found("north", "oso", "pino")
    now = world.clock.now()
    topic = TopicCount(topic_hash="feedc0de", name=SECRET, messages=20, hostile=15)
    for place in ("north/casa", "north/verde", "north/oso", "south/mar"):
        brand_id = world.scopes[place].brand_id
        told = storm(brand_id, 1, "watch", opened_at=now, minutes=0, topics=[topic])
        await world.play(place, told)


async def shared(world: World, viewer: Viewer) -> list[tuple[int, int]]:
    found = await world.deps.storms.cross.shared(viewer)
    return [(one.brands, one.hostile) for one in found]


async def test_a_lead_of_all_three_is_warned_and_it_is_in_the_trail_once(world: World) -> None:
    await rising(world)
    roles: dict[str, Role] = {"casa": "lead", "verde": "owner", "oso": "lead", "pino": "lead"}
    lena = await world.person("north", "lena@north.test", roles)
    assert await shared(world, lena) == [(3, 45)]
    client = await world.signed_in("lena@north.test")
    for address in ("/storms", "/inbox"):
        page = await client.get(address)
        assert "The same accusation rises at 3 of your brands" in page.text
        assert SECRET not in page.text
    entries = await world.database.audit.find({"action": "storms.cross_read"})
    assert [(one["who_name"], one["subject"], one["brand_id"]) for one in entries] == [
        ("Lena", "feedc0de", None),
    ]  # fmt: skip
    assert entries[0]["after"] == {"brands": 3, "messages": 60, "hostile": 45}


@pytest.mark.parametrize(
    "roles",
    [
        {"casa": "lead"},
        {"casa": "lead", "verde": "lead"},
        {"casa": "lead", "verde": "lead", "pino": "lead"},
        {"casa": "lead", "verde": "lead", "oso": "agent"},
        {"casa": "agent", "verde": "agent", "oso": "agent", "pino": "agent"},
        {"casa": "client_approver"},
        {"casa": "auditor", "verde": "auditor", "oso": "auditor"},
        {},
    ],
    ids=["one", "two", "another", "agent", "agents", "client", "auditor", "nobody"],
)
async def test_nobody_else_learns_of_it(world: World, roles: dict[str, Role]) -> None:
    await rising(world)
    max_ = await world.person("north", "max@north.test", roles)
    assert await shared(world, max_) == []
    client = await world.signed_in("max@north.test")
    for address in ("/storms", "/storms/bar", "/inbox"):
        page = await client.get(address)
        assert "same accusation" not in page.text and "feedc0de" not in page.text
    assert await world.database.audit.find({"action": "storms.cross_read"}) == []


async def test_roles_of_another_agency_open_nothing(world: World) -> None:
    """Even a person in whose roles brands of another agency stand reads boards of their own alone."""
    await rising(world)
    stolen: dict[str, Role] = {scope.brand_id: "lead" for scope in world.scopes.values()}
    intruder = Viewer("per_x", "X", "", world.agencies["south"], stolen)
    assert await shared(world, intruder) == []


async def test_a_drill_at_three_brands_warns_nobody(world: World) -> None:
    await world.found("north", "oso")
    lena = await world.person(
        "north", "lena@north.test", {"casa": "lead", "verde": "lead", "oso": "lead"}
    )
    for brand in ("casa", "verde", "oso"):
        told = storm(world.scopes[f"north/{brand}"].brand_id, 1, is_drill=True)
        await world.play(f"north/{brand}", told)
    assert await shared(world, lena) == []
