"""The Mastodon stand-in over HTTP: notifications, paging, posting, threads, errors, limits."""

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx
import pytest

from sandbox.server import running
from sandbox.settings import Settings
from tests.service.sandbox.receiving import recorded
from tests.service.sandbox.shapes import differences

CASA = "117020565000000101"
AUTH = {"Authorization": "Bearer sandbox-mastodon-casa-verde"}
NOTES = "/mastodon/api/v1/notifications"
STATUSES = "/mastodon/api/v1/statuses"


async def emit(http: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    body = {"network": "mastodon", "account": CASA, **more}
    answer = await http.post("/__control/emit", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def link(answer: httpx.Response, rel: str) -> dict[str, list[str]]:
    found = re.search(rf'<([^>]+)>; rel="{rel}"', answer.headers["link"])
    assert found is not None
    return parse_qs(urlparse(found[1]).query)


async def test_notification_has_the_recorded_keys(http: httpx.AsyncClient) -> None:
    await emit(http, kind="mention", text="hello!", author="Mina Sample")
    answer = await http.get(NOTES, headers=AUTH, params={"types[]": "mention"})
    theirs = recorded("mastodon/notifications_page.json")
    assert differences(answer.json(), theirs["body"]) == []
    assert set(answer.json()[0]["status"]) == set(theirs["body"][0]["status"])
    assert {name.lower() for name in theirs["headers"]} <= set(answer.headers)
    content = answer.json()[0]["status"]["content"]
    expected = recorded("mastodon/notification_mention.json")["status"]["content"]
    ours = re.sub(r'href="[^"]+"', "", content).replace("casaverde", "NAME")
    assert ours == re.sub(r'href="[^"]+"', "", expected).replace("mastodonpy_test", "NAME")


async def test_paging_up_with_min_id_and_down_with_max_id(http: httpx.AsyncClient) -> None:
    made = (await emit(http, kind="mention", count=10, text="n {n}"))["ids"]
    newest = await http.get(NOTES, headers=AUTH, params={"limit": 3})
    assert [n["status"]["id"] for n in newest.json()] == made[:-4:-1]
    older = await http.get(
        NOTES, headers=AUTH, params={"limit": "3", "max_id": link(newest, "next")["max_id"][0]}
    )
    assert [n["status"]["id"] for n in older.json()] == made[-4:-7:-1]

    seen, lowest = [], "0"
    while True:
        params = {"limit": "4", "min_id": lowest, "types[]": "mention"}
        page = await http.get(NOTES, headers=AUTH, params=params)
        if not page.json():
            assert "link" not in page.headers
            break
        seen += [n["status"]["id"] for n in reversed(page.json())]
        lowest = link(page, "prev")["min_id"][0]
        assert link(page, "prev")["types[]"] == ["mention"]
    assert seen == made
    since = await http.get(NOTES, headers=AUTH, params={"limit": "2", "since_id": "1"})
    assert [n["status"]["id"] for n in since.json()] == made[:-3:-1]


async def test_types_are_filtered(http: httpx.AsyncClient) -> None:
    await emit(http, kind="mention")
    none = await http.get(NOTES, headers=AUTH, params={"exclude_types[]": "mention"})
    assert none.json() == []


async def test_idempotency_key_gives_the_first_status_again(http: httpx.AsyncClient) -> None:
    comment = await emit(http, author="Mina Sample")
    body = {"status": "@minasample hola", "in_reply_to_id": comment["id"], "visibility": "public"}
    keyed = AUTH | {"Idempotency-Key": "0b6f7a6e"}
    first = await http.post(STATUSES, headers=keyed, json=body)
    again = await http.post(STATUSES, headers=keyed, data=body)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["in_reply_to_id"] == comment["id"]
    assert first.json()["mentions"][0]["acct"] == "minasample"
    ledger = (await http.get("/__control/ledger")).json()
    assert [(e["id"], e["idempotency_key"]) for e in ledger] == [(first.json()["id"], "0b6f7a6e")]
    other = await http.post(STATUSES, headers=AUTH | {"Idempotency-Key": "2"}, json=body)
    assert other.json()["id"] != first.json()["id"]
    assert len((await http.get("/__control/ledger/duplicates")).json()) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [("   ", 422), ("x" * 501, 422), ("x" * 500, 200), ("👩‍👩‍👧‍👦" * 500, 200)],
)
async def test_length_is_counted_in_graphemes(
    http: httpx.AsyncClient, status: str, code: int
) -> None:
    answer = await http.post(STATUSES, headers=AUTH, json={"status": status})
    assert answer.status_code == code
    if code == 422:
        assert answer.json()["error"].startswith("Validation failed: Text ")


async def test_long_links_and_hosts_count_short(http: httpx.AsyncClient) -> None:
    text = "y" * 460 + " https://example.com/" + "z" * 200 + " @mina@a-very-long-host.example"
    assert (await http.post(STATUSES, headers=AUTH, json={"status": text})).status_code == 200


async def test_threads_history_and_deletes(http: httpx.AsyncClient) -> None:
    top = await emit(http, text="first")
    reply = await emit(http, kind="reply", id=top["id"], text="second")
    context = (await http.get(f"{STATUSES}/{reply['id']}/context", headers=AUTH)).json()
    assert [s["id"] for s in context["ancestors"]] == [top["post_id"], top["id"]]
    below = (await http.get(f"{STATUSES}/{top['post_id']}/context", headers=AUTH)).json()
    assert [s["id"] for s in below["descendants"]] == [top["id"], reply["id"]]
    await emit(http, kind="edit", id=top["id"], text="first, better")
    status = (await http.get(f"{STATUSES}/{top['id']}", headers=AUTH)).json()
    assert status["edited_at"] is not None
    history = (await http.get(f"{STATUSES}/{top['id']}/history", headers=AUTH)).json()
    assert ["first, better" in h["content"] for h in history] == [False, True]
    await emit(http, kind="delete", id=top["id"])
    gone = await http.get(f"{STATUSES}/{top['id']}", headers=AUTH)
    assert (gone.status_code, gone.json()) == (404, {"error": "Record not found"})


async def test_direct_messages_are_seen_by_the_account_alone(http: httpx.AsyncClient) -> None:
    made = await emit(http, kind="dm", text="quietly")
    mine = await http.get(f"{STATUSES}/{made['id']}", headers=AUTH)
    assert mine.json()["visibility"] == "direct"
    other = {"Authorization": "Bearer sandbox-mastodon-nordlicht"}
    assert (await http.get(f"{STATUSES}/{made['id']}", headers=other)).status_code == 404


async def test_own_timeline_and_delete(http: httpx.AsyncClient) -> None:
    made = (await http.post(STATUSES, headers=AUTH, data={"status": "hello world"})).json()
    url = f"/mastodon/api/v1/accounts/{CASA}/statuses"
    own = (await http.get(url, headers=AUTH, params={"limit": "2"})).json()
    assert own[0]["id"] == made["id"]
    liked = await http.post(f"{STATUSES}/{made['id']}/favourite", headers=AUTH)
    assert liked.json()["favourited"] is True
    deleted = await http.delete(f"{STATUSES}/{made['id']}", headers=AUTH)
    assert deleted.json()["text"] == "hello world"
    assert (await http.get(url, headers=AUTH)).json()[0]["id"] != made["id"]


async def test_instance_and_credentials(http: httpx.AsyncClient) -> None:
    instance = (await http.get("/mastodon/api/v2/instance")).json()
    assert instance["configuration"]["statuses"]["max_characters"] == 500
    assert instance["configuration"]["urls"]["streaming"].startswith("ws://127.0.0.1:")
    me = await http.get("/mastodon/api/v1/accounts/verify_credentials", headers=AUTH)
    assert (me.json()["id"], me.json()["acct"]) == (CASA, "casaverde")
    bad = await http.get(
        "/mastodon/api/v1/accounts/verify_credentials", headers={"Authorization": "Bearer x"}
    )
    assert (bad.status_code, bad.json()) == (401, {"error": "The access token is invalid"})


async def test_the_real_request_limit(settings: Settings) -> None:
    strict = settings.model_copy(update={"mastodon_rate_limit": 2})
    async with running(strict) as one, httpx.AsyncClient(base_url=one.origin) as http:
        answers = [await http.get(NOTES, headers=AUTH) for _ in range(3)]
    theirs = recorded("mastodon/errors.json")[4]
    assert answers[1].headers["x-ratelimit-remaining"] == "0"
    assert (answers[2].status_code, answers[2].json()) == (429, theirs["body"])
    assert answers[2].headers["x-ratelimit-reset"].endswith("Z")
