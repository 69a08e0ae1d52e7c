"""Storms in the browser: the bar comes by itself, a page is acknowledged, steps are ticked, nothing is ugly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from contracts.envelope import Event
from contracts.storms import FreezeRequested, StormSteered
from services.gateway.app import pages_of
from services.gateway.domain.paging import Links, Ticket
from tests.browser.conftest import watched
from tests.browser.inbox_world import ANA, InboxWorld, found_world
from tests.browser.test_accessibility import looked_at
from tests.service.gateway.storm_makers import freeze, incident_of, storm

KEY = "a paging key for tests only, long enough"


@pytest.fixture
async def paging_inbox(mongo_url: str, database_prefix: str) -> AsyncIterator[InboxWorld]:
    """A served gateway that can sign the links in its calls."""
    world = await found_world(mongo_url, database_prefix, gateway_paging_key=SecretStr(KEY))
    yield world
    await world.close()


async def a_storm(inbox: InboxWorld) -> str:
    """Let Casa come into a storm that people work on; return the incident's id."""
    world = inbox.world
    brand_id, opened = (
        world.scopes["north/casa"].brand_id,
        world.clock.now() - timedelta(minutes=34),
    )
    watch = storm(brand_id, 1, "watch", before="calm", hostile=12, opened_at=opened, minutes=0)
    held = [inbox.asked["anna"].message_id]
    frozen = freeze(brand_id, 1, changed_at=opened + timedelta(minutes=9, seconds=4), held=held)
    await world.play("north/casa", watch, storm(brand_id, 2, opened_at=opened, minutes=9), frozen)
    serious = storm(
        brand_id, 3, opened_at=opened, minutes=12, severity=3, before="storm", hostile=140
    )
    await world.play("north/casa", serious)
    pages = pages_of(world.database, world.clock, world.stores)
    for page in await pages.due(await world.stores.brands.every()):
        await pages.call_next(page)
    incident_id, ana = incident_of(brand_id, opened), await world.viewer(ANA)
    incidents = world.deps.storms.incidents
    await incidents.note(ana.scope, ana, incident_id, "The video is from 2019.")
    await incidents.tick(ana.scope, ana, incident_id, "owner", "Ben, he knows the supplier")
    first = "We have seen the video and take it seriously. We will tell you more by 18:00 today."
    made = await incidents.draft_statement(ana.scope, ana, incident_id, first)
    await incidents.sign(ana.scope, ana, incident_id, made)
    await incidents.draft_statement(ana.scope, ana, incident_id, "Update: it is from 2019.")
    return incident_id


async def told(inbox: InboxWorld) -> list[Event]:
    brand_id = inbox.world.scopes["north/casa"].brand_id
    found = await inbox.world.database.boards.find_one({"_id": brand_id, "brand_id": brand_id})
    return [Event.decode(entry["event"]) for entry in (found or {}).get("outbox", [])]


async def test_the_bar_comes_by_itself_and_is_acknowledged(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/inbox")
    bar = page.locator(".storm-bar")
    await expect(bar).to_have_count(0)
    incident_id = await a_storm(inbox)
    await expect(bar).to_contain_text("Storm S3")
    await expect(bar).to_contain_text("140 hostile messages")
    await bar.get_by_role("button", name="Acknowledge").click()
    await page.wait_for_url(f"**/storms/{incident_id}")
    await expect(page.locator("#pages")).to_contain_text("Ana")
    await expect(page.locator(".storm-bar-button")).to_have_count(0)
    step = page.locator(".play", has_text="Agree on one source of truth")
    await step.get_by_role("button", name="Done").click()
    await expect(page.locator(".play.is-done", has_text="Agree on one source")).to_have_count(1)
    note = page.locator("#note-text")
    await note.fill("Not sent yet")
    brand_id = inbox.world.scopes["north/casa"].brand_id
    await inbox.world.play("north/casa", freeze(brand_id, 2, held=[]))
    await page.locator("h1").click()
    await expect(note).to_have_value("Not sent yet")
    await note.press("Enter")
    await expect(page.locator(".log-note", has_text="Not sent yet")).to_have_count(1)


async def test_raising_and_freezing_go_out_as_events(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/storms")
    board = page.locator(f"#brand-{inbox.world.scopes['north/casa'].brand_id}")
    await board.get_by_role("button", name="Freeze now").click()
    await expect(board).to_contain_text("asked to stop it")
    await board.locator("summary", has_text="Steer").click()
    await board.get_by_label("What did you see?").fill("The radio reports it")
    await board.get_by_role("button", name="Raise a storm").click()
    await page.wait_for_url("**/storms")
    events = await told(inbox)
    assert [one.type for one in events] == ["freeze.requested.v1", "storm.steered.v1"]
    asked, steered = events[0].read(FreezeRequested), events[1].read(StormSteered)
    assert (asked.is_frozen, asked.requested_by.name) == (True, "Ana")
    assert (steered.steer, steered.note) == ("raise", "The radio reports it")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_pages_to_look_at(chromium: Browser, inbox: InboxWorld, theme: str) -> None:
    incident_id = await a_storm(inbox)
    brand_id = inbox.world.scopes["north/casa"].brand_id
    paths = {
        "storms": "/storms", "storm-room": f"/storms/{incident_id}", "storm-inbox": "/inbox",
        "playbook": f"/brands/{brand_id}/playbook",
    }  # fmt: skip
    found: list[str] = []
    for width in (1440, 390):
        context = await chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        async with watched(context) as page:
            await inbox.sign_in(page)
            for name, path in paths.items():
                await page.goto(inbox.url + path)
                tall = "(document.querySelector('.page')?.scrollHeight ?? 0) + 120"
                height = max(900, min(3000, await page.evaluate(tall)))
                await page.set_viewport_size({"width": width, "height": height})
                found += await looked_at(page, f"{name}-{width}-{theme}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
                await page.set_viewport_size({"width": width, "height": 900})
        await context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_link_in_a_call_on_a_phone(
    chromium: Browser, paging_inbox: InboxWorld, theme: str
) -> None:
    inbox = paging_inbox
    await a_storm(inbox)
    every = await inbox.world.stores.brands.every()
    pages = {one.role: one for one in await inbox.world.deps.storms.pages.standing(every)}
    call = pages["on_call"]
    ticket = Ticket(call.brand_id, call.page_id, 0, inbox.world.clock.now() + timedelta(hours=1))
    context = await chromium.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme=theme,  # type: ignore[arg-type]
    )
    async with watched(context) as page:
        await page.goto(f"{inbox.url}/acknowledge/{Links(KEY).token(ticket)}")
        found = await looked_at(page, f"acknowledge-390-{theme}")
        await page.get_by_role("button", name="I have it").click()
        await expect(page.locator(".notice-green")).to_contain_text("Thank you, Ana")
        found += await looked_at(page, f"acknowledged-390-{theme}")
    await context.close()
    assert not found, "\n".join(found)
