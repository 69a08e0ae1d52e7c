"""What each recorded Telegram payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "channel_post_and_comment.json": [
        {
            "external_id": "-1009999:300",
            "kind": "post",
            "action": "created",
            "author_handle": "brandchannel",
            "author_id": "-1009999",
            "author_name": "Brand channel",
            "text": "News!",
            "thread_root_id": "-1009999:300",
            "created_at": "2023-11-14T22:13:20Z",
            "is_own": True,
        },
        {
            "external_id": "-1001234567890:12",
            "kind": "post",
            "action": "created",
            "author_id": "-1009999",
            "author_name": "Brand channel",
            "text": "News!",
            "thread_root_id": "-1001234567890:12",
            "created_at": "2023-11-14T22:13:21Z",
            "is_own": True,
        },
    ],
    "edited_message.json": [
        {
            "external_id": "1111111:1365",
            "kind": "dm",
            "action": "edited",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "text": "Edited text",
            "thread_root_id": "1111111",
            "created_at": "2015-09-07T17:05:32Z",
            "edited_at": "2015-09-07T17:23:20Z",
            "visibility": "direct",
        }
    ],
    "group_photo_caption_topic.json": [
        {
            "external_id": "-1001234567890:77",
            "kind": "comment",
            "action": "created",
            "author_id": "2222222",
            "author_name": "Лена",
            "text": "Это брак? 😡",
            "parent_external_id": "-1001234567890:5",
            "thread_root_id": "-1001234567890:5",
            "created_at": "2015-09-07T17:05:32Z",
            "media": [{"type": "image", "id": "A2"}],
        }
    ],
    "message_document.json": [
        {
            "external_id": "1111111:1365",
            "kind": "dm",
            "action": "created",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "thread_root_id": "1111111",
            "created_at": "2015-09-07T17:05:32Z",
            "media": [
                {"type": "file", "id": "AwADBAADbXXXXXXXXXXXGBdhD2l6_XX", "alt": "Testfile.pdf"}
            ],
            "visibility": "direct",
        }
    ],
    "message_entities.json": [
        {
            "external_id": "1111111:1365",
            "kind": "dm",
            "action": "created",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "text": "Bold and italics",
            "thread_root_id": "1111111",
            "created_at": "2015-09-07T17:05:32Z",
            "visibility": "direct",
        }
    ],
    "message_forwarded.json": [
        {
            "external_id": "1111111:1365",
            "kind": "dm",
            "action": "created",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "text": "/start",
            "thread_root_id": "1111111",
            "created_at": "2015-09-07T17:05:32Z",
            "visibility": "direct",
        }
    ],
    "message_reply.json": [
        {
            "external_id": "1111111:1365",
            "kind": "dm",
            "action": "created",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "text": "/start",
            "parent_external_id": "1111112:1334",
            "thread_root_id": "1111111",
            "created_at": "2015-09-07T17:05:32Z",
            "visibility": "direct",
        }
    ],
    "message_text.json": [
        {
            "external_id": "1111111:1365",
            "kind": "dm",
            "action": "created",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "text": "/start",
            "thread_root_id": "1111111",
            "created_at": "2015-09-07T17:05:32Z",
            "visibility": "direct",
        }
    ],
    "reaction_and_block.json": [
        {
            "external_id": "1111111:1365:1111111",
            "kind": "reaction",
            "action": "created",
            "author_handle": "Testusername",
            "author_id": "1111111",
            "author_name": "Test Firstname Test Lastname",
            "text": "👍",
            "parent_external_id": "1111111:1365",
            "thread_root_id": "1111111",
            "created_at": "2023-11-14T22:15:00Z",
            "visibility": "direct",
            "sent_at": "2023-11-14T22:15:00Z",
        }
    ],
}
NOTHING = {
    "callback_query.json",
}
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("telegram", EXPECTED, NOTHING, REFUSED)
