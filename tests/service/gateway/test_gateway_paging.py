"""Pages: real e-mail and webhooks to receivers on this machine, retries, escalation, acknowledgement."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI, Request, Response
from gateway_world import World, settings_for
from pydantic import SecretStr
from storm_makers import incident_of, storm

from runtime.web import HttpServer
from services.gateway.app import pages_of
from services.gateway.domain.incident_views import PageView
from services.gateway.domain.paging import webhook_secret
from services.gateway.pager import Pager, Sender

KEY = "a paging key for tests only, long enough"


@dataclass
class Post:
    """A mail server and a webhook receiver; `refuses` and `statuses` say what they answer next."""

    mails: list[Any] = field(default_factory=list)
    hooks: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refuses: bool = False
    statuses: list[int] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        if self.refuses:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.hooks.append((dict(request.headers), await request.body()))
            return Response(status_code=self.statuses.pop(0) if self.statuses else 204)

        return app


@dataclass
class Paging:
    """A world whose pager reaches the receivers."""

    world: World
    post: Post
    pager: Pager
    hook_url: str

    async def raise_storm(self, severity: int = 2) -> str:
        brand_id, now = self.world.scopes["north/casa"].brand_id, self.world.clock.now()
        told = storm(brand_id, 1, opened_at=now, minutes=0, severity=severity)
        await self.world.play("north/casa", told)
        return incident_of(brand_id, now)

    async def contacts(self, *contacts: dict[str, str]) -> None:
        lena = await self.world.person("north", "lena@north.test", {"casa": "lead"})
        playbooks, brand_id = (
            self.world.deps.storms.playbooks,
            self.world.scopes["north/casa"].brand_id,
        )
        steps = [
            one.model_dump() for one in (await playbooks.get(lena.scope, brand_id)).playbook.steps
        ]
        given = {"steps": steps, "contacts": list(contacts)}
        await playbooks.change(lena.scope, lena, brand_id, 0, given)

    async def page(self, incident_id: str) -> PageView:
        lena = await self.world.viewer("lena@north.test")
        pages = await self.world.deps.storms.pages.of_incident(lena.scope, incident_id)
        return next(one for one in pages if one.role == "on_call")

    async def kinds(self, incident_id: str) -> list[str]:
        lena = await self.world.viewer("lena@north.test")
        log = await self.world.deps.storms.incidents.log(lena.scope, incident_id)
        return sorted(one.kind for one in log if one.kind != "transition")


@pytest.fixture
def driver() -> str:
    return "motor"


@pytest.fixture
async def paging(mongo_url: str, database_prefix: str) -> AsyncIterator[Paging]:
    post = Post()
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(post), "127.0.0.1", 0)
    port = mail.sockets[0].getsockname()[1]
    server = HttpServer(post.app(), "127.0.0.1", 0, drain_s=1)
    await server.start()
    settings = settings_for(
        mongo_url, database_prefix, "motor", gateway_paging_key=SecretStr(KEY),
        gateway_smtp_host="127.0.0.1", gateway_smtp_port=port, gateway_smtp_tls="none",
        gateway_smtp_from="rapport@agency.test",
    )  # fmt: skip
    world = World(settings)
    await world.database.start()
    await world.found("north", "casa")
    pages = pages_of(world.database, world.clock, world.stores)
    sender = Sender(settings, world.clock, world.caller)
    brands = world.stores.brands
    pager = Pager(pages, sender, brands.every, brands.name_of, world.metrics)
    yield Paging(world, post, pager, f"http://127.0.0.1:{server.port}/hook")
    await server.stop()
    mail.close()
    await world.database.stop()


def ana(**more: str) -> dict[str, str]:
    return {"contact_id": "ana", "name": "Ana", "email": "ana@agency.test", **more}


BEN = {"contact_id": "ben", "name": "Ben", "email": "ben@agency.test"}


def link_in(mail: Any) -> str:
    body = mail.content.decode().replace("=\r\n", "").replace("=3D", "=")
    found = re.search(r"/acknowledge/(\S+)", body)
    assert found
    return found.group(1)


async def test_the_first_is_called_by_mail_and_signed_webhook(paging: Paging) -> None:
    await paging.contacts(ana(webhook_url=paging.hook_url), BEN)
    incident_id = await paging.raise_storm()
    assert await paging.pager.sweep() == 2
    assert await paging.pager.sweep() == 0
    (mail,) = paging.post.mails
    assert mail.rcpt_tos == ["ana@agency.test"]
    assert b"Subject: Storm S2 at Casa" in mail.content
    ((headers, body),) = paging.post.hooks
    told = json.loads(body)
    assert told["text"].startswith("Storm S2 at Casa. Since 14:05: 46 hostile")
    secret = webhook_secret(KEY, paging.world.scopes["north/casa"].brand_id, "ana")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest.digest()).decode()}"
    page = await paging.page(incident_id)
    assert [(one.channel, one.state, len(one.attempts)) for one in page.deliveries] == [
        ("email", "sent", 1), ("webhook", "sent", 1),
    ]  # fmt: skip
    assert (page.called, page.state) == (["Ana"], "open")


async def test_who_does_not_acknowledge_is_followed_by_the_next(paging: Paging) -> None:
    await paging.contacts(ana(), BEN)
    incident_id = await paging.raise_storm()
    await paging.pager.sweep()
    paging.world.clock.advance(9 * 60)
    assert await paging.pager.sweep() == 0
    paging.world.clock.advance(61)
    assert await paging.pager.sweep() == 1
    assert [one.rcpt_tos for one in paging.post.mails] == [["ana@agency.test"], ["ben@agency.test"]]
    lena = await paging.world.viewer("lena@north.test")
    await paging.world.deps.storms.pages.acknowledge(lena.scope, lena, incident_id)
    paging.world.clock.advance(3600)
    assert await paging.pager.sweep() == 0
    assert await paging.kinds(incident_id) == ["acknowledged", "escalated", "page"]
    seen = await paging.world.deps.storms.incidents.incident(lena.scope, incident_id)
    assert {step.step_id: step.done_by for step in seen.steps if step.done_at} == {"page": "Lena"}


async def test_an_unreachable_pager_is_shown_and_the_next_called_at_once(paging: Paging) -> None:
    await paging.contacts(ana(), BEN)
    paging.post.refuses = True
    incident_id = await paging.raise_storm()
    assert await paging.pager.sweep() == 1
    assert (await paging.page(incident_id)).is_unreachable
    paging.post.refuses = False
    assert await paging.pager.sweep() == 1
    page = await paging.page(incident_id)
    assert (page.called, page.is_unreachable) == (["Ana", "Ben"], False)
    assert page.deliveries[0].state == "failed"
    assert "refused the address (550)" in page.deliveries[0].attempts[0].why
    assert await paging.kinds(incident_id) == ["escalated", "page", "unreachable"]


async def test_a_webhook_that_is_away_is_tried_again_under_the_same_id(paging: Paging) -> None:
    hook = {"contact_id": "duty", "name": "Duty", "webhook_url": paging.hook_url}
    await paging.contacts(hook)
    paging.post.statuses = [503, 500, 200]
    incident_id = await paging.raise_storm()
    await paging.pager.sweep()
    assert (await paging.page(incident_id)).is_unreachable
    for wait_s in (5, 30):
        paging.world.clock.advance(wait_s - 1)
        assert await paging.pager.sweep() == 0
        paging.world.clock.advance(1.1)
        assert await paging.pager.sweep() == 1
    assert len({headers["webhook-id"] for headers, _ in paging.post.hooks}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in paging.post.hooks}) == 3
    (delivery,) = (await paging.page(incident_id)).deliveries
    assert [one.is_sent for one in delivery.attempts] == [False, False, True]
    assert not (await paging.page(incident_id)).is_unreachable


async def test_what_a_killed_process_took_is_taken_up_again(paging: Paging) -> None:
    await paging.contacts(ana())
    await paging.raise_storm()
    pages = pages_of(paging.world.database, paging.world.clock, paging.world.stores)
    every = await paging.world.stores.brands.every()
    for page in await pages.due(every):
        await pages.call_next({**page})
        # The process dies between making the jobs and noting the call: the call is made anew.
        here = {"_id": page["_id"], "brand_id": page["brand_id"]}
        await paging.world.database.pages.update(
            here, {"$set": {"calls": 0, "escalates_at": page["escalates_at"]}}
        )
    assert await pages.take(every) is not None
    assert await paging.pager.sweep() == 0
    paging.world.clock.advance(61)
    assert await paging.pager.sweep() == 1
    assert len(paging.post.mails) == 1


async def test_the_link_works_once_and_shows_little(paging: Paging) -> None:
    await paging.contacts(ana(), BEN)
    incident_id = await paging.raise_storm()
    await paging.pager.sweep()
    token = link_in(paging.post.mails[0])
    client = paging.world.client()
    shown = await client.get(f"/acknowledge/{token}")
    assert shown.status_code == 200
    assert "46 hostile messages" in shown.text
    assert incident_id not in shown.text
    assert (await paging.page(incident_id)).state == "open"
    answer = await client.post(f"/acknowledge/{token}")
    assert answer.status_code == 200
    page = await paging.page(incident_id)
    assert (page.state, page.acknowledged_by) == ("acknowledged", "Ana")
    again = await client.post(f"/acknowledge/{token}")
    assert again.status_code == 409
    assert "Ana acknowledged" in again.text
    for spoilt in (token[:-2] + "AA", token[2:], "x", token.replace(".", "")):
        assert (await client.get(f"/acknowledge/{spoilt}")).status_code == 404


async def test_a_link_gets_old(paging: Paging) -> None:
    await paging.contacts(ana())
    incident_id = await paging.raise_storm()
    await paging.pager.sweep()
    paging.world.clock.advance(25 * 3600)
    client = paging.world.client()
    answer = await client.post(f"/acknowledge/{link_in(paging.post.mails[0])}")
    assert answer.status_code == 409
    assert (await paging.page(incident_id)).state == "open"


async def test_without_contacts_the_leads_are_called_and_a_missing_role_is_shown(
    paging: Paging,
) -> None:
    lena = await paging.world.person("north", "lena@north.test", {"casa": "lead"})
    incident_id = await paging.raise_storm(severity=3)
    await paging.pager.sweep()
    assert paging.post.mails[0].rcpt_tos == ["lena@north.test"]
    pages = await paging.world.deps.storms.pages.of_incident(lena.scope, incident_id)
    assert {one.role: one.state for one in pages} == {
        "on_call": "open", "client": "exhausted", "legal": "exhausted",
    }  # fmt: skip
    assert (await paging.kinds(incident_id)).count("unreachable") == 2
    brand_id = paging.world.scopes["north/casa"].brand_id
    now = paging.world.clock.now()
    over = storm(brand_id, 2, "calm", opened_at=now, before="storm")
    await paging.world.play("north/casa", over)
    pages = await paging.world.deps.storms.pages.of_incident(lena.scope, incident_id)
    assert {one.state for one in pages} == {"over"}
