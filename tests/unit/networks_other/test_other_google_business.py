"""What each recorded Google Business payload means, and what odd ones do."""

from other_payloads import check_all, only, read

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


def test_the_original_is_kept_and_the_translation_is_not():
    forms = {
        "(Translated by Google) Great\n\n(Original)\nToll": "Toll",
        "Toll\n\n(Translated by Google)\nGreat": "Toll",
        "plain": "plain",
    }
    for comment, text in forms.items():
        assert only(read("google_business", {"reviewId": "r", "comment": comment}))["text"] == text


def test_one_review_by_its_path_an_empty_place_and_a_push():
    item = only(
        read("google_business", {"name": "accounts/1/locations/2/reviews/r9", "starRating": "ONE"})
    )
    assert (item["external_id"], item["thread_root_id"]) == ("r9", "r9")
    empty = read("google_business", {"totalReviewCount": 0, "averageRating": 0})
    assert (empty.items, empty.problems) == ([], [])
    push = read(
        "google_business", {"message": {"data": "e30=", "messageId": "1"}, "subscription": "s"}
    )
    assert push.ignored == {"push": 1}
