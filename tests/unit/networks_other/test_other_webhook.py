"""What each recorded generic webhook payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "standard_webhook_event.json": [
        {
            "external_id": "evt-1",
            "kind": "dm",
            "action": "created",
            "author_handle": "sam",
            "author_name": "Sam Sample",
            "text": "Hello from the shop",
            "thread_root_id": "t-1",
            "created_at": "2022-11-03T20:26:10.344522Z",
            "visibility": "direct",
            "permalink": "https://shop.example.com/m/1",
            "sent_at": "2022-11-03T20:26:10.344522Z",
        }
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("webhook", EXPECTED, NOTHING, REFUSED)
