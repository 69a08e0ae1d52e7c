"""Spoilt answers to the readers of X, YouTube and Reddit: only errors that carry a decision come out."""

import json
import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import RapportError
from services.ingest.connectors.protocol import Grant, Reader, Tools
from services.ingest.connectors.reddit.connector import build as build_reddit
from services.ingest.connectors.x.connector import build as build_x
from services.ingest.connectors.youtube.connector import build as build_youtube
from services.ingest.meter import QuotaMeter

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures"
READERS = {
    "x": (build_x, ("rest_mentions_page.json",)),
    "youtube": (build_youtube, ("comment_threads_page.json", "comment_edited.json")),
    "reddit": (build_reddit, ("inbox_comment_replies.json", "inbox_mention.json")),
}
ODD: tuple[Any, ...] = (None, 3, "x", [], {}, True, -1.5, [None], {"a": 1})
OPTIONS = {"username": "me", "tier": "pro", "daily_units": "100000"}
GRANT = Grant("con_1", "1", "https://network.example", "t", OPTIONS)


def spoilt(value: Any, die: random.Random) -> Any:
    if die.random() < 0.08:
        return die.choice(ODD)
    if isinstance(value, dict):
        return {key: spoilt(one, die) for key, one in value.items() if die.random() > 0.03}
    return [spoilt(one, die) for one in value] if isinstance(value, list) else value


async def use(reader: Reader) -> None:
    cursor = None
    for _ in range(2):
        try:
            async for page in reader.poll(GRANT, cursor):
                cursor = page.cursor
        except RapportError:
            continue
    for call in (reader.check(GRANT), reader.context(GRANT, "1"), reader.root_of(GRANT, "1")):
        try:
            await call
        except RapportError:
            continue


@pytest.mark.parametrize("network", list(READERS))
async def test_no_answer_breaks_a_reader(network: str) -> None:
    build, names = READERS[network]
    documents = [json.loads((FIXTURES / network / name).read_text("utf-8")) for name in names]
    for seed in range(150):
        die = random.Random(seed)

        def answer(_: httpx.Request, die: random.Random = die) -> httpx.Response:
            return httpx.Response(200, json=spoilt(die.choice(documents), die))

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            clock = SystemClock()
            await use(build(Tools(client, client, clock, QuotaMeter(clock), {})))


@pytest.mark.parametrize("network", list(READERS))
@pytest.mark.parametrize(
    "cursor", ["", "x", "[]", "3", "null", '{"seen":3}', '{"threads":3}', '{"anchors":{"a":1}}']
)
async def test_a_foreign_cursor_is_none(network: str, cursor: str) -> None:
    build, names = READERS[network]
    page = json.loads((FIXTURES / network / names[0]).read_text("utf-8"))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=page))
    async with httpx.AsyncClient(transport=transport) as client:
        clock = SystemClock()
        reader = build(Tools(client, client, clock, QuotaMeter(clock), {}))
        try:
            pages = [one async for one in reader.poll(GRANT, cursor)]
        except RapportError:
            return
    assert pages
