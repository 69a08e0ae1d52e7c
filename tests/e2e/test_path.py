"""The whole path through real parts: a comment is written at a network, labelled, answered, published."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.demo import OWNER_EMAIL
from sandbox.demo import DEMO
from tests.e2e.journey import PAGES, Journey, whole_rapport

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
CASA_PAGE, NORD_PAGE, VELO_PAGE = PAGES
CASA_MASTODON = next(
    a.account_id for a in DEMO if a.network == "mastodon" and a.brand == "casa-verde"
)


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with whole_rapport(tmp_path_factory.mktemp("rapport")) as journey:
        yield journey


def labelled(journey: Journey, external_id: str) -> Any:
    def look() -> Any:
        found = journey.shown(external_id)
        return found if found and found.get("labels") else None

    return journey.until(look)


def drafted(journey: Journey, external_id: str) -> Any:
    def look() -> Any:
        found = journey.shown(external_id)
        return found if found and found.get("reply", {}).get("state") == "drafted" else None

    return journey.until(look)


def in_state(journey: Journey, external_id: str, *states: str) -> Any:
    def look() -> Any:
        found = journey.shown(external_id)
        return found if found and found.get("reply", {}).get("state") in states else None

    return journey.until(look)


def answers_to(journey: Journey, external_id: str) -> list[dict[str, Any]]:
    return [row for row in journey.ledger() if row["in_reply_to"] == external_id]


def test_a_comment_is_labelled_drafted_approved_and_published_once(journey: Journey) -> None:
    item = journey.comment(
        CASA_PAGE, author="Lucía Ferrer", text="Hola! ¿Hacéis envíos a Canarias? Gracias"
    )
    message = drafted(journey, item["id"])
    assert message["labels"]["language"]["label"] == "es"
    assert message["labels"]["intent"]["label"] == "question"
    assert message["thread_id"].startswith("thr_")
    answer = journey.approve(message)
    assert answer.status_code == 200, answer.text
    published = in_state(journey, item["id"], "published")
    (row,) = answers_to(journey, item["id"])
    assert row["text"] == published["reply"]["text"]
    assert row["id"] == published["reply"]["external_id"]
    assert published["state"] == "answered"
    view = journey.gateway.get(f"/threads/{message['thread_id']}").json()
    own = [m for m in view["messages"] if m["is_own"]]
    assert len([m for m in own if m["external_id"] == row["id"]]) <= 1, "the echo is shown once"
    assert view["post"]["text"], "the post it hangs on was fetched"


def test_a_mention_at_mastodon_is_answered_no_more_publicly_than_it_was_asked(
    journey: Journey,
) -> None:
    item = journey.emit(
        network="mastodon", account=CASA_MASTODON, kind="dm", text="Hello, where is my order?"
    )
    message = drafted(journey, item["id"])
    assert message["visibility"] == "direct"
    assert journey.approve(message).status_code == 200
    in_state(journey, item["id"], "published")
    (row,) = answers_to(journey, item["id"])
    assert row["visibility"] == "direct"


def test_two_people_pressing_approve_at_once_publish_one_answer(journey: Journey) -> None:
    item = journey.comment(CASA_PAGE, text="Do you ship to Portugal?")
    message = drafted(journey, item["id"])
    found = journey.gateway.get(f"/messages/{message['message_id']}").json()
    body = {"text": "Yes, we do.", "revision": found["reply"]["revision"]}
    others = [httpx.Client(base_url=journey.gateway.base_url, timeout=20) for _ in range(4)]
    statuses: list[int] = []
    barrier = threading.Barrier(len(others))

    def press(client: httpx.Client) -> None:
        password = journey.platform.secrets.password
        signed = client.post("/session", json={"email": OWNER_EMAIL, "password": password})
        headers = {"X-CSRF-Token": signed.json()["csrf_token"]}
        barrier.wait()
        path = f"/messages/{message['message_id']}/approve"
        statuses.append(client.post(path, json=body, headers=headers).status_code)

    threads = [threading.Thread(target=press, args=(client,)) for client in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    in_state(journey, item["id"], "published")
    assert len(answers_to(journey, item["id"])) == 1


def test_edits_and_deletes_follow_the_source(journey: Journey) -> None:
    item = journey.comment(CASA_PAGE, text="The pot arrived brocken")
    labelled(journey, item["id"])
    edit = {"network": "facebook", "account": CASA_PAGE, "id": item["id"]}
    journey.emit(kind="edit", text="The pot arrived broken, third time!", **edit)
    journey.until(lambda: (journey.shown(item["id"]) or {}).get("text", "").endswith("time!"))
    journey.emit(kind="delete", **edit)
    journey.until(lambda: (journey.shown(item["id"]) or {}).get("is_deleted"))
    message = journey.shown(item["id"])
    assert message is not None
    assert journey.approve(message, "Sorry!").status_code in (403, 409)
    assert answers_to(journey, item["id"]) == []


def test_policy_hold_needs_an_approver_and_automatic_discloses_itself(journey: Journey) -> None:
    held = journey.comment(NORD_PAGE, text="Wann habt ihr wieder den Äthiopier im Laden?")
    message = drafted(journey, held["id"])
    assert message["reply"]["approval"] == "approver"
    praise = journey.comment(
        VELO_PAGE, text="Merci beaucoup, votre vélo est magnifique, je l'adore !"
    )
    sent = in_state(journey, praise["id"], "published", "drafted")
    if sent["reply"]["state"] == "published":
        (row,) = answers_to(journey, praise["id"])
        assert "automati" in row["text"].lower(), "what no person sent says so"


def test_an_answer_that_was_applied_and_lost_is_found_not_repeated(journey: Journey) -> None:
    journey.misbehave(
        network="facebook", operation="publish", kind="apply_then_drop", share=1.0, count=1
    )
    item = journey.comment(CASA_PAGE, text="Do you have the blue one in stock?")
    message = drafted(journey, item["id"])
    assert journey.approve(message, "Yes, it is in stock.").status_code == 200
    in_state(journey, item["id"], "published")
    assert len(answers_to(journey, item["id"])) == 1
    journey.behave()


def test_a_cut_stream_is_joined_again_and_the_gap_filled(journey: Journey) -> None:
    """What is written while the stream is down is found by polling, once."""
    journey.misbehave(network="mastodon", operation="stream", kind="stream_cut", share=1.0, count=1)
    mention = {"network": "mastodon", "account": CASA_MASTODON, "kind": "mention"}
    items = [journey.emit(text=f"Hola, ¿abrís el domingo? {n}", **mention) for n in range(3)]
    for item in items:
        labelled(journey, item["id"])
    journey.behave()
    later = journey.emit(text="Y el lunes, ¿abrís?", **mention)
    labelled(journey, later["id"])
    ids = [item["id"] for item in (*items, later)]
    assert journey.messages.count_documents({"content.external_id": {"$in": ids}}) == 4


def test_a_revoked_token_becomes_a_state_with_a_reason(journey: Journey) -> None:
    journey.misbehave(
        network="facebook", operation="publish", kind="revoked_token", share=1.0, account=NORD_PAGE
    )
    item = journey.comment(NORD_PAGE, text="Ist der Kaffee auch gemahlen zu haben?")
    message = drafted(journey, item["id"])
    assert journey.approve(message, "Ja, auf Wunsch mahlen wir ihn.").status_code == 200
    waiting = in_state(journey, item["id"], "waiting", "failed", "parked")
    assert waiting["reply"]["reason"]
    journey.behave()
    assert answers_to(journey, item["id"]) == []


def test_a_comment_reaches_an_open_inbox_page_at_once(journey: Journey) -> None:
    """The live stream tells of a new message well under a second after it was written."""
    url = journey.platform.url("gateway")
    delays: list[float] = []
    with (
        httpx.Client(base_url=url, cookies=journey.gateway.cookies, timeout=20) as page,
        page.stream("GET", "/live") as stream,
    ):
        lines = stream.iter_lines()
        next(lines)
        item = journey.comment(CASA_PAGE, text="Hello from the live test")
        written = time.monotonic()
        wanted = journey.until(lambda: journey.shown(item["id"]))["message_id"]
        for line in lines:
            if wanted in line:
                delays.append(time.monotonic() - written)
                break
    assert delays


def test_a_person_outside_sees_the_same_nothing(journey: Journey) -> None:
    item = journey.comment(VELO_PAGE, text="Bonjour, quelles tailles avez-vous ?")
    message = drafted(journey, item["id"])
    password = journey.platform.secrets.password
    with httpx.Client(base_url=journey.gateway.base_url, timeout=20) as jonas:
        jonas.post(
            "/session", json={"email": "jonas@studio-marea.example", "password": password}
        ).raise_for_status()
        real = jonas.get(f"/messages/{message['message_id']}")
        none = jonas.get(f"/messages/msg_{'0' * 32}")
        assert (real.status_code, real.content) == (404, none.content)
        queue = jonas.get("/messages", params={"state": "all"}).json()
        assert {m["brand"]["name"] for m in queue["items"]} <= {"Casa Verde", "Nordlicht Kaffee"}


def test_the_history_of_all_this_is_clean(journey: Journey) -> None:
    journey.platform.wait_until_idle(20)
    history = journey.history()
    assert history.lost == 0
    assert history.shown_twice == 0
    assert history.published_twice == 0


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    with whole_rapport(tmp_path) as first:
        item = first.comment(CASA_PAGE, text="Is the workshop on Saturday?")
        drafted(first, item["id"])
    with whole_rapport(tmp_path) as again:
        message = drafted(again, item["id"])
        assert again.approve(message, "Yes, on Saturday.").status_code == 200
        in_state(again, item["id"], "published")
        assert len(answers_to(again, item["id"])) == 1
