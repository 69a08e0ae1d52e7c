"""Webhooks of the Graph stand-in: form, signature, retries, echoes, batches, misbehaviour."""

import hashlib
import hmac
import json

import httpx
import pytest

from sandbox.app import Sandbox
from sandbox.server import running
from sandbox.settings import Settings
from tests.service.sandbox.receiving import Receiver, recorded, until
from tests.service.sandbox.shapes import differences
from tests.service.sandbox.test_sandbox_graph import AUTH, PAGE, emit

NORD = "104210000000202"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("comment", "comment_add"),
        ("reply", "comment_reply_add"),
        ("edit", "comment_edited"),
        ("delete", "comment_removed_no_name"),
        ("mention", "mention_without_author"),
    ],
)
async def test_changes_have_the_recorded_keys(
    http: httpx.AsyncClient, receiver: Receiver, kind: str, name: str
) -> None:
    first = await emit(http, text="¿Qué tal? 🌿")
    made = first if kind == "comment" else await emit(http, kind=kind, text="más")
    count = 1 if kind == "comment" else 2
    await until(lambda: len(receiver.changes()) == count)
    theirs = recorded(f"facebook/{name}.json")
    verb = theirs["entry"][0]["changes"][0]["value"]["verb"]
    ours = json.loads(receiver.taken[-1][0])
    mine = [
        change
        for change in receiver.changes()
        if made["id"] in (change["value"].get("comment_id"), change["value"]["post_id"])
        and change["value"]["verb"] == verb
    ]
    assert differences(ours, theirs) == [] or count == 2
    assert differences(mine[-1], theirs["entry"][0]["changes"][0]) == []
    if kind == "delete":
        assert "message" not in mine[-1]["value"]
        assert "name" not in mine[-1]["value"]["from"]


async def test_signature_is_over_escaped_bytes(http: httpx.AsyncClient, receiver: Receiver) -> None:
    await emit(http, text="¿Abrís el lunes? 🌿")
    await until(lambda: len(receiver.taken) == 1)
    body, signature = receiver.taken[0]
    assert body.isascii()
    assert b"\\u00bfAbr\\u00eds" in body
    assert b"\\ud83c\\udf3f" in body
    digest = hmac.new(b"sandbox-app-secret", body, hashlib.sha256).hexdigest()
    assert signature == f"sha256={digest}"


async def test_refused_webhooks_are_sent_again(http: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.status = 503
    made = await emit(http)
    await until(lambda: receiver.refused >= 2)
    receiver.status = 200
    await until(lambda: len(receiver.taken) == 1)
    assert receiver.changes()[0]["value"]["comment_id"] == made["id"]
    state = (await http.get("/__control/state")).json()["webhooks"]
    assert (state["pending"], state["delivered"]) == (0, 1)


async def test_own_words_come_back(http: httpx.AsyncClient, receiver: Receiver) -> None:
    comment = await emit(http)
    sent = await http.post(f"/graph/{comment['id']}/comments", headers=AUTH, data={"message": "x"})
    own_id = sent.json()["id"]
    await until(lambda: any(c["value"]["comment_id"] == own_id for c in receiver.changes()))
    own = next(c for c in receiver.changes() if c["value"]["comment_id"] == own_id)
    assert own["value"]["from"] == {"id": PAGE, "name": "Casa Verde"}


async def test_many_changes_of_two_pages_are_batched(
    http: httpx.AsyncClient, receiver: Receiver
) -> None:
    await http.post("/__control/misbehave", json={"kind": "webhook_delay", "delay_s": 60})
    await emit(http, count=30, text="n {n}")
    await emit(http, account=NORD, count=30, text="n {n}")
    await http.post("/__control/webhooks/retry")
    await until(lambda: len(receiver.changes()) >= 60)
    assert len(receiver.taken) < 60
    pages = [{e["id"] for e in json.loads(body)["entry"]} for body, _ in receiver.taken]
    assert {PAGE, NORD} in pages
    assert len({c["value"]["comment_id"] for c in receiver.changes()}) == 60


async def test_duplicates_on_demand(http: httpx.AsyncClient, receiver: Receiver) -> None:
    await http.post("/__control/misbehave", json={"kind": "webhook_duplicate"})
    made = await emit(http)
    await until(lambda: len(receiver.changes()) == 2)
    assert {c["value"]["comment_id"] for c in receiver.changes()} == {made["id"]}


async def test_out_of_order_on_demand(http: httpx.AsyncClient, receiver: Receiver) -> None:
    wish = {"kind": "webhook_out_of_order", "delay_s": 0.5, "seed": 3}
    await http.post("/__control/misbehave", json=wish)
    ids = (await emit(http, count=12))["ids"]
    await until(lambda: len(receiver.changes()) == 12)
    arrived = [c["value"]["comment_id"] for c in receiver.changes()]
    assert sorted(arrived) == sorted(ids)
    assert arrived != ids


async def test_handshake(http: httpx.AsyncClient, receiver: Receiver) -> None:
    answer = (await http.post("/__control/webhooks/handshake")).json()
    assert answer == {"is_accepted": True, "status": 200}
    receiver.verify_token = "another"
    answer = (await http.post("/__control/webhooks/handshake")).json()
    assert answer == {"is_accepted": False, "status": 403}


async def test_unsubscribed_pages_are_silent(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    await http.delete(f"/graph/{PAGE}/subscribed_apps", headers=AUTH)
    await emit(http)
    assert sandbox.webhooks.state()["pending"] == 0
    await http.post(f"/graph/{PAGE}/subscribed_apps", headers=AUTH)
    await emit(http)
    told = sandbox.webhooks.state()
    assert told.get("delivered", 0) + told["pending"] == 1


async def test_a_restart_goes_on(receiver: Receiver, settings: Settings, tmp_path) -> None:
    kept = settings.model_copy(update={"state": tmp_path / "sandbox.sqlite"})
    receiver.status = 503
    async with running(kept) as one, httpx.AsyncClient(base_url=one.origin) as http:
        comment = await emit(http, text="before")
        url = f"/graph/{comment['id']}/comments"
        await http.post(url, headers=AUTH, data={"message": "answer"})
        items = len(one.world.items())
    receiver.status = 200
    async with running(kept) as one, httpx.AsyncClient(base_url=one.origin) as http:
        assert len(one.world.items()) == items
        assert [e.text for e in one.ledger.entries()] == ["answer"]
        newer = await emit(http, text="after")
        assert newer["id"] != comment["id"]
        wanted = {comment["id"], newer["id"]}
        await until(lambda: wanted <= {c["value"]["comment_id"] for c in receiver.changes()})
