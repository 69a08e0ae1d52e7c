"""A past storm counted once more from what the inbox holds: the brand's own messages, and no other's."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from gateway_world import World, classified, head, labels_of, message
from storm_makers import OPENED, incident_of, storm

from cli.drilling import DrillDesk, Wish


@pytest.fixture
def driver() -> str:
    return "motor"


async def test_a_past_storm_is_replayed_from_its_own_messages(world: World) -> None:
    for place, count in (("north/casa", 40), ("north/verde", 7)):
        brand_id = world.scopes[place].brand_id
        for number in range(count):
            at = OPENED + timedelta(seconds=20 * number)
            about = message(
                brand_id, f"{place[-1]}{number}", created_at=at, received_at=at,
                author_id=f"u{number}", text=f"Shame on you number {number}, give it back",
            )  # fmt: skip
            angry = labels_of().model_copy(update={"sentiment": head("negative", "neutral")})
            await world.play(place, about, classified(about, labels=angry))
    scope = world.scopes["north/casa"]
    await world.play("north/casa", storm(scope.brand_id, 1))
    await world.play("north/casa", storm(scope.brand_id, 60, "calm", before="storm"))
    opened = cast(Any, SimpleNamespace(gateway=world.database, clock=world.clock))
    brand = {"_id": scope.brand_id, "agency_id": scope.agency_id, "name": "Casa"}
    desk = DrillDesk(opened, brand)
    script = await desk._script(Wish(incident_of(scope.brand_id), "wave", 20, 1))
    assert sum(one.messages for one in script.signals) == 40
    assert sum(one.hostile for one in script.signals) == 40
    assert script.begins < script.onset < script.ends
    assert script.about == "the storm of 01 November 2026"
