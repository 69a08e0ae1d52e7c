"""What each recorded X payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "aaa_delete.json": [
        {
            "external_id": "1045405559317569537",
            "kind": "post",
            "action": "deleted",
            "author_id": "930524282358325248",
            "is_own": True,
            "account_id": "930524282358325248",
            "sent_at": "2015-05-21T17:09:15.593000Z",
        }
    ],
    "aaa_long_post_truncated.json": [
        {
            "external_id": "1924465506158878979",
            "kind": "mention",
            "action": "created",
            "author_handle": "longform_sample",
            "author_id": "998877665544",
            "author_name": "Longform Sample",
            "text": "The Antikythera Mechanism: A Window into Ancient Ingenuity Discovered in 1901 "
            "among the wreckage of a Roman ship off the Greek island of Antikythera... and the "
            "end. @xai @HistoryInPics",
            "thread_root_id": "1924465506158878979",
            "created_at": "2025-05-19T14:01:46Z",
            "account_id": "1603419180975409153",
        }
    ],
    "rest_mentions_page.json": [
        {
            "external_id": "1577000000000000001",
            "kind": "mention",
            "action": "edited",
            "author_handle": "OtherUser",
            "author_id": "2222222222222222222",
            "author_name": "OtherUser",
            "text": "@brand_sample is the shop open? (edited)",
            "thread_root_id": "1577000000000000001",
            "created_at": "2022-10-03T18:00:05Z",
            "edited_at": "2022-10-03T18:00:05Z",
        },
        {
            "external_id": "1577000000000000009",
            "kind": "comment",
            "action": "created",
            "author_handle": "OtherUser",
            "author_id": "2222222222222222222",
            "author_name": "OtherUser",
            "text": "@brand_sample first part of a very long post lorem ipsum lorem ipsum lorem ipsum "
            "lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem "
            "ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum "
            "lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem "
            "ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum "
            "lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem "
            "ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum "
            "lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem "
            "ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum "
            "lorem ipsum lorem ipsum lorem ipsum lorem ipsum lorem ipsum END",
            "parent_external_id": "1576000000000000000",
            "thread_root_id": "1576000000000000000",
            "created_at": "2022-10-03T17:59:00Z",
            "media": [
                {
                    "type": "image",
                    "url": "https://pbs.example.com/p.jpg",
                    "id": "3_1",
                    "alt": "shop door",
                }
            ],
        },
    ],
    "xaa_chat_encrypted.json": [
        {
            "external_id": "e4f4d3fc-8bbf-4928-92eb-e5058d6bb6f6",
            "kind": "dm",
            "action": "created",
            "author_id": "2222222222222222222",
            "thread_root_id": "2222222222222222222",
            "created_at": "2026-07-23T21:13:03.370000Z",
            "visibility": "direct",
            "account_id": "1111111111111111111",
        }
    ],
    "xaa_dm_received.json": [
        {
            "external_id": "2080765901528535096",
            "kind": "dm",
            "action": "created",
            "author_handle": "OtherUser",
            "author_id": "2222222222222222222",
            "author_name": "OtherUser",
            "text": "hello!",
            "thread_root_id": "2222222222222222222",
            "created_at": "2026-07-24T21:23:44.372000Z",
            "visibility": "direct",
            "account_id": "1111111111111111111",
        }
    ],
    "xaa_mention.json": [
        {
            "external_id": "2080765813578191303",
            "kind": "mention",
            "action": "created",
            "author_handle": "OtherUser",
            "author_id": "2222222222222222222",
            "author_name": "OtherUser",
            "text": "hey @ExampleUser",
            "thread_root_id": "2080765813578191303",
            "created_at": "2026-07-24T21:23:23Z",
            "account_id": "1111111111111111111",
        }
    ],
    "xaa_post_delete.json": [
        {
            "external_id": "2080761269309813134",
            "kind": "post",
            "action": "deleted",
            "author_handle": "ExampleUser",
            "author_id": "1111111111111111111",
            "author_name": "Example User",
            "is_own": True,
            "account_id": "1111111111111111111",
        }
    ],
    "xaa_quote.json": [
        {
            "external_id": "2090000000000000002",
            "kind": "mention",
            "action": "created",
            "author_id": "2222222222222222222",
            "text": "Adding some context to this. https://t.co/xxxxxxxx",
            "thread_root_id": "2090000000000000002",
            "created_at": "2026-08-12T18:05:00Z",
            "account_id": "1111111111111111111",
        }
    ],
    "xaa_reply.json": [
        {
            "external_id": "2090000000000000001",
            "kind": "comment",
            "action": "created",
            "author_id": "2222222222222222222",
            "text": "@ExampleUser Great post — thanks for sharing!",
            "parent_external_id": "2080761390344937796",
            "thread_root_id": "2080761390344937796",
            "created_at": "2026-08-12T18:00:00Z",
            "account_id": "1111111111111111111",
        }
    ],
}
NOTHING = {
    "xaa_oauth_revoke.json",
    "xaa_repost.json",
}
REFUSED = {
    "create_post_response.json",
    "errors.json",
    "weighted_length_vectors.json",
}


def test_every_recorded_payload():
    check_all("x", EXPECTED, NOTHING, REFUSED)
