"""Who may see whom: leads see the people and keys of the brands they lead, and nothing else."""

from __future__ import annotations

import pytest
from gateway_world import World


@pytest.fixture
def driver() -> str:
    return "motor"


async def test_leads_see_the_people_of_their_own_brands(world: World) -> None:
    lea = await world.person("north", "lea@north.test", {"casa": "lead"})
    ana = await world.person("north", "ana@north.test", {"casa": "agent", "verde": "owner"})
    await world.person("north", "vera@north.test", {"verde": "agent"})
    await world.person("south", "mia@south.test", {"mar": "owner"})
    await world.key("north", "reports", {"casa": "auditor"})
    await world.key("north", "other", {"verde": "auditor"})
    casa = world.scopes["north/casa"].brand_id
    people = await world.deps.directory.colleagues(lea)
    assert [(one.name, one.roles) for one in people] == [
        ("Ana", {casa: "agent"}), ("Lea", {casa: "lead"}),
    ]  # fmt: skip
    assert [one.name for one in await world.deps.directory.keys(lea)] == ["reports"]
    assert [one.name for one in await world.deps.directory.keys(ana)] == ["other"]
    eve = await world.person("north", "eve@north.test", {"casa": "agent"})
    assert await world.deps.directory.colleagues(eve) == []
    page = await (await world.signed_in("lea@north.test")).get("/settings")
    assert "ana@north.test" in page.text
    assert "vera@north.test" not in page.text
    assert "mia@south.test" not in page.text
