"""Every misbehaviour over HTTP, on both networks, with what the ledger says of it."""

from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox
from tests.service.sandbox import test_sandbox_graph as graph
from tests.service.sandbox import test_sandbox_mastodon as mastodon
from tests.service.sandbox.receiving import until


async def misbehave(http: httpx.AsyncClient, **wish: object) -> dict[str, Any]:
    answer = await http.post("/__control/misbehave", json=wish)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def publish(http: httpx.AsyncClient, network: str) -> httpx.Response:
    if network == "facebook":
        made = await graph.emit(http)
        url = f"/graph/{made['id']}/comments"
        return await http.post(url, headers=graph.AUTH, data={"message": "hi"})
    made = await mastodon.emit(http)
    body = {"status": "hi", "in_reply_to_id": made["id"]}
    return await http.post(mastodon.STATUSES, headers=mastodon.AUTH, data=body)


@pytest.mark.parametrize("network", ["facebook", "mastodon"])
async def test_apply_then_drop(http: httpx.AsyncClient, sandbox: Sandbox, network: str) -> None:
    await misbehave(http, network=network, kind="apply_then_drop", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await publish(http, network)
    assert (await publish(http, network)).status_code == 200
    assert [e.outcome for e in sandbox.ledger.entries()] == ["dropped", "answered"]


@pytest.mark.parametrize("network", ["facebook", "mastodon"])
async def test_apply_then_5xx(http: httpx.AsyncClient, sandbox: Sandbox, network: str) -> None:
    await misbehave(http, network=network, kind="apply_then_5xx")
    assert (await publish(http, network)).status_code in (500, 503)
    assert [e.outcome for e in sandbox.ledger.entries()] == ["answered_5xx"]


async def test_a_lost_answer_is_found_by_its_key(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    await misbehave(http, network="mastodon", kind="apply_then_drop", count=1)
    made = await mastodon.emit(http)
    body = {"status": "hi", "in_reply_to_id": made["id"]}
    keyed = mastodon.AUTH | {"Idempotency-Key": "k"}
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(mastodon.STATUSES, headers=keyed, data=body)
    again = await http.post(mastodon.STATUSES, headers=keyed, data=body)
    assert [e.id for e in sandbox.ledger.entries()] == [again.json()["id"]]


@pytest.mark.parametrize(
    ("network", "kind", "status"),
    [
        ("facebook", "error_5xx", 500),
        ("facebook", "rate_limited", 400),
        ("facebook", "revoked_token", 400),
        ("facebook", "html_error", 502),
        ("mastodon", "error_5xx", 503),
        ("mastodon", "rate_limited", 429),
        ("mastodon", "revoked_token", 401),
        ("mastodon", "html_error", 500),
    ],
)
async def test_not_applied(
    http: httpx.AsyncClient, sandbox: Sandbox, network: str, kind: str, status: int
) -> None:
    await misbehave(http, network=network, kind=kind, retry_after_s=7)
    answer = await publish(http, network)
    assert answer.status_code == status
    assert sandbox.ledger.entries() == []
    if kind == "rate_limited" and network == "facebook":
        assert answer.json()["error"]["code"] == 4
        assert '"call_count":100' in answer.headers["x-app-usage"]
    if kind == "rate_limited" and network == "mastodon":
        assert answer.headers["retry-after"] == "7"
        assert answer.headers["x-ratelimit-reset"].endswith("Z")
    if kind == "revoked_token" and network == "facebook":
        assert answer.json()["error"]["code"] == 190
    if kind == "html_error":
        assert answer.headers["content-type"].startswith("text/html")


async def test_page_limit_names_the_page(http: httpx.AsyncClient) -> None:
    wish = {"network": "facebook", "account": graph.PAGE, "retry_after_s": 120}
    await misbehave(http, kind="rate_limited", **wish)
    answer = await publish(http, "facebook")
    assert answer.json()["error"]["code"] == 32
    usage = answer.headers["x-business-use-case-usage"]
    assert '"estimated_time_to_regain_access":2' in usage


async def test_slow_calls_are_applied_all_the_same(
    http: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    await misbehave(http, network="facebook", kind="slow", delay_s=0.3, count=1)
    made = await graph.emit(http)
    url = f"/graph/{made['id']}/comments"
    with pytest.raises(httpx.ReadTimeout):
        await http.post(url, headers=graph.AUTH, data={"message": "hi"}, timeout=0.05)
    await until(lambda: len(sandbox.ledger.entries()) == 1)


async def test_a_share_is_seeded(http: httpx.AsyncClient) -> None:
    runs = []
    for _ in range(2):
        await misbehave(http, operation="read", kind="error_5xx", share=0.3, seed=7)
        answers = [await http.get("/graph/me", headers=graph.AUTH) for _ in range(40)]
        runs.append([a.status_code for a in answers])
        await http.delete("/__control/misbehave")
    assert runs[0] == runs[1]
    assert 4 < runs[0].count(500) < 20
    assert (await http.get("/graph/me", headers=graph.AUTH)).status_code == 200


async def test_requests_are_counted(http: httpx.AsyncClient) -> None:
    await publish(http, "mastodon")
    found = (await http.get("/__control/requests")).json()
    assert found["counts"]["mastodon.publish.200"] == 1
    assert "sandbox-mastodon" not in str(found)


async def test_traffic_starts_and_stops(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    wish = {"per_second": 50, "languages": ["de"], "accounts": ["104210000000202"], "seed": 4}
    started = (await http.post("/__control/traffic", json=wish)).json()
    assert started["is_running"]
    await until(lambda: sum(not i.is_own for i in sandbox.world.items()) >= 20)
    assert (await http.delete("/__control/traffic")).json()["is_running"] is False
    written = [i for i in sandbox.world.items() if not i.is_own]
    assert {i.account_id for i in written} == {"104210000000202"}
    assert {i.language for i in written} == {"de"}
