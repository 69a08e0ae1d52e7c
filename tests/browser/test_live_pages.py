"""Pages that stay open: new items arrive in place, a lost connection shows and heals, addresses hold."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect

from tests.browser.conftest import until
from tests.browser.inbox_world import ANA, BEN, HOSTILE, InboxWorld
from tests.service.gateway.gateway_world import message


async def test_a_new_message_comes_by_itself(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/inbox")
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator(".item")).to_have_count(3)
    await until(page, "document.querySelector('#items') && performance.now() > 600")
    await inbox.ask("clara", "The door is locked and I am outside.", urgency="3")
    await expect(page.locator(".item")).to_have_count(4)
    await expect(page.locator("#announcer")).to_contain_text("Clara Author wrote to Casa")
    await expect(page.locator("#open-count")).to_have_text("4")


async def test_nothing_moves_while_one_reads_further_down(page: Page, inbox: InboxWorld) -> None:
    for number in range(20):
        await inbox.ask(f"guest{number}", f"Is table {number} free?")
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/inbox")
    await until(page, "performance.now() > 600")
    await page.evaluate("document.querySelector('#queue-scroll').scrollTop = 500")
    read = page.locator(".item").nth(8)
    before = await read.bounding_box()
    await inbox.ask("clara", "Help, it is urgent.", urgency="3")
    await expect(page.locator("#new-pill")).to_have_text("1 new")
    assert await read.bounding_box() == before
    list_box = await page.locator("#queue-scroll").bounding_box()
    pill_box = await page.locator("#new-pill").bounding_box()
    assert list_box is not None
    assert pill_box is not None
    assert pill_box["y"] + pill_box["height"] <= list_box["y"]
    await page.locator("#new-pill").click()
    await expect(page.locator("#items")).to_contain_text("Clara Author")


async def test_back_reload_and_links_land_on_the_same_view(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/inbox?sort=newest")
    await page.locator(".item-link").first.click()
    await expect(page.locator("#composer")).to_be_visible()
    assert page.url.endswith("?sort=newest")
    await page.locator(".item-link").nth(1).click()
    await expect(page.locator(".item").nth(1)).to_have_attribute("aria-current", "true")
    await until(
        page,
        "document.querySelector('#view').dataset.message === location.pathname.split('/').pop()",
    )
    second = page.url
    await page.go_back()
    await expect(page.locator(".item").first).to_have_attribute("aria-current", "true")
    await page.go_forward()
    await expect(page).to_have_url(second)
    await page.reload()
    await expect(page.locator(".item").nth(1)).to_have_attribute("aria-current", "true")
    await page.locator(".tab", has_text="Done").click()
    await expect(page.locator("#queue-empty")).to_be_visible()
    assert "state=done" in page.url


async def test_a_lost_connection_shows_and_heals(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(inbox.path("anna"))
    await until(page, "performance.now() > 600")
    await page.locator("#reply-text").fill("Half an answer")
    await page.context.set_offline(True)
    await expect(page.locator("#offline")).to_be_visible()
    await inbox.ask("clara", "While you were away.")
    await page.context.set_offline(False)
    await expect(page.locator("#offline")).to_be_hidden(timeout=20_000)
    await expect(page.locator("#items")).to_contain_text("Clara Author")
    await expect(page.locator("#reply-text")).to_have_value("Half an answer")


async def test_who_else_looks_is_shown(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, ANA)
    await page.goto(inbox.path("anna"))
    ben = await inbox.world.viewer(BEN)
    about = inbox.asked["anna"]
    brand_id = inbox.world.scopes["north/casa"].brand_id
    await until(page, "performance.now() > 600")
    lookers = page.locator("#lookers")
    # Told to pages that listen; this one may still be getting ready to.
    for _ in range(40):
        await inbox.world.live.note_viewing(ben, brand_id, (about.message_id, about.thread_id))
        await asyncio.sleep(0.25)
        if await lookers.inner_text() == "Ben is here":
            break
    await expect(lookers).to_have_text("Ben is here")


async def test_edits_and_deletes_are_marked_in_place(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(inbox.path("anna"))
    await until(page, "performance.now() > 600")
    about = inbox.asked["anna"]
    brand_id = inbox.world.scopes["north/casa"].brand_id
    gone = message(
        brand_id, about.external_id, action="deleted", text=None, root="post-anna",
        version="2027-01-01T12:00:00.000000Z", created_at=about.created_at,
    )  # fmt: skip
    await inbox.world.play("north/casa", gone)
    await expect(page.locator(".message.is-focus")).to_contain_text("Deleted")
    await expect(page.locator("#composer")).to_contain_text("Its author deleted this")


async def test_hostile_text_runs_nothing_and_breaks_nothing(page: Page, inbox: InboxWorld) -> None:
    for key, text in HOSTILE.items():
        await inbox.ask(
            f"h-{key}",
            text,
            author_name=text[:200],
            author_handle=text[:90],
            permalink="javascript:alert(1)",
        )
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/inbox")
    await page.wait_for_timeout(200)
    for key in HOSTILE:
        await page.goto(inbox.path(f"h-{key}"))
        assert await page.evaluate("window.__hostile === undefined"), key
        assert await page.locator("#publish").is_visible(), key
        assert await page.locator("h1", has_text="Gone").count() == 0, key
        assert await page.locator('a[href^="javascript:"]').count() == 0, key
        is_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not is_wide, key
        boxes = await page.evaluate(
            """() => { const box = document.querySelector('.message.is-focus').getBoundingClientRect();
               const pane = document.querySelector('#thread-scroll').getBoundingClientRect();
               return [box.left >= pane.left - 1, box.right <= pane.right + 1]; }"""
        )
        assert boxes == [True, True], key


async def test_an_ended_session_costs_no_text(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(inbox.path("anna"))
    await until(page, "performance.now() > 600")
    await page.context.clear_cookies()
    await page.locator("#reply-text").fill("Written while the session ended.")
    await expect(page.locator("#offline")).to_contain_text("Your session has ended")
    await expect(page.locator("#saved")).to_contain_text("Not saved yet")
    await inbox.sign_in(page)
    await page.evaluate("window.dispatchEvent(new Event('offline'))")
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator("#saved")).to_contain_text("Saved", timeout=15_000)
    await page.locator("#publish").click()
    await expect(page.locator("#composer")).to_contain_text("Publishing as Casa")
