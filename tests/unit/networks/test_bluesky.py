"""Bluesky's rules and facets by the recorded vectors, and every row of its error table."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.networks import bluesky
from contracts.networks.table import rules
from runtime.clock import FakeClock
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.bluesky import errors as reading
from services.ingest.connectors.bluesky import jetstream, notifications
from services.ingest.connectors.bluesky.memory import POSTS_KEPT, Memory
from services.ingest.connectors.protocol import Grant
from services.respond.networks.bluesky import Bluesky
from services.respond.networks.bluesky.facets import detect
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Found,
    Permanent,
    Publish,
    Retry,
    Search,
    Target,
    Unknown,
    Unreadable,
)
from services.respond.networks.protocol import (
    Reauthorise as GrantGone,
)

KEYS = st.sampled_from(["uri", "reason", "indexedAt", "did", "commit", "rkey", "operation", "text"])
FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures" / "bluesky"
NOW = datetime(2026, 7, 24, 21, 0, tzinfo=UTC)
DID = "did:plc:brandbrandbrandbrandbra1"
PARENT = "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kreply"
ACCOUNT = Account(DID, "https://pds.example", "abcd-efgh-ijkl-mnop")
TARGET = Target(PARENT, "comment", author_handle="user.bsky.social", language="de")
CLASSES = {"retry": Retry, "backoff": Backoff, "permanent": Permanent, "reauthorise": GrantGone}
SESSION = {"did": DID, "handle": "brand.example.com", "accessJwt": "a1", "refreshJwt": "r1"}
POST = {"uri": PARENT, "cid": "bafyparent", "author": {"did": "did:plc:useruseruseruseruseruse1"}}


def load(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


def respond(row: Any) -> httpx.Response:
    return httpx.Response(row["http_status"], headers=row["headers"], json=row["body"])


def writer(answers: dict[str, Any], calls: list[httpx.Request] | None = None) -> Bluesky:
    """Answers by the last word of the method; an exception is raised, a callable asked."""

    def handler(request: httpx.Request) -> httpx.Response:
        if calls is not None:
            calls.append(request)
        found = answers.get(request.url.path.rpartition(".")[2])
        if isinstance(found, Exception):
            raise found
        if callable(found):
            return found(request)
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found or {})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return Bluesky(client, FakeClock(NOW))


def usual(**more: Any) -> dict[str, Any]:
    missing = {"error": "RecordNotFound", "message": "Could not locate record"}
    return {
        "createSession": SESSION,
        "refreshSession": {**SESSION, "accessJwt": "a2", "refreshJwt": "r2"},
        "getPosts": {"posts": [POST]},
        "getRecord": httpx.Response(400, json=missing),
        "createRecord": load("create_record_response.json"),
    } | more


@pytest.mark.parametrize("vector", load("grapheme_vectors.json"))
def test_the_grapheme_vectors(vector: Any) -> None:
    measure = rules("bluesky").measure
    assert measure.length(vector["text"]) == vector["graphemes"]
    assert measure.fits(vector["text"]) is vector["ok"]


@pytest.mark.parametrize("vector", load("facet_vectors.json"))
def test_the_facet_vectors(vector: Any) -> None:
    data = vector["text"].encode()
    found = [
        {"text": data[one.start : one.end].decode(), "byteStart": one.start, "byteEnd": one.end}
        for one in detect(vector["text"])
    ]
    assert found == vector["facets"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not@right e.g. something-cool.jpg website.com.jpg/foo", []),
        ("see middle.com/foo, end", [("link", "https://middle.com/foo")]),
        ("@one.example.com!@#$x", [("mention", "one.example.com")]),
        ("#größe, #1 #a.b. ok", [("tag", "größe"), ("tag", "a.b")]),
        ("@nobody and @user@social.example", []),
    ],
)
def test_what_is_a_facet_and_what_is_not(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.value) for one in detect(text)] == found


@given(st.text())
def test_facets_never_overlap_nor_leave_the_text(text: str) -> None:
    end = 0
    for one in detect(text):
        assert end <= one.start < one.end <= len(text.encode("utf-8", "replace"))
        end = one.end


@given(st.text())
def test_a_record_key_is_a_tid_and_always_the_same(key: str) -> None:
    rkey = bluesky.record_key(key.encode("utf-8", "replace").decode())
    assert len(rkey) == 13
    assert rkey[0] in "234567abcdefghij"
    assert set(rkey) <= set("234567abcdefghijklmnopqrstuvwxyz")
    assert rkey == bluesky.record_key(key.encode("utf-8", "replace").decode())


@pytest.mark.parametrize("row", load("errors.json"))
async def test_every_row_of_the_error_table_when_writing(row: Any) -> None:
    for place in ("createSession", "getPosts", "createRecord"):
        answers = usual(**{place: respond(row)})
        if row["class"] == "reauthorise":
            answers |= {"refreshSession": respond(row)}
        outcome = await writer(answers).publish(ACCOUNT, Publish(TARGET, "Guten Tag", "key_1"))
        assert type(outcome) is CLASSES[row["class"]], place
        assert outcome.code.startswith(("bluesky.", "network."))
        if isinstance(outcome, Backoff):
            assert outcome.wait_s and outcome.wait_s >= 1


@pytest.mark.parametrize("row", load("errors.json"))
def test_every_row_of_the_error_table_when_reading(row: Any) -> None:
    meaning = reading.classify(respond(row), NOW)
    kinds: dict[str, type[RapportError]] = {
        "retry": Unavailable, "backoff": Unavailable, "permanent": Invalid, "reauthorise": Reauthorise,
    }  # fmt: skip
    name = row["body"]["error"]
    expected = {"InvalidSwap": Invalid, "AccountTakedown": Reauthorise}.get(
        name, kinds[row["class"]]
    )
    assert type(meaning) is expected
    if row["class"] == "backoff":
        assert isinstance(meaning, Unavailable)
        assert meaning.retry_after_s == 1784930000 - NOW.timestamp()


async def test_a_session_is_made_once_and_refreshed_once() -> None:
    calls: list[httpx.Request] = []

    def create(request: httpx.Request) -> httpx.Response:
        is_old = request.headers["authorization"] == "Bearer a1"
        body = {"error": "ExpiredToken", "message": "Token has expired"}
        return httpx.Response(400, json=body) if is_old else httpx.Response(200, json=POST)

    one = writer(usual(createRecord=create), calls)
    for key in ("key_1", "key_2"):
        await one.publish(ACCOUNT, Publish(TARGET, "hello", key))
    names = [call.url.path.rpartition(".")[2] for call in calls]
    assert names.count("createSession") == names.count("refreshSession") == 1
    refresh = calls[names.index("refreshSession")]
    assert refresh.headers["authorization"] == "Bearer r1"
    assert refresh.content == b""


async def test_a_post_carries_its_thread_facets_and_language() -> None:
    calls: list[httpx.Request] = []
    root = {"uri": f"at://{DID}/app.bsky.feed.post/3kroot", "cid": "bafyroot"}
    parent = {**POST, "record": {"reply": {"root": root, "parent": root}}}
    answers = usual(
        getPosts={"posts": [parent]},
        resolveHandle=httpx.Response(400, json={"error": "InvalidRequest"}),
    )
    text = "Grüße @user.bsky.social und @gone.example.com: https://example.com #hilfe"
    await writer(answers, calls).publish(ACCOUNT, Publish(TARGET, text, "key_1"))
    body = json.loads(calls[-1].content)
    record = body["record"]
    assert body["rkey"] == bluesky.record_key("key_1")
    assert record["reply"]["root"] == root
    assert record["reply"]["parent"] == {"uri": PARENT, "cid": "bafyparent"}
    assert record["langs"] == ["de"]
    assert record["createdAt"] == "2026-07-24T21:00:00.000Z"
    features = [one["features"][0] for one in record["facets"]]
    assert [one["$type"].partition("#")[2] for one in features] == ["mention", "link", "tag"]
    assert features[0]["did"] == "did:plc:useruseruseruseruseruse1"
    first = record["facets"][0]["index"]
    assert text.encode()[first["byteStart"] : first["byteEnd"]] == b"@user.bsky.social"


async def test_a_lost_answer_is_unknown_and_a_missing_parent_permanent() -> None:
    lost = writer(usual(createRecord=httpx.ReadTimeout("slow")))
    outcome = await lost.publish(ACCOUNT, Publish(TARGET, "hello", "key_1"))
    assert isinstance(outcome, Unknown)
    # What is lost before anything was written may simply be tried again.
    for place in ("createSession", "getPosts"):
        early = writer(usual(**{place: httpx.ReadTimeout("slow")}))
        assert isinstance(await early.publish(ACCOUNT, Publish(TARGET, "h", "key_1")), Retry)
    gone = writer(usual(getPosts={"posts": []}))
    outcome = await gone.publish(ACCOUNT, Publish(TARGET, "hello", "key_1"))
    assert isinstance(outcome, Permanent)
    assert outcome.code == "bluesky.target_gone"


async def test_finding_looks_at_the_record_of_the_key() -> None:
    search = Search(TARGET, "hello", NOW, key="key_1")
    uri = bluesky.at_uri(DID, bluesky.POSTS, bluesky.record_key("key_1"))
    there = {"uri": uri, "cid": "bafy", "value": {"text": "hello"}}
    assert isinstance(await writer(usual()).find(ACCOUNT, search), Absent)
    found = await writer(usual(getRecord=there)).find(ACCOUNT, search)
    assert isinstance(found, Found)
    assert found.external_id == uri
    odd = writer(usual(getRecord=httpx.Response(502, text="<html>")))
    assert isinstance(await odd.find(ACCOUNT, search), Unreadable)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"posts": 1}', b'{"posts":[7]}']
)
async def test_odd_answers_crash_nothing(body: bytes) -> None:
    for place in ("createSession", "getPosts", "createRecord", "getRecord"):
        one = writer(usual(**{place: httpx.Response(200, content=body)}))
        outcome = await one.publish(ACCOUNT, Publish(TARGET, "hello", "key_1"))
        assert outcome is not None


def row(uri: str, at: str, reason: str = "reply") -> dict[str, Any]:
    return {"uri": uri, "indexedAt": at, "reason": reason}


def test_sifting_stops_at_the_mark_and_takes_what_was_dated_back() -> None:
    page = {"notifications": [
        row("c", "2026-01-01T00:00:03.000Z"),
        row("b", "2026-01-01T00:00:02.000Z"),
        row("a", "2026-01-01T00:00:02.000Z"),
        row("like", "2026-01-01T00:00:02.000Z", "like"),
        row("late", "2025-12-31T00:00:00.000Z"),
        "odd",
    ]}  # fmt: skip
    known = notifications.mark_of("2026-01-01T00:00:02Z|b")
    news = notifications.sift(page, known, lambda uri: uri == "late")
    assert (news.uris(), news.is_end) == (["c", "late"], True)
    assert notifications.sift(page, None, lambda _: False).uris() == ["c", "b", "a", "late"]
    mark = notifications.newest(news.rows, known)
    assert mark is not None
    assert notifications.cursor_of(mark) == "2026-01-01T00:00:03Z|c"
    assert notifications.mark_of(notifications.cursor_of(mark)) == mark
    assert notifications.mark_of("nonsense") is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
ROWS = st.lists(st.dictionaries(KEYS, ANYTHING) | ANYTHING, max_size=6)


@given(ROWS, st.none() | st.just("2026-01-01T00:00:02Z|b"))
def test_no_page_is_too_odd(rows: list[Any], cursor: str | None) -> None:
    page = json.loads(json.dumps({"notifications": [*rows, row("x", "2026-02-01T00:00:00Z")]}))
    known = notifications.mark_of(cursor)
    news = notifications.sift(page, known, lambda _: True)
    assert "x" in news.uris()
    json.loads(news.raw().decode())
    notifications.newest(news.rows, known)
    notifications.known_uris(page, news)


@given(ANYTHING)
def test_no_frame_is_too_odd(value: Any) -> None:
    for frame in (value, {"commit": value, "did": DID}, {"commit": {"collection": value}}):
        jetstream.read(json.dumps(frame), DID, Memory())


def test_half_a_surrogate_in_a_text_holds_nothing_up() -> None:
    page = {"notifications": [{**row("a", "2026-01-01T00:00:02Z"), "record": {"text": "\ud800"}}]}
    assert b"ud800" in notifications.sift(page, None, lambda _: False).raw()


def test_the_memory_is_bounded_and_knows_who_wrote() -> None:
    memory = Memory()
    memory.keep(["at://did:plc:first/app.bsky.feed.post/1", "no address"])
    assert memory.authors() == {"did:plc:first"}
    memory.keep(f"at://did:plc:other/app.bsky.feed.post/{n}" for n in range(POSTS_KEPT))
    assert memory.authors() == {"did:plc:other"}
    assert not memory.has("at://did:plc:first/app.bsky.feed.post/1")


@pytest.mark.parametrize("name", ["jetstream_create_reply.json", "jetstream_delete.json"])
def test_what_a_frame_is_to_an_account(name: str) -> None:
    memory, frame = Memory(), load(name)
    text = json.dumps(frame)
    is_new = "create" in name
    first = jetstream.read(text, DID, memory)
    assert first.use is (jetstream.Use.HASTEN if is_new else jetstream.Use.DROP)
    assert first.time_us == frame["time_us"]
    memory.keep([bluesky.at_uri(frame["did"], bluesky.POSTS, "3kjet")])
    known = jetstream.read(text, DID, memory)
    assert known.use is (jetstream.Use.HASTEN if is_new else jetstream.Use.FORWARD)
    assert jetstream.read(text, frame["did"], memory).use is jetstream.Use.FORWARD


@pytest.mark.parametrize("text", ["", "[]", "null", b"\xff", '{"commit": 3}', '{"time_us": "x"}'])
def test_odd_frames_are_dropped(text: str | bytes) -> None:
    assert jetstream.read(text, DID, Memory()) == (jetstream.Use.DROP, None)


@pytest.mark.parametrize(
    ("told", "is_taken"),
    [
        ("wss://jetstream.example/subscribe", True),
        ("ws://jetstream.example/subscribe", False),
        ("https://jetstream.example", False),
        ("", False),
        ("wss://[", False),
    ],
)
def test_where_a_stream_may_be(told: str, is_taken: bool) -> None:
    grant = Grant("con_1", DID, "https://pds.example", "t", {"jetstream": told})
    assert (jetstream.address(grant, 7) is not None) is is_taken
