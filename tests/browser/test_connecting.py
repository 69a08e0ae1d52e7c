"""Connecting an account in the browser and watching how it does; ingest's part is played by its events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from contracts import ids
from contracts.connections import (
    ConnectionChanged,
    ConnectionHealth,
    ConnectionRefused,
    ConnectionRequested,
    Quota,
)
from contracts.envelope import Event
from tests.browser.conftest import watched
from tests.browser.inbox_world import BEN, InboxWorld
from tests.browser.test_accessibility import THEMES, looked_at
from tests.service.gateway.gateway_world import LETTERBOX

TOKEN = "mastodon-token-canary"


async def wishes(inbox: InboxWorld) -> list[ConnectionRequested]:
    where = {"brand_id": inbox.world.scopes["north/casa"].brand_id}
    found = await inbox.world.database.requests.find(where, sort=[("requested_at", 1)])
    events = [Event.decode(entry["event"]) for one in found for entry in one.get("outbox", [])]
    return [event.read(ConnectionRequested) for event in events]


def changed(inbox: InboxWorld, wish: ConnectionRequested, **fields: Any) -> ConnectionChanged:
    told: dict[str, Any] = {
        "connection_id": ids.connection_id(wish.brand_id, "mastodon", "109"),
        "agency_id": inbox.world.agencies["north"], "brand_id": wish.brand_id,
        "network": "mastodon", "account_id": "109", "handle": "casa@social.example",
        "name": "Casa on Mastodon", "base_url": wish.base_url or "", "state": "active",
        "revision": 1, "changed_at": datetime.now(UTC), "request_id": wish.request_id, **fields,
    }  # fmt: skip
    return ConnectionChanged(**told)


def health(account: ConnectionChanged, **fields: Any) -> ConnectionHealth:
    now = datetime.now(UTC)
    told: dict[str, Any] = {
        "connection_id": account.connection_id, "brand_id": account.brand_id,
        "network": account.network, "is_reading": True, "last_item_at": now, "lag_s": 2.0,
        "quota": Quota(remaining=280, limit=300), "measured_at": now, **fields,
    }  # fmt: skip
    return ConnectionHealth(**told)


async def test_a_mastodon_account_is_connected_by_form(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, BEN)
    await page.goto(f"{inbox.url}/accounts")
    await page.get_by_role("link", name="Connect an account").click()
    await page.get_by_role("link", name="Mastodon").click()
    form = page.locator("section.way", has=page.get_by_label("Access token"))
    await form.get_by_label("Server").fill("social.example")
    await form.get_by_label("Access token").fill(TOKEN)
    await form.get_by_role("button", name="Connect to Casa").click()
    await expect(page.locator("#asked")).to_contain_text("Asking Mastodon")
    (wish,) = await wishes(inbox)
    opened = LETTERBOX.open(
        wish.sealed_secrets or "", brand_id=wish.brand_id, about=wish.request_id
    )
    assert TOKEN in opened
    assert TOKEN not in await page.content()
    account = changed(inbox, wish)
    await inbox.world.play("north/casa", account)
    # The page changes by itself: nobody loads it again.
    await expect(page.locator("#asked")).to_contain_text("Casa on Mastodon")
    await page.get_by_role("link", name="See how it does").click()
    row = page.locator(f"#account-{account.connection_id}")
    await expect(row.locator(".state")).to_contain_text("Not measured yet")
    await inbox.world.play("north/casa", health(account))
    await expect(row.locator(".state")).to_contain_text("Working")
    await expect(row.locator(".health")).to_contain_text("280 of 300")


async def test_a_refusal_says_what_to_do(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, BEN)
    brand_id = inbox.world.scopes["north/casa"].brand_id
    await page.goto(f"{inbox.url}/connect/feed?brand={brand_id}")
    await page.get_by_label("Blog or feed").fill("blog.example/feed")
    await page.get_by_role("button", name="Connect to Casa").click()
    await expect(page.locator("#asked")).to_have_attribute("data-state", "waiting")
    (wish,) = await wishes(inbox)
    refused = ConnectionRefused(
        request_id=wish.request_id, brand_id=brand_id, wish="connect", network="feed",
        code="feed.not_found", reason="There is no feed at this address.",
        refused_at=datetime.now(UTC),
    )  # fmt: skip
    await inbox.world.play("north/casa", refused)
    await expect(page.locator("#asked")).to_contain_text("There is no feed at this address.")
    await page.get_by_role("link", name="Try again").click()
    await expect(page.get_by_role("heading", name="Connect Blog feed")).to_be_visible()


async def test_an_ended_permission_is_seen_in_the_inbox_at_once(
    page: Page, inbox: InboxWorld
) -> None:
    await inbox.sign_in(page, BEN)
    await page.goto(f"{inbox.url}/inbox")
    await expect(page.locator(".trouble")).to_have_count(0)
    brand_id = inbox.world.scopes["north/casa"].brand_id
    wish = ConnectionRequested(
        request_id="req_x", agency_id=inbox.world.agencies["north"], brand_id=brand_id,
        wish="connect", base_url="https://social.example", requested_at=datetime.now(UTC),
        requested_by={"kind": "person", "id": "per_x", "name": "Ben"},  # type: ignore[arg-type]
    )  # fmt: skip
    ended = changed(inbox, wish, state="needs_reauthorisation", reason="the token was revoked")
    last = datetime.now(UTC) - timedelta(hours=3)
    told = health(ended, is_reading=False, last_item_at=last, trouble="token.refused")
    await inbox.world.play("north/casa", ended, told)
    banner = page.locator(".trouble")
    await expect(banner).to_contain_text("Casa: Casa on Mastodon")
    await expect(banner).to_contain_text("Last item 3 h")
    await banner.get_by_role("link", name="Connect again").click()
    await expect(page.get_by_role("heading", name="Connect Casa on Mastodon again")).to_be_visible()
    await expect(page.locator("#field-base_url")).to_have_value("https://social.example")


async def test_an_account_is_checked_paused_and_removed(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, BEN)
    await page.goto(f"{inbox.url}/accounts")
    row = page.locator(".account", has_text="Casa page")
    await row.get_by_role("button", name="Check now").click()
    await expect(row.locator(".asked")).to_contain_text("Checking")
    inbox.world.clock.advance(1)
    # By keyboard alone: the menu, the day, and back.
    await row.locator("summary", has_text="More").press("Enter")
    await row.locator("summary", has_text="Read again from").press("Enter")
    await row.get_by_label("From this day on").fill("2026-01-02")
    await row.get_by_role("button", name="Read again").click()
    await expect(row.locator(".asked")).to_contain_text("Reading again")
    inbox.world.clock.advance(1)
    await row.locator("summary", has_text="More").click()
    await row.locator("summary", has_text="Remove").click()
    await expect(row.locator(".reason", has_text="Remove Casa page?")).to_be_visible()
    await row.get_by_role("button", name="Remove the account").click()
    await expect(row.locator(".asked")).to_contain_text("Removing")
    told = await wishes(inbox)
    assert [one.wish for one in told] == ["check", "backfill", "remove"]
    assert told[1].since == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_account_page(chromium: Browser, preview: str, theme: str) -> None:
    paths = {
        "accounts": "/accounts", "connect": "/connect?brand=brd_casa",
        "connect-mastodon": "/connect/mastodon?brand=brd_casa",
        "connect-email": "/connect/email?brand=brd_casa",
        "request-waiting": "/connect/requests/req_waiting",
        "request-done": "/connect/requests/req_done",
        "request-refused": "/connect/requests/req_refused",
        "back": "/connect/callback?state=x&code=y",
    }  # fmt: skip
    found: list[str] = []
    for width, height in {1440: 900, 390: 844}.items():
        context = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        async with watched(context) as page:
            for name, path in paths.items():
                await page.goto(preview + path)
                if name == "accounts":
                    await page.locator(".account summary").first.click()
                found += await looked_at(page, f"{name}-{width}-{theme}")
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is {wide} px wide at {width}"
        await context.close()
    assert not found, "\n".join(found)
