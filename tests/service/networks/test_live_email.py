"""E-mail both ways against a real IMAP and a real SMTP conversation on this machine."""

import asyncio
import json
from base64 import b64encode
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.errors import Invalid, Reauthorise, Unavailable
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Account as Mailbox
from services.ingest.connectors.email.connector import EmailConnector
from services.ingest.connectors.email.payloads import normalise
from services.ingest.connectors.protocol import Account, Grant, Normalised, Tools
from services.respond.networks import email
from services.respond.networks.protocol import Account as Sender
from services.respond.networks.protocol import (
    Backoff,
    Moderate,
    Permanent,
    Publish,
    Search,
    Sent,
    Target,
    Unknown,
    Unreadable,
)
from services.respond.networks.protocol import Reauthorise as Refused
from services.respond.networks.protocol import Tools as WritingTools

ADDRESS, PASSWORD = "care@brand.example", "app-password"
BRAND = Account(frozenset({ADDRESS}), frozenset({ADDRESS}))
FIXTURES = Path(__file__).parents[2] / "unit" / "networks_other" / "fixtures" / "email"


@pytest.fixture
async def options(sandbox: Sandbox, client: httpx.AsyncClient) -> dict[str, str]:
    sandbox.world.put_account(
        Mailbox(
            network="email", id=ADDRESS, brand="b", name="Brand", handle=ADDRESS, token=PASSWORD
        )
    )
    ports = (await client.get(f"{sandbox.origin}/mail/ports")).json()
    return {
        "imap_host": ports["host"],
        "imap_port": str(ports["imap_port"]),
        "smtp_host": ports["host"],
        "smtp_port": str(ports["smtp_port"]),
        "from_name": "Brand",
    }


@pytest.fixture
def grant(options: dict[str, str]) -> Grant:
    return Grant("con_1", ADDRESS, "", PASSWORD, options)


@pytest.fixture
def reader(tools: Tools) -> EmailConnector:
    return EmailConnector(replace(tools, is_loopback_allowed=True))


@pytest.fixture
def writer(writing_tools: WritingTools) -> email.Email:
    return email.Email(replace(writing_tools, is_loopback_allowed=True))


@pytest.fixture
def sender(options: dict[str, str]) -> Sender:
    return Sender(ADDRESS, "", PASSWORD, options)


async def emit(sandbox: Sandbox, text: str = "", **more: Any) -> str:
    wish = {"network": "email", "account": ADDRESS, "kind": "dm", "text": text, **more}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{sandbox.origin}/__control/emit", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def read(
    reader: EmailConnector, grant: Grant, cursor: str | None
) -> tuple[Normalised, str | None]:
    found = Normalised()
    async for page in reader.poll(grant, cursor):
        found.extend(normalise(page.raw, BRAND))
        cursor = page.cursor or cursor
    return found, cursor


def target(external_id: str, **more: Any) -> Target:
    fields = {"author_id": "kim@people.example", "root_id": external_id, "title": "My order"}
    return Target(external_id, "dm", **fields | more)


async def test_who_the_password_belongs_to(reader: EmailConnector, grant: Grant) -> None:
    identity = await reader.check(grant)
    assert (identity.account_id, identity.name) == (ADDRESS, "Brand")
    with pytest.raises(Reauthorise, match="login_refused"):
        await reader.check(replace(grant, token="wrong"))
    with pytest.raises(Unavailable, match="folder"):
        await reader.check(replace(grant, options={**grant.options, "folder": "Nowhere"}))


@pytest.mark.parametrize(
    "changes",
    [{"imap_host": ""}, {"imap_port": "x"}, {"imap_port": "0"}, {"imap_host": "10.0.0.1"}],
)
async def test_servers_that_are_never_called(
    reader: EmailConnector, grant: Grant, changes: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        await reader.check(replace(grant, options={**grant.options, **changes}))


async def test_loopback_is_closed_where_it_is_not_allowed(tools: Tools, grant: Grant) -> None:
    with pytest.raises(Invalid, match="net"):
        await EmailConnector(tools).check(grant)


async def test_everything_is_read_once_and_in_order(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    written = [await emit(sandbox, f"Letter {n}", extra={"subject": f"S{n}"}) for n in range(5)]
    found, cursor = await read(reader, grant, None)
    assert [item.external_id for item in found.items] == written
    assert (found.items[1].text, found.items[1].title) == ("Letter 1", "S1")
    assert (await read(reader, grant, cursor))[0].items == []
    written = [await emit(sandbox, "Later", id=written[0], kind="reply") for _ in range(2)]
    found, _ = await read(reader, grant, cursor)
    assert [item.external_id for item in found.items] == written
    assert len({item.thread_root_id for item in found.items}) == 1


async def test_folders_that_were_numbered_anew_are_read_again(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    written = await emit(sandbox, "Hello")
    _, cursor = await read(reader, grant, None)
    account = sandbox.world.account("email", ADDRESS)
    assert account is not None
    sandbox.world.put_account(account.model_copy(update={"options": {"uidvalidity": "7"}}))
    found, cursor = await read(reader, grant, cursor)
    assert [item.external_id for item in found.items] == [written]
    assert json.loads(cursor or "")["INBOX"][0] == 7


async def test_reading_again_from_a_day(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    written = await emit(sandbox, "Hello")
    found, cursor = await read(reader, grant, reader.since(datetime.now(UTC)))
    assert [item.external_id for item in found.items] == [written]
    assert "since" not in json.loads(cursor or "")


async def test_what_colleagues_sent_is_own(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    raw = b"From: Care <care@brand.example>\r\nTo: kim@people.example\r\nMessage-ID: <9@brand.example>\r\n\r\nOn its way."
    await emit(sandbox, "", extra={"raw": b64encode(raw).decode(), "folder": "Sent"})
    options = {**grant.options, "sent_folder": "Sent"}
    found, _ = await read(reader, replace(grant, options=options), None)
    assert [(item.external_id, item.is_own) for item in found.items] == [("9@brand.example", True)]


async def test_new_mail_is_told(sandbox: Sandbox, reader: EmailConnector, grant: Grant) -> None:
    await emit(sandbox, "Before")
    async with aclosing(reader.stream(grant)) as frames:
        waiting = asyncio.ensure_future(anext(frames))
        await asyncio.sleep(0.3)
        written = await emit(sandbox, "Now")
        page = await asyncio.wait_for(waiting, 10)
    assert [item.external_id for item in normalise(page.raw, BRAND).items] == [written]


async def test_a_large_letter_is_read_without_its_file(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    await emit(sandbox, "See the photo", extra={"file_bytes": "3000000"})
    pages = [page async for page in reader.poll(grant, None)]
    (item,) = normalise(pages[0].raw, BRAND).items
    assert len(pages[0].raw) < 10_000
    assert (item.text, [one.type for one in item.media]) == ("See the photo", ["image"])


async def test_machines_are_marked_and_reports_are_receipts(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    await emit(sandbox, "I am away", extra={"Auto-Submitted": "auto-replied"})
    await emit(sandbox, "", extra={"bounce_of": "key_1@brand.example"})
    bounce = b64encode((FIXTURES / "bounce.eml").read_bytes()).decode()
    await emit(sandbox, "", extra={"raw": bounce})
    found, _ = await read(reader, grant, None)
    assert [(item.text, item.is_automatic) for item in found.items] == [("I am away", True)]
    first, second = found.receipts
    assert (first.state, first.external_id) == ("failed", "key_1@brand.example")
    assert (first.code, first.reason) == ("email.refused", "550 5.1.1 no such user here")
    assert second.state == "failed"
    assert second.external_id


async def test_a_server_that_is_gone(
    sandbox: Sandbox, reader: EmailConnector, grant: Grant
) -> None:
    sandbox.misbehaviour.add(Wish(network="email", operation="read", kind="drop", count=1))
    with pytest.raises(Unavailable):
        await read(reader, grant, None)
    assert (await read(reader, grant, None))[0].items == []


# Writing


async def test_an_answer_lands_in_its_thread(
    sandbox: Sandbox, writer: email.Email, sender: Sender
) -> None:
    written = await emit(sandbox, "Where is my order?", extra={"subject": "My order"})
    outcome = await writer.publish(sender, Publish(target(written), "On its way, Kim. ❤", "key_1"))
    assert outcome == Sent("key_1@brand.example")
    (entry,) = sandbox.ledger.entries()
    assert (entry.in_reply_to, entry.text) == (written, "On its way, Kim. ❤")
    item = sandbox.world.item("email", "key_1@brand.example")
    assert item is not None
    assert item.extra["to"] == "kim@people.example"


async def test_an_automatic_answer_says_so(
    sandbox: Sandbox, writer: email.Email, sender: Sender
) -> None:
    written = await emit(sandbox, "Thanks!")
    publish = Publish(target(written, title="Re: My order"), "Thank you!", "k", is_by_person=False)
    await writer.publish(sender, publish)
    from sandbox.mail.post import Post

    item = sandbox.world.item("email", "k@brand.example")
    assert item is not None
    raw = Post(sandbox.world).raw(item).decode()
    assert "Auto-Submitted: auto-replied" in raw
    assert "Subject: Re: My order" in raw


@pytest.mark.parametrize(
    ("kind", "outcome", "applied"),
    [
        ("apply_then_drop", Unknown, 1),
        ("drop", Unknown, 0),
        ("apply_then_5xx", Unknown, 1),
        ("error_5xx", Unknown, 0),
        ("rate_limited", Backoff, 0),
        ("revoked_token", Refused, 0),
        ("html_error", Permanent, 0),
    ],
)
async def test_outcome_classes(
    sandbox: Sandbox, writer: email.Email, sender: Sender, kind: Any, outcome: type, applied: int
) -> None:
    sandbox.misbehaviour.add(Wish(network="email", kind=kind))
    found = await writer.publish(sender, Publish(target("1@people.example"), "Hello", "key_1"))
    assert isinstance(found, outcome), found
    assert len(sandbox.ledger.entries()) == applied


async def test_refusals_before_anything_is_sent(
    writer: email.Email, sender: Sender, writing_tools: WritingTools
) -> None:
    publish = Publish(target("1@people.example"), "Hello", "key_1")
    assert isinstance(await writer.publish(replace(sender, token="wrong"), publish), Refused)
    nobody = Publish(target("1@people.example", author_id=None), "Hello", "key_1")
    assert isinstance(await writer.publish(sender, nobody), Permanent)
    assert isinstance(await email.Email(writing_tools).publish(sender, publish), Permanent)
    closed = {**sender.options, "smtp_port": "1"}
    found = await writer.publish(replace(sender, options=closed), publish)
    assert getattr(found, "code", "") == "network.unreachable"


async def test_a_lost_answer_is_left_to_a_person(writer: email.Email, sender: Sender) -> None:
    search = Search(target("1@people.example"), "Hello", datetime.now(UTC))
    assert isinstance(await writer.find(sender, search), Unreadable)
    act = Moderate("delete", target("1@people.example"), "key_1")
    assert isinstance(await writer.moderate(sender, act), Permanent)
