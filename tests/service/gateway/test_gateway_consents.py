"""Whose yes an answer needs: collected one by one, void after every change, expired in time."""

from __future__ import annotations

from typing import Any

import pytest
from gateway_world import World, message
from test_gateway_replies import asked, waiting

from contracts.approval import sealed_bytes
from contracts.brands import ApprovalRule, NeverSay, Phrases, Policy, Voice, WordingRules
from contracts.replies import ReplyApproved, ReplyExpired
from runtime.crypto import Signer, Verifier
from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.app import expirer_of
from services.gateway.deps import BrandChange, Release
from services.gateway.domain.views import Viewer

TWO = ApprovalRule(name="two", needs=["approver", "client_approver"])
NINE = "We open at nine."


@pytest.fixture
def driver() -> str:
    return "motor"


async def people(world: World) -> tuple[Viewer, Viewer, Viewer, Viewer]:
    roles = ("agent", "approver", "client_approver", "lead")
    names = ("ana", "bea", "cleo", "lea")
    made = [
        await world.person("north", f"{name}@north.test", {"casa": role})  # type: ignore[dict-item]
        for name, role in zip(names, roles, strict=True)
    ]
    ana, bea, cleo, lea = made
    return ana, bea, cleo, lea


async def rules(world: World, lea: Viewer, revision: int = 1, **more: Any) -> None:
    policy = Policy(**{"approvals": [TWO], **more.pop("policy", {})})
    change = BrandChange(revision, policy=policy, **more)
    brand_id = world.scopes["north/casa"].brand_id
    await world.deps.brands.change(lea.scope, lea, brand_id, change)


def key() -> str:
    return "GATEWAY_APPROVAL_KEY"


async def test_two_people_of_the_right_roles_let_it_go(world: World) -> None:
    ana, bea, cleo, lea = await people(world)
    await rules(world, lea)
    about = await asked(world)
    replies, inbox = world.deps.replies, world.deps.inbox
    with pytest.raises(Forbidden):
        await replies.approve(ana.scope, ana, about.message_id, Release(NINE, 0))
    assert await replies.approve(bea.scope, bea, about.message_id, Release(NINE, 0)) == (
        "client_approver",
    )
    with pytest.raises(Conflict, match="said yes already"):
        await replies.approve(bea.scope, bea, about.message_id, Release(NINE, 1))
    with pytest.raises(Forbidden, match="the client's approver"):
        await replies.approve(lea.scope, lea, about.message_id, Release(NINE, 1))
    shown = (await inbox.message(cleo.scope, cleo, about.message_id)).reply
    assert shown.needs == ["approver", "client_approver"]
    assert [one.name for one in shown.consents] == ["Bea"]
    assert (shown.missing, shown.may_release) == (["client_approver"], True)
    assert await waiting(world, about) == []
    assert await replies.approve(cleo.scope, cleo, about.message_id, Release(NINE, 1)) == ()
    (event,) = await waiting(world, about)
    approved = event.read(ReplyApproved)
    assert approved.seal is not None
    public = Signer.from_setting(world.settings.gateway_approval_key.get_secret_value()).public_key
    assert Verifier.from_setting(public).is_genuine(
        approved.seal.key_id, approved.seal.signature, sealed_bytes(approved)
    )
    assert [one.role for one in approved.consents] == ["approver", "client_approver"]
    assert (approved.approved_by.name, approved.brand_revision) == ("Cleo", 2)
    assert approved.message_version == about.version


async def test_every_change_takes_the_yes_back(world: World) -> None:
    ana, bea, cleo, lea = await people(world)
    await rules(world, lea)
    replies, inbox = world.deps.replies, world.deps.inbox
    about = await asked(world)
    await replies.approve(bea.scope, bea, about.message_id, Release(NINE, 0))
    await replies.save_draft(ana.scope, ana, about.message_id, "We open at ten.", 1)
    shown = (await inbox.message(bea.scope, bea, about.message_id)).reply
    assert (shown.consents, shown.voided) == ([], "The text was changed.")
    left = await replies.approve(cleo.scope, cleo, about.message_id, Release("We open at ten.", 2))
    assert left == ("approver",)
    later = message(
        world.scopes["north/casa"].brand_id, action="edited", text="And on Sundays?",
        version="2026-11-02T00:00:00.000000Z",
    )  # fmt: skip
    await world.play("north/casa", later)
    shown = (await inbox.message(bea.scope, bea, about.message_id)).reply
    assert (shown.consents, shown.voided) == ([], "The author changed the message.")
    left = await replies.approve(bea.scope, bea, about.message_id, Release("We open at ten.", 3))
    assert left == ("client_approver",)
    assert await waiting(world, about) == []


async def test_somebody_who_left_does_not_count(world: World) -> None:
    _, bea, cleo, lea = await people(world)
    await rules(world, lea)
    about = await asked(world)
    replies, system = world.deps.replies, world.system("north")
    await replies.approve(bea.scope, bea, about.message_id, Release(NINE, 0))
    await world.stores.people.set_active(system, bea.person_id, False)
    assert await replies.approve(cleo.scope, cleo, about.message_id, Release(NINE, 1)) == (
        "approver",
    )
    brand_id = world.scopes["north/casa"].brand_id
    await world.stores.people.grant(system, cleo.person_id, brand_id, "agent")
    assert await replies.approve(lea.scope, lea, about.message_id, Release(NINE, 2)) == (
        "client_approver",
    )
    assert await waiting(world, about) == []


async def test_words_the_brand_never_says_are_named(world: World) -> None:
    ana, _, _, lea = await people(world)
    wording = WordingRules(
        never_say=[NeverSay(terms=["cheap"]), NeverSay(terms=["refund"], action="route")]
    )
    await rules(world, lea, policy={"approvals": []}, wording=wording)
    about = await asked(world)
    replies = world.deps.replies
    with pytest.raises(Invalid, match="CHEAP") as refused:
        await replies.approve(ana.scope, ana, about.message_id, Release("It is CHEAP.", 0))
    assert refused.value.code == "wording.term"
    with pytest.raises(Forbidden):
        await replies.approve(ana.scope, ana, about.message_id, Release("We refund it.", 0))
    assert (
        await replies.approve(lea.scope, lea, about.message_id, Release("We refund it.", 0)) == ()
    )
    (event,) = await waiting(world, about)
    assert event.read(ReplyApproved).text == "We refund it."


@pytest.mark.parametrize("fallback", ["lead", "holding"])
async def test_what_waits_too_long_expires(world: World, fallback: str) -> None:
    ana, bea, _, lea = await people(world)
    phrases = Phrases(
        language="en", greetings=[], closings=[], thanks=[], apologies=[], handovers=[],
        disclosure="Sent automatically.", holding="We come back to you soon.",
    )  # fmt: skip
    policy = {"expires_after_minutes": 30, "fallback": fallback}
    await rules(world, lea, policy=policy, voice=Voice(phrases=[phrases]))
    about = await asked(world)
    replies, inbox = world.deps.replies, world.deps.inbox
    await replies.propose(ana.scope, ana, about.message_id, Release(NINE, 0))
    await replies.approve(bea.scope, bea, about.message_id, Release(NINE, 1))
    expirer = expirer_of(world.deps, world.database, world.stores)
    assert await expirer.sweep() == 0
    world.clock.advance(31 * 60)
    assert await expirer.sweep() == 1
    assert await expirer.sweep() == 0
    shown = (await inbox.message(lea.scope, lea, about.message_id)).reply
    assert (shown.consents, shown.voided) == ([], "Nobody approved it in time.")
    assert shown.expired_at is not None
    assert (shown.draft, shown.slot) == (NINE, 1 if fallback == "holding" else 0)
    events = await waiting(world, about)
    if fallback == "holding":
        expired = events[0].read(ReplyExpired)
        assert expired.seal is not None
        assert (expired.slot, expired.fallback) == (0, "holding")
    else:
        assert events == []
    scope = world.scopes["north/casa"]
    trail = await world.deps.audit.entries(lea.scope)
    assert "reply.expired" in [one.action for one in trail]
    assert scope.brand_id == trail[0].brand_id
