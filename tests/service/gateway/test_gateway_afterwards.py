"""Answers after they were let go: scheduled, recalled, changed, deleted, and taken to private."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from gateway_world import START, World, classified, drafted, failed, message, published

from contracts import ids
from contracts.brands import Hours, Policy
from contracts.envelope import Event
from contracts.messages import MessageReceived
from contracts.moderation import ModerationRequested, ModerationSettled
from contracts.replies import ReplyApproved, ReplyRejected
from runtime.errors import Conflict, Invalid
from services.gateway.deps import BrandChange, Release
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.views import Viewer


def in_hours(world: World, hours: float) -> datetime:
    return whole_ms(world.clock.now()) + timedelta(hours=hours)


async def asked(world: World, **fields: object) -> MessageReceived:
    brand_id = world.scopes["north/casa"].brand_id
    now = whole_ms(world.clock.now())
    about = message(brand_id, **{"created_at": now, "received_at": now, **fields})
    await world.play("north/casa", about, classified(about), drafted(about, brand_id))
    return about


async def outbox(world: World, about: MessageReceived) -> list[Event]:
    document = await world.document("north/casa", about.message_id)
    return [Event.decode(entry["event"]) for entry in document.get("outbox", [])]


async def ana_of(world: World) -> Viewer:
    return await world.person("north", "ana@north.test", {"casa": "lead"})


async def out(world: World, about: MessageReceived, slot: int = 0, **fields: object) -> None:
    brand_id = world.scopes["north/casa"].brand_id
    await world.play("north/casa", published(about, brand_id, slot=slot, **fields))


async def revision_of(world: World, ana: Viewer, about: MessageReceived) -> int:
    return (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply.revision


async def test_a_scheduled_answer_says_when_and_is_taken_back(world: World) -> None:
    ana, about, later = await ana_of(world), await asked(world), in_hours(world, 20)
    release = Release("At nine.", 0, send_at=later, cancels_on_reply=True)
    await world.deps.replies.approve(ana.scope, ana, about.message_id, release)
    approved = (await outbox(world, about))[0].read(ReplyApproved)
    assert (approved.send_at, approved.cancels_on_reply) == (later, True)
    assert approved.expires_at == later + timedelta(hours=24)
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert (shown.state, shown.send_at, shown.may_recall) == ("scheduled", later, True)
    await world.deps.replies.recall(ana.scope, ana, about.message_id, shown.revision)
    told = (await outbox(world, about))[-1].read(ReplyRejected)
    assert told.is_recall
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert (shown.state, shown.recalled_by, shown.may_recall) == ("scheduled", "Ana", False)
    with pytest.raises(Conflict):
        await world.deps.replies.recall(ana.scope, ana, about.message_id, shown.revision)
    brand_id = world.scopes["north/casa"].brand_id
    await world.play("north/casa", failed(about, brand_id, code="reply.recalled"))
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert (shown.state, shown.code, shown.may_retry) == ("failed", "reply.recalled", True)
    await world.deps.replies.retry(ana.scope, ana, about.message_id, shown.revision)
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert shown.draft == "At nine."


async def test_a_recall_that_came_too_late_says_so(world: World) -> None:
    ana, about = await ana_of(world), await asked(world)
    release = Release("At nine.", 0, send_at=in_hours(world, 20))
    await world.deps.replies.approve(ana.scope, ana, about.message_id, release)
    await world.deps.replies.recall(ana.scope, ana, about.message_id, 1)
    await out(world, about)
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert (shown.state, shown.recalled_by) == ("published", "Ana")


async def test_a_time_is_looked_at_before_it_is_queued(world: World) -> None:
    ana = await ana_of(world)
    about = await asked(world)
    for send_at, code in (
        (in_hours(world, -1), "reply.time_past"),
        (in_hours(world, 90 * 24), "reply.time_far"),
    ):
        with pytest.raises(Invalid) as refused:
            release = Release("At nine.", 0, send_at=send_at)
            await world.deps.replies.approve(ana.scope, ana, about.message_id, release)
        assert refused.value.code == code
    talk = await asked(world, external_id="m1", network="messenger", kind="dm")
    for send_at, is_taken in ((in_hours(world, 48), True), (in_hours(world, 8 * 24), False)):
        release = Release("At nine.", 0, send_at=send_at)
        if is_taken:
            assert await world.deps.replies.approve(ana.scope, ana, talk.message_id, release) == ()
            talk = await asked(
                world, external_id="m2", network="messenger", kind="dm", root="other"
            )
        else:
            with pytest.raises(Invalid) as refused:
                await world.deps.replies.approve(ana.scope, ana, talk.message_id, release)
            assert refused.value.code == "reply.window_closed"


async def test_the_page_takes_the_brands_own_time(world: World) -> None:
    ana, about = await ana_of(world), await asked(world)
    brand_id = world.scopes["north/casa"].brand_id
    hours = Hours(timezone="Europe/Madrid", days=[[("10:00", "18:00")]] * 7)
    change = BrandChange(1, policy=Policy(hours=hours))
    await world.deps.brands.change(ana.scope, ana, brand_id, change)
    web = await world.signed_in("ana@north.test")
    form = {"text": "At nine.", "revision": "0", "when": "opening"}
    answer = await web.post(f"/inbox/m/{about.message_id}/approve", data=form)
    assert answer.status_code in (200, 303), answer.text
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert shown.send_at is not None
    assert shown.send_at.astimezone(UTC).strftime("%H:%M") == "09:00"
    assert shown.cancels_on_reply
    page = await web.get(f"/inbox/m/{about.message_id}")
    assert "Take it back" in page.text
    assert "Leaves later" in page.text


async def test_what_is_out_is_changed_in_the_next_slot(world: World) -> None:
    ana, about = await ana_of(world), await asked(world)
    await world.deps.replies.approve(ana.scope, ana, about.message_id, Release("At nine.", 0))
    await out(world, about, text="At nine.")
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert shown.may_amend
    await world.deps.replies.amend(ana.scope, ana, about.message_id, shown.revision)
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert (shown.slot, shown.draft, shown.replaces) == (1, "At nine.", "r1")
    release = Release("At ten.", shown.revision)
    await world.deps.replies.approve(ana.scope, ana, about.message_id, release)
    approved = (await outbox(world, about))[-1].read(ReplyApproved)
    assert (approved.slot, approved.replaces, approved.text) == (1, "r1", "At ten.")
    await out(world, about, slot=1, text="At ten.")
    thread = await world.deps.inbox.thread(ana.scope, ana, about.thread_id)
    assert thread.focus.reply.state == "published"


async def test_a_network_without_changes_says_so(world: World) -> None:
    ana, about = await ana_of(world), await asked(world, network="instagram")
    await world.deps.replies.approve(ana.scope, ana, about.message_id, Release("At nine.", 0))
    await out(world, about)
    shown = (await world.deps.inbox.message(ana.scope, ana, about.message_id)).reply
    assert (shown.may_amend, shown.may_take_back) == (False, True)
    with pytest.raises(Invalid) as refused:
        await world.deps.replies.amend(ana.scope, ana, about.message_id, shown.revision)
    assert refused.value.code == "reply.cannot_change"


async def test_our_answer_is_deleted_at_its_network(world: World) -> None:
    ana, about = await ana_of(world), await asked(world)
    brand_id = world.scopes["north/casa"].brand_id
    await world.deps.replies.approve(ana.scope, ana, about.message_id, Release("At nine.", 0))
    await out(world, about)
    revision = await revision_of(world, ana, about)
    with pytest.raises(Invalid):
        await world.deps.replies.take_back(ana.scope, ana, about.message_id, " ", revision)
    await world.deps.replies.take_back(ana.scope, ana, about.message_id, "Wrong hour", revision)
    wish = (await outbox(world, about))[-1].read(ModerationRequested)
    reply_id = ids.reply_id(about.message_id, 0)
    assert (wish.act, wish.external_id, wish.reply_id) == ("delete", "r1", reply_id)
    shown = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert shown.reply.removal is not None
    assert (shown.reply.state, shown.reply.may_take_back) == ("published", False)
    names = ("moderation_id", "brand_id", "connection_id", "network", "message_id", "thread_id")
    told = {name: getattr(wish, name) for name in names}
    settled = ModerationSettled(
        **told, act="delete", reply_id=reply_id, state="done", attempts=1, settled_at=START
    )
    await world.play("north/casa", settled)
    shown = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert shown.reply.state == "taken_back"
    assert not shown.is_deleted
    trail = [one.action for one in await world.deps.audit.entries(ana.scope)]
    assert "reply.removed" in trail
    page = await (await world.signed_in("ana@north.test")).get(f"/inbox/m/{about.message_id}")
    assert "had this answer deleted" in page.text
    assert brand_id == wish.brand_id


async def test_a_thread_is_taken_to_private_as_one_case(world: World) -> None:
    ana, about = await ana_of(world), await asked(world)
    brand_id = world.scopes["north/casa"].brand_id
    release = Release("We have written to you.", 0)
    case_id = await world.deps.replies.handover(
        ana.scope, ana, about.message_id, release, "Which order is it?"
    )
    sent = [one.read(ReplyApproved) for one in await outbox(world, about)]
    assert [(one.slot, one.is_private, one.text) for one in sent] == [
        (0, False, "We have written to you."), (1, True, "Which order is it?"),
    ]  # fmt: skip
    with pytest.raises(Conflict) as refused:
        revision = await revision_of(world, ana, about)
        again = Release("Again.", revision)
        await world.deps.replies.handover(ana.scope, ana, about.message_id, again, "Again?")
    assert refused.value.code == "reply.private_repeated"
    await out(world, about)
    await out(world, about, slot=1, external_id="mid1")
    echo = message(
        brand_id, "mid1", network="messenger", kind="dm", is_own=True, root="psid",
        author_id="page", text="Which order is it?",
    )  # fmt: skip
    theirs = message(
        brand_id, "mid2", network="messenger", kind="dm", root="psid", author_id="psid",
        text="Number 12.",
    )  # fmt: skip
    await world.play("north/casa", echo, theirs)
    public = await world.deps.inbox.thread(ana.scope, ana, about.thread_id, about.message_id)
    private = await world.deps.inbox.thread(ana.scope, ana, theirs.thread_id, theirs.message_id)
    assert public.case_id == private.case_id == case_id
    assert [one.thread_id for one in public.linked] == [theirs.thread_id]
    assert [one.message_id for one in private.linked] == [about.message_id]
    page = await (await world.signed_in("ana@north.test")).get(f"/inbox/m/{theirs.message_id}")
    assert "what was written in public" in page.text
