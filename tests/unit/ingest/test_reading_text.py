"""HTML to the text a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connectors.text import html_to_text

LONG = "https://www.example.com/a/very/long/path"
CUT = (
    f'<a href="{LONG}"><span class="invisible">https://www.</span>'
    '<span class="ellipsis">example.com/a/very</span><span class="invisible">/long/path</span></a>'
)
CASES = [
    ("", None),
    ("  \n ", None),
    ("<p></p>", None),
    ("a  b\n c", "a b c"),
    ("<p>a</p>\n<p>b</p>", "a\n\nb"),
    ("a<br>b<br />c", "a\nb\nc"),
    ("x<br><br>y", "x\n\ny"),
    ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    ("&lt;b&gt; &amp; &#x1F600;", "<b> & 😀"),
    ("hi <img alt=':x:'> there", "hi :x: there"),
    ("<script>1</script>a<style>b</style><!-- c -->", "a"),
    (CUT, LONG),
    (f'<a href="{LONG}">example.com/a/v…</a>', LONG),
    ('<a href="https://e.org/x">our page</a>', "our page (https://e.org/x)"),
    ('<a href="https://e.org/x"></a>', "https://e.org/x"),
    ('<a href="javascript:alert(1)">press</a>', "press"),
    ('<a href="https://e.org/@kim" class="u-url mention">@<span>kim</span></a> hi', "@kim hi"),
    ('<a href="https://e.org/tags/x" class="mention hashtag">#<span>x</span></a>', "#x"),
    ("1 < 2 and <3", "1 < 2 and <3"),
]


@pytest.mark.parametrize(("html", "expected"), CASES)
def test_reads_as_seen(html, expected):
    assert html_to_text(html) == expected


def test_leaves_out_what_it_is_told_to():
    html = '<p class="a quote-inline">RE: x</p><p>y</p>'
    assert html_to_text(html, without=frozenset({"quote-inline"})) == "y"


def test_deep_nesting_is_no_recursion():
    assert html_to_text("<b>" * 50_000 + "x") == "x"


@given(st.text() | st.text(alphabet="<>/ab=\"'&; p\x00"))
def test_never_raises(html):
    text = html_to_text(html)
    assert text is None or text.strip()


def test_cells_are_apart_and_an_address_shown_decoded_is_written_once():
    assert (
        html_to_text("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>") == "a b\nc"
    )
    assert (
        html_to_text('<a href="https://e.org/caf%C3%A9">e.org/café</a>')
        == "https://e.org/caf%C3%A9"
    )
