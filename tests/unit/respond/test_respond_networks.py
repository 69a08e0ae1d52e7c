"""Every row of the networks' error tables, and what a lost or odd answer is taken for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.respond.networks import facebook, mastodon
from services.respond.networks.facebook import Facebook
from services.respond.networks.mastodon import Mastodon
from services.respond.networks.matching import fingerprint, plain
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Found,
    Gone,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
    Unreadable,
    classify_transport,
)

FIXTURES = Path(__file__).parents[1] / "ingest" / "fixtures"
CLASSES = {
    "retry": Retry, "backoff": Backoff, "permanent": Permanent, "reauthorise": Reauthorise,
}  # fmt: skip
PAGE = Account("100", "https://graph.example/v23.0", "tok-secret")
ACCOUNT = Account("7", "https://social.example", "tok-secret")
COMMENT = Target("100_1_5", "comment", "100_1")
STATUS = Target("900", "mention", None, "ana@other.example", "unlisted", "es")
SENT_AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
NETWORKS: dict[str, Any] = {"facebook": Facebook, "mastodon": Mastodon}


def rows(network: str) -> list[Any]:
    table = json.loads((FIXTURES / network / "errors.json").read_text())
    return [pytest.param(network, row, id=f"{network}-{n}") for n, row in enumerate(table)]


def answer(row: Any) -> httpx.Response:
    body = row["body"]
    content = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(row["http_status"], headers=row["headers"], content=content)


def network(name: str, reply: Callable[[httpx.Request], httpx.Response] | httpx.Response) -> Any:
    answered = reply if callable(reply) else lambda _: reply

    def handler(request: httpx.Request) -> httpx.Response:
        # A status is read before it is answered; these tests are about the answer.
        if (request.method, request.url.path) == ("GET", f"/api/v1/statuses/{STATUS.external_id}"):
            return httpx.Response(200, json={"id": "900", "visibility": "unlisted"})
        return answered(request)

    return NETWORKS[name](httpx.AsyncClient(transport=httpx.MockTransport(handler)))


def publish_to(name: str) -> tuple[Account, Publish]:
    target, account = (COMMENT, PAGE) if name == "facebook" else (STATUS, ACCOUNT)
    return account, Publish(target, "We open at nine.", "key_1")


def search(target: Target, text: str = "We open at nine.", **more: Any) -> Search:
    return Search(target, text, SENT_AT, **more)


@pytest.mark.parametrize(("name", "row"), [*rows("facebook"), *rows("mastodon")])
async def test_every_row_of_the_error_tables(name: str, row: Any) -> None:
    outcome = await network(name, answer(row)).publish(*publish_to(name))
    assert not isinstance(outcome, Sent)
    assert type(outcome).__name__ == CLASSES[row["class"]].__name__
    assert outcome.code.startswith((f"{name}.", "network."))
    assert outcome.reason
    if isinstance(outcome, Retry):
        assert outcome.is_doubtful


@pytest.mark.parametrize(("name", "row"), [*rows("facebook"), *rows("mastodon")])
async def test_no_error_is_taken_for_absence(name: str, row: Any) -> None:
    target, account = (COMMENT, PAGE) if name == "facebook" else (STATUS, ACCOUNT)
    finding = await network(name, answer(row)).find(account, search(target))
    is_gone = name == "facebook" and "does not exist" in json.dumps(row["body"])
    assert type(finding) is (Gone if is_gone else Unreadable)


def test_waits_are_read_where_the_network_tells_them() -> None:
    table = {row.values[1].get("note", ""): row.values[1] for row in rows("facebook")}
    minutes = facebook.classify(answer(table["wait estimated_time_to_regain_access MINUTES"]))
    assert isinstance(minutes, Backoff)
    assert minutes.wait_s == 19 * 60
    blocked = facebook.classify(answer(table["temporary policy block: long wait + tell a human"]))
    assert isinstance(blocked, Backoff)
    assert blocked.wait_s is not None
    assert blocked.wait_s >= 3600
    headers = {
        "X-RateLimit-Reset": "2026-08-01T15:00:00.869078Z", "Date": "Sat, 01 Aug 2026 14:58:00 GMT",
    }  # fmt: skip
    limited = mastodon.classify(httpx.Response(429, headers=headers, json={"error": "Too many"}))
    assert isinstance(limited, Backoff)
    assert limited.wait_s == pytest.approx(120.87, abs=0.1)
    after = mastodon.classify(httpx.Response(429, headers={"Retry-After": "7"}))
    assert isinstance(after, Backoff)
    assert after.wait_s == 7


@pytest.mark.parametrize("name", ["facebook", "mastodon"])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), Retry),
        (httpx.ConnectTimeout("slow"), Retry),
        (httpx.PoolTimeout("busy"), Retry),
        (httpx.ReadTimeout("slow"), Unknown),
        (httpx.ReadError("reset"), Unknown),
        (httpx.WriteError("reset"), Unknown),
        (httpx.WriteTimeout("slow"), Unknown),
        (httpx.RemoteProtocolError("disconnected"), Unknown),
        (httpx.UnsupportedProtocol("ftp"), Permanent),
    ],
)
async def test_what_counts_is_whether_the_request_can_have_arrived(
    name: str, error: Exception, kind: type
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    outcome = await network(name, fail).publish(*publish_to(name))
    assert type(outcome) is kind
    assert getattr(outcome, "is_doubtful", False) is False
    assert type(classify_transport(error)) is kind


@pytest.mark.parametrize("name", ["facebook", "mastodon"])
@pytest.mark.parametrize(
    "odd", [b"", b"<html>ok</html>", b"[]", b"{}", b'{"id": 5}', b'{"id": ""}', b"\xff", b"null"]
)
async def test_a_success_without_an_id_is_unknown(name: str, odd: bytes) -> None:
    outcome = await network(name, httpx.Response(200, content=odd)).publish(*publish_to(name))
    assert type(outcome) is Unknown


@pytest.mark.parametrize("name", ["facebook", "mastodon"])
@pytest.mark.parametrize("status", [301, 400, 403, 404, 408, 410, 418, 429, 500, 502, 504, 599])
@pytest.mark.parametrize(
    "body", ["<html>proxy</html>", "", '{"error": 5}', '{"error": {"code": "x"}}']
)
async def test_html_and_odd_errors_crash_nothing(name: str, status: int, body: str) -> None:
    outcome = await network(name, httpx.Response(status, content=body)).publish(*publish_to(name))
    assert not isinstance(outcome, Sent | Unknown)
    if status >= 500 or status == 408:
        assert isinstance(outcome, Retry | Permanent)


@pytest.mark.parametrize("name", ["facebook", "mastodon"])
async def test_the_token_is_in_the_header_only(name: str) -> None:
    seen: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "1"} if request.method == "POST" else [])

    one = network(name, note)
    account, publish = publish_to(name)
    await one.publish(account, publish)
    await one.find(account, search(publish.target))
    assert len(seen) >= 2
    for request in seen:
        assert request.headers["authorization"] == "Bearer tok-secret"
        assert "tok-secret" not in f"{request.url}{request.content!r}"
    assert "tok-secret" not in repr(account)


async def test_a_status_carries_key_parent_visibility_and_language() -> None:
    seen: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "1", "url": "https://social.example/1"})

    one = network("mastodon", note)
    assert await one.publish(ACCOUNT, publish_to("mastodon")[1]) == Sent(
        "1", "https://social.example/1"
    )
    assert seen[0].headers["idempotency-key"] == "key_1"
    assert json.loads(seen[0].content) == {
        "status": "We open at nine.", "in_reply_to_id": "900", "visibility": "unlisted",
        "language": "es",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "parent", "visibility"),
    [
        ("mention", "public", "public"), ("mention", "unlisted", "unlisted"),
        ("mention", "private", "private"), ("dm", "direct", "direct"), ("dm", None, "direct"),
        ("dm", "public", "direct"), ("mention", None, "private"),
    ],
)  # fmt: skip
def test_an_answer_is_never_more_public(kind: Any, parent: Any, visibility: str) -> None:
    assert mastodon.visibility_of(Target("1", kind, visibility=parent)) == visibility


def test_the_author_is_mentioned_once() -> None:
    one = network("mastodon", httpx.Response(200))
    assert one.text_for(STATUS, "Hi.") == "@ana@other.example Hi."
    assert one.text_for(STATUS, "Hi @Ana@other.example.") == "Hi @Ana@other.example."
    assert one.text_for(Target("1", "mention"), "Hi.") == "Hi."


def comment(text: str, number: int, **more: Any) -> dict[str, Any]:
    at = SENT_AT + timedelta(seconds=more.pop("age_s", 1))
    return {
        "id": f"c{number}", "message": text, "from": {"id": more.pop("by", "100")},
        "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "taken", "finding"),
    [
        ([comment("We open at  nine. ", 1)], set(), Found("c1")),
        ([comment("We open at nine.", 1)], {"c1"}, Absent()),
        ([comment("We open at nine.", 1, by="55")], set(), Absent()),
        ([comment("We open at ten.", 1)], set(), Absent()),
        ([comment("We open at nine.", 1, age_s=-600)], set(), Absent()),
        ([comment("We open at nine.", 1), comment("We open at nine.", 2)], {"c1"}, Found("c2")),
        ([], set(), Absent()),
        ([None, "x", {}], set(), Absent()),
    ],
)
async def test_finding_an_own_comment(rows: Any, taken: set[str], finding: Any) -> None:
    one = network("facebook", httpx.Response(200, json={"data": rows}))
    assert await one.find(PAGE, search(COMMENT, taken=frozenset(taken))) == finding


async def test_an_answer_to_an_answer_is_looked_for_one_level_up() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        is_upper = request.url.path.endswith("/100_1/comments")
        return httpx.Response(
            200, json={"data": [comment("We open at nine.", 1)] if is_upper else []}
        )

    assert await network("facebook", reply).find(PAGE, search(COMMENT)) == Found("c1")


async def test_pages_are_followed_to_before_the_call() -> None:
    calls: list[str | None] = []

    def reply(request: httpx.Request) -> httpx.Response:
        after = request.url.params.get("after")
        calls.append(after)
        paging = {"next": "https://x", "cursors": {"after": "p2"}}
        if after is None:
            return httpx.Response(200, json={"data": [comment("new", 1)], "paging": paging})
        old = comment("old", 3, age_s=-600)
        return httpx.Response(
            200, json={"data": [comment("We open at nine.", 2), old], "paging": paging}
        )

    target = Target("100_1", "post")
    assert await network("facebook", reply).find(PAGE, search(target)) == Found("c2")
    calls.clear()
    missing = search(target, text="never sent")
    assert await network("facebook", reply).find(PAGE, missing) == Absent()
    assert calls == [None, "p2"]


def status(html: str, number: int, **more: Any) -> dict[str, Any]:
    at = SENT_AT + timedelta(seconds=more.pop("age_s", 1))
    return {
        "id": str(number),
        "content": html,
        "in_reply_to_id": "900",
        "created_at": at.isoformat(),
        **more,
    }


LINKED = (
    '<p><span class="h-card"><a href="https://other.example/@ana" class="u-url mention">@<span>ana'
    '</span></a></span> See <a href="https://casa.example/hours"><span class="invisible">https://</span>'
    "<span>casa.example/hours</span></a><br>It&#39;s open</p><p>Casa</p>"
)


@pytest.mark.parametrize(
    ("rows", "text", "finding"),
    [
        ([status("<p>We open at nine.</p>", 1)], "We open at nine.", Found("1")),
        (
            [status(LINKED, 1)],
            "@ana@other.example See https://casa.example/hours\nIt's open\n\nCasa",
            Found("1"),
        ),
        (
            [status("<p>We open at nine.</p>", 1, in_reply_to_id="901")],
            "We open at nine.",
            Absent(),
        ),
        ([status("<p>We open at nine.</p>", 1, age_s=-600)], "We open at nine.", Absent()),
        ([{"id": "5"}, "x"], "We open at nine.", Unreadable),
        ([], "We open at nine.", Absent()),
    ],
)
async def test_finding_an_own_status(rows: Any, text: str, finding: Any) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[] if "max_id" in request.url.params and rows else rows)

    found = await network("mastodon", reply).find(ACCOUNT, search(STATUS, text))
    assert found == (Absent() if finding is Unreadable else finding)


async def test_the_limit_of_the_server_is_asked_for() -> None:
    told = {"configuration": {"statuses": {"max_characters": 5000}}}
    assert (
        await network("mastodon", httpx.Response(200, json=told)).limit_of(ACCOUNT, STATUS) == 5000
    )
    for odd in (httpx.Response(500), httpx.Response(200, json=[]), httpx.Response(200, json={})):
        assert await network("mastodon", odd).limit_of(ACCOUNT, STATUS) == 500


def test_fingerprints_bear_what_networks_do_to_texts() -> None:
    assert fingerprint("@ana@other.example Hi – it’s  OPEN!") == fingerprint("@ana hi it's open")
    assert fingerprint("❤️ ❤️") == fingerprint("❤️❤️") != fingerprint("👍")
    assert fingerprint("At nine.") != fingerprint("At ten.")
    assert plain("<p>a<br>b &amp; c</p>").split() == ["a", "b", "&", "c"]
