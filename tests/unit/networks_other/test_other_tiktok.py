"""What each recorded TikTok payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "comment_event.json": [
        {
            "external_id": "7000000000000000001",
            "kind": "comment",
            "action": "created",
            "author_id": "abc",
            "parent_external_id": "7000000000000000100",
            "thread_root_id": "7000000000000000100",
            "created_at": "2021-03-10T01:10:09Z",
            "account_id": "act.example12345Example12345Example",
            "sent_at": "2021-03-10T01:10:10Z",
        }
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("tiktok", EXPECTED, NOTHING, REFUSED)
