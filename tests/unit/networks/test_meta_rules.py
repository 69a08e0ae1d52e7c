"""Facebook, Messenger and Instagram: what is allowed, how long, when, and what Graph's errors mean."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.networks.table import rules
from services.ingest.connectors.graph_errors import quota
from services.ingest.connectors.protocol import Account as Whose
from services.ingest.connectors.registry import normalisers
from services.respond.networks import facebook, instagram, messenger
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Found,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unreadable,
)

FIXTURES = Path(__file__).parents[1] / "ingest" / "fixtures" / "facebook"
ROWS = json.loads((FIXTURES / "errors.json").read_text())
CLASSES = {
    "retry": Retry, "backoff": Backoff, "permanent": Permanent, "reauthorise": Reauthorise,
}  # fmt: skip
BUILDS = {"facebook": facebook.build, "messenger": messenger.build, "instagram": instagram.build}
META = tuple(BUILDS)
ACCOUNT = Account("100", "https://graph.example/v23.0", "tok-secret", {"handle": "casa"})
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COMMENT = Target("55", "comment", "9", "ana", root_id="9", author_id="7")
MESSAGE = Target("m_1", "dm", None, None, "direct", root_id="7", author_id="7")


def writer(name: str, reply: Any) -> Any:
    handler = reply if callable(reply) else lambda _: reply
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return BUILDS[name](Tools(client, client, None))  # type: ignore[arg-type]


def target_of(name: str) -> Target:
    return MESSAGE if name == "messenger" else COMMENT


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
async def test_every_row_gets_its_class_from_every_network(name: str, row: Any) -> None:
    answer = httpx.Response(row["http_status"], headers=row["headers"], json=row["body"])
    publish = Publish(target_of(name), "hi", "rpl_1")
    outcome = await writer(name, answer).publish(ACCOUNT, publish)
    assert type(outcome) is CLASSES[row["class"]]
    assert outcome.code.startswith((f"{name}.", "network."))
    finding = await writer(name, answer).find(ACCOUNT, Search(MESSAGE, "hi", NOW))
    assert not isinstance(finding, Sent)


async def test_the_window_of_instagram_has_a_number_of_its_own() -> None:
    error = {"error": {"message": "(#10) outside of window", "code": 10, "error_subcode": 2534022}}
    one = writer("instagram", httpx.Response(400, json=error))
    outcome = await one.publish(ACCOUNT, Publish(MESSAGE, "hi", "rpl_1"))
    assert outcome == Permanent("instagram.window_closed", "(#10) outside of window")


async def test_an_own_key_goes_with_messages_of_a_page_only() -> None:
    bodies: list[Any] = []

    def note(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"recipient_id": "7", "message_id": "m_2"})

    for name in ("messenger", "instagram"):
        sent = await writer(name, note).publish(ACCOUNT, Publish(MESSAGE, "hi", "rpl_1"))
        assert sent == Sent("m_2")
    late = Publish(MESSAGE, "hi", "rpl_1", is_in_window=False)
    await writer("messenger", note).publish(ACCOUNT, late)
    told = {"recipient": {"id": "7"}, "message": {"text": "hi", "metadata": "rpl_1"}}
    assert bodies == [
        {**told, "messaging_type": "RESPONSE"},
        {"recipient": {"id": "7"}, "message": {"text": "hi"}, "messaging_type": "RESPONSE"},
        {**told, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"},
    ]


@pytest.mark.parametrize(
    ("name", "target", "text"),
    [
        ("facebook", COMMENT, "x" * 2001), ("messenger", MESSAGE, "x" * 2001),
        ("instagram", MESSAGE, "日" * 334), ("instagram", COMMENT, "日" * 334),
    ],
)  # fmt: skip
async def test_a_message_that_is_too_long_is_not_sent(name: str, target: Target, text: str) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be sent")

    publish = Publish(target, text, "rpl_1", is_private=target is COMMENT)
    outcome = await writer(name, fail).publish(ACCOUNT, publish)
    assert isinstance(outcome, Permanent)
    assert outcome.code == "text.too_long"


async def test_an_account_may_write_under_another_id_in_conversations() -> None:
    row = {
        "id": "m_2",
        "message": "mine",
        "from": {"id": "999"},
        "created_time": "2026-11-23T12:00:05+0000",
    }
    answer = httpx.Response(200, json={"data": [{"id": "aWc_1", "messages": {"data": [row]}}]})
    one = writer("instagram", answer)
    assert await one.find(ACCOUNT, Search(MESSAGE, "mine", NOW)) == Found("m_2")
    theirs = {**row, "from": {"id": "7"}}
    answer = httpx.Response(200, json={"data": [{"id": "aWc_1", "messages": {"data": [theirs]}}]})
    assert await writer("instagram", answer).find(ACCOUNT, Search(MESSAGE, "mine", NOW)) == Absent()


async def test_a_cut_conversation_proves_nothing() -> None:
    rows = [
        {
            "id": f"m_{n}",
            "message": "other",
            "from": {"id": "100"},
            "created_time": "2026-11-23T12:05:00+0000",
        }
        for n in range(20)
    ]
    edge = {"data": rows, "paging": {"cursors": {"after": "x"}, "next": "https://x"}}
    answer = httpx.Response(200, json={"data": [{"id": "t_1", "messages": edge}]})
    finding = await writer("messenger", answer).find(ACCOUNT, Search(MESSAGE, "mine", NOW))
    assert isinstance(finding, Unreadable)


@pytest.mark.parametrize(
    ("network", "kind", "text", "length", "fits"),
    [
        ("messenger", "dm", "é" * 2000, 2000, True),
        ("messenger", "dm", "é" * 2001, 2001, False),
        ("instagram", "dm", "日" * 333, 999, True),
        ("instagram", "dm", "日" * 334, 1002, False),
        ("instagram", None, "日", 3, True),
        ("instagram", "comment", "日" * 2200, 2200, True),
        ("instagram", "comment", "x" * 2201, 2201, False),
        ("instagram", "dm", "\ud800", 3, True),
    ],
)
def test_lengths(network: str, kind: Any, text: str, length: int, fits: bool) -> None:
    measure = rules(network).measure_for(kind)
    assert (measure.length(text), measure.fits(text)) == (length, fits)


@pytest.mark.parametrize("network", ["messenger", "instagram"])
def test_windows_close_after_a_day_and_for_a_person_after_a_week(network: str) -> None:
    window = rules(network).window
    assert window is not None
    assert window.closes_at(NOW, is_by_person=False) == NOW + timedelta(hours=24)
    assert window.closes_at(NOW, is_by_person=True) == NOW + timedelta(days=7)
    assert window.kinds == {"dm"}


@pytest.mark.parametrize(
    ("headers", "remaining", "minutes"),
    [
        ({"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":99}'}, 1, None),
        ({"x-page-usage": '{"call_count":100}'}, 0, None),
        (
            {
                "x-app-usage": '{"call_count":1}',
                "x-business-use-case-usage": '{"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]}',
            },
            0,
            19,
        ),
        ({"x-app-usage": '{"call_count":"x","total_time":null,"total_cputime":NaN}'}, 100, None),
    ],
)
def test_what_is_left_is_read_from_the_headers(
    headers: dict[str, str], remaining: int, minutes: int | None
) -> None:
    told = quota(headers, NOW)
    assert told is not None
    assert (told.remaining, told.limit) == (remaining, 100)
    assert told.resets_at == (NOW + timedelta(minutes=minutes) if minutes else None)


@pytest.mark.parametrize("value", ["", "x", "[]", "7", '{"1":7}', '{"1":[7]}', "[" * 9999])
def test_odd_usage_headers_say_nothing(value: str) -> None:
    assert quota({"x-app-usage": value, "x-business-use-case-usage": value}, NOW) is None


def message(mid: str, page: str) -> dict[str, Any]:
    return {
        "sender": {"id": "7"}, "recipient": {"id": page}, "timestamp": 1700000000000,
        "message": {"mid": mid, "text": "hi"},
    }  # fmt: skip


def comment(page: str, number: int) -> dict[str, Any]:
    value = {
        "item": "comment", "verb": "add", "post_id": f"{page}_1", "parent_id": f"{page}_1",
        "comment_id": f"1_{number}", "from": {"id": "7", "name": "Ana"}, "message": "hi",
        "created_time": 1700000000,
    }  # fmt: skip
    return {"field": "feed", "value": value}


def test_one_body_with_two_pages_comments_and_messages() -> None:
    entries = [
        {
            "id": page,
            "time": 1700000000,
            "changes": [comment(page, n)],
            "messaging": [message(f"m{n}", page)],
        }
        for n, page in enumerate(("1001", "1002"))
    ]
    entries[1]["standby"] = [message("m_seen", "1002")]
    raw = json.dumps({"object": "page", "entry": entries}).encode()
    found = normalisers()["facebook"](raw, Whose())
    known = [
        (item.network, item.account_id, item.external_id, item.is_automatic) for item in found.items
    ]
    assert known == [
        ("facebook", "1001", "1_0", False), ("messenger", "1001", "m0", False),
        ("facebook", "1002", "1_1", False), ("messenger", "1002", "m1", False),
        ("messenger", "1002", "m_seen", True),
    ]  # fmt: skip
    assert not found.problems


def test_a_thousand_changes_of_twenty_pages_are_routed() -> None:
    entries = [
        {
            "id": f"10{page:02}",
            "time": 1700000000,
            "changes": [comment(f"10{page:02}", page * 50 + n) for n in range(50)],
        }
        for page in range(20)
    ]
    found = normalisers()["facebook"](
        json.dumps({"object": "page", "entry": entries}).encode(), Whose()
    )
    assert len({item.external_id for item in found.items}) == 1000
    assert len({item.account_id for item in found.items}) == 20


def test_an_instagram_body_in_both_forms() -> None:
    value = {"id": "1", "text": "a", "from": {"id": "7", "username": "ana"}, "media": {"id": "9"}}
    entries = [
        {
            "id": "500",
            "time": 1,
            "changes": [{"field": "comments", "value": value}],
            "messaging": [message("m1", "500")],
        },
        {"id": "600", "time": 1, "field": "comments", "value": {**value, "id": "2"}},
        {"id": "600", "time": 1, "standby": [message("m2", "600")]},
    ]
    raw = json.dumps({"object": "instagram", "entry": entries}).encode()
    found = normalisers()["instagram"](raw, Whose())
    assert [(i.external_id, i.account_id, i.kind, i.is_automatic) for i in found.items] == [
        ("1", "500", "comment", False), ("m1", "500", "dm", False), ("2", "600", "comment", False),
        ("m2", "600", "dm", True),
    ]  # fmt: skip


def test_receipts_name_messages_or_a_moment() -> None:
    parties = {"sender": {"id": "7"}, "recipient": {"id": "1001"}}
    events = [
        {**parties, "delivery": {"mids": ["m1", "m2"], "watermark": 1700000000000}},
        {**parties, "timestamp": 1700000001000, "read": {"watermark": 1700000000000}},
        {**parties, "timestamp": 1700000001000, "read": {"mid": "m3"}},
        {**parties, "timestamp": 1700000001000, "read": {}},
        {**parties, "delivery": {"mids": 7}},
    ]
    body = {"object": "page", "entry": [{"id": "1001", "time": 1, "messaging": events}]}
    found = normalisers()["messenger"](json.dumps(body).encode(), Whose())
    told = [(r.state, r.external_id, r.watermark_at is not None) for r in found.receipts]
    assert told == [
        ("delivered", "m1", False), ("delivered", "m2", False), ("delivered", None, True),
        ("read", None, True), ("read", "m3", False),
    ]  # fmt: skip
    assert {(r.account_id, r.peer) for r in found.receipts} == {("1001", "7")}
    assert (len(found.problems), found.ignored) == (1, {"read": 1})


def test_conversations_of_instagram_and_comments_around_their_medium() -> None:
    kept = {
        "id": "m1", "message": "hello", "created_time": "2026-08-01T10:00:00+0000",
        "from": {"id": "500", "username": "casa"}, "to": {"data": [{"id": "7", "username": "ana"}]},
    }  # fmt: skip
    payload = [
        {"data": [{"id": "aWc_1", "messages": {"data": [kept]}}]},
        {
            "id": "9",
            "comments": {
                "data": [{"id": "1", "text": "a", "timestamp": "2026-08-01T10:00:00+0000"}]
            },
        },
    ]
    found = normalisers()["instagram"](json.dumps(payload).encode(), Whose(frozenset({"500"})))
    dm, answer = found.items
    assert (dm.thread_root_id, dm.is_own, dm.author_handle) == ("7", True, "casa")
    assert (answer.thread_root_id, answer.parent_external_id) == ("9", "9")
    assert not found.problems
