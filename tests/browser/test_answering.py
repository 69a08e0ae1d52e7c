"""Answering in the browser: by keyboard alone, two at once, saved while typing, nothing lost."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Page, expect

from contracts.brands import Policy
from contracts.envelope import Event
from contracts.messages import MessageReceived
from contracts.replies import ReplyApproved
from services.gateway.deps import BrandChange, Release
from tests.browser.conftest import until, watched
from tests.browser.inbox_world import ANA, BEN, EVA, InboxWorld
from tests.service.gateway.gateway_world import published


async def approvals(inbox: InboxWorld, about: MessageReceived) -> list[ReplyApproved]:
    document = await inbox.world.document("north/casa", about.message_id)
    events = [Event.decode(entry["event"]) for entry in document.get("outbox", [])]
    return [event.read(ReplyApproved) for event in events if event.type == "reply.approved.v1"]


async def test_signing_in_leads_back_to_where_one_wanted_to_go(
    page: Page, inbox: InboxWorld
) -> None:
    await page.goto(inbox.path("anna"))
    await expect(page).to_have_url(
        f"{inbox.url}/login?next=/inbox/m/{inbox.asked['anna'].message_id}"
    )
    await page.get_by_label("E-mail").fill(ANA)
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Password").fill("a long enough pass phrase")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(inbox.path("anna"))


async def test_from_the_queue_to_the_answer_without_a_mouse(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(f"{inbox.url}/inbox")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer .banner")).to_contain_text(
        "Answering as Casa on Facebook, public"
    )
    address = page.url
    await page.keyboard.press("e")
    await page.keyboard.type(" See you.")
    await expect(page.locator("#saved")).to_contain_text("Saved")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await expect(page.locator("#publish")).to_be_focused()
    await expect(page.locator("#saved")).to_contain_text("Press Enter: Publish as Casa")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer")).to_contain_text("Publishing as Casa")
    about = next(one for one in inbox.asked.values() if one.message_id in address)
    (approved,) = await approvals(inbox, about)
    assert approved.text.endswith("eleven. See you.")
    assert approved.approved_by.name == "Ana"
    brand_id = inbox.world.scopes["north/casa"].brand_id
    await inbox.world.play("north/casa", published(about, brand_id, text=approved.text))
    await expect(page.locator("#composer")).to_contain_text("Published as Casa")
    await page.reload()
    await expect(page.locator("#composer")).to_contain_text("Published as Casa")


async def test_two_pages_approve_at_once_and_one_wins(chromium: Browser, inbox: InboxWorld) -> None:
    contexts = [await chromium.new_context() for _ in range(2)]
    async with watched(contexts[0]) as ana, watched(contexts[1]) as ben:
        await inbox.sign_in(ana, ANA)
        await inbox.sign_in(ben, BEN)
        for page in (ana, ben):
            await page.goto(inbox.path("anna"))
        # The stream would tell the slower page in time: here both press before they hear of it.
        for page, name in ((ana, "Ana"), (ben, "Ben")):
            await page.evaluate(
                """name => { const area = document.querySelector('#reply-text');
                   area.value = `An answer by ${name}.`; area.dataset.savedText = area.value; }""", name
            )  # fmt: skip
        await asyncio.gather(*(page.locator("#publish").click() for page in (ana, ben)))
        for page in (ana, ben):
            await expect(page.locator("#composer")).to_contain_text("Publishing as Casa")
        (approved,) = await approvals(inbox, inbox.asked["anna"])
        winner, loser = ("Ana", ben) if approved.text == "An answer by Ana." else ("Ben", ana)
        await expect(loser.locator("#composer")).to_contain_text("Somebody else was first")
        await expect(loser.locator("#composer")).to_contain_text(f"{winner} released an answer at")
        kept = await loser.locator("#kept-text").input_value()
        assert kept == f"An answer by {'Ben' if winner == 'Ana' else 'Ana'}."
    for context in contexts:
        await context.close()


async def test_a_draft_survives_a_reload_and_reaches_the_others(
    chromium: Browser, inbox: InboxWorld
) -> None:
    context, other = await chromium.new_context(), await chromium.new_context()
    async with watched(context) as ana, watched(other) as ben:
        await inbox.sign_in(ana, ANA)
        await inbox.sign_in(ben, BEN)
        await ana.goto(inbox.path("anna"))
        await ben.goto(inbox.path("anna"))
        await ana.locator("#reply-text").fill("A better answer.")
        await expect(ana.locator("#saved")).to_contain_text("Saved")
        await expect(ben.locator("#reply-text")).to_have_value("A better answer.")
        await ana.reload()
        await expect(ana.locator("#reply-text")).to_have_value("A better answer.")
    await context.close()
    await other.close()


async def test_a_draft_is_rejected_with_a_reason(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(inbox.path("anna"))
    await page.keyboard.press("x")
    await page.keyboard.type("Too stiff")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer")).to_contain_text("Ana rejected the draft: Too stiff")


async def test_who_may_only_read_gets_no_button(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page, EVA)
    await page.goto(inbox.path("anna"))
    await expect(page.locator("#composer")).to_contain_text("You can read here")
    await expect(page.locator("#publish")).to_have_count(0)


async def test_taking_closing_and_undoing(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    await page.goto(inbox.path("anna"))
    await page.keyboard.press("m")
    await expect(page.locator("#item-actions")).to_contain_text("Mine")
    await until(page, "!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
    await page.keyboard.press("d")
    await expect(page.locator("#toasts")).to_contain_text("Marked done")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#item-actions")).to_contain_text("Done")


async def test_the_brake_stops_and_allows_again(page: Page, inbox: InboxWorld) -> None:
    await inbox.sign_in(page)
    brand_id = inbox.world.scopes["north/verde"].brand_id
    await page.goto(f"{inbox.url}/brands/{brand_id}")
    await page.get_by_text("Automatic", exact=True).click()
    await page.get_by_role("button", name="Save the rules").click()
    await expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    await page.get_by_role("button", name="Stop automatic replies").click()
    await expect(page.get_by_text("Automatic replies stopped")).to_be_visible()
    await page.get_by_role("button", name="Allow again").click()
    await expect(page.get_by_role("button", name="Stop automatic replies")).to_be_visible()


async def test_who_may_not_release_sends_for_approval(chromium: Browser, inbox: InboxWorld) -> None:
    world = inbox.world
    carl = "carl@north.test"
    await world.person("north", carl, {"casa": "agent"})
    ana = await world.viewer(ANA)
    hold = BrandChange(1, policy=Policy(mode="hold"))
    await world.deps.brands.change(ana.scope, ana, world.scopes["north/casa"].brand_id, hold)
    context = await chromium.new_context()
    async with watched(context) as page:
        await inbox.sign_in(page, carl)
        await page.goto(inbox.path("anna"))
        await expect(page.locator("#publish")).to_have_text("Send for approval")
        await page.locator("#reply-text").fill("Carl's answer.")
        await page.locator("#publish").click()
        await expect(page.locator("#composer")).to_contain_text("It waits for an approver")
        assert await approvals(inbox, inbox.asked["anna"]) == []
        item = page.locator(f"#item-{inbox.asked['anna'].message_id}")
        await expect(item).to_contain_text("Waits for approval")
        await page.reload()
        await expect(page.locator("#composer")).to_contain_text("You sent this for approval at")
        await inbox.sign_in(page, ANA)
        await page.goto(inbox.path("anna"))
        await expect(page.locator("#reply-text")).to_have_value("Carl's answer.")
        await expect(page.locator("#composer")).to_contain_text("Proposed by Carl at")
        await expect(page.get_by_role("button", name="Publish as Casa", exact=True)).to_be_visible()
    await context.close()


async def test_a_proposal_reaches_the_approver_at_once(
    chromium: Browser, inbox: InboxWorld
) -> None:
    world = inbox.world
    carl = await world.person("north", "carl@north.test", {"casa": "agent"})
    ana = await world.viewer(ANA)
    hold = BrandChange(1, policy=Policy(mode="hold"))
    await world.deps.brands.change(ana.scope, ana, world.scopes["north/casa"].brand_id, hold)
    about = inbox.asked["anna"]
    context = await chromium.new_context()
    async with watched(context) as page:
        await inbox.sign_in(page, ANA)
        await page.goto(inbox.path("anna"))
        await until(page, "performance.now() > 600")
        await expect(page.locator("#composer")).to_contain_text("Held for an approver: the brand's")
        replies = world.deps.replies
        await replies.propose(carl.scope, carl, about.message_id, Release("Carl's answer.", 0))
        await expect(page.locator("#composer")).to_contain_text("Proposed by Carl at")
        chip = page.locator(f"#item-{about.message_id} .chip-amber")
        await expect(chip).to_have_text("Waits for approval")
        await expect(page.locator("#reply-text")).to_have_value("Carl's answer.")
        await page.locator("#publish").click()
        await expect(page.locator("#composer")).to_contain_text("Publishing as Casa")
        await expect(chip).to_have_count(0)
    await context.close()
