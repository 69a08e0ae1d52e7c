"""The report: when what happened, what other bars had done, a spreadsheet that runs nothing, paper."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from gateway_world import World, published
from storm_makers import OPENED, incident_of, numbers, storm
from test_gateway_rooms import three_angry

from services.gateway.web.report_tables import cell


@pytest.fixture
def driver() -> str:
    return "motor"


async def a_past_storm(world: World) -> str:
    brand_id = world.scopes["north/casa"].brand_id
    made = await three_angry(world)
    scores = (3.0, 6.0, 10.0, 16.0, 30.0)
    for at, score in enumerate(scores):
        level = "watch" if at < 2 else "storm"
        told = storm(brand_id, at + 1, level, hostile=int(score), minutes=at, is_tick=at in {1, 3})
        scored = numbers(int(score)).model_copy(update={"score": score})
        await world.play("north/casa", told.model_copy(update={"numbers": scored}))
    answer = published(
        made[0], brand_id, text="=HYPERLINK(1)", published_at=OPENED + timedelta(minutes=3)
    )
    await world.play("north/casa", answer)
    over = storm(brand_id, 9, "calm", before="storm", minutes=60)
    await world.play("north/casa", over)
    return incident_of(brand_id)


async def test_the_report_measures_from_the_onset(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "lead"})
    incident_id = await a_past_storm(world)
    told = await world.deps.storms.reports.report(ana.scope, incident_id)
    assert (told.detect_min, told.first_answer_min, told.calm_min) == (14, 15, 72)
    assert [one.name for one in told.moments][:3] == ["onset", "watch", "storm"]
    assert (told.negative, told.answered) == (3, 1)
    assert told.seen_before_alarm == pytest.approx(2 / 3)
    told_if = {one.factor: one.earlier_min for one in told.what_if}
    assert told_if == {0.5: 1, 0.75: 0, 1.0: 0, 1.5: -1, 2.0: -2}
    assert [(one.kind, one.who) for one in told.said] == [("answer", "Ana")]


async def test_a_spreadsheet_finds_no_formula(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "lead"})
    client = await world.signed_in("ana@north.test")
    incident_id = await a_past_storm(world)
    answer = await client.get(f"/storms/{incident_id}/report.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {len(row) for row in rows} == {6}
    assert [row[5] for row in rows if row[0] == "answer"] == ["'=HYPERLINK(1)"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\u00a0=1", "|x"])
def test_texts_never_begin_a_formula(text: str) -> None:
    assert cell(text).startswith("'")
    assert cell(-1.5) == "-1.5"


async def test_the_paper_and_the_page_can_be_had(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "auditor"})
    client = await world.signed_in("ana@north.test")
    incident_id = await a_past_storm(world)
    paper = await client.get(f"/storms/{incident_id}/report.pdf")
    assert paper.content.startswith(b"%PDF-") and paper.headers["content-type"] == "application/pdf"
    page = (await client.get(f"/storms/{incident_id}/report")).text
    for words in ("14 min", "72 min", "2 min later", "as it was", "Answer let go by Ana"):
        assert words in page
