"""Moderation, private answers, windows and receipts: asked for once, settled in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from gateway_world import START, World, classified, drafted, message, published

from contracts import ids
from contracts.envelope import Event
from contracts.messages import MessageReceived, ReceiptReceived
from contracts.moderation import ModerationRequested, ModerationSettled, ModerationTarget
from contracts.replies import ReplyApproved
from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.deps import Release


async def asked(world: World, **fields: Any) -> MessageReceived:
    brand_id = world.scopes["north/casa"].brand_id
    fields.setdefault("created_at", world.clock.now() - timedelta(hours=1))
    about = message(brand_id, **fields)
    await world.play("north/casa", about, classified(about), drafted(about, brand_id))
    return about


async def outbox(world: World, about: MessageReceived) -> list[Event]:
    document = await world.document("north/casa", about.message_id)
    return [Event.decode(entry["event"]) for entry in document.get("outbox", [])]


async def wishes(world: World, about: MessageReceived) -> list[ModerationRequested]:
    told = await outbox(world, about)
    return [one.read(ModerationRequested) for one in told if one.type == "moderation.requested.v1"]


def settled(wish: ModerationRequested, state: str = "done", **fields: Any) -> ModerationSettled:
    told = wish.model_dump(include=set(ModerationTarget.model_fields))
    return ModerationSettled(
        **told, **{"state": state, "attempts": 1, "settled_at": START, **fields}
    )


async def test_hiding_is_undone_by_showing_and_old_news_changes_nothing(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    moderation, inbox = world.deps.moderation, world.deps.inbox
    with pytest.raises(Invalid, match="no_reason"):
        await moderation.ask(ana.scope, ana, about.message_id, "hide", " ")
    await moderation.ask(ana.scope, ana, about.message_id, "hide", "Insults a colleague")
    seen = await inbox.message(ana.scope, ana, about.message_id)
    assert (seen.is_hidden, seen.acts[0].state, seen.acts[0].undo) == (True, "waiting", "unhide")
    with pytest.raises(Conflict):
        await moderation.ask(ana.scope, ana, about.message_id, "hide", "Again")
    await moderation.ask(ana.scope, ana, about.message_id, "unhide", "")
    hide, unhide = await wishes(world, about)
    assert (hide.reason, hide.author_id, hide.external_id) == ("Insults a colleague", "u1", "c1")
    await world.play("north/casa", settled(hide))
    seen = await inbox.message(ana.scope, ana, about.message_id)
    assert (seen.acts[0].act, seen.acts[0].state, seen.is_hidden) == ("unhide", "waiting", False)
    await world.play("north/casa", settled(unhide), settled(hide, "failed"))
    seen = await inbox.message(ana.scope, ana, about.message_id)
    assert (seen.acts[0].state, seen.is_hidden) == ("done", False)


async def test_a_failure_says_why_and_may_be_tried_again(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "lead"})
    about = await asked(world)
    await world.deps.moderation.ask(ana.scope, ana, about.message_id, "delete", "Spam")
    (wish,) = await wishes(world, about)
    refused = settled(wish, "failed", code="facebook.permission_missing", reason="no permission")
    await world.play("north/casa", refused)
    seen = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert (seen.acts[0].state, seen.acts[0].why, seen.is_deleted) == (
        "failed", "no permission", False,
    )  # fmt: skip
    await world.deps.moderation.ask(ana.scope, ana, about.message_id, "delete", "Spam")
    _, second = await wishes(world, about)
    assert second.moderation_id != wish.moderation_id
    await world.play("north/casa", settled(second))
    seen = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert (seen.is_deleted, seen.deleted_by, seen.state) == (True, "Ana", "done")


async def test_only_what_the_network_has_by_who_may(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    olga = await world.person("north", "olga@north.test", {"casa": "auditor"})
    carl = await world.person("north", "carl@north.test", {"casa": "client_approver"})
    about = await asked(world)
    own = await asked(world, external_id="own", is_own=True)
    ask = world.deps.moderation.ask
    for viewer in (olga, carl):
        with pytest.raises(Forbidden):
            await ask(viewer.scope, viewer, about.message_id, "like", "")
    with pytest.raises(Invalid, match="unsupported"):
        await ask(ana.scope, ana, about.message_id, "block", "Rude")
    with pytest.raises(Invalid, match="unsupported"):
        await ask(ana.scope, ana, own.message_id, "hide", "Mine")
    seen = await world.deps.inbox.message(olga.scope, olga, about.message_id)
    assert seen.may_act == []


async def test_a_public_item_is_answered_privately_while_that_lasts(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    thread = await world.deps.inbox.thread(ana.scope, ana, about.thread_id)
    assert thread.private_until is not None
    await world.deps.replies.approve(
        ana.scope, ana, about.message_id, Release("Here.", 0, is_private=True)
    )
    approved = [one for one in await outbox(world, about) if one.type == "reply.approved.v1"]
    assert approved[0].read(ReplyApproved).is_private
    old = await asked(world, external_id="old", created_at=world.clock.now() - timedelta(days=8))
    release = Release("Here.", 0, is_private=True)
    with pytest.raises(Invalid, match="private_too_late"):
        await world.deps.replies.approve(ana.scope, ana, old.message_id, release)
    dm = await asked(world, external_id="dm", kind="dm", network="mastodon")
    with pytest.raises(Invalid, match="private_not_possible"):
        await world.deps.replies.approve(ana.scope, ana, dm.message_id, release)


async def test_a_window_counts_from_the_persons_last_message(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    told: dict[str, Any] = {"network": "messenger", "kind": "dm", "root": "u1"}
    hours = world.clock.now() - timedelta(days=8)
    first = await asked(world, external_id="m1", created_at=hours, **told)
    with pytest.raises(Invalid, match="window_closed"):
        await world.deps.replies.approve(ana.scope, ana, first.message_id, Release("Hi.", 0))
    page = await (await world.signed_in("ana@north.test")).get(f"/inbox/m/{first.message_id}")
    assert 'data-window="closed"' in page.text
    assert 'id="reply-text"' not in page.text
    later = world.clock.now() - timedelta(days=2)
    await asked(world, external_id="m2", created_at=later, **told)
    thread = await world.deps.inbox.thread(ana.scope, ana, first.thread_id, first.message_id)
    assert thread.window is not None
    assert thread.window.closes_at == thread.window.last_from_person_at + timedelta(days=7)
    page = await (await world.signed_in("ana@north.test")).get(f"/inbox/m/{first.message_id}")
    assert 'data-window="person"' in page.text
    await world.deps.replies.approve(ana.scope, ana, first.message_id, Release("Hi.", 0))


async def test_what_cannot_be_answered_is_opened_there(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    link = "https://blog.example/post#c1"
    about = await asked(world, network="feed", permalink=link)
    page = await (await world.signed_in("ana@north.test")).get(f"/inbox/m/{about.message_id}")
    assert "lets no program answer" in page.text
    assert link in page.text
    with pytest.raises(Invalid, match="not_possible"):
        await world.deps.replies.approve(ana.scope, ana, about.message_id, Release("Hi.", 0))


def receipt(about: MessageReceived, brand_id: str, state: str, **fields: Any) -> ReceiptReceived:
    told = {"external_id": "r1", "at": START + timedelta(minutes=3), **fields}
    return ReceiptReceived(
        receipt_id=ids.receipt_id(about.connection_id, state, str(sorted(told))), brand_id=brand_id,
        connection_id=about.connection_id, network=about.network, state=state,  # type: ignore[arg-type]
        received_at=START, **told,
    )  # fmt: skip


async def test_receipts_only_go_further(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = await asked(world)
    # The receipt may come before the news that the answer was taken.
    await world.play("north/casa", receipt(about, brand_id, "read"))
    await world.play("north/casa", published(about, brand_id))
    late = receipt(about, brand_id, "delivered"), receipt(about, brand_id, "failed", code="x.y")
    await world.play("north/casa", *late, receipt(about, brand_id, "sent"))
    seen = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert seen.reply.receipt is not None
    assert seen.reply.receipt.state == "read"


async def test_a_watermark_covers_what_was_sent_before_it(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = await asked(world, kind="dm", network="messenger", root="u1")
    await world.play("north/casa", published(about, brand_id))
    early, late = START + timedelta(seconds=30), START + timedelta(seconds=90)
    told: dict[str, Any] = {"external_id": None, "peer": "u1"}
    await world.play("north/casa", receipt(about, brand_id, "read", watermark_at=early, **told))
    seen = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert seen.reply.receipt is None
    await world.play("north/casa", receipt(about, brand_id, "read", watermark_at=late, **told))
    seen = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert seen.reply.receipt is not None
    assert seen.reply.receipt.state == "read"


async def test_the_page_counts_as_the_network_does(world: World) -> None:
    await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world, network="x")
    client = await world.signed_in("ana@north.test")
    url = f"/api/v1/messages/{about.message_id}/length"
    text = "see https://example.com/a/very/long/path/that/goes/on/and/on/for/ever"
    told = (await client.post(url, json={"text": text})).json()
    assert (told["length"], told["fits"]) == (4 + 23, True)
    form = {"text": text}
    page = await client.post(f"/inbox/m/{about.message_id}/length", data=form)
    assert page.json() == told
