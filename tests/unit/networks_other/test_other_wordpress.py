"""What each recorded WordPress payload means, and what odd ones do."""

from other_payloads import check_all

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
