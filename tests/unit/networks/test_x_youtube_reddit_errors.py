"""Every row of the three networks' error tables, for whoever writes and whoever reads; words that X and Reddit use."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from services.ingest.connectors.reddit.errors import classify as read_reddit
from services.ingest.connectors.reddit.errors import quota_of as quota_of_reddit
from services.ingest.connectors.x.errors import classify as read_x
from services.ingest.connectors.x.errors import quota_of as quota_of_x
from services.ingest.connectors.youtube.errors import classify as read_youtube
from services.respond.networks import reddit, x, youtube
from services.respond.networks.protocol import (
    Account,
    Backoff,
    Moderate,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
)

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures"
CLASSES = {
    "retry": Retry, "backoff": Backoff, "permanent": Permanent, "reauthorise": Reauthorise,
}  # fmt: skip
READING = {"x": read_x, "youtube": read_youtube, "reddit": read_reddit}
WRITING = {"x": x.build, "youtube": youtube.build, "reddit": reddit.build}
_NOT_ENGAGED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise"
    " engaged by the author of the post you are replying to."
)
NOW = datetime(2024, 1, 16, 12, 0, tzinfo=UTC)
ACCOUNT = Account("1", "https://network.example", "tok-secret", {"username": "me"})
TARGETS = {
    "x": Target("900", "mention", author_id="5"),
    "youtube": Target("Ugx1", "comment", "vid", "ana", root_id="vid"),
    "reddit": Target("t1_a", "comment", "t3_b", "ana", root_id="t3_b"),
}


def rows() -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name}-{number}")
        for name in READING
        for number, row in enumerate(json.loads((FIXTURES / name / "errors.json").read_text()))
    ]


def answer(row: Any) -> httpx.Response:
    body = row["body"]
    content = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(
        row["http_status"], headers=row["headers"], content=content,
        request=httpx.Request("POST", "https://network.example"),
    )  # fmt: skip


def network(name: str, reply: Any) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        # X is asked for the versions of a post, and for a text it says it has: these tests are about the answer.
        if name == "x" and request.method == "GET":
            known = {"data": {"id": "900", "edit_history_tweet_ids": ["900"]}}
            is_list = request.url.path.endswith("/tweets")
            return httpx.Response(200, json={"meta": {"result_count": 0}} if is_list else known)
        return reply(request) if callable(reply) else reply

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return WRITING[name](Tools(client, client, SystemClock()))


@pytest.mark.parametrize(("name", "row"), rows())
async def test_every_row_while_writing(name: str, row: Any) -> None:
    outcome = await network(name, answer(row)).publish(ACCOUNT, Publish(TARGETS[name], "Hi", "k"))
    assert type(outcome) is CLASSES[row["class"]], outcome
    assert outcome.code.split(".")[0] in (name, "network")
    assert outcome.reason
    assert "tok-secret" not in outcome.reason


@pytest.mark.parametrize(("name", "row"), rows())
def test_every_row_while_reading(name: str, row: Any) -> None:
    if row["http_status"] == 200:
        pytest.skip("only an answer to writing")
    meaning = READING[name](answer(row), NOW)
    expected = {"retry": Unavailable, "backoff": Unavailable, "reauthorise": GrantRefused}
    if name == "youtube" and "processingFailure" in json.dumps(row["body"]):
        expected["retry"] = Invalid
    assert isinstance(meaning, expected.get(row["class"], Invalid)), meaning
    if row["class"] == "backoff":
        assert meaning.retry_after_s


@pytest.mark.parametrize("name", list(WRITING))
@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"null", b'{"data":3}', b"\xff", b"[" * 5000]
)
async def test_an_odd_success_is_unknown_and_nothing_raises(name: str, content: bytes) -> None:
    odd = httpx.Response(200, content=content)
    half = network(name, odd)
    outcome = await half.publish(ACCOUNT, Publish(TARGETS[name], "Hi", "k"))
    assert isinstance(outcome, Unknown)
    await half.find(ACCOUNT, Search(TARGETS[name], "Hi", NOW))
    for act in ("hide", "unhide", "delete", "like", "unlike", "block"):
        await half.moderate(ACCOUNT, Moderate(act, TARGETS[name], "k"))


@pytest.mark.parametrize("name", list(WRITING))
@pytest.mark.parametrize("status", [302, 400, 403, 404, 408, 410, 429, 500, 502, 503])
async def test_pages_of_proxies_are_no_surprise(name: str, status: int) -> None:
    page = httpx.Response(status, content=b"<html>no</html>")
    outcome = await network(name, page).publish(ACCOUNT, Publish(TARGETS[name], "Hi", "k"))
    assert not isinstance(outcome, Sent)
    doubtful = isinstance(outcome, Retry) and outcome.is_doubtful
    assert doubtful is (status >= 500 or status == 408)


async def test_a_connection_that_breaks_is_unknown() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    for name, target in TARGETS.items():
        outcome = await network(name, broken).publish(ACCOUNT, Publish(target, "Hi", "k"))
        assert isinstance(outcome, Unknown)


def test_what_the_headers_say_is_left() -> None:
    told = quota_of_x(
        httpx.Response(200, headers={
            "x-rate-limit-remaining": "7", "x-rate-limit-limit": "300", "x-rate-limit-reset": "1705420800",
        })
    )  # fmt: skip
    assert told is not None
    assert (told.remaining, told.limit) == (7, 300)
    assert told.resets_at == datetime(2024, 1, 16, 16, 0, tzinfo=UTC)
    assert quota_of_x(httpx.Response(200)) is None
    told = quota_of_reddit(
        httpx.Response(200, headers={
            "x-ratelimit-remaining": "599.0", "x-ratelimit-used": "1", "x-ratelimit-reset": "60",
        }), NOW,
    )  # fmt: skip
    assert told is not None
    assert (told.remaining, told.limit) == (599, 600)
    assert told.resets_at == datetime(2024, 1, 16, 12, 1, tzinfo=UTC)
    for odd in ("", "nan", "inf", "-1", "x"):
        assert (
            quota_of_reddit(httpx.Response(200, headers={"x-ratelimit-remaining": odd}), NOW)
            is None
        )


@pytest.mark.parametrize(
    ("words", "wait_s"),
    [
        ("Take a break for 9 minutes before trying again.", 600),
        ("Take a break for 1 minute before trying again.", 120),
        ("Take a break for 50 seconds before trying again.", 51),
        ("try again in 2 hours", 3 * 3600),
        ("later", None),
    ],
)
async def test_reddit_tells_the_wait_in_words(words: str, wait_s: float | None) -> None:
    body = {"json": {"errors": [["RATELIMIT", words, "ratelimit"]]}}
    half = network("reddit", httpx.Response(200, json=body))
    outcome = await half.publish(ACCOUNT, Publish(TARGETS["reddit"], "Hi", "k"))
    assert isinstance(outcome, Backoff)
    assert outcome.wait_s == wait_s


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("You are not allowed to create a Tweet with duplicate content.", "x.duplicate_text"),
        (_NOT_ENGAGED, "x.reply_not_allowed"),
        ("You attempted to reply to a Tweet that is deleted or not visible to you.", "x.target_gone"),
        ("You cannot send messages to this user.", "x.messages_closed"),
        ("Something else.", "x.not_allowed"),
    ],
)  # fmt: skip
async def test_x_tells_why_in_words(detail: str, code: str) -> None:
    refused = httpx.Response(403, json={"detail": detail, "title": "Forbidden", "status": 403})
    outcome = await network("x", refused).publish(ACCOUNT, Publish(TARGETS["x"], "Hi", "k"))
    assert isinstance(outcome, Permanent)
    assert outcome.code == code


async def test_x_answers_the_version_it_knows_when_it_cannot_ask_for_the_newest() -> None:
    asked: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(503)
        asked.append(json.loads(request.content))
        return httpx.Response(201, json={"data": {"id": "901", "text": "Hi"}})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    half = x.build(Tools(client, client, SystemClock()))
    outcome = await half.publish(ACCOUNT, Publish(TARGETS["x"], "Hi", "k"))
    assert outcome == Sent("901", "https://x.com/i/web/status/901")
    assert asked == [{"text": "Hi", "reply": {"in_reply_to_tweet_id": "900"}}]
