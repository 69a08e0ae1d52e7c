"""How long a post is at X, and what is an address in it."""

import json
import time
from pathlib import Path

import pytest

from contracts.networks.table import rules
from contracts.networks.x_addresses import addresses
from contracts.networks.x_length import length

VECTORS = Path(__file__).parents[1] / "networks_other/fixtures/x/weighted_length_vectors.json"


def links(text: str) -> list[str]:
    return [text[start:end] for start, end in addresses(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a", 1),
        ("A\u0301B", 2),
        ("1\u20e3", 2),
        ("#\ufe0f\u20e3", 2),
        ("🐱☺👨‍👩‍👧‍👦", 6),
        ("🙋🏽👨‍🎤", 4),
        ("🇵🇱", 2),
        ("🇵🇱🇩🇪", 4),
        ("🇦🇦", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("🏳️‍🌈❤️", 4),
        ("😷🏽", 4),
        ("©", 1),
        ("©️", 2),
        ("☺\ufe0e", 4),
        ("日本", 4),
        ("→", 2),
        ("…", 2),
        ("“a”", 3),
        ("see example.com.", 4 + 23 + 1),
        ("example.com/a?b=c ok", 23 + 3),
        ("example.com?x=1", 23 + 4),
    ],
)
def test_weighted_length(text: str, expected: int) -> None:
    assert length(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail me@example.com", []),
        ("@shop.com", []),
        ("#shop.com $shop.com", []),
        ("file.nosuchend", []),
        ("1.50 e.g. a.b", []),
        ("twitter.com日本語", ["twitter.com"]),
        ("日本語twitter.com/a日本", ["twitter.com/a"]),
        ("http://例え.テスト http://日本語.com/", ["http://日本語.com/"]),
        ("日本語.com", []),
        ("(http://a.com/b_(c))", ["http://a.com/b_(c)"]),
        ("http://a.com/b, http://a.com/c!", ["http://a.com/b", "http://a.com/c"]),
        ("http://t.co/abc/more", ["http://t.co/abc"]),
        ("http://xn--fiqs8s.xn--fiqs8s/", ["http://xn--fiqs8s.xn--fiqs8s/"]),
        ("http://a.com:8080/x", ["http://a.com:8080/x"]),
        ("is.it t.co it.is", ["is.it", "t.co", "it.is"]),
        ("-a.com _a.com /a.com", []),
        (f"http://{'a' * 64}.com", []),
        (f"http://{'a' * 63}.com", [f"http://{'a' * 63}.com"]),
    ],
)
def test_addresses(text: str, expected: list[str]) -> None:
    assert links(text) == expected


@pytest.mark.parametrize(
    "text", ["a." * 5000, "あ" * 9000 + ".com", "http://a.com/" + "a!(" * 3000]
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    length(text)
    assert time.process_time() - started < 3


def test_recorded_vectors() -> None:
    measure = rules("x").measure
    for one in json.loads(VECTORS.read_text("utf-8")):
        assert length(one["text"]) == one["weighted_length"], one["description"]
        assert measure.fits(one["text"]) is one["valid"], one["description"]
