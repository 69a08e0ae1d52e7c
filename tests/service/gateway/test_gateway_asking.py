"""Approval by a link in a mail: opening it changes nothing, it works once, and only for what was asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from gateway_world import World, message, settings_for
from test_gateway_consents import NINE, TWO, people
from test_gateway_replies import asked, waiting

from contracts.brands import Policy
from contracts.replies import ReplyApproved
from services.gateway.app import asker_of
from services.gateway.deps import BrandChange, Release
from services.gateway.domain.views import Viewer


class Post:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos[0], envelope.content.decode()))
        return "250 OK"

    def link_of(self, address: str) -> str:
        (text,) = [text for to, text in self.mails if to == address]
        plain = text.replace("=\r\n", "").replace("=3D", "=")
        found = re.search(r"/approve/[\w-]+", plain)
        assert found is not None
        return found.group()


@pytest.fixture
def driver() -> str:
    return "motor"


@pytest.fixture
async def post() -> AsyncIterator[tuple[Post, int]]:
    kept = Post()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(kept), "127.0.0.1", 0)
    yield kept, server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def world(
    mongo_url: str, database_prefix: str, post: tuple[Post, int]
) -> AsyncIterator[World]:
    made = World(
        settings_for(
            mongo_url, database_prefix, "motor", gateway_smtp_host="127.0.0.1",
            gateway_smtp_port=post[1], gateway_smtp_tls="none",
            gateway_smtp_from="rapport@agency.test",
        )
    )  # fmt: skip
    await made.database.start()
    await made.found("north", "casa", "verde")
    yield made
    await made.database.stop()


class Stage:
    """A brand that asks for two people, an answer that Ana sent for approval, and the mails of it."""

    def __init__(self, world: World, post: Post, staff: tuple[Viewer, ...], about: Any) -> None:
        self.world, self.post, self.about = world, post, about
        self.ana, self.bea, self.cleo, self.lea = staff

    async def mails(self) -> list[str]:
        asker = asker_of(self.world.deps, self.world.database, self.world.stores)
        while await asker.sweep():
            pass
        return [to for to, _ in self.post.mails]


@pytest.fixture
async def stage(world: World, post: tuple[Post, int]) -> Stage:
    staff = await people(world)
    brand_id = world.scopes["north/casa"].brand_id
    change = BrandChange(1, policy=Policy(approvals=[TWO]))
    await world.deps.brands.change(staff[3].scope, staff[3], brand_id, change)
    about = await asked(world)
    ana = staff[0]
    await world.deps.replies.propose(ana.scope, ana, about.message_id, Release(NINE, 0, "d1"))
    return Stage(world, post[0], staff, about)


async def test_two_links_let_it_go(stage: Stage) -> None:
    to = await stage.mails()
    assert sorted(to) == ["bea@north.test", "cleo@north.test", "lea@north.test"]
    async with stage.world.client() as browser:
        bea, cleo = stage.post.link_of("bea@north.test"), stage.post.link_of("cleo@north.test")
        for _ in range(3):
            page = await browser.get(bea)
            assert page.status_code == 200
            assert NINE in page.text
            assert "an approver and the client&#39;s approver" in page.text
        assert await waiting(stage.world, stage.about) == []
        done = await browser.post(bea, data={"act": "approve"})
        assert "still needs the client" in done.text
        again = await browser.post(bea, data={"act": "approve"})
        assert (again.status_code, "used already" in again.text) == (409, True)
        assert "/login" in again.text
        done = await browser.post(cleo, data={"act": "approve"})
        assert done.status_code == 200
        assert "on its way" in done.text
        late = await browser.get(stage.post.link_of("lea@north.test"))
        assert "void" in late.text
        assert "rapport_session" not in browser.cookies
    (event,) = await waiting(stage.world, stage.about)
    approved = event.read(ReplyApproved)
    assert [one.name for one in approved.consents] == ["Bea", "Cleo"]
    trail = [one.action for one in await stage.world.deps.audit.entries(stage.lea.scope)]
    assert trail.count("reply.by_link") == 2


async def test_a_change_or_a_no_by_a_link(stage: Stage) -> None:
    await stage.mails()
    async with stage.world.client() as browser:
        bea, cleo = stage.post.link_of("bea@north.test"), stage.post.link_of("cleo@north.test")
        done = await browser.post(bea, data={"act": "change", "text": "We open at ten."})
        assert "still needs the client" in done.text
        assert "void" in (await browser.post(cleo, data={"act": "approve"})).text
        stage.post.mails.clear()
        assert sorted(await stage.mails()) == ["cleo@north.test"]
        cleo = stage.post.link_of("cleo@north.test")
        empty = await browser.post(cleo, data={"act": "reject", "reason": " "})
        assert empty.status_code == 409
        done = await browser.post(cleo, data={"act": "reject", "reason": "It is ten thirty."})
        assert "rejected" in done.text
    document = await stage.world.document("north/casa", stage.about.message_id)
    assert document["slots"]["s0"]["rejected"]["reason"] == "It is ten thirty."


@pytest.mark.parametrize("what", ["message", "draft", "person", "role", "time", "token"])
async def test_a_link_is_void_when_anything_changed(stage: Stage, what: str) -> None:
    await stage.mails()
    world, system = stage.world, stage.world.system("north")
    link, brand_id = stage.post.link_of("bea@north.test"), world.scopes["north/casa"].brand_id
    if what == "message":
        later = {"action": "edited", "text": "Sundays?", "version": "2026-11-02T00:00:00.000000Z"}
        await world.play("north/casa", message(brand_id, **later))
    elif what == "draft":
        replies = world.deps.replies
        await replies.save_draft(stage.ana.scope, stage.ana, stage.about.message_id, "Ten.", 1)
    elif what == "person":
        await world.stores.people.set_active(system, stage.bea.person_id, False)
    elif what == "role":
        await world.stores.people.grant(system, stage.bea.person_id, brand_id, None)
    elif what == "time":
        world.clock.advance(73 * 3600)
    else:
        link = link[:-4] + "AAAA"
    async with world.client() as browser:
        answer = await browser.post(link, data={"act": "approve"})
    assert answer.status_code == (404 if what == "token" else 409)
    assert await waiting(world, stage.about) == []
    stored = await world.database.approval_links.find({})
    assert all(link.rpartition("/")[2] not in str(one) for one in stored)
