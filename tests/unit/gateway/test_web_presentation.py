"""How values are drawn: hostile text stays text, times are short, colours can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import Head, Labels, Reason
from services.gateway.domain.views import BrandView, QueueFilter
from services.gateway.web import addresses, colours, lengths, presentation

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def labels(*reasons: Reason) -> Labels:
    head = Head(label="other", p={"other": 1.0})
    return Labels(
        model="m", language=head, sentiment=head, intent=head, urgency=head, needs_human=head,
        reasons=list(reasons),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "now"), (timedelta(seconds=20), "now"),
        (timedelta(minutes=4), "4 min"), (timedelta(minutes=59, seconds=40), "1 h"),
        (timedelta(hours=3), "3 h"), (timedelta(hours=23, minutes=58), "1 d"),
        (timedelta(days=6), "6 d"), (timedelta(days=9), "13 Nov"), (timedelta(days=400), "18 Oct 2025"),
    ],
)  # fmt: skip
def test_times_are_short(age: timedelta, words: str) -> None:
    assert presentation.relative_time(NOW - age, NOW) == words


@given(st.text(max_size=60), st.integers(-5, 70), st.integers(-5, 70))
def test_marking_words_neither_loses_nor_frees_a_character(text: str, start: int, end: int) -> None:
    reasons = [Reason(head="intent", text="x", start=start, end=end, weight=1.0),
               Reason(head="urgency", text="y", start=2, end=9, weight=-2.0)]  # fmt: skip
    drawn = str(presentation.marked(text, labels(*reasons)))
    opened = drawn.count("<mark ")
    assert opened == drawn.count("</mark>")
    assert drawn.count("<") == 2 * opened
    import html
    import re

    plain = html.unescape(re.sub(r"</?mark[^>]*>", "", drawn))
    assert plain == html.unescape(html.escape(text))


def test_of_two_reasons_that_overlap_the_weightier_is_marked() -> None:
    weak = Reason(head="intent", text="nobody came", start=0, end=11, weight=0.2)
    strong = Reason(head="sentiment", text="came", start=7, end=11, weight=-1.5)
    drawn = str(presentation.marked("nobody came", labels(weak, strong)))
    assert drawn == 'nobody <mark data-head="sentiment" title="sentiment: -1.50">came</mark>'


@given(st.text(max_size=300))
def test_a_name_is_one_line_without_hidden_characters(text: str) -> None:
    line = presentation.clean_line(text)
    assert "\n" not in line
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u0000")
    assert len(line) <= 80
    assert presentation.initials(text)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "ftp://x", "x", "http://[", None],
)  # fmt: skip
def test_only_the_web_is_linked_to(url: str | None) -> None:
    assert presentation.web_link(url) is None
    assert presentation.web_link("https://a.example/x") == "https://a.example/x"


@given(COLOURS)
def test_every_brand_colour_can_be_read(colour: str) -> None:
    drawn = colours.brand_colours(colour)
    pairs = (
        (drawn.solid, drawn.on_solid), (drawn.light_tint, drawn.light_ink), (drawn.dark_tint, drawn.dark_ink),
    )  # fmt: skip
    for surface, ink in pairs:
        assert colours.contrast(colours.parse_hex(surface), colours.parse_hex(ink)) >= 4.5


def test_a_brand_cannot_write_its_own_styles() -> None:
    evil = BrandView('x"]{}body{display:none}', "E", "E", "#fff;}*{color:red", "hold", False)
    fair = BrandView("brd_1", "F", "F", "red", "hold", False)
    assert colours.stylesheet([evil]) == "\n"
    assert "red" not in colours.stylesheet([fair])


@pytest.mark.parametrize(
    ("network", "text", "length"),
    [("facebook", "👨‍👩‍👧 ok", 8), ("mastodon", "👨‍👩‍👧 ok", 4), ("mastodon", "see https://example.com/a/very/long/address/indeed", 27),
     ("mastodon", "@ana@far.example hi", 7), ("elsewhere", "é", 1)],
)  # fmt: skip
def test_length_counts_as_the_network_counts(network: str, text: str, length: int) -> None:
    assert lengths.length_of(text, network) == length


def test_the_address_carries_the_whole_filter() -> None:
    ask = QueueFilter(frozenset({"b", "a"}), "all", "praise", "facebook", "newest", "açaí & co")
    query = addresses.query_of(ask)
    from urllib.parse import parse_qsl

    assert addresses.read_filter(parse_qsl(query[1:]), frozenset({"a", "b"})) == ask
    assert addresses.query_of(QueueFilter()) == ""
    assert addresses.changed(QueueFilter(), state="done") == "?state=done"


def test_an_address_cannot_ask_for_foreign_brands() -> None:
    ask = addresses.read_filter(
        [("brand", "theirs"), ("state", "evil"), ("sort", "x")], frozenset({"ours"})
    )
    assert ask == QueueFilter()
