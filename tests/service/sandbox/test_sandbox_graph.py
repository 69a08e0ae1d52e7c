"""The Graph stand-in over HTTP: reading, publishing, moderating, paging, errors."""

from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox
from tests.service.sandbox.receiving import recorded
from tests.service.sandbox.shapes import differences

PAGE = "104210000000101"
AUTH = {"Authorization": "Bearer sandbox-facebook-casa-verde"}
FIELDS = "id,message,from,created_time,parent,attachment,is_hidden,permalink_url"


async def emit(http: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    body = {"network": "facebook", "account": PAGE, **more}
    answer = await http.post("/__control/emit", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_version_is_optional_and_token_may_be_a_parameter(http: httpx.AsyncClient) -> None:
    plain = await http.get("/graph/me", params={"access_token": "sandbox-facebook-casa-verde"})
    versioned = await http.get("/graph/v23.0/me", headers=AUTH)
    assert plain.json() == versioned.json() == {"id": PAGE, "name": "Casa Verde"}


async def test_feed_pages_to_the_end(http: httpx.AsyncClient) -> None:
    seen: list[str] = []
    params = {"limit": "2"}
    while True:
        page = (await http.get(f"/graph/{PAGE}/feed", headers=AUTH, params=params)).json()
        seen += [post["id"] for post in page["data"]]
        if "next" not in page["paging"]:
            break
        params["after"] = page["paging"]["cursors"]["after"]
    assert len(seen) == len(set(seen)) == 5
    assert all(one.startswith(f"{PAGE}_") for one in seen)


async def test_comments_page_has_the_recorded_keys(http: httpx.AsyncClient) -> None:
    for number in range(3):
        await emit(http, text=f"number {number}")
    last = await emit(http, kind="reply", text="an answer")
    params = {
        "filter": "stream",
        "order": "reverse_chronological",
        "fields": FIELDS + ",comment_count,can_hide,can_remove,can_reply_privately",
        "limit": "3",
    }
    url = f"/graph/v23.0/{last['post_id']}/comments"
    page = (await http.get(url, headers=AUTH, params=params)).json()
    theirs = recorded("facebook/comments_page.json")
    assert differences(page["paging"], theirs["paging"]) == []
    assert differences(page["data"][1], theirs["data"][0]) == []
    assert page["data"][0]["parent"]["id"] == last["parent_id"]
    assert [c["message"] for c in page["data"]] == ["an answer", "number 2", "number 1"]
    rest = await http.get(
        url, headers=AUTH, params=params | {"after": page["paging"]["cursors"]["after"]}
    )
    assert [c["message"] for c in rest.json()["data"]] == ["number 0"]
    back = await http.get(
        url,
        headers=AUTH,
        params=params | {"before": rest.json()["paging"]["cursors"]["before"]},
    )
    assert back.json()["data"] == page["data"]


async def test_an_answer_to_an_answer_lands_under_the_top_comment(http: httpx.AsyncClient) -> None:
    top = await emit(http, text="first")
    reply = await emit(http, kind="reply", id=top["id"], text="second")
    sent = await http.post(
        f"/graph/{reply['id']}/comments", headers=AUTH, data={"message": "Hola Inés"}
    )
    own = await http.get(f"/graph/{sent.json()['id']}", headers=AUTH, params={"fields": FIELDS})
    assert own.json()["parent"]["id"] == top["id"]
    assert own.json()["from"]["id"] == PAGE
    entry = (await http.get("/__control/ledger")).json()[0]
    assert (entry["in_reply_to"], entry["text"]) == (reply["id"], "Hola Inés")


async def test_json_publish_and_duplicates(http: httpx.AsyncClient) -> None:
    comment = await emit(http, text="hello?")
    for _ in range(2):
        url = f"/graph/{comment['id']}/comments"
        assert (await http.post(url, headers=AUTH, json={"message": "hi"})).status_code == 200
    groups = (await http.get("/__control/ledger/duplicates")).json()
    assert [(g["in_reply_to"], g["count"], g["is_same_text"]) for g in groups] == [
        (comment["id"], 2, True)
    ]


async def test_moderation(http: httpx.AsyncClient) -> None:
    comment = await emit(http, text="rude words")
    url = f"/graph/{comment['id']}"
    assert (await http.post(url, headers=AUTH, params={"is_hidden": "true"})).json()["success"]
    assert (await http.get(url, headers=AUTH, params={"fields": "is_hidden"})).json()["is_hidden"]
    assert (await http.post(f"{url}/likes", headers=AUTH)).json() == {"success": True}
    assert (await http.delete(f"{url}/likes", headers=AUTH)).json() == {"success": True}
    assert (await http.delete(url, headers=AUTH)).json() == {"success": True}
    gone = await http.get(url, headers=AUTH)
    error = gone.json()["error"]
    assert (gone.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)


@pytest.mark.parametrize(
    ("headers", "message", "code"),
    [({}, "x", 2500), ({"Authorization": "Bearer nobody"}, "x", 190), (AUTH, "  ", 100)],
)
async def test_refusals_have_graphs_form(
    http: httpx.AsyncClient, sandbox: Sandbox, headers: dict[str, str], message: str, code: int
) -> None:
    comment = await emit(http)
    answer = await http.post(
        f"/graph/{comment['id']}/comments", headers=headers, data={"message": message}
    )
    theirs = recorded("facebook/errors.json")[6]["body"]
    assert differences(answer.json(), theirs) == []
    assert answer.json()["error"]["code"] == code
    assert sandbox.ledger.entries() == []


async def test_another_pages_comment_is_not_there(http: httpx.AsyncClient) -> None:
    comment = await emit(http)
    other = {"Authorization": "Bearer sandbox-facebook-nordlicht"}
    assert (await http.get(f"/graph/{comment['id']}", headers=other)).status_code == 400
