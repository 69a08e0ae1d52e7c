"""What each recorded LinkedIn payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "social_actions_batch.json": [
        {
            "external_id": "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)",
            "kind": "comment",
            "action": "created",
            "author_id": "urn:li:person:bbbbbbbbbb",
            "text": "Commenting as a sample member",
            "parent_external_id": "urn:li:activity:7094637247890620418",
            "thread_root_id": "urn:li:activity:7094637247890620418",
            "created_at": "2023-08-09T09:48:26.310000Z",
            "account_id": "urn:li:organization:99999999",
            "sent_at": "2023-08-09T09:48:26.310000Z",
        },
        {
            "external_id": "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)",
            "kind": "comment",
            "action": "deleted",
            "parent_external_id": "urn:li:activity:7094637247890620418",
            "thread_root_id": "urn:li:activity:7094637247890620418",
            "account_id": "urn:li:organization:99999999",
            "sent_at": "2023-08-09T09:50:00Z",
        },
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("linkedin", EXPECTED, NOTHING, REFUSED)
