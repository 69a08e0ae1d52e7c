"""Pages and API over the same stores: a page shows what the API shows, and hides what it hides."""

from __future__ import annotations

import pytest
from gateway_world import World, classified, drafted, message


@pytest.fixture
def driver() -> str:
    return "motor"


async def test_pages_show_what_is_ours_and_nothing_else(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    await world.person("south", "mia@south.test", {"mar": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id, text="<script>alert('canary')</script> $where")
    await world.play("north/casa", about, classified(about), drafted(about, brand_id))
    ana = await world.signed_in("ana@north.test")
    page = await ana.get("/inbox", follow_redirects=True)
    assert page.status_code == 200
    assert "canary" in page.text
    assert "<script>alert" not in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    mia = await world.signed_in("mia@south.test")
    foreign = await mia.get("/inbox", follow_redirects=True)
    assert foreign.status_code == 200
    assert "canary" not in foreign.text
    nobody = await world.client().get("/inbox")
    assert nobody.status_code in {302, 303, 307}
    assert "/login" in nobody.headers["location"]
