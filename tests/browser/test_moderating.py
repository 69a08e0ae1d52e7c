"""Moderation, windows and private answers in the browser; and the counters of page and server agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.envelope import Event
from contracts.moderation import ModerationRequested, ModerationSettled, ModerationTarget
from contracts.networks.table import NETWORKS
from services.gateway.web import lengths
from services.gateway.web.assets import Assets
from tests.browser.conftest import watched
from tests.browser.inbox_world import ANA, InboxWorld
from tests.browser.test_accessibility import looked_at

TEXTS = [
    "", "plain words", "a < b & c", "é e\u0301 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e8\U0001f1ed",
    "see https://example.com/a/very/long/path?with=query#and-more.", "@ada@social.example hello",
    "مرحبا 漢字 नमस्ते", "line\n\n\nline  ", "\u202eevil\u202d", "x" * 400,
]  # fmt: skip


async def wishes(inbox: InboxWorld, key: str) -> list[ModerationRequested]:
    document = await inbox.world.document("north/casa", inbox.asked[key].message_id)
    events = [Event.decode(entry["event"]) for entry in document.get("outbox", [])]
    return [e.read(ModerationRequested) for e in events if e.type == "moderation.requested.v1"]


async def test_hiding_shows_at_once_settles_and_is_undone(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, ANA)
    await page.goto(inbox.path("bruno"))
    message = page.locator(".message.is-focus")
    await message.locator(".acts > summary").click()
    await message.locator("summary", has_text="Hide").click()
    await message.locator("input[name=reason]:visible").fill("Insults a colleague")
    await page.keyboard.press("Enter")
    state = message.locator(".act-state[data-act=hide]")
    await expect(state).to_contain_text("Hiding it… by Ana")
    await expect(state).to_contain_text("Insults a colleague")
    (wish,) = await wishes(inbox, "bruno")
    told = wish.model_dump(include=set(ModerationTarget.model_fields))
    done = ModerationSettled(**told, state="done", attempts=1, settled_at=datetime.now(UTC))
    await inbox.world.play("north/casa", done)
    await expect(state).to_contain_text("Hidden by Ana")
    await state.get_by_role("button", name="Undo").click()
    await expect(message.locator(".act-state")).to_contain_text("Showing it again")
    assert [one.act for one in await wishes(inbox, "bruno")] == ["hide", "unhide"]
    # What was being written is still there: only the thread was drawn again.
    await expect(page.locator("#reply-text")).to_contain_text("Hello bruno")


async def test_a_refused_deletion_says_why_and_can_be_tried_again(
    page: Page, inbox: InboxWorld
) -> None:
    await inbox.sign_in(page, ANA)
    await page.goto(inbox.path("anna"))
    message = page.locator(".message.is-focus")
    await message.locator(".acts > summary").press("Enter")
    await message.locator("summary", has_text="Delete").press("Enter")
    await message.locator("input[name=reason]:visible").fill("Spam")
    await message.get_by_role("button", name="Delete").click()
    await expect(message.locator(".act-state")).to_contain_text("Deleting it")
    (wish,) = await wishes(inbox, "anna")
    told = wish.model_dump(include=set(ModerationTarget.model_fields))
    failed = ModerationSettled(
        **told, state="failed", code="facebook.permission_missing", reason="no permission",
        attempts=1, settled_at=datetime.now(UTC),
    )  # fmt: skip
    await inbox.world.play("north/casa", failed)
    await expect(message.locator(".act-state")).to_contain_text("Not deleted by Ana")
    await expect(message.locator(".act-state")).to_contain_text("Facebook said: no permission")
    await message.get_by_role("button", name="Try again").click()
    await expect(message.locator(".act-state")).to_contain_text("Deleting it")
    assert len(await wishes(inbox, "anna")) == 2


async def test_a_private_answer_is_unmistakable(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, ANA)
    await page.goto(inbox.path("anna"))
    banner, button = page.locator("#composer .banner"), page.locator("#publish")
    await expect(banner).to_contain_text("public")
    await page.get_by_label("Answer privately").check()
    await expect(banner.get_by_text("by private message")).to_be_visible()
    await expect(banner.get_by_text("public")).to_be_hidden()
    await expect(button.get_by_text("Send privately as Casa")).to_be_visible()
    await expect(page.locator("#limit")).to_have_text(
        f"{lengths.length_rule('facebook', 'comment', is_private=True).limit:,}"
    )
    await button.click()
    await expect(page.locator("#composer")).to_contain_text("Publishing as Casa")
    document = await inbox.world.document("north/casa", inbox.asked["anna"].message_id)
    assert document["slots"]["s0"]["approved"]["is_private"] is True


async def test_the_window_counts_down_and_closes(page: Page, inbox: InboxWorld) -> None:
    now = datetime.now(UTC)
    dm = {"network": "messenger", "kind": "dm"}
    await inbox.ask(
        "open", "Are you there?", created_at=now - timedelta(minutes=30), author_id="u2", **dm
    )
    await inbox.ask(
        "person", "Still there?", created_at=now - timedelta(days=2, hours=23), author_id="u3", **dm
    )
    await inbox.ask("closed", "Hello?", created_at=now - timedelta(days=8), author_id="u4", **dm)
    await inbox.sign_in(page, ANA)
    await page.goto(inbox.path("open"))
    await expect(page.locator("[data-window=open]")).to_contain_text("You can answer until")
    await page.goto(inbox.path("person"))
    await expect(page.locator("[data-window=person]")).to_contain_text(
        "Only a person may answer now"
    )
    await expect(page.locator("[data-window=person]")).to_contain_text("(4 d left)")
    await page.goto(inbox.path("closed"))
    await expect(page.locator("[data-window=closed]")).to_contain_text("The time to answer ended")
    await expect(page.locator("#reply-text")).to_have_count(0)


async def test_page_and_server_count_alike(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, ANA)
    await page.goto(f"{inbox.url}/inbox")
    module = f"/static/{Assets().version}/js/lengths.js"
    for network in NETWORKS:
        rule = lengths.length_rule(network, "comment")
        if rule.counts != "page":
            continue
        for text in TEXTS:
            counted = await page.evaluate(
                "([module, text, unit]) => import(module).then((one) => one.plainLength(text, unit))",
                [module, text, rule.unit],
            )
            assert counted == lengths.length_of(text, network, "comment"), (network, text)


async def test_what_the_page_cannot_count_the_server_counts(page: Page, inbox: InboxWorld) -> None:
    about = await inbox.ask("xavier", "Is it open?", network="x", kind="mention")
    assert lengths.length_rule("x", "mention").counts == "server"
    await inbox.sign_in(page, ANA)
    await page.goto(inbox.path("xavier"))
    text = "see https://example.com/a/very/long/path/that/goes/on/and/on " + "漢" * 60
    await page.locator("#reply-text").fill(text)
    await expect(page.locator("#length")).to_have_text(str(lengths.length_of(text, about.network)))
    await page.locator("#reply-text").fill("漢" * 141)
    await expect(page.locator(".length.is-over")).to_be_visible()
    await expect(page.locator("#publish")).to_be_disabled()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_act_and_window(chromium: Browser, preview: str, theme: str) -> None:
    numbers = {"hidden": 16, "refused": 17, "open": 18, "person": 19, "closed": 20, "there": 21,
               "hiding": 22}  # fmt: skip
    found: list[str] = []
    for width, height in {1440: 900, 390: 844}.items():
        context = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        async with watched(context) as page:
            for name, number in numbers.items():
                await page.goto(f"{preview}/inbox/m/msg_{number}")
                if name == "refused":
                    await page.locator(".is-focus .acts > summary").click()
                    await page.locator(".is-focus .acts .ask > summary").first.click()
                found += await looked_at(page, f"act-{name}-{width}-{theme}")
        await context.close()
    assert not found, "\n".join(found)
