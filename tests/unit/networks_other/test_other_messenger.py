"""What each recorded Messenger payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "echo_by_our_app.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "12345654332",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "echo_from_page_inbox.json": [
        {
            "external_id": "m_inbox_1",
            "kind": "dm",
            "action": "created",
            "author_id": "12345654332",
            "text": "typed by a colleague in Page inbox",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_deleted.json": [
        {
            "external_id": "message_id",
            "kind": "dm",
            "action": "deleted",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_edit.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "edited",
            "author_id": "987654321432",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "edited_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_image_without_text.json": [
        {
            "external_id": "mid.1458696618141:b4ef9d19ec21086067",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-23T01:30:18.268000Z",
            "media": [{"type": "image", "url": "IMAGE_URL"}],
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-23T01:30:18.911000Z",
        }
    ],
    "message_inline_reply.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "text": "hello, world!",
            "parent_external_id": "very_long_id_representing_the_original_message",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_sticker_thumbup.json": [
        {
            "external_id": "mid.1487254148673:a082abc439",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "created_at": "2017-02-16T14:09:08.673000Z",
            "media": [
                {
                    "type": "image",
                    "url": "https://scontent.example.fbcdn.net/sticker.png",
                    "id": "369239263222822",
                }
            ],
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2017-02-16T14:09:08.732000Z",
        }
    ],
    "message_text.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_unsupported.json": [
        {
            "external_id": "message_id",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "reaction_add.json": [
        {
            "external_id": "original_message_id:USER_ID",
            "kind": "reaction",
            "action": "created",
            "author_id": "USER_ID",
            "text": "😢",
            "parent_external_id": "original_message_id",
            "thread_root_id": "USER_ID",
            "created_at": "2019-10-30T19:51:38.502000Z",
            "visibility": "direct",
            "account_id": "1234567890321",
            "sent_at": "2019-10-30T19:51:38.508000Z",
        }
    ],
    "standby_echo.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "12345654332",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
}
NOTHING = {
    "delivery_without_timestamp.json",
    "postback_with_referral.json",
    "read_watermark.json",
}
REFUSED = set()


def test_every_recorded_payload():
    check_all("messenger", EXPECTED, NOTHING, REFUSED)
