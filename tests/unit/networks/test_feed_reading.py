"""How often feeds are asked, which feeds a page names, and what of a feed is news."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.networks.feed import RULES
from services.ingest.connectors.feed.cursor import Memory, Place
from services.ingest.connectors.feed.discovery import feeds_named, outline
from services.ingest.connectors.feed.pace import awake, wait_s
from services.ingest.connectors.feed.parcels import opened, parcels
from services.ingest.connectors.feed.payloads import normalise
from services.ingest.connectors.protocol import Account

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures" / "feed"
NOW = datetime(2026, 7, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "head", "seconds"),
    [
        ({}, "", 300),
        ({"cache-control": "max-age=60"}, "<ttl>1</ttl>", 300),
        ({"cache-control": "public, max-age=3600, must-revalidate"}, "", 3600),
        ({"cache-control": "s-maxage=9000"}, "", 300),
        ({}, "<ttl> 60 </ttl>", 3600),
        ({}, "<sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        (
            {},
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            21_600,
        ),
        ({}, "<sy:updatePeriod>yearly</sy:updatePeriod>", 300),
        ({"cache-control": "max-age=999999999"}, "", 86_400),
    ],
)
def test_a_feed_is_asked_as_often_as_it_says(
    headers: dict[str, str], head: str, seconds: float
) -> None:
    assert wait_s(headers, head) == seconds


def test_hours_and_days_to_skip() -> None:
    head = "<skipHours><hour>12</hour><hour>13</hour></skipHours>"
    assert awake(NOW, head) == datetime(2026, 7, 24, 14, 0, tzinfo=UTC)
    assert awake(NOW, "<skipDays><day>Friday</day></skipDays>").weekday() == 5
    every = "".join(f"<hour>{n}</hour>" for n in range(24))
    assert awake(NOW, f"<skipHours>{every}</skipHours>") <= datetime(2026, 7, 25, 12, tzinfo=UTC)


def test_the_feeds_a_page_names() -> None:
    page = b"""<html><head><base href="/blog/"><LINK REL="alternate home" TYPE="application/atom+xml"
    HREF="feed.xml"><link rel=stylesheet href=a.css><link rel="alternate" hreflang="de" href="/de">
    <link rel="alternate" type="application/rss+xml" title="Blog &raquo; Comments" href="//x.example/c">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head>"""
    found = [(one.url, one.is_of_comments) for one in feeds_named(page, "https://a.example/x")]
    assert found == [("https://a.example/blog/feed.xml", False), ("https://x.example/c", True)]


def test_comment_feeds_of_entries() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>1</id>
    <link rel="replies" type="text/html" href="https://a.example/1"/>
    <link rel="replies" type="application/atom+xml" href="https://a.example/1/c"/></entry></feed>"""
    assert outline(atom, "https://a.example/").comment_feeds == ("https://a.example/1/c",)
    assert outline(b"\xff\xfe\x00", "https://a.example/").comment_feeds == ()


RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>T</title>{}</channel></rss>"""
ITEM = "<item><guid>{}</guid><title>{}</title><pubDate>Fri, 24 Jul 2026 11:50:00 +0000</pubDate></item>"


def _feed(**items: str) -> bytes:
    return RSS.format("".join(ITEM.format(key, text) for key, text in items.items())).encode()


def _news(place: Place, raw: bytes) -> list[tuple[str, str, str | None]]:
    items = normalise(raw, Account()).items
    found = [
        one for part in parcels(raw, items, place, NOW) for one in normalise(part, Account()).items
    ]
    place.remember(items)
    return [(one.external_id, one.action, one.text) for one in found]


def test_only_what_is_new_or_changed_is_given_out() -> None:
    place = Place(url="https://a.example/feed")
    assert _news(place, _feed(a="One", b="Two")) == [
        ("a", "created", "One"),
        ("b", "created", "Two"),
    ]
    assert _news(place, _feed(a="One", b="Two")) == []
    changed = _news(place, _feed(a="One", b="Two, mended", c="Three"))
    assert changed == [("c", "created", "Three"), ("b", "edited", "Two, mended")]


def test_large_feeds_go_in_parcels_that_the_bus_takes() -> None:
    raw = _feed(**{f"k{n}": "word " * 8000 for n in range(60)})
    place = Place(url="x")
    found = list(parcels(raw, normalise(raw, Account()).items, place, NOW))
    assert len(found) > 3
    assert max(map(len, found)) < 1_000_000
    assert sum(len(normalise(one, Account()).items) for one in found) == 60


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*")), ids=lambda path: path.name)
def test_every_recorded_feed_is_given_out_whole(path: Path) -> None:
    raw = path.read_bytes()
    items = normalise(raw, Account()).items
    found = [
        one
        for part in parcels(raw, items, Place(url="x"), NOW)
        for one in normalise(part, Account()).items
    ]
    assert {one.external_id for one in found} == {one.external_id for one in items}
    assert {one.text for one in found} == {one.text for one in items}


@pytest.mark.parametrize(
    "raw", [b"", b'{"edited": ', b'{"edited": 1, "feed": 2}', b"\xff", b"<rss>"]
)
def test_bytes_that_are_no_parcel_come_back(raw: bytes) -> None:
    assert opened(raw) == (raw, {})


@pytest.mark.parametrize("cursor", [None, "", "{", "[]", '{"main": 1}', "12345"])
def test_a_cursor_that_cannot_be_read_is_a_fresh_start(cursor: str | None) -> None:
    assert Memory.read(cursor, "https://a.example/").main.url == "https://a.example/"


def test_waits_grow_to_hours() -> None:
    place = Place(url="x")
    waits = [place.fail(NOW, None) for _ in range(12)]
    assert waits[:3] == [60, 120, 240]
    assert waits[-1] == 6 * 3600
    assert place.fail(NOW, 100_000) == 100_000


def test_a_feed_is_only_read() -> None:
    assert not RULES.can_answer
    assert RULES.missing
