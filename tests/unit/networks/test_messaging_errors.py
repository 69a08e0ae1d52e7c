"""Every row of the error tables of WhatsApp and Telegram, and what odd answers are taken for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.addresses import Refused
from runtime.clock import SystemClock
from runtime.errors import Invalid
from runtime.errors import Reauthorise as GrantDead
from runtime.errors import Unavailable as Away
from runtime.net import Oversized
from services.ingest.connectors.telegram import errors as telegram_errors
from services.ingest.connectors.whatsapp import connector
from services.respond.networks import telegram, webhook, whatsapp
from services.respond.networks.protocol import (
    Absent,
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
    Unreadable,
)
from services.respond.networks.telegram_pace import Pace

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures"
CLASSES = {
    "retry": Retry, "backoff": Backoff, "permanent": Permanent, "reauthorise": Reauthorise,
}  # fmt: skip
READ = {"retry": Away, "backoff": Away, "permanent": Invalid, "reauthorise": GrantDead}
TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
SECRET = "whsec_" + "AAAA" * 8
ACCOUNTS = {
    "whatsapp": Account("100", "https://graph.example/v23.0", "tok", {}),
    "telegram": Account("99", "https://bot.example", TOKEN, {}),
    "webhook": Account("shop", "", SECRET, {"reply_url": "https://shop.example/replies"}),
}
TARGETS = {
    "whatsapp": Target("wamid.1", "dm", root_id="4915100", author_id="4915100"),
    "telegram": Target("5:9", "dm", root_id="5", author_id="5"),
    "webhook": Target("evt-1", "dm", root_id="t-1", author_id="u1", author_handle="sam"),
}
BUILD = {"whatsapp": whatsapp.build, "telegram": telegram.build, "webhook": webhook.build}


def rows(network: str) -> list[Any]:
    table = json.loads((FIXTURES / network / "errors.json").read_text())
    return [pytest.param(network, row, id=f"{network}-{n}") for n, row in enumerate(table)]


def answer(row: Any) -> httpx.Response:
    return httpx.Response(row["http_status"], headers=row["headers"], json=row["body"])


def writer(network: str, reply: Callable[[httpx.Request], httpx.Response] | httpx.Response) -> Any:
    handler = reply if callable(reply) else lambda _: reply
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return BUILD[network](Tools(client, client, SystemClock()))


async def publish(network: str, reply: Any, **more: Any) -> Any:
    request = Publish(TARGETS[network], "Thank you!", "key_1", **more)
    return await writer(network, reply).publish(ACCOUNTS[network], request)


@pytest.mark.parametrize(("network", "row"), [*rows("whatsapp"), *rows("telegram")])
async def test_every_recorded_error_has_its_class(network: str, row: Any) -> None:
    outcome = await publish(network, answer(row))
    assert type(outcome) is CLASSES[row["class"]]
    assert outcome.code
    assert outcome.reason
    assert TOKEN not in outcome.reason


@pytest.mark.parametrize(("network", "row"), rows("telegram"))
def test_telegram_errors_while_reading(network: str, row: Any) -> None:
    expected = Away if row["http_status"] == 409 else READ[row["class"]]
    if "migrate_to_chat_id" in str(row["body"]):
        expected = Invalid
    assert isinstance(telegram_errors.classify(answer(row), SystemClock()), expected), network


@pytest.mark.parametrize(("network", "row"), rows("whatsapp"))
def test_whatsapp_errors_while_reading(network: str, row: Any) -> None:
    assert isinstance(connector.classify(answer(row), SystemClock()), READ[row["class"]]), network


async def test_the_wait_is_the_networks() -> None:
    told = {"ok": False, "error_code": 429, "parameters": {"retry_after": 35}}
    assert (await publish("telegram", httpx.Response(429, json=told))).wait_s == 35
    spam = {"error": {"code": 131048, "message": "x"}}
    assert (await publish("whatsapp", httpx.Response(400, json=spam))).wait_s == 3600
    slow = httpx.Response(503, headers={"Retry-After": "7"})
    assert (await publish("webhook", slow)).wait_s == 7


@pytest.mark.parametrize("network", list(BUILD))
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>502</html>", b"[]", b"{", b"null", b'{"error":5}', b"\xff\xfe", b"[" * 9999],
)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 410, 429, 500, 502])
async def test_odd_answers_never_raise(network: str, body: bytes, status: int) -> None:
    outcome = await publish(network, httpx.Response(status, content=body))
    if status >= 500:
        assert isinstance(outcome, Retry)
        assert outcome.is_doubtful
    if status == 200:
        assert isinstance(outcome, Sent if network == "webhook" else Unknown)
    if status == 401:
        assert isinstance(outcome, Reauthorise)


@pytest.mark.parametrize("network", list(BUILD))
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ReadTimeout("t"), Unknown),
        (httpx.RemoteProtocolError("t"), Unknown),
        (httpx.ConnectError("t"), Retry),
        (httpx.UnsupportedProtocol("t"), Permanent),
    ],
)
async def test_lost_answers(network: str, error: Exception, expected: type) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    assert isinstance(await publish(network, fail), expected)


@pytest.mark.parametrize("network", ["whatsapp", "telegram"])
async def test_nothing_can_be_read_back(network: str) -> None:
    search = Search(TARGETS[network], "x", datetime.now(UTC), key="key_1")
    finding = await writer(network, httpx.Response(200)).find(ACCOUNTS[network], search)
    assert isinstance(finding, Unreadable)
    assert finding.reason


async def test_a_lost_answer_is_sent_again_under_the_same_webhook_id() -> None:
    search = Search(TARGETS["webhook"], "x", datetime.now(UTC), key="key_1")
    one = writer("webhook", httpx.Response(500))
    assert await one.find(ACCOUNTS["webhook"], search) == Absent()
    assert one.same_key_window_s > 24 * 3600


async def test_whatsapp_writes_text_with_our_key() -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        recorded = (FIXTURES / "whatsapp" / "send_response.json").read_bytes()
        return httpx.Response(200, content=recorded)

    outcome = await publish("whatsapp", take)
    assert isinstance(outcome, Sent)
    assert outcome.external_id.startswith("wamid.")
    body = json.loads(seen[0].content)
    assert body["to"] == "4915100"
    assert body["context"] == {"message_id": "wamid.1"}
    assert body["biz_opaque_callback_data"] == "key_1"
    assert "tok" not in str(seen[0].url)


@pytest.mark.parametrize(
    ("root", "key", "kind"),
    [
        ("US.13491208655302741918", "recipient", "individual"),
        ("120363418770915618@g.us", "to", "group"),
    ],
)
async def test_whatsapp_writes_to_user_ids_and_groups(root: str, key: str, kind: str) -> None:
    seen: list[Any] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.2"}]})

    target = Target("wamid.1", "dm", root_id=root)
    network = writer("whatsapp", take)
    assert await network.publish(ACCOUNTS["whatsapp"], Publish(target, "x", "k")) == Sent("wamid.2")
    assert (seen[0][key], seen[0]["recipient_type"]) == (root, kind)


async def test_whatsapp_outside_the_window() -> None:
    closed = await publish("whatsapp", httpx.Response(200), is_in_window=False)
    assert (type(closed), closed.code) == (Permanent, "whatsapp.window_closed")
    seen: list[Any] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.2"}]})

    account = Account("100", "https://graph.example", "tok", {"template": "late:en_US"})
    request = Publish(TARGETS["whatsapp"], "Two\nlines\t  here", "k", is_in_window=False)
    assert isinstance(await writer("whatsapp", take).publish(account, request), Sent)
    assert seen[0]["type"] == "template"
    assert seen[0]["template"]["language"] == {"code": "en_US"}
    assert seen[0]["template"]["components"][0]["parameters"][0]["text"] == "Two lines here"
    odd = Account("100", "https://graph.example", "tok", {"template": "late"})
    refused = await writer("whatsapp", take).publish(odd, request)
    assert refused.code == "whatsapp.template_invalid"


async def test_telegram_goes_along_when_a_group_moves_once() -> None:
    seen: list[Any] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        if len(seen) == 1:
            moved = {"ok": False, "error_code": 400, "parameters": {"migrate_to_chat_id": -1007}}
            return httpx.Response(400, json=moved)
        chat = {"id": -1007, "type": "supergroup", "username": "fans"}
        return httpx.Response(200, json={"ok": True, "result": {"message_id": 3, "chat": chat}})

    outcome = await publish("telegram", take)
    assert outcome == Sent("-1007:3", "https://t.me/fans/3")
    assert seen[0]["reply_parameters"] == {"message_id": 9, "allow_sending_without_reply": True}
    assert seen[1] == {"chat_id": -1007, "text": "Thank you!"}


async def test_telegram_answers_in_the_topic_or_without_it() -> None:
    seen: list[Any] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        if "message_thread_id" in seen[-1]:
            why = "Bad Request: message thread not found"
            told = {"ok": False, "error_code": 400, "description": why}
            return httpx.Response(400, json=told)
        result = {"message_id": 3, "chat": {"id": -100, "type": "supergroup"}}
        return httpx.Response(200, json={"ok": True, "result": result})

    target = Target("-100:77", "comment", root_id="-100:5")
    network = writer("telegram", take)
    assert await network.publish(ACCOUNTS["telegram"], Publish(target, "x", "k")) == Sent("-100:3")
    assert [one.get("message_thread_id") for one in seen] == [5, None]


def test_telegram_pace() -> None:
    pace, now = Pace(), datetime(2026, 11, 1, tzinfo=UTC)
    assert pace.take("b", "5", now) == 0
    assert pace.take("b", "5", now) == 1
    assert pace.take("b", "6", now) == 0
    assert pace.take("b", "5", now + timedelta(seconds=1)) == 0
    for second in range(20):
        assert pace.take("b", "-100", now + timedelta(seconds=second)) == 0
    assert pace.take("b", "-100", now + timedelta(seconds=20)) == 40
    assert pace.take("b", "-100", now + timedelta(seconds=60)) == 0


async def test_a_token_that_is_none_is_never_called() -> None:
    calls: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(200)

    odd = Account("99", "https://bot.example", "../../x", {})
    outcome = await writer("telegram", take).publish(odd, Publish(TARGETS["telegram"], "x", "k"))
    assert isinstance(outcome, Reauthorise)
    assert not calls


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        (410, Permanent, "webhook.gone"),
        (404, Permanent, "webhook.no_reply_url"),
        (307, Permanent, "webhook.redirected"),
        (422, Permanent, "webhook.refused"),
        (403, Reauthorise, "webhook.signature_refused"),
        (409, Permanent, "webhook.refused"),
        (503, Retry, "network.server_error"),
        (429, Backoff, "webhook.throttled"),
    ],
)
async def test_webhook_answers(status: int, expected: type, code: str) -> None:
    outcome = await publish("webhook", httpx.Response(status))
    assert (type(outcome), outcome.code) == (expected, code)


async def test_webhook_names_the_answer_or_the_call_does() -> None:
    assert await publish("webhook", httpx.Response(204)) == Sent("key_1")
    told = {"external_id": 7, "url": "https://shop.example/7"}
    assert await publish("webhook", httpx.Response(200, json=told)) == Sent(
        "7", "https://shop.example/7"
    )
    odd = {"external_id": {"a": 1}, "url": "javascript:x"}
    assert await publish("webhook", httpx.Response(200, json=odd)) == Sent("key_1")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Refused("net.address_forbidden", "no"), Permanent),
        (Oversized("net.too_large", "no"), Unknown),
    ],
)
async def test_webhook_calls_no_private_address(error: Exception, expected: type) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    assert isinstance(await publish("webhook", fail), expected)


async def test_webhook_without_an_address_or_a_secret() -> None:
    network = writer("webhook", httpx.Response(200))
    request = Publish(TARGETS["webhook"], "x", "k")
    silent = await network.publish(Account("shop", "", SECRET, {}), request)
    assert silent.code == "webhook.no_reply_url"
    unsigned = await network.publish(
        Account("s", "", "x", {"reply_url": "https://s.example"}), request
    )
    assert unsigned.code == "webhook.secret_invalid"
    act = Moderate("hide", TARGETS["webhook"], "k")
    assert isinstance(await network.moderate(ACCOUNTS["webhook"], act), Permanent)
