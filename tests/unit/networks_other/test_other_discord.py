"""What each recorded Discord payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "gateway_message_create.json": [
        {
            "external_id": "334385199974967042",
            "kind": "comment",
            "action": "created",
            "author_handle": "sample",
            "author_id": "53908099506183680",
            "author_name": "Sample",
            "text": "Supa Hot @brandbot 🔥",
            "thread_root_id": "290926798999357250",
            "created_at": "2017-07-11T17:27:07.299000Z",
        }
    ],
    "gateway_message_update_and_delete.json": [
        {
            "external_id": "334385199974967042",
            "kind": "comment",
            "action": "edited",
            "author_handle": "sample",
            "author_id": "53908099506183680",
            "author_name": "Sample",
            "text": "Supa Hot (edited)",
            "thread_root_id": "290926798999357250",
            "created_at": "2017-07-11T17:27:07.299000Z",
            "edited_at": "2017-07-11T17:30:00Z",
        },
        {
            "external_id": "334385199974967042",
            "kind": "comment",
            "action": "deleted",
            "thread_root_id": "290926798999357250",
        },
        {
            "external_id": "334385199974967099",
            "kind": "comment",
            "action": "created",
            "author_handle": "sample",
            "author_id": "53908099506183680",
            "author_name": "Sample",
            "parent_external_id": "334385199974967042",
            "thread_root_id": "290926798999357250",
            "created_at": "2017-07-11T17:27:07.299000Z",
            "media": [{"type": "image", "url": "https://cdn.example/a.png", "id": "1"}],
        },
    ],
}
NOTHING = {
    "webhook_ping_and_event.json",
}
REFUSED = {
    "rate_limited.json",
}


def test_every_recorded_payload():
    check_all("discord", EXPECTED, NOTHING, REFUSED)
