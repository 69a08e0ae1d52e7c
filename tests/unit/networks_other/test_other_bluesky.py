"""What each recorded Bluesky payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "jetstream_create_reply.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kjet",
            "kind": "comment",
            "action": "created",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "text": "streamed reply",
            "parent_external_id": "at://did:plc:brandbrandbrandbrandbra1/app.bsky.feed.post/3kroot",
            "thread_root_id": "at://did:plc:brandbrandbrandbrandbra1/app.bsky.feed.post/3kroot",
            "created_at": "2026-07-24T21:23:44Z",
            "sent_at": "2026-07-24T21:23:44.372001Z",
        }
    ],
    "jetstream_delete.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kjet",
            "kind": "post",
            "action": "deleted",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "sent_at": "2026-07-24T21:24:59.000001Z",
        }
    ],
    "notification_mention_facets.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kment",
            "kind": "mention",
            "action": "created",
            "author_handle": "user.bsky.social",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "author_name": "User Sample",
            "text": "👨\u200d👩\u200d👧\u200d👧 @brand.example.com schaut mal: "
            "https://example.com/gr%C3%B6%C3%9Fe-und-mehr #hilfe",
            "thread_root_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kment",
            "created_at": "2026-07-24T21:23:23.123456Z",
            "sent_at": "2026-07-24T21:23:25.001000Z",
        }
    ],
    "notification_quote_empty_text_image.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kquote",
            "kind": "mention",
            "action": "created",
            "author_handle": "user.bsky.social",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "author_name": "User Sample",
            "thread_root_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kquote",
            "created_at": "2023-09-28T12:49:36.735000Z",
            "media": [
                {
                    "type": "image",
                    "id": "bafkreic3cp5ky525vsukjvrzxsc2h3jka2gud74l2hgeatw2rhj2qycnmq",
                }
            ],
            "sent_at": "2026-07-24T21:23:25.001000Z",
        }
    ],
    "notification_reply.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kreply",
            "kind": "comment",
            "action": "created",
            "author_handle": "user.bsky.social",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "author_name": "User Sample",
            "text": "Danke, hat geklappt!",
            "parent_external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kpar",
            "thread_root_id": "at://did:plc:brandbrandbrandbrandbra1/app.bsky.feed.post/3kroot",
            "created_at": "2026-07-24T22:00:00Z",
            "sent_at": "2026-07-24T21:23:25.001000Z",
        }
    ],
    "notifications_page.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kment",
            "kind": "mention",
            "action": "created",
            "author_handle": "user.bsky.social",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "author_name": "User Sample",
            "text": "👨\u200d👩\u200d👧\u200d👧 @brand.example.com schaut mal: "
            "https://example.com/gr%C3%B6%C3%9Fe-und-mehr #hilfe",
            "thread_root_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kment",
            "created_at": "2026-07-24T21:23:23.123456Z",
            "sent_at": "2026-07-24T21:23:25.001000Z",
        }
    ],
    "thread_view_embed_media.json": [
        {
            "external_id": "at://did:plc:kvwvcn5iqfooopmyzvb4qzba/app.bsky.feed.post/3kaheyt6vpc22",
            "kind": "post",
            "action": "created",
            "author_handle": "sdk-test.example.com",
            "author_id": "did:plc:kvwvcn5iqfooopmyzvb4qzba",
            "author_name": "Python SDK",
            "thread_root_id": "at://did:plc:kvwvcn5iqfooopmyzvb4qzba/app.bsky.feed.post/3kaheyt6vpc22",
            "created_at": "2023-09-28T12:49:36.735000Z",
            "media": [
                {
                    "type": "image",
                    "url": "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:kvwvcn5iqfooopmyzvb4qzba/bafkreic3cp5ky525vsukjvrzxsc2h3jka2gud74l2hgeatw2rhj2qycnmq@jpeg",
                    "id": "bafkreic3cp5ky525vsukjvrzxsc2h3jka2gud74l2hgeatw2rhj2qycnmq",
                }
            ],
            "sent_at": "2023-09-28T12:49:36.735000Z",
        }
    ],
    "thread_with_missing_parent.json": [
        {
            "external_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kment",
            "kind": "post",
            "action": "created",
            "author_handle": "user.bsky.social",
            "author_id": "did:plc:useruseruseruseruseruse1",
            "author_name": "User Sample",
            "text": "👨\u200d👩\u200d👧\u200d👧 @brand.example.com schaut mal: "
            "https://example.com/gr%C3%B6%C3%9Fe-und-mehr #hilfe",
            "thread_root_id": "at://did:plc:useruseruseruseruseruse1/app.bsky.feed.post/3kment",
            "created_at": "2026-07-24T21:23:23.123456Z",
            "sent_at": "2026-07-24T21:23:25.001000Z",
        }
    ],
}
NOTHING = {
    "jetstream_account_and_identity.json",
}
REFUSED = {
    "create_record_response.json",
    "errors.json",
    "facet_vectors.json",
    "grapheme_vectors.json",
}


def test_every_recorded_payload():
    check_all("bluesky", EXPECTED, NOTHING, REFUSED)
