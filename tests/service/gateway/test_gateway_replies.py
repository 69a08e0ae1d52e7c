"""Answers in people's hands: published once, by who may, and everybody else told who was first."""

from __future__ import annotations

import asyncio

import pytest
from gateway_world import World, classified, drafted, failed, message, published

from contracts.brands import Policy
from contracts.envelope import Event
from contracts.messages import MessageReceived
from contracts.replies import ReplyApproved
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from services.gateway.deps import BrandChange, Release


async def asked(world: World, brand: str = "north/casa", **fields: object) -> MessageReceived:
    brand_id = world.scopes[brand].brand_id
    about = message(brand_id, **fields)
    await world.play(brand, about, classified(about), drafted(about, brand_id))
    return about


async def waiting(world: World, about: MessageReceived) -> list[Event]:
    document = await world.document("north/casa", about.message_id)
    return [Event.decode(entry["event"]) for entry in document.get("outbox", [])]


async def test_two_at_once_publish_one_answer(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    ben = await world.person("north", "ben@north.test", {"casa": "lead"})
    about = await asked(world)
    results = await asyncio.gather(
        world.deps.replies.approve(ana.scope, ana, about.message_id, Release("From Ana.", 0)),
        world.deps.replies.approve(ben.scope, ben, about.message_id, Release("From Ben.", 0)),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 1
    assert results.count(()) == 1
    winner = "Ana" if results[0] == () else "Ben"
    assert refused[0].why.startswith(f"{winner} released an answer at ")
    (event,) = await waiting(world, about)
    approved = event.read(ReplyApproved)
    assert (approved.text, approved.approved_by.name) == (f"From {winner}.", winner)
    assert approved.is_edited


async def test_the_brands_rules_at_that_moment_decide(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent", "verde": "owner"})
    lea = await world.person("north", "lea@north.test", {"casa": "lead"})
    eva = await world.person("north", "eva@north.test", {"casa": "client_approver"})
    about = await asked(world)
    change = BrandChange(1, policy=Policy(mode="hold"))
    await world.deps.brands.change(lea.scope, lea, world.scopes["north/casa"].brand_id, change)
    replies = world.deps.replies
    shown = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert (shown.reply.approval, shown.reply.may_release) == ("approver", False)
    with pytest.raises(Forbidden):
        await replies.approve(ana.scope, ana, about.message_id, Release("Hi.", 0))
    await replies.approve(eva.scope, eva, about.message_id, Release("We open at nine.", 0, "d1"))
    (event,) = await waiting(world, about)
    assert not event.read(ReplyApproved).is_edited


async def test_what_cannot_be_published_is_refused(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    replies = world.deps.replies
    for text in ("", " \n ", "x" * 8001):
        with pytest.raises(Invalid):
            await replies.approve(ana.scope, ana, about.message_id, Release(text, 0))
    gone = message(
        world.scopes["north/casa"].brand_id, action="deleted", text=None, version="2026-11-02"
    )
    await world.play("north/casa", gone)
    with pytest.raises(Conflict, match="deleted"):
        await replies.approve(ana.scope, ana, about.message_id, Release("Hi.", 0))
    assert await waiting(world, about) == []


async def test_a_draft_is_saved_by_revision_and_kept(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    ben = await world.person("north", "ben@north.test", {"casa": "agent"})
    about = await asked(world)
    replies = world.deps.replies
    assert await replies.save_draft(ana.scope, ana, about.message_id, "Ana's", 0) == 1
    with pytest.raises(Conflict, match="Ana changed this answer at "):
        await replies.save_draft(ben.scope, ben, about.message_id, "Ben's", 0)
    brand_id = world.scopes["north/casa"].brand_id
    await world.play("north/casa", drafted(about, brand_id, message_version="2026-11-03"))
    shown = await world.deps.inbox.message(ben.scope, ben, about.message_id)
    assert (shown.reply.draft, shown.reply.drafted_by, shown.reply.revision) == ("Ana's", "Ana", 1)


async def test_reject_then_write_another(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    replies = world.deps.replies
    await replies.reject(ana.scope, ana, about.message_id, "wrong hours", 0)
    with pytest.raises(Conflict, match="Ana rejected"):
        await replies.approve(ana.scope, ana, about.message_id, Release("Hi.", 1))
    revision = await replies.retry(ana.scope, ana, about.message_id, 1)
    await replies.approve(ana.scope, ana, about.message_id, Release("Hi.", revision))
    types = [(event.type, event.data["slot"]) for event in await waiting(world, about)]
    assert types == [("reply.rejected.v1", 0), ("reply.approved.v1", 1)]


async def test_after_a_failure_the_next_slot_and_after_the_answer_once_more(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    brand_id = world.scopes["north/casa"].brand_id
    replies, inbox = world.deps.replies, world.deps.inbox
    with pytest.raises(Conflict, match="not ended"):
        await replies.retry(ana.scope, ana, about.message_id, 0)
    await replies.approve(ana.scope, ana, about.message_id, Release("Nine.", 0))
    await world.play("north/casa", failed(about, brand_id))
    shown = await inbox.message(ana.scope, ana, about.message_id)
    assert (shown.reply.state, shown.reply.reason) == ("failed", "The network refused it.")
    assert shown.state == "open"
    revision = await replies.retry(ana.scope, ana, about.message_id, shown.reply.revision)
    shown = await inbox.message(ana.scope, ana, about.message_id)
    assert (shown.reply.slot, shown.reply.draft, shown.reply.state) == (1, "Nine.", "drafted")
    await replies.approve(ana.scope, ana, about.message_id, Release("Nine!", revision))
    await world.play("north/casa", published(about, brand_id, slot=1, external_id="r2"))
    shown = await inbox.message(ana.scope, ana, about.message_id)
    assert (shown.state, shown.reply.state) == ("answered", "published")
    assert [(one.slot, one.state) for one in shown.earlier] == [(0, "failed")]
    await replies.retry(ana.scope, ana, about.message_id, shown.reply.revision)
    assert (await inbox.message(ana.scope, ana, about.message_id)).state == "open"


async def test_an_answer_that_arrived_after_all_is_not_said_twice(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    brand_id = world.scopes["north/casa"].brand_id
    replies = world.deps.replies
    await replies.approve(ana.scope, ana, about.message_id, Release("Nine.", 0))
    await world.play("north/casa", failed(about, brand_id, state="parked"))
    revision = await replies.retry(ana.scope, ana, about.message_id, 1)
    await world.play("north/casa", published(about, brand_id, how="found"))
    with pytest.raises(Conflict, match="published after all"):
        await replies.approve(ana.scope, ana, about.message_id, Release("Nine.", revision))
    assert len(await waiting(world, about)) == 1


async def test_released_by_the_rules_needs_no_person(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    await world.play(
        "north/casa", about, drafted(about, brand_id, mode="automatic", approval="none")
    )
    with pytest.raises(Conflict, match="rules released"):
        await world.deps.replies.approve(ana.scope, ana, about.message_id, Release("Hi.", 0))


async def test_who_only_looks_cannot_answer(world: World) -> None:
    olga = await world.person("north", "olga@north.test", {"casa": "auditor"})
    about = await asked(world)
    for act in (
        world.deps.replies.approve(olga.scope, olga, about.message_id, Release("Hi.", 0)),
        world.deps.replies.save_draft(olga.scope, olga, about.message_id, "x", 0),
        world.deps.items.close(olga.scope, olga, about.message_id),
        world.deps.items.claim(olga.scope, olga, about.message_id),
    ):
        with pytest.raises(Forbidden):
            await act


async def test_a_brand_outside_the_scope_is_not_there(world: World) -> None:
    mia = await world.person("south", "mia@south.test", {"mar": "owner"})
    about = await asked(world)
    with pytest.raises(NotFound):
        await world.deps.replies.approve(mia.scope, mia, about.message_id, Release("Hi.", 0))
    assert await waiting(world, about) == []


async def test_two_claim_one_wins_and_the_other_sees_who(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    ben = await world.person("north", "ben@north.test", {"casa": "agent"})
    lea = await world.person("north", "lea@north.test", {"casa": "lead"})
    about = await asked(world)
    items = world.deps.items
    results = await asyncio.gather(
        items.claim(ana.scope, ana, about.message_id),
        items.claim(ben.scope, ben, about.message_id),
        return_exceptions=True,
    )
    (refused,) = [result for result in results if isinstance(result, Conflict)]
    winner, loser = (ana, ben) if results[0] is None else (ben, ana)
    assert refused.why.startswith(f"{winner.name} has this one since")
    await items.claim(winner.scope, winner, about.message_id)
    with pytest.raises(Conflict):
        await items.release(loser.scope, loser, about.message_id)
    await items.release(lea.scope, lea, about.message_id)
    await items.claim(loser.scope, loser, about.message_id)


async def test_the_trail_is_chained_and_a_change_of_it_is_seen(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "agent"})
    about = await asked(world)
    await world.deps.replies.approve(ana.scope, ana, about.message_id, Release("Hi.", 0))
    await asyncio.gather(
        *(world.deps.items.close(ana.scope, ana, about.message_id) for _ in range(3))
    )
    entries = await world.stores.audit.entries(ana.scope)
    approved = next(entry for entry in entries if entry.action == "reply.approved")
    assert (approved.before, approved.after) == ({"text": "We open at nine."}, {"text": "Hi."})
    agency_id = world.agencies["north"]
    whole = await world.stores.audit.verify(agency_id)
    assert whole.broken_at is None
    assert whole.count >= 3
    where = {"agency_id": agency_id, "seq": 2}
    await world.database.audit.update(where, {"$set": {"who_name": "Nobody"}})
    assert (await world.stores.audit.verify(agency_id)).broken_at == 2


async def test_a_proposal_is_seen_at_once_and_ends_with_the_decision(world: World) -> None:
    jonas = await world.person("north", "jonas@north.test", {"casa": "agent"})
    lea = await world.person("north", "lea@north.test", {"casa": "lead"})
    hold = BrandChange(1, policy=Policy(mode="hold"))
    brand_id = world.scopes["north/casa"].brand_id
    await world.deps.brands.change(lea.scope, lea, brand_id, hold)
    about = await asked(world)
    replies, inbox = world.deps.replies, world.deps.inbox
    with pytest.raises(Invalid):
        await replies.propose(jonas.scope, jonas, about.message_id, Release(" ", 0))
    assert (
        await replies.propose(jonas.scope, jonas, about.message_id, Release("We open at nine!", 0))
        == 1
    )
    seen = (await inbox.message(lea.scope, lea, about.message_id)).reply
    assert (seen.state, seen.draft, seen.proposed_by) == ("drafted", "We open at nine!", "Jonas")
    assert seen.proposed_by_id == jonas.person_id
    assert seen.proposed_at is not None
    pulses = await world.database.pulses.find({"brand_id": brand_id, "kind": "changed"})
    assert [about.message_id, about.thread_id] in [item for one in pulses for item in one["items"]]
    assert "reply.proposed" in [one.action for one in await world.deps.audit.entries(lea.scope)]
    with pytest.raises(Conflict, match="Jonas changed this answer at "):
        await replies.propose(lea.scope, lea, about.message_id, Release("Other.", 0))

    assert await replies.save_draft(lea.scope, lea, about.message_id, "We open at nine!", 1) == 2
    assert (await inbox.message(lea.scope, lea, about.message_id)).reply.proposed_by == "Jonas"
    await replies.save_draft(jonas.scope, jonas, about.message_id, "We open at ten!", 2)
    assert (await inbox.message(lea.scope, lea, about.message_id)).reply.proposed_by is None

    await replies.propose(jonas.scope, jonas, about.message_id, Release("We open at ten!", 3))
    await replies.approve(lea.scope, lea, about.message_id, Release("We open at ten!", 4))
    told = (await inbox.message(jonas.scope, jonas, about.message_id)).reply
    assert (told.state, told.approved_by, told.proposed_by) == ("approved", "Lea", None)
    assert len(await waiting(world, about)) == 1


async def test_a_rejected_proposal_waits_no_more(world: World) -> None:
    jonas = await world.person("north", "jonas@north.test", {"casa": "agent"})
    about = await asked(world)
    replies = world.deps.replies
    await replies.propose(jonas.scope, jonas, about.message_id, Release("We open at nine!", 0))
    await replies.reject(jonas.scope, jonas, about.message_id, "Too short", 1)
    document = await world.document("north/casa", about.message_id)
    assert "proposed" not in document["slots"]["s0"]


async def test_why_the_rules_hold_an_answer_reaches_the_page(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    about = message(brand_id)
    held = drafted(about, brand_id, approval="approver", reasons=["automatic.link"])
    await world.play("north/casa", about, classified(about), held)
    shown = await world.deps.inbox.message(ana.scope, ana, about.message_id)
    assert shown.reply.reasons == ["automatic.link"]


async def test_an_account_tells_when_it_last_brought_something(world: World) -> None:
    ana = await world.person("north", "ana@north.test", {"casa": "lead"})
    brand_id = world.scopes["north/casa"].brand_id
    assert await world.deps.brands.last_seen(ana.scope, brand_id) == {}
    about = await asked(world)
    seen = await world.deps.brands.last_seen(ana.scope, brand_id)
    assert seen == {about.connection_id: about.received_at}
    foreign = next(
        scope.brand_id for name, scope in world.scopes.items() if scope.brand_id != brand_id
    )
    assert await world.deps.brands.last_seen(ana.scope, foreign) == {}
