"""What each recorded WordPress payload means, and what odd ones do."""

from other_payloads import check_all, document, only, read, recorded

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "comment_held_edit_context.json": [
        {
            "external_id": "13",
            "kind": "comment",
            "action": "created",
            "author_name": "x",
            "text": "buy now",
            "parent_external_id": "7",
            "thread_root_id": "7",
            "created_at": "2026-07-24T11:00:00Z",
            "permalink": "https://blog.example.com/a-post/#comment-13",
        }
    ],
    "comments_page.json": [
        {
            "external_id": "12",
            "kind": "comment",
            "action": "created",
            "author_id": "3",
            "author_name": "brand",
            "text": "In our https://shop.example.com/",
            "parent_external_id": "11",
            "thread_root_id": "7",
            "created_at": "2026-07-24T10:20:00Z",
            "permalink": "https://blog.example.com/a-post/#comment-12",
        },
        {
            "external_id": "11",
            "kind": "comment",
            "action": "created",
            "author_name": "Ann & Co",
            "text": "Great post!\nWhere to buy? – 😀",
            "parent_external_id": "7",
            "thread_root_id": "7",
            "created_at": "2026-07-24T10:15:00Z",
            "permalink": "https://blog.example.com/a-post/#comment-11",
        },
    ],
}
NOTHING = set()
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("wordpress", EXPECTED, NOTHING, REFUSED)


def comment(**more):
    return document("wordpress", "comments_page.json")["body"][1] | more


def test_trash_and_spam_are_deletions_and_lose_their_words():
    for status in ("trash", "spam"):
        item = only(read("wordpress", comment(status=status)))
        assert (item["action"], "text" in item) == ("deleted", False)


def test_own_by_user_id_and_a_visitor_with_the_name_of_the_brand():
    page = recorded("wordpress", "comments_page.json")
    mine = Account(own_ids=frozenset({"3"}))
    assert [item.is_own for item in read("wordpress", page, mine).items] == [True, False]
    named = Account(own_handles=frozenset({"brand"}))
    assert not read("wordpress", comment(author_name="brand"), named).items[0].is_own


def test_what_only_moderators_see_is_not_kept():
    item = read("wordpress", recorded("wordpress", "comment_held_edit_context.json")).items[0]
    assert not item.raw.keys() & {"author_email", "author_ip", "author_user_agent"}


def test_pingbacks_are_mentions_and_notes_are_counted():
    assert only(read("wordpress", comment(type="pingback")))["kind"] == "mention"
    assert read("wordpress", [comment(type="note")]).ignored == {"note": 1}


def test_a_post_does_not_take_the_number_of_a_comment():
    post = {
        "id": 7,
        "date_gmt": "2026-07-24T09:00:00",
        "title": {"rendered": "A &amp; B"},
        "link": "https://b.example/a",
    }
    item = only(read("wordpress", post | {"content": {"rendered": "<p>words</p>"}}))
    assert (item["external_id"], item["thread_root_id"], item["kind"]) == ("post:7", "7", "post")
    assert item["text"] == "A & B\n\nwords"


def test_an_error_of_the_site():
    assert read("wordpress", {"code": "rest_no_route", "message": "x", "data": {}}).problems
