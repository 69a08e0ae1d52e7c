"""Mutated feeds and comments: nothing raises, in the readers neither."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

from services.ingest.connectors.feed.cursor import Place
from services.ingest.connectors.feed.discovery import feeds_named, outline
from services.ingest.connectors.feed.parcels import parcels
from services.ingest.connectors.feed.payloads import normalise
from services.ingest.connectors.protocol import Account
from services.ingest.connectors.wordpress.cursor import Memory

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures"
NOW = datetime(2026, 7, 24, tzinfo=UTC)
ROUNDS = 15


def mutated(raw: bytes, die: random.Random) -> bytes:
    """Return the bytes cut, doubled or with some of them changed."""
    at = die.randrange(len(raw))
    kind = die.randrange(3)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + raw[die.randrange(len(raw)) :]
    changed = bytearray(raw)
    for _ in range(8):
        changed[die.randrange(len(raw))] = die.randrange(256)
    return bytes(changed)


def test_mutated_feeds_are_given_out_or_ignored() -> None:
    die = random.Random(7)
    for path in sorted((FIXTURES / "feed").glob("*")):
        for _ in range(ROUNDS):
            raw = mutated(path.read_bytes(), die)
            read = normalise(raw, Account())
            items = read.items
            is_torn = any(one.code == "feed.not_well_formed" for one in read.problems)
            given = list(parcels(raw, items, Place(url="x"), NOW, is_torn=is_torn))
            found = [one for part in given for one in normalise(part, Account()).items]
            assert {one.external_id for one in items} <= {one.external_id for one in found}
            outline(raw, "https://a.example/")
            feeds_named(raw, "https://a.example/")


def test_comments_of_any_shape_are_taken_or_ignored() -> None:
    die = random.Random(8)
    page = json.loads((FIXTURES / "wordpress" / "comments_page.json").read_text())["body"]
    odd: list[object] = [None, 0, "", [], {}, "x", 1e300, True, [1], {"rendered": []}]
    for _ in range(1000):
        row = {key: die.choice(odd) if die.random() < 0.3 else one for key, one in page[0].items()}
        assert page[1] in Memory.read(None, NOW).take([row, page[1]], NOW)
