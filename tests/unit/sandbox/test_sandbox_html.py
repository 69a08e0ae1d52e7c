"""Plain text to a Mastodon server's HTML, piece by piece."""

import pytest

from sandbox.mastodon.html import Mentionable, render
from sandbox.mastodon.statuses import length

ORIGIN = "https://m.example"
PEOPLE = {"brand": Mentionable("brand", "brand", f"{ORIGIN}/@brand")}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br />two</p><p>three</p>"),
        ("<b> & 'x'", "<p>&lt;b&gt; &amp; 'x'</p>"),
        (
            "@brand hi",
            (
                '<p><span class="h-card" translate="no"><a href="https://m.example/@brand" '
                'class="u-url mention">@<span>brand</span></a></span> hi</p>'
            ),
        ),
        ("a@brand and @nobody", "<p>a@brand and @nobody</p>"),
        (
            "#Help",
            (
                '<p><a href="https://m.example/tags/help" class="mention hashtag" rel="tag">'
                "#<span>Help</span></a></p>"
            ),
        ),
        ("order #80682 waits", "<p>order #80682 waits</p>"),
        (
            "https://www.example.com/a/very/long/path/to/the/page.",
            (
                '<p><a href="https://www.example.com/a/very/long/path/to/the/page" target="_blank" '
                'rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span>'
                '<span class="ellipsis">example.com/a/very/long/path/t</span>'
                '<span class="invisible">o/the/page</span></a>.</p>'
            ),
        ),
    ],
)
def test_render(text: str, html: str) -> None:
    assert render(text, PEOPLE, ORIGIN) == html


@pytest.mark.parametrize(
    ("text", "count"),
    [("abc", 3), ("👩‍👩‍👧‍👦", 1), ("https://example.com/" + "x" * 99, 23), ("@a@host.example", 2)],
)
def test_length(text: str, count: int) -> None:
    assert length(text) == count
