"""What each recorded Google Business payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "reviews_page.json": [
        {
            "external_id": "r1",
            "kind": "review",
            "action": "created",
            "author_name": "Pat",
            "text": "Toll",
            "thread_root_id": "r1",
            "created_at": "2026-10-09T12:44:32.123456Z",
        },
        {
            "external_id": "r1/reply",
            "kind": "comment",
            "action": "created",
            "text": "Thanks Pat",
            "parent_external_id": "r1",
            "thread_root_id": "r1",
            "created_at": "2026-10-09T13:00:00Z",
            "is_own": True,
        },
        {
            "external_id": "r2",
            "kind": "review",
            "action": "edited",
            "thread_root_id": "r2",
            "created_at": "2026-10-01T00:00:00Z",
            "edited_at": "2026-10-02T00:00:00Z",
        },
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("google_business", EXPECTED, NOTHING, REFUSED)
