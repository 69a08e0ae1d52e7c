"""axe-core finds nothing, in both themes, on every page and in every state; pictures to look at."""

from __future__ import annotations

from importlib import resources

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import SHOTS, watched
from tests.browser.inbox_world import InboxWorld

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WIDTHS = {1440: 900, 1180: 820, 390: 844}
THEMES = ("light", "dark")


async def violations(page: Page, where: str = "") -> list[str]:
    if not await page.evaluate("typeof window.axe !== 'undefined'"):
        await page.evaluate(AXE)
    found = await page.evaluate(
        "where => axe.run(where, {resultTypes: ['violations']})", where or "html"
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def looked_at(page: Page, name: str, where: str = "") -> list[str]:
    SHOTS.mkdir(exist_ok=True)
    await page.wait_for_load_state("load")
    await page.evaluate("document.fonts.ready.then(() => 0)")
    await page.screenshot(path=SHOTS / f"{name}.png")
    return [f"{name}: {one}" for one in await violations(page, where)]


@pytest.mark.parametrize("theme", THEMES)
async def test_every_page(chromium: Browser, inbox: InboxWorld, theme: str) -> None:
    brand_id = inbox.world.scopes["north/casa"].brand_id
    paths = {
        "login": "/login", "inbox": "/inbox", "empty": "/inbox?state=done",
        "nothing": "/inbox?q=zzzz", "thread": inbox.path("anna").removeprefix(inbox.url),
        "rtl": inbox.path("dalia").removeprefix(inbox.url), "brands": "/brands",
        "brand": f"/brands/{brand_id}", "settings": "/settings", "missing": "/inbox/m/msg_none",
    }  # fmt: skip
    found: list[str] = []
    for width, height in WIDTHS.items():
        context = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        async with watched(context) as page:
            if width != max(WIDTHS):
                await inbox.sign_in(page)
            for name, path in paths.items():
                if width != max(WIDTHS) and name not in {"inbox", "thread", "brand"}:
                    continue
                if name == "inbox":
                    await inbox.sign_in(page)
                await page.goto(inbox.url + path)
                found += await looked_at(page, f"{name}-{width}-{theme}")
        await context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_reply_state(chromium: Browser, preview: str, theme: str) -> None:
    states = {
        "drafted": 0, "none": 2, "published": 3, "approved": 5, "waiting": 7, "hostile": 8,
        "rejected": 9, "fake": 10, "unknown": 11, "failed": 13, "parked": 14,
    }  # fmt: skip
    context = await chromium.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]
    )
    found: list[str] = []
    async with watched(context) as page:
        for name, number in states.items():
            if theme == "dark" and name not in {"drafted", "waiting", "failed"}:
                continue
            await page.goto(f"{preview}/inbox/m/msg_{number}")
            if name == "drafted":
                await page.keyboard.press("w")
            found += await looked_at(
                page, f"state-{name}-{theme}", "" if name == "drafted" else "#composer"
            )
        await page.keyboard.press("?")
        found += await looked_at(page, f"keys-{theme}")
        await page.keyboard.press("Escape")
        await page.keyboard.press("f")
        found += await looked_at(page, f"filter-{theme}")
    await context.close()
    assert not found, "\n".join(found)
