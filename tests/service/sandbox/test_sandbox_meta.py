"""What the sandbox pushes for messages and Instagram: the recorded keys and types, signed, as the connectors read them."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.registry import normalisers
from services.ingest.signatures import Call, is_valid
from tests.service.sandbox.receiving import Receiver, until
from tests.service.sandbox.shapes import differences

FIXTURES = Path(__file__).parents[2] / "unit" / "networks_other" / "fixtures"
PAGE, INSTAGRAM = "104210000000101", "17841400000000101"
TOKEN = "sandbox-facebook-casa-verde"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def meta(http: httpx.AsyncClient) -> httpx.AsyncClient:
    for network, account_id in (("messenger", PAGE), ("instagram", INSTAGRAM)):
        account = {
            "network": network, "id": account_id, "brand": "casa-verde", "name": "Casa Verde",
            "handle": "casaverde", "token": TOKEN,
        }  # fmt: skip
        assert (await http.post("/__control/accounts", json=account)).status_code == 200
    post = {"network": "instagram", "account": INSTAGRAM, "text": "Look"}
    assert (await http.post("/__control/posts", json=post)).status_code == 200
    return http


async def emit(http: httpx.AsyncClient, network: str, kind: str, **more: Any) -> dict[str, Any]:
    account = INSTAGRAM if network == "instagram" else PAGE
    body = {"network": network, "account": account, "kind": kind, **more}
    answer = await http.post("/__control/emit", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def documents(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for body, _ in receiver.taken]


def parts(receiver: Receiver, name: str) -> list[dict[str, Any]]:
    entries = [entry for one in documents(receiver) for entry in one["entry"]]
    return [part for entry in entries for part in entry.get(name, [])]


def recorded(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


def read(receiver: Receiver) -> Normalised:
    """All that was pushed, read by the connector that the body's object names."""
    found = Normalised()
    for body, signature in receiver.taken:
        headers = {"x-hub-signature-256": signature}
        assert is_valid("x-hub-signature-256", Call(body, headers, None), ("sandbox-app-secret",))
        network = {"page": "facebook"}.get(json.loads(body)["object"], "instagram")
        found.extend(normalisers()[network](body, Account()))
    assert not found.problems
    return found


async def test_a_message_has_the_recorded_form(meta: httpx.AsyncClient, receiver: Receiver) -> None:
    made = await emit(meta, "messenger", "dm", text="Hola, ¿abrís hoy?")
    await until(lambda: len(receiver.taken) == 1)
    (document,) = documents(receiver)
    theirs = recorded("messenger/message_text.json")
    # The recorded ids are numbers: an older delivery; both are read alike.
    assert document["entry"][0].keys() == theirs["entry"][0].keys()
    (event,) = parts(receiver, "messaging")
    their_event = theirs["entry"][0]["messaging"][0]
    assert event.keys() == their_event.keys()
    assert isinstance(event["timestamp"], int)
    (item,) = read(receiver).items
    assert (item.network, item.external_id, item.thread_root_id) == (
        "messenger", made["id"], made["author_id"],
    )  # fmt: skip
    assert item.text == "Hola, ¿abrís hoy?"


async def test_edits_unsent_messages_and_standby(
    meta: httpx.AsyncClient, receiver: Receiver
) -> None:
    made = await emit(meta, "messenger", "dm", text="tomorow")
    await emit(meta, "messenger", "edit", id=made["id"], text="tomorrow")
    await emit(meta, "messenger", "delete", id=made["id"])
    await emit(meta, "messenger", "dm", text="to a bot", extra={"standby": "yes"})
    await until(lambda: len(read(receiver).items) == 4)
    items = read(receiver).items
    known = {(item.action, item.text, item.is_automatic) for item in items}
    assert known == {
        ("created", "tomorow", False), ("edited", "tomorrow", False), ("deleted", None, False),
        ("created", "to a bot", True),
    }  # fmt: skip
    assert len(parts(receiver, "standby")) == 1


async def test_an_own_message_comes_back_with_our_key_and_receipts(
    meta: httpx.AsyncClient, receiver: Receiver, sandbox: Sandbox
) -> None:
    made = await emit(meta, "messenger", "dm", text="hi")
    body = {
        "recipient": {"id": made["author_id"]}, "messaging_type": "RESPONSE",
        "message": {"text": "Hello!", "metadata": "rpl_1"},
    }  # fmt: skip
    sent = (await meta.post("/graph/v23.0/me/messages", headers=AUTH, json=body)).json()
    assert sent["recipient_id"] == made["author_id"]
    await emit(meta, "messenger", "dm", extra={"receipt": "read"})
    await until(
        lambda: {one.state for one in read(receiver).receipts} == {"sent", "delivered", "read"}
    )
    receipts = {one.state: one for one in read(receiver).receipts}
    assert (receipts["sent"].our_key, receipts["sent"].external_id) == ("rpl_1", sent["message_id"])
    assert {one.peer for one in receipts.values()} == {made["author_id"]}
    assert {one.account_id for one in receipts.values()} == {PAGE}
    assert receipts["read"].watermark_at is not None
    echo = next(one for one in parts(receiver, "messaging") if "is_echo" in one.get("message", {}))
    theirs = recorded("messenger/echo_by_our_app.json")["entry"][0]["messaging"][0]
    assert theirs["message"].keys() - echo["message"].keys() == {"seq"}
    own = [item for item in read(receiver).items if item.is_own]
    assert {item.thread_root_id for item in own} == {made["author_id"]}
    assert sandbox.ledger.duplicates() == []


async def test_instagram_is_pushed_in_its_own_bodies(
    meta: httpx.AsyncClient, receiver: Receiver
) -> None:
    comment = await emit(meta, "instagram", "comment", text="Ist das auch in Blau da?")
    await emit(meta, "instagram", "reply", id=comment["id"], text="I want to know, too")
    await emit(meta, "instagram", "mention", text="lovely")
    await emit(meta, "instagram", "dm", text="hello")
    await emit(meta, "facebook", "comment", text="on the page")
    await until(lambda: len(read(receiver).items) == 5)
    assert {one["object"] for one in documents(receiver)} == {"page", "instagram"}
    changes = parts(receiver, "changes")
    theirs = recorded("instagram/comment_changes.json")["entry"][0]["changes"][0]
    reply = next(one for one in changes if one["value"].get("text") == "I want to know, too")
    assert differences(reply["value"], theirs["value"]) == []
    items = {item.text: item for item in read(receiver).items if item.network == "instagram"}
    first, second = items["Ist das auch in Blau da?"], items["I want to know, too"]
    assert (first.created_at, second.parent_external_id) == (None, first.external_id)
    assert {item.kind for item in items.values()} == {"comment", "mention", "dm"}


async def test_instagram_tells_neither_edits_nor_deletions(
    meta: httpx.AsyncClient, receiver: Receiver
) -> None:
    made = await emit(meta, "instagram", "comment", text="first")
    await emit(meta, "instagram", "delete", id=made["id"])
    await emit(meta, "instagram", "comment", text="last")
    await until(lambda: len(parts(receiver, "changes")) == 2)
    assert {one["value"]["text"] for one in parts(receiver, "changes")} == {"first", "last"}


async def test_a_review_has_the_recorded_form(meta: httpx.AsyncClient, receiver: Receiver) -> None:
    await emit(meta, "facebook", "review", text="Ja ziemlich coole Sache", extra={"rating": "3"})
    await until(lambda: len(receiver.taken) == 1)
    (change,) = parts(receiver, "changes")
    fixture = FIXTURES.parents[1] / "ingest" / "fixtures" / "facebook" / "rating_add.json"
    theirs = json.loads(fixture.read_text())["entry"][0]["changes"][0]
    assert differences(change, theirs) == []
    (item,) = read(receiver).items
    assert (item.kind, item.text) == ("review", "Ja ziemlich coole Sache")


async def test_what_a_network_has_not_is_said(meta: httpx.AsyncClient) -> None:
    for network, kind in (
        ("messenger", "review"),
        ("messenger", "comment"),
        ("instagram", "review"),
    ):
        account = INSTAGRAM if network == "instagram" else PAGE
        body = {"network": network, "account": account, "kind": kind}
        assert (await meta.post("/__control/emit", json=body)).status_code == 422
