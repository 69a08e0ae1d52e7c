"""What each recorded Threads payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "replies_page.json": [
        {
            "external_id": "1234567890",
            "kind": "comment",
            "action": "created",
            "text": "First Reply",
            "parent_external_id": "1234567890",
            "thread_root_id": "1234567890",
            "created_at": "2024-01-01T18:20:00Z",
        },
        {
            "external_id": "1234567890",
            "kind": "comment",
            "action": "hidden",
            "text": "Second Reply",
            "parent_external_id": "1234567890",
            "thread_root_id": "1234567890",
            "created_at": "2024-01-01T18:20:00Z",
        },
        {
            "external_id": "1234567890",
            "kind": "comment",
            "action": "unhidden",
            "text": "Third Reply",
            "parent_external_id": "1234567890",
            "thread_root_id": "1234567890",
            "created_at": "2024-01-01T18:20:00Z",
        },
    ],
    "webhook_reply.json": [
        {
            "external_id": "8901234",
            "kind": "comment",
            "action": "created",
            "author_handle": "test_username",
            "text": "Reply",
            "parent_external_id": "567890",
            "thread_root_id": "123456",
            "created_at": "2024-08-07T10:33:16Z",
            "permalink": "https://www.threads.net/@test_username/post/Pp",
            "account_id": "78901",
            "sent_at": "2024-08-09T18:07:57Z",
        }
    ],
}
NOTHING = set()
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("threads", EXPECTED, NOTHING, REFUSED)
