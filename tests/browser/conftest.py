"""A real gateway over a real mongod, and headless Chromium to look at it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from runtime.web import HttpServer
from tests.browser.inbox_world import InboxWorld, found_world
from tests.browser.preview import build as build_preview

# A shared machine may be slow; what is checked is that it comes, not how fast.
expect.set_options(timeout=15_000)
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the browser named by CHROMIUM, else the first one on the path, else playwright's own."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found:
        return found
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux/chrome"))
    return str(own[-1]) if own else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and {"chromium", "page"} & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    program = find_chromium()
    if program is None:
        why = "NO CHROMIUM FOUND: THE BROWSER TESTS DID NOT RUN. INSTALL chromium OR SET CHROMIUM."
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(why)
        pytest.skip(why)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def inbox(mongo_url: str, database_prefix: str) -> AsyncIterator[InboxWorld]:
    """A served gateway with two brands of one agency, three people and a dozen messages."""
    world = await found_world(mongo_url, database_prefix)
    yield world
    await world.close()


@pytest.fixture
async def preview() -> AsyncIterator[str]:
    """The address of the pages over invented data: every reply state at once."""
    app = build_preview()
    server = HttpServer(app, "127.0.0.1", 0, drain_s=1)
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    app.state.desk.hang_up()
    await asyncio.wait_for(server.stop(), 10)


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page at 1440 that fails the test when a script of ours raises."""
    context = await chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    async with watched(context) as opened:
        yield opened
    await context.close()


class watched:  # noqa: N801 - reads as a phrase where it is used
    """Opens a page and checks at the end that no script failed and nothing broke the policy."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._problems: list[str] = []

    async def __aenter__(self) -> Page:
        page = await self._context.new_page()
        page.on("pageerror", lambda error: self._problems.append(str(error)))
        page.on("console", self._hear)
        page.set_default_timeout(10_000)
        return page

    def _hear(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        # A picture of the page makes playwright add a style of its own, which our policy refuses.
        if "Content Security Policy" in text and "inline style" not in text:
            self._problems.append(text)

    async def __aexit__(self, *error: object) -> None:
        assert not self._problems, self._problems


async def until(page: Page, expression: str, within_s: float = 10.0) -> None:
    """Wait until an expression holds. Playwright's own waiting evaluates text inside the page,
    which the content security policy rightly refuses."""
    async with asyncio.timeout(within_s):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.02)
