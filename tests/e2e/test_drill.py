"""A drill on a whole Rapport: people see it and are scored, and nothing but its own marked decisions leaves it."""

import asyncio
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from cli.drilling import DrillDesk, Wish
from cli.stores import Opened, administer
from contracts.topics import TOPICS
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.clock import FakeClock
from services.classify.drilling import Played
from tests.e2e.journey import PAGES, Journey, whole_rapport

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
# The time, written once a minute, and what accounts say of themselves: they go on during a drill.
_TICKING = {"signal.observed.v1", "connection.health.v1", "connection.changed.v1"}
WISH = Wish(None, "flash", 60, 1)


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with whole_rapport(tmp_path_factory.mktemp("rapport")) as journey:
        yield journey


def written(journey: Journey) -> dict[str, int]:
    """How many records every topic has, but for those that tick by themselves."""
    with Admin(journey.platform.bus_settings) as admin:
        ends = admin._ends([name for name in TOPICS if name not in _TICKING])
    counts: dict[str, int] = {}
    for place, end in ends.items():
        counts[place.topic] = counts.get(place.topic, 0) + end
    return counts


def kept(journey: Journey, brand_id: str) -> dict[str, Any]:
    """What the services hold about the brand's real storm, its freeze and its answers."""
    client: MongoClient[dict[str, Any]] = MongoClient(journey.platform.env["MONGO_URL"])
    with client:
        board = client["rapport_gateway"]["boards"].find_one({"_id": brand_id}) or {}
        names = client["rapport_respond"].list_collection_names()
        return {
            "storm": board.get("storm"), "incident": board.get("incident_id"),
            "freeze": board.get("freeze"),
            "state": state_of(client["rapport_classify"]["storms"].find_one({"_id": brand_id})),
            "freezes": [list(client["rapport_respond"][name].find({})) for name in names if "freeze" in name],
            "replies": list(client["rapport_respond"]["replies"].find({})),
        }  # fmt: skip


def state_of(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the real storm worker holds of a brand, but for what time alone moves."""
    if found is None:
        return None
    state = json.loads(zlib.decompress(found["state"]))
    decider = state["decider"]
    return {
        "state": decider["machine"]["state"], "incident": decider["incident"],
        "manual": decider["is_manual"], "bar": decider["bar"], "revision": state["revision"],
    }  # fmt: skip


async def rehearse(opened: Opened, journey: Journey) -> tuple[str, Played, str | None]:
    desk = await DrillDesk.of(opened, "Casa Verde")
    hurried = DrillDesk(
        replace(opened, clock=FakeClock(opened.clock.now())),
        {"_id": desk.scope.brand_id, "agency_id": desk.scope.agency_id, "name": desk.name},
    )
    bus = Bus(journey.platform.bus_settings, "test-drill")
    await bus.start()
    try:
        drill, _, drill_id = await hurried.prepare(WISH, bus)
        played = await drill.run()
    finally:
        await bus.stop()
    for _ in range(300):
        if (score := await desk.score(drill_id)) is not None:
            return desk.scope.brand_id, played, score
        await asyncio.sleep(0.1)
    return desk.scope.brand_id, played, None


def test_nothing_leaves_a_drill(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("MONGO_URL", "BUS_URL", "SEAL_KEYS"):
        if name in journey.platform.env:
            monkeypatch.setenv(name, journey.platform.env[name])
    item = journey.comment(PAGES[0], author="Ada", text="When do you open?")
    journey.until(
        lambda: (journey.shown(item["id"]) or {}).get("reply", {}).get("state") == "drafted"
    )
    brand_id = journey.messages.find_one({"content.external_id": item["id"]})["brand_id"]  # type: ignore[index]
    journey.until(lambda: kept(journey, brand_id)["state"], within_s=60)
    before, counted = kept(journey, brand_id), written(journey)
    found: list[Any] = []

    async def work(opened: Opened) -> None:
        found.extend(await rehearse(opened, journey))

    administer(work)
    drilled, played, score = found
    assert drilled == brand_id
    assert played.onset_to_alarm_min is not None and played.onset_to_alarm_min <= 15
    assert score is not None and score.startswith("The drill is over: alarm ")
    assert journey.ledger() == []
    after = written(journey)
    assert {name for name in after if after[name] != counted[name]} == {"storm.changed.v1"}
    assert after["storm.changed.v1"] - counted["storm.changed.v1"] == played.told
    now = kept(journey, brand_id)
    assert now == before, (asdict(WISH), now)
    lines = journey.gateway.get("/incidents").json()
    assert any(one["is_drill"] for one in (lines["items"] if isinstance(lines, dict) else lines))
