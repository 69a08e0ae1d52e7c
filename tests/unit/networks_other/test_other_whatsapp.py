"""What each recorded WhatsApp payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "batch_messages_and_statuses.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "Body Text",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:43Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        },
        {
            "external_id": "wamid.second",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "שלום 👋 second message in the same delivery",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:44Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:44Z",
        },
    ],
    "button_reply.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "title",
            "parent_external_id": "wamid.xyzxyz",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-25T20:45:30Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-25T20:45:30Z",
        }
    ],
    "echo_from_business_app.json": [
        {
            "external_id": "wamid.evt1",
            "kind": "dm",
            "action": "created",
            "author_id": "972123456789",
            "text": "Test message",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:43Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        }
    ],
    "edited_image_caption.json": [
        {
            "external_id": "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=",
            "kind": "dm",
            "action": "edited",
            "author_id": "16505551234",
            "text": "Updated image caption",
            "parent_external_id": "M0",
            "thread_root_id": "16505551234",
            "edited_at": "2025-06-13T22:42:55Z",
            "media": [
                {
                    "type": "image",
                    "url": "https://media.example.com/updated-image.jpg",
                    "id": "1234567890",
                }
            ],
            "visibility": "direct",
            "account_id": "106540352242922",
            "sent_at": "2025-06-13T22:42:55Z",
        }
    ],
    "image_without_caption.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:56:19Z",
            "media": [{"type": "image", "id": "65463453"}],
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:56:19Z",
        }
    ],
    "location.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:15:57Z",
            "media": [
                {
                    "type": "location",
                    "url": "https://maps.google.com/?cid=2000000000000000000",
                    "alt": "Facebook HQ, 1 Hacker Way, Menlo Park, CA 94025",
                }
            ],
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:15:57Z",
        }
    ],
    "reaction.json": [
        {
            "external_id": "wamid.yzxyzx=:972987654321",
            "kind": "reaction",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "😮",
            "parent_external_id": "wamid.yzxyzx=",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:14:16Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:14:16Z",
        }
    ],
    "reaction_removed.json": [
        {
            "external_id": "wamid.yzxyzx=:972987654321",
            "kind": "reaction",
            "action": "deleted",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "parent_external_id": "wamid.yzxyzx=",
            "thread_root_id": "972987654321",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:14:16Z",
        }
    ],
    "reply.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "replied text",
            "parent_external_id": "wamid.xyzxyz==",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:19:06Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:19:06Z",
        }
    ],
    "revoked.json": [
        {
            "external_id": "wamid.orig1",
            "kind": "dm",
            "action": "deleted",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        }
    ],
    "text.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "Body Text",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:43Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        }
    ],
    "text_bsuid_without_phone.json": [
        {
            "external_id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
            "kind": "dm",
            "action": "created",
            "author_handle": "samsample",
            "author_id": "US.13491208655302741918",
            "author_name": "Sam Sample",
            "text": "Does it come in another color?",
            "thread_root_id": "120363418770915618@g.us",
            "created_at": "2025-06-08T20:59:43Z",
            "visibility": "direct",
            "account_id": "106540352242922",
            "sent_at": "2025-06-08T20:59:43Z",
        }
    ],
    "unsupported.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:18:26Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:18:26Z",
        }
    ],
    "video_forwarded_caption.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "caption",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:12:42Z",
            "media": [{"type": "video", "id": "765756756"}],
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:12:42Z",
        }
    ],
}
NOTHING = {
    "status_failed.json",
    "status_read.json",
    "system_number_change.json",
}
REFUSED = {
    "errors.json",
    "send_response.json",
}


def test_every_recorded_payload():
    check_all("whatsapp", EXPECTED, NOTHING, REFUSED)
