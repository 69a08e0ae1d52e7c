"""No recorded error without its class: every errors.json of every network, by its real writing half.

The networks' own tests say more; this one notices a network whose table nobody plays.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.networks.table import NETWORKS
from runtime.clock import SystemClock
from services.respond.networks.protocol import Account, Publish, Sent, Target, Tools
from services.respond.networks.registry import networks

UNIT = Path(__file__).parents[1]
TABLES = {
    path.parent.name: json.loads(path.read_text())
    for folder in ("networks_other", "ingest")
    for path in sorted((UNIT / folder / "fixtures").glob("*/errors.json"))
}
TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
POST = "at://did:plc:brandbrandbrandbrandbra1/app.bsky.feed.post/3k2a"
TARGETS = {
    "bluesky": Target(POST, "mention", author_id="did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", root_id=POST),
    "facebook": Target("100_1_5", "comment", "100_1"),
    "mastodon": Target("900", "mention", None, "ana@other.example", "unlisted"),
    "reddit": Target("t1_a", "comment", "t3_b", "ana", root_id="t3_b"),
    "telegram": Target("5:9", "dm", root_id="5", author_id="5"),
    "threads": Target("900", "comment", "800", "ana", root_id="800"),
    "whatsapp": Target("wamid.1", "dm", root_id="4915100", author_id="4915100"),
    "wordpress": Target("7", "comment", root_id="3"),
    "x": Target("900", "mention", author_id="5"),
    "youtube": Target("Ugx1", "comment", "vid", "ana", root_id="vid"),
}  # fmt: skip
_RECORD = {"uri": POST, "cid": "c1", "record": {}}
_SESSION = {"did": "did:plc:brandbrandbrandbrandbra1", "accessJwt": "a", "refreshJwt": "r", "handle": "b.example"}  # fmt: skip
# What is read before the write: these tests are about the answer to the write.
READ_FIRST: dict[str, Any] = {
    "createSession": _SESSION,
    "refreshSession": _SESSION,
    "getPosts": {"posts": [_RECORD | {"author": {"did": "d", "handle": "h.example"}}]},
    "statuses/900": {"id": "900", "visibility": "unlisted"},
    "2/tweets/900": {"data": {"id": "900", "edit_history_tweet_ids": ["900"]}},
    "2/tweets": {"meta": {"result_count": 0}},
}


def rows() -> list[Any]:
    return [
        pytest.param(network, row, id=f"{network}-{number}")
        for network, table in TABLES.items()
        for number, row in enumerate(table)
    ]


def answering(row: Any) -> Callable[[httpx.Request], httpx.Response]:
    body = row["body"]
    content = body if isinstance(body, str) else json.dumps(body)

    def answer(request: httpx.Request) -> httpx.Response:
        is_read = request.method == "GET" or "Session" in request.url.path
        known = next(
            (told for end, told in READ_FIRST.items() if request.url.path.endswith(end)), None
        )
        if is_read and known is not None:
            return httpx.Response(200, json=known)
        return httpx.Response(row["http_status"], headers=row["headers"], content=content)

    return answer


def test_no_table_is_left_out() -> None:
    assert set(TABLES) <= set(NETWORKS)
    assert set(TABLES) == set(TARGETS)
    assert all(TABLES.values())


@pytest.mark.parametrize(("network", "row"), rows())
async def test_every_row_has_its_class(network: str, row: Any) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answering(row))) as client:
        half = networks(Tools(client, client, SystemClock())).get(network)
        assert half is not None, f"nobody writes to {network}"
        account = Account("99", "https://network.example", TOKEN, {"username": "me"})
        outcome = await half.publish(account, Publish(TARGETS[network], "Guten Tag", "key_1"))
    assert not isinstance(outcome, Sent)
    assert type(outcome).__name__.lower() == row["class"], outcome
    assert outcome.code.startswith((f"{network}.", "network."))
    assert outcome.reason
    assert TOKEN not in outcome.reason
