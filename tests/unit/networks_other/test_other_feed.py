"""What each recorded feed payload means, and what odd ones do."""

from other_payloads import check_all, only, read, shown

EXPECTED = {
    "atom03_xml_base.xml": [
        {
            "external_id": "0920731c9ba24d6225bdc64d6cc6e9ccc51ac6b8bd6e87c12be92f92ee7b8cc7",
            "kind": "post",
            "action": "created",
            "text": "Example test (http://example.com/parent/test.html)",
            "thread_root_id": "0920731c9ba24d6225bdc64d6cc6e9ccc51ac6b8bd6e87c12be92f92ee7b8cc7",
        }
    ],
    "atom10_relative_links.xml": [
        {
            "external_id": "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
            "kind": "post",
            "action": "created",
            "author_name": "Sam Sample",
            "text": "A & B new\n\nSee this (https://blog.example.com/feeds/posts/img/a.png)",
            "thread_root_id": "https://blog.example.com/feeds/posts/hello",
            "created_at": "2003-12-13T12:29:29Z",
            "edited_at": "2003-12-13T17:30:02.250000Z",
            "permalink": "https://blog.example.com/feeds/posts/hello",
        }
    ],
    "atom_comment_threading.xml": [
        {
            "external_id": "tag:blogger.com,1999:blog-893.post-111",
            "kind": "comment",
            "action": "created",
            "author_id": "https://kim.example.com",
            "author_name": "Kim Sample",
            "text": "Nice",
            "parent_external_id": "tag:blogger.com,1999:blog-893.post-3861",
            "thread_root_id": "https://blog.example.com/2009/10/test-post.html",
            "edited_at": "2009-10-20T16:00:00Z",
        }
    ],
    "broken_truncated.xml": [
        {
            "external_id": "w1",
            "kind": "post",
            "action": "created",
            "text": "whole item\n\nok",
            "thread_root_id": "w1",
        }
    ],
    "jsonfeed.json": [
        {
            "external_id": "2",
            "kind": "post",
            "action": "created",
            "author_name": "me",
            "text": "post 2\n\nThis is a second item.",
            "thread_root_id": "https://example.org/second-item",
            "media": [{"type": "video", "url": "https://example.org/second-item-show.mp4"}],
            "permalink": "https://example.org/second-item",
        },
        {
            "external_id": "1",
            "kind": "post",
            "action": "created",
            "author_id": "http://example.net/~you",
            "author_name": "you",
            "text": "Hello, world!",
            "thread_root_id": "https://example.org/initial-post",
            "permalink": "https://example.org/initial-post",
        },
    ],
    "rss_delicious_recorded.xml": [
        {
            "external_id": "http://delicious.com/url/174603f9d836a1aafac49e28ace1c19e#sampleuser",
            "kind": "post",
            "action": "created",
            "author_name": "sampleuser",
            "text": "rsync and vfat | Geek at Play",
            "thread_root_id": "http://www.kylev.com/2005/03/29/rsync-and-vfat/",
            "created_at": "2009-12-25T03:30:22Z",
            "permalink": "http://www.kylev.com/2005/03/29/rsync-and-vfat/",
        }
    ],
    "rss_guid_variants.xml": [
        {
            "external_id": "abc",
            "kind": "post",
            "action": "created",
            "text": "not a url",
            "thread_root_id": "abc",
        },
        {
            "external_id": "http://guid.example.com/",
            "kind": "post",
            "action": "created",
            "text": "guid is link",
            "thread_root_id": "http://guid.example.com/",
            "permalink": "http://guid.example.com/",
        },
        {
            "external_id": "http://guid.example.com/2",
            "kind": "post",
            "action": "created",
            "text": "guid and link differ",
            "thread_root_id": "http://link.example.com/2",
            "permalink": "http://link.example.com/2",
        },
    ],
    "rss_missing_guid_and_date.xml": [
        {
            "external_id": "https://blog.example.com/no-guid",
            "kind": "post",
            "action": "created",
            "text": "No guid, no date\n\nFirst",
            "thread_root_id": "https://blog.example.com/no-guid",
            "permalink": "https://blog.example.com/no-guid",
        },
        {
            "external_id": "816e6fc4ff1c065b9ae86e3a14b06a98895cb42e3371f9c07a77b35aed6ad6e7",
            "kind": "post",
            "action": "created",
            "text": "No guid, no link\n\nOnly text & markup",
            "thread_root_id": "816e6fc4ff1c065b9ae86e3a14b06a98895cb42e3371f9c07a77b35aed6ad6e7",
        },
        {
            "external_id": "abc",
            "kind": "post",
            "action": "created",
            "thread_root_id": "https://blog.example.com/no-title",
            "permalink": "https://blog.example.com/no-title",
        },
    ],
    "rss_windows1252.xml": [
        {
            "external_id": "c1",
            "kind": "post",
            "action": "created",
            "text": "Preis: 5 € – jetzt",
            "thread_root_id": "c1",
            "created_at": "2026-07-24T16:50:00Z",
        }
    ],
    "wordpress_comments_rss.xml": [
        {
            "external_id": "https://blog.example.com/?p=7#comment-2",
            "kind": "comment",
            "action": "created",
            "author_name": "Ann & Co",
            "text": "Agreed …",
            "parent_external_id": "https://blog.example.com/?p=7#comment-1",
            "thread_root_id": "https://blog.example.com/a-post/",
            "created_at": "2026-07-24T11:58:00Z",
            "permalink": "https://blog.example.com/a-post/#comment-2",
        },
        {
            "external_id": "https://blog.example.com/?p=7#comment-1",
            "kind": "comment",
            "action": "created",
            "author_name": "Bob",
            "text": "Nice.",
            "parent_external_id": "https://blog.example.com/a-post/",
            "thread_root_id": "https://blog.example.com/a-post/",
            "created_at": "2026-07-24T11:50:00Z",
            "permalink": "https://blog.example.com/a-post/#comment-1",
        },
    ],
}
NOTHING = set()
REFUSED = {
    "broken_truncated.xml",
    "broken_undeclared_namespace.xml",
    "entity_bomb.xml",
}


def test_every_recorded_payload():
    check_all("feed", EXPECTED, NOTHING, REFUSED)


def rss(*items, head=""):
    return f'{head}<rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'.encode()


ONE = "<item><guid isPermaLink='false'>1</guid><title>one</title></item>"


def test_a_short_text_is_never_opened(tmp_path):
    secret = tmp_path / "feed.xml"
    secret.write_bytes(rss(ONE))
    for raw in (str(secret).encode(), secret.as_uri().encode(), b"http://127.0.0.1:9/feed"):
        found = read("feed", raw)
        assert (found.items, [one.code for one in found.problems]) == ([], ["feed.unknown"])


def test_entities_of_entities_cost_nothing_and_good_items_survive():
    ten = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE rss [<!-- it\'s ]> --><!ENTITY e0 "<b>]></b>{"x" * 1000}">{ten}]>'
    found = read("feed", rss(ONE, head=head))
    assert [item.text for item in found.items] == ["one"]
    assert "feed.entities" in {one.code for one in found.problems}
    bomb = read("feed", rss("<item><guid>2</guid><title>&e9;</title></item>", ONE, head=head))
    assert all(len(item.text or "") < 100 for item in bomb.items)


def test_a_document_type_in_another_encoding_is_seen():
    head = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE rss [<!ENTITY a "aaaa">]>'
    raw = rss("<item><guid>2</guid><title>&a;</title></item>", head=head).decode().encode("utf-16")
    found = read("feed", raw)
    assert "feed.entities" in {one.code for one in found.problems}
    assert all("aaaa" not in (item.text or "") for item in found.items)


def test_a_document_type_inside_a_text_stays():
    item = "<item><guid>1</guid><description><![CDATA[<p>see &lt;!DOCTYPE html&gt;</p>]]></description></item>"
    assert only(read("feed", rss(item)))["text"] == "see <!DOCTYPE html>"


def test_too_large_is_refused():
    found = read("feed", rss(ONE) + b" " * (10 * 1024 * 1024))
    assert [one.code for one in found.problems] == ["feed.too_large"]


def test_the_untouched_part_is_the_xml_of_the_item():
    assert [item.raw for item in read("feed", rss(ONE)).items] == [ONE]


def test_rdf_and_its_date():
    raw = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://b.example/"><title>b</title></channel>
      <item rdf:about="https://b.example/1"><title>x</title><link>https://b.example/1</link>
      <dc:date>2026-08-01T10:00:00+02:00</dc:date><dc:creator>Kim</dc:creator></item></rdf:RDF>"""
    item = only(read("feed", raw))
    assert (item["external_id"], item["created_at"]) == (
        "https://b.example/1",
        "2026-08-01T08:00:00Z",
    )
    assert item["author_name"] == "Kim"


def test_json_feed_dates_relative_links_and_repeats():
    entry = {
        "id": 3,
        "url": "/a",
        "content_text": "hi",
        "date_published": "2026-08-01T10:00:00-02:00",
    }
    page = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": "https://b.example/"}
    found = read("feed", page | {"items": [entry, entry | {"content_text": "again"}, 7]})
    [item] = shown(found)
    assert (item["external_id"], item["permalink"]) == ("3", "https://b.example/a")
    assert item["created_at"] == "2026-08-01T12:00:00Z"
    assert (found.ignored, len(found.problems)) == ({"repeated": 1}, 1)


def test_a_web_page_is_no_feed():
    found = read("feed", b"<!DOCTYPE html><html><body><p>Access denied</p></body></html>")
    assert (found.items, [one.code for one in found.problems]) == ([], ["feed.unknown"])


def test_a_file_is_what_its_medium_says():
    media = '<media:content url="https://b.example/i" medium="image"/>'
    body = f'<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><item><guid>a</guid><title>T</title>{media}</item></channel></rss>'
    assert only(read("feed", body.encode()))["media"] == [
        {"type": "image", "url": "https://b.example/i"}
    ]
