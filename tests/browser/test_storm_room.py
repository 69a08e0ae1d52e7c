"""The storm room, triage and report in the browser: they renew by themselves and nothing is ugly."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.storms import Growth, ThreadCount, TopicCount
from services.gateway.app import releaser_of
from tests.browser.conftest import watched
from tests.browser.inbox_world import InboxWorld
from tests.browser.test_accessibility import THEMES, looked_at
from tests.service.gateway.storm_makers import freeze, incident_of, numbers, storm

TEXTS = (
    "My refund of order {n} has been promised for weeks, nothing came",
    "Where is the refund for order {n}? Promised for weeks!",
    "The new packaging is plastic again, shame on you {n}",
    "Plastic packaging again?! Shame. {n}",
    "I was number {n} in the queue of your hotline and nobody answered",
)


async def a_grown_storm(inbox: InboxWorld, minutes: int = 150) -> str:
    """Let Casa go through watch and storm, with a dozen angry messages in it."""
    world = inbox.world
    brand_id = world.scopes["north/casa"].brand_id
    opened = world.clock.now() - timedelta(minutes=minutes)
    for n in range(12):
        told = {
            "created_at": opened + timedelta(minutes=3 * n),
            "author_id": f"angry{n}",
            "author_name": f"Person{chr(97 + n)} Example",
        }
        text = TEXTS[n % len(TEXTS)].format(n=100 + n)
        await inbox.ask(f"angry{n}", text, urgency="2", **told)
    asked = [inbox.asked[f"angry{n}"] for n in range(12)]
    threads = [
        ThreadCount(thread_id=one.thread_id, message_id=one.message_id, messages=40 - n, hostile=31 - 2 * n)
        for n, one in enumerate(asked[:4])
    ]  # fmt: skip
    refund = TopicCount(
        topic_hash="t1", name="refund", messages=60, hostile=52, message_id=asked[0].message_id
    )
    plastic = TopicCount(topic_hash="t2", name="plastic, packaging", messages=31, hostile=25)
    for at in range(minutes - 1):
        hostile = round(4 + 130 / (1 + math.exp((70 - at) / 14)) + 6 * math.sin(at / 3))
        level = "watch" if at < 45 else "storm"
        changed = storm(
            brand_id, at + 1, level, hostile=hostile, opened_at=opened, minutes=at,
            severity=1 if at < 45 else 2 if at < 80 else 3, is_tick=at not in {0, 45, 80},
            before="watch" if at == 45 else level, threads=threads,
            topics=[refund] if at < minutes - 6 else [refund, plastic],
            examples=[one.message_id for one in asked[:3]], networks={"facebook": 92, "x": 41, "mastodon": 3},
            growth=Growth(doubling_min=22, doubling_low_min=17, doubling_high_min=31, forecast_messages=410,
                          forecast_low=250, forecast_high=700),
            uncertain=["the brand is followed for 9 days only"],
        )  # fmt: skip
        await world.play("north/casa", changed.model_copy(update={"numbers": numbers(hostile)}))
    held = [asked[5].message_id, asked[6].message_id]
    await world.play(
        "north/casa", freeze(brand_id, 1, changed_at=opened + timedelta(minutes=46), held=held)
    )
    return incident_of(brand_id, opened)


async def test_the_room_renews_itself(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    incident_id = await a_grown_storm(inbox, 12)
    await page.goto(f"{inbox.url}/storms/{incident_id}")
    figure = page.locator(".tile-value").first
    before = await figure.inner_text()
    brand_id = inbox.world.scopes["north/casa"].brand_id
    opened = inbox.world.clock.now() - timedelta(minutes=12)
    await inbox.world.play(
        "north/casa", storm(brand_id, 99, hostile=777, opened_at=opened, minutes=12, before="storm")
    )
    assert before != "777"
    await expect(figure).to_have_text("777")


@pytest.mark.parametrize("theme", THEMES)
async def test_the_room_looks_right(chromium: Browser, inbox: InboxWorld, theme: str) -> None:
    incident_id = await a_grown_storm(inbox)
    paths = {
        "room": f"/storms/{incident_id}",
        "report": f"/storms/{incident_id}/report",
        "triage": f"/storms/{incident_id}/triage",
    }
    found: list[str] = []
    for width in (1440, 390):
        context = await chromium.new_context(
            viewport={"width": width, "height": 2200 if width == 1440 else 3600},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        async with watched(context) as page:
            await inbox.sign_in(page)
            for name, path in paths.items():
                await page.goto(inbox.url + path)
                found += await looked_at(page, f"{name}-{width}-{theme}")
            await page.locator(".group-answer summary").first.click()
            await page.locator("textarea").first.fill(
                "We are sorry, {name}. Your refund leaves today."
            )
            await (
                page.locator("textarea").nth(1).fill("{name}, you are right. We pay it back today.")
            )
            found += await looked_at(page, f"triage-open-{width}-{theme}")
            await page.get_by_role("button", name="Preview every answer").first.click()
            await expect(page.get_by_role("heading", level=1)).to_contain_text("as Casa")
            found += await looked_at(page, f"preview-{width}-{theme}")
        await context.close()
    assert not found, "\n".join(found)


async def test_one_answer_for_a_group_leaves_with_one_press(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    incident_id = await a_grown_storm(inbox, 40)
    await page.goto(f"{inbox.url}/storms/{incident_id}/triage")
    await page.locator(".group-answer summary").first.click()
    await page.locator("textarea").first.fill("We are sorry. Your refund leaves today.")
    await page.get_by_role("button", name="Preview every answer").first.click()
    await page.get_by_role("button", name="Publish").click()
    await expect(page.locator(".release")).to_contain_text("0 of")
    world = inbox.world
    assert await releaser_of(world.deps, world.database, world.stores).sweep()
    await expect(page.locator(".release")).to_contain_text("1 of")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator(".release")).to_contain_text("Ana stopped it.")
