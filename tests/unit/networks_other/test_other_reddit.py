"""What each recorded Reddit payload means, and what odd ones do."""

from other_payloads import check_all

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
