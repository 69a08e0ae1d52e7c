"""Length as the networks count it, and their ids."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from contracts.networks import facebook, graphemes, mastodon, threads

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


@pytest.mark.parametrize(
    "text",
    [
        "क्षत्रिय",
        "नमस्ते",
        "ক্ষমা",
        "శ్రీ",
        "ക്ഷമ",
        "ස්තූතියි",
        "តម្លៃស្ត្រី",
        "မြန်မာ",
        "น้ำดื่ม",
        "ນ້ຳ",
        "각힣ힰퟋ",
        "\u0600١٢",
        "👩🏽‍🚀🏴󠁧󠁢󠁷󠁬󠁳󠁿",
        "क\u200d्ष",
        "ക്‍",
    ],
)
def test_scripts_whose_letters_join_are_counted_as_the_library_counts(text):
    assert graphemes.count(text) == len(regex.findall(r"\X", text))
    assert list(graphemes.clusters(text)) == regex.findall(r"\X", text)


def test_nothing_is_no_cluster_and_has_no_length():
    assert (graphemes.count(""), list(graphemes.clusters("")), threads.length("")) == (0, [], 0)


def test_every_code_point_breaks_as_in_the_library():
    points = [chr(code) for code in range(0, 0x20000, 3) if not 0xD800 <= code <= 0xDFFF]
    odd = [
        one
        for one in points
        if graphemes.count(f"क{one}क्{one}👩{one}")
        != len(regex.findall(r"\X", f"क{one}क्{one}👩{one}"))
    ]
    assert odd == []


@given(st.text(alphabet="ab é\u0301\u200d\ufe0f\r\n🇩🇪👩👧👍🏽❤각각日ち゛ก็"))
def test_graphemes_as_the_regex_library_counts(text):
    assert graphemes.count(text) == len(regex.findall(r"\X", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/" + "a" * 200, 23),
        ("see http://e.org/x.", 4 + 23 + 1),
        ("(https://e.org)", 25),
        ("(https://e.org/A_(b))", 25),
        ("https://e.org/A_(b)", 23),
        ("HTTPS://e.org/ü?q=ä#f, ok", 23 + 4),
        ("@kim@there hi", 7),
        ("@kim.a@there.example.", 7),
        ("x@kim@there.example", 19),
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
