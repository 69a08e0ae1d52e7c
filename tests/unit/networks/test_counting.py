"""Length as the networks count it, and their ids."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from contracts.networks import facebook, graphemes, mastodon

FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("abc", 3),
        (FAMILY, 1),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("👍🏽", 1),
        ("e\u0301", 1),
        ("각", 1),
        ("❤️", 1),
        ("1️⃣", 1),
        ("\r\n", 1),
        ("متى", 3),
    ],
)
def test_graphemes(text, expected):
    assert graphemes.count(text) == expected
    assert len(regex.findall(r"\X", text)) == expected


@given(st.text(alphabet="ab é\u0301\u200d\ufe0f\r\n🇩🇪👩👧👍🏽❤각각日ち゛ก็"))
def test_graphemes_as_the_regex_library_counts(text):
    assert graphemes.count(text) == len(regex.findall(r"\X", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/" + "a" * 200, 23),
        ("see http://e.org/x.", 4 + 23 + 1),
        ("(https://e.org)", 25),
        ("@kim@there.example hi", 7),
        ("@kim hi", 7),
        ("mail kim@there.example", 22),
        (FAMILY * 500, 500),
    ],
)
def test_mastodon_length(text, expected):
    assert mastodon.length(text) == expected


def test_the_warning_counts():
    assert mastodon.length("abc", warning="de") == 5


def test_ids_of_mastodon_are_ordered_as_numbers():
    assert sorted(["100", "99", "101"], key=mastodon.id_order) == ["99", "100", "101"]


def test_facebook():
    assert facebook.length("a" + FAMILY) == 8
    assert facebook.page_of("12_34") == "12"
    assert facebook.page_of("12") is None
