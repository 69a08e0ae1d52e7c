"""What each recorded Reddit payload means, and what odd ones do."""

import pytest
from other_payloads import check_all, only, read, recorded, shown

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "comment_reply_result.json": [
        {
            "external_id": "t1_d1680wu",
            "kind": "comment",
            "action": "created",
            "author_handle": "brand_account",
            "text": "Comment reply",
            "parent_external_id": "t1_d1616q2",
            "thread_root_id": "t3_4b1tfm",
            "created_at": "2016-03-20T00:33:51Z",
        }
    ],
    "deleted_and_removed.json": [
        {
            "external_id": "t1_aaa1",
            "kind": "comment",
            "action": "deleted",
            "parent_external_id": "t3_1j7g9uj",
            "thread_root_id": "t3_1j7g9uj",
            "created_at": "2025-06-19T16:46:59Z",
        },
        {
            "external_id": "t1_aaa2",
            "kind": "comment",
            "action": "deleted",
            "parent_external_id": "t3_1j7g9uj",
            "thread_root_id": "t3_1j7g9uj",
            "created_at": "2025-06-19T16:47:00Z",
        },
        {
            "external_id": "t1_aaa3",
            "kind": "comment",
            "action": "edited",
            "author_handle": "sample_user",
            "text": "fixed typo",
            "parent_external_id": "t1_aaa1",
            "thread_root_id": "t3_1j7g9uj",
            "created_at": "2025-06-19T16:47:01Z",
            "edited_at": "2025-06-19T16:53:20Z",
        },
    ],
    "inbox_comment_replies.json": [
        {
            "external_id": "t1_mynqwvd",
            "kind": "comment",
            "action": "created",
            "author_handle": "sample_user",
            "author_id": "t2_3ebyblla",
            "text": "Comment Body",
            "parent_external_id": "t1_myngt77",
            "thread_root_id": "t3_1j7g9uj",
            "created_at": "2025-06-19T16:46:59Z",
        }
    ],
    "inbox_mention.json": [
        {
            "external_id": "t1_ekftbox",
            "kind": "mention",
            "action": "created",
            "author_handle": "sample_user",
            "author_id": "t2_3ebyblla",
            "text": "Hello /u/brand_account,\n\nsmall & bold",
            "parent_external_id": "t3_bb24k7",
            "thread_root_id": "t3_bb24k7",
            "created_at": "2019-04-08T12:56:40Z",
        }
    ],
}
NOTHING = set()
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("reddit", EXPECTED, NOTHING, REFUSED)


def thing(kind="t1", **more):
    base = {
        "name": f"{kind}_a",
        "author": "kim",
        "body": "hi",
        "created_utc": 1750351619.5,
        "edited": False,
    }
    return {"kind": kind, "data": base | more}


def test_own_by_handle_and_by_full_name():
    mine = Account(own_handles=frozenset({"u/x", "Brand_Account"}), own_ids=frozenset({"t2_me"}))
    assert read("reddit", recorded("reddit", "comment_reply_result.json"), mine).items[0].is_own
    assert only(read("reddit", thing(author_fullname="t2_me"), mine))["is_own"]


def test_a_post_and_its_tree():
    answer = thing(name="t1_c", body="deep", link_id="t3_a")
    listing = {"kind": "Listing", "data": {"children": [answer, {"kind": "more", "data": {}}]}}
    top = thing(name="t1_b", link_id="t3_a", replies=listing)
    post = thing(
        "t3", title="Which *size*?", selftext="", url="https://i.example/a.png", post_hint="image"
    )
    pages = [{"kind": "Listing", "data": {"children": [one]}} for one in (post, top)]
    found = read("reddit", pages)
    assert [item.external_id for item in found.items] == ["t3_a", "t1_b", "t1_c"]
    assert {item.thread_root_id for item in found.items} == {"t3_a"}
    first = shown(found)[0]
    assert (first["kind"], first["text"]) == ("post", "Which size?")
    assert first["media"] == [{"type": "image", "url": "https://i.example/a.png"}]
    assert found.ignored == {"more": 1}


def test_a_message_hangs_on_the_other_one():
    mine = Account(own_handles=frozenset({"brand"}))
    assert only(read("reddit", thing("t4", dest="brand"), mine))["thread_root_id"] == "kim"
    own = only(read("reddit", thing("t4", author="brand", dest="kim"), mine))
    assert (own["thread_root_id"], own["kind"], own["visibility"]) == ("kim", "dm", "direct")


def test_fractions_of_a_second_are_kept():
    assert only(read("reddit", thing()))["created_at"] == "2025-06-19T16:46:59.500000Z"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**bold** and *it* and ~~no~~", "bold and it and no"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("[shop](https://s.example/a) \\*star\\*", "shop (https://s.example/a) *star*"),
        ("# Head\n\n^(small one) ^^up", "Head\n\nsmall one up"),
        ("&gt; quoted &amp;amp;", "> quoted &amp;"),
        ("unclosed **bold", "unclosed **bold"),
    ],
)
def test_marks_are_taken_away_and_nothing_else(markdown, text):
    assert only(read("reddit", thing(body=markdown)))["text"] == text


def test_links_inside_reddit_get_their_host():
    thing = {"kind": "t1", "data": {"name": "t1_a", "body": "ask [the mods](/r/shop) >!soon!<"}}
    assert (
        only(read("reddit", thing))["text"] == "ask the mods (https://www.reddit.com/r/shop) soon"
    )
