"""The composer's aids in the browser: care while typing, saved replies, consents, labels, what stops an answer."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import until, watched
from tests.browser.test_accessibility import THEMES, looked_at

PAGES = {
    "knowledge": "/brands/brd_casa/knowledge", "understanding": "/brands/brd_casa/understanding",
    "life": "/inbox/m/msg_0/life", "promises": "/promises", "approve": "/approve/waits",
    "approve-over": "/approve/used", "brand-rules": "/brands/brd_casa",
    "consents": "/inbox/m/msg_15", "voided": "/inbox/m/msg_17", "last-yes": "/inbox/m/msg_31",
}  # fmt: skip


async def figure(page: Page, name: str) -> int:
    told = page.locator(f"[data-care-of={name}] [data-figure]")
    await expect(told).not_to_be_empty()
    return int(await told.inner_text())


async def test_care_moves_while_typing_and_a_suggestion_is_taken(page: Page, preview: str) -> None:
    await page.goto(f"{preview}/inbox/m/msg_1")
    area = page.locator("#reply-text")
    await area.fill("As already stated, this is not our fault.")
    await expect(page.locator("#marks mark").first).to_be_attached()
    poor = await figure(page, "empathetic")
    await area.fill(
        "Hi Tom, thank you for asking, and sorry that our pages disagree. I checked with the workshop:"
        " 42 mm fits without mudguards, 40 mm with them. Mia"
    )
    await until(
        page,
        f"Number(document.querySelector('[data-care-of=empathetic] [data-figure]').textContent) > {poor}",
    )
    await area.fill("You have to contact our support.")
    before = await area.input_value()
    await page.locator(".care-take").first.click()
    assert await area.input_value() != before
    await expect(page.locator("#saved")).to_contain_text("Saved")


async def test_a_saved_reply_is_put_in_and_its_blank_is_filled_first(
    page: Page, preview: str
) -> None:
    await page.goto(f"{preview}/inbox/m/msg_1")
    await page.locator("#reply-text").fill("")
    await page.locator(".saved-menu summary").click()
    await page.get_by_label("Search saved replies").fill("order")
    await expect(page.locator(".saved")).to_have_count(1)
    await page.locator(".saved").click()
    await expect(page.locator("#reply-text")).to_have_value(
        "Hi Tom, thank you for writing. Could you tell us your order number {order}? We look it up"
        " and come back to you today. Ana Ruiz"
    )
    await expect(page.locator("#blocked")).to_have_text("Fill in {order} first.")
    await expect(page.locator("#publish")).to_be_disabled()
    await page.keyboard.type("LB-20418")
    await expect(page.locator("#reply-text")).to_have_value(
        "Hi Tom, thank you for writing. Could you tell us your order number LB-20418? We look it up"
        " and come back to you today. Ana Ruiz"
    )
    await expect(page.locator("#publish")).to_be_enabled()


async def test_forbidden_words_stop_the_button_and_say_why(page: Page, preview: str) -> None:
    await page.goto(f"{preview}/inbox/m/msg_0")
    await page.locator("#reply-text").fill("Hola Marta, el postre es gratis.")
    await expect(page.locator("#publish")).to_be_disabled()
    await expect(page.locator("#blocked")).to_have_text("Change “gratis” first.")
    await page.locator("#reply-text").fill("Hola Marta, el postre corre de nuestra cuenta.")
    await expect(page.locator("#publish")).to_be_enabled()
    await expect(page.locator("#blocked")).to_be_empty()


async def test_the_button_says_what_it_does(page: Page, preview: str) -> None:
    publish = page.locator("#publish")
    await page.goto(f"{preview}/inbox/m/msg_0")
    await expect(publish).to_have_accessible_name("Publish as Casa Verde")
    await page.locator(".when summary").click()
    await page.get_by_label("When it leaves").select_option("tomorrow")
    await expect(publish).to_have_accessible_name("Schedule as Casa Verde")
    await page.goto(f"{preview}/inbox/m/msg_15")
    consents = page.locator("#consents")
    await expect(consents).to_contain_text("Ben Okafor (lead) said yes")
    await expect(consents).to_contain_text("the client's approver is still needed, until")
    await expect(publish).to_have_accessible_name("Say yes for Casa Verde")
    await page.goto(f"{preview}/inbox/m/msg_31")
    await expect(publish).to_have_accessible_name("Say yes and publish")
    await page.goto(f"{preview}/inbox/m/msg_17")
    await expect(page.locator("#composer")).to_contain_text("An earlier yes no longer counts.")
    await expect(publish).to_have_accessible_name("Send for approval to a lead")


async def test_a_label_is_corrected_in_the_why_panel(page: Page, preview: str) -> None:
    await page.goto(f"{preview}/inbox/m/msg_0")
    why = page.locator("#message-msg_0 details.why")
    await why.locator("summary").click()
    await why.get_by_label("Intent").select_option("request")
    await expect(why.locator(".correct")).to_contain_text("corrected by Ana Ruiz")
    await expect(why.get_by_label("Intent")).to_have_value("request")


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_on_the_neighbour_pages(
    chromium: Browser, preview: str, theme: str
) -> None:
    found: list[str] = []
    for width, height in ((1440, 900), (390, 844)):
        context = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        async with watched(context) as page:
            for name, path in PAGES.items():
                await page.goto(preview + path)
                if "/inbox/m/msg" in path and "life" not in path:
                    await expect(page.locator("#care")).to_be_visible()
                found += await looked_at(page, f"{name}-{width}-{theme}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
        await context.close()
    assert not found, "\n".join(found)
