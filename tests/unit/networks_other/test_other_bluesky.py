"""What each recorded Bluesky payload means, and what odd ones do."""

from other_payloads import check_all, document, only, read

from services.ingest.connectors.protocol import Account

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


ME = "did:plc:me"
KIM = "did:plc:kim"


def frame(operation="create", **record):
    commit = {
        "operation": operation,
        "collection": "app.bsky.feed.post",
        "rkey": "1",
        "record": record,
    }
    return {"did": KIM, "time_us": 1784928224372001, "kind": "commit", "commit": commit}


def link(start, end, uri="https://a.example/long"):
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def test_facets_are_cut_in_bytes_and_bad_ones_are_left_out():
    text = "é a.ex… z"
    read_text = lambda *facets: only(read("bluesky", frame(text=text, facets=list(facets))))["text"]  # noqa: E731
    assert read_text(link(3, 10)) == "é https://a.example/long z"
    assert read_text(link(3, 10), link(5, 8, "https://b.example")) == "é https://a.example/long z"
    assert read_text(link(3, 9), link(1, 3), link(8, 99), link(-1, 2), link(5, 5)) == text


def test_a_frame_about_us_is_a_mention():
    mention = {"index": {"byteStart": 0, "byteEnd": 2}, "features": [{"did": ME}]}
    mine = Account(own_ids=frozenset({ME}))
    assert only(read("bluesky", frame(text="hi", facets=[mention]), mine))["kind"] == "mention"
    quoted = {
        "$type": "app.bsky.embed.record",
        "record": {"uri": f"at://{ME}/app.bsky.feed.post/9"},
    }
    assert only(read("bluesky", frame(text="hi", embed=quoted), mine))["kind"] == "mention"
    assert only(read("bluesky", frame(text="hi"), mine))["kind"] == "post"


def test_an_update_is_an_edit_of_the_same_address():
    item = only(read("bluesky", frame("update", text="new")))
    assert (item["action"], item["external_id"]) == ("edited", f"at://{KIM}/app.bsky.feed.post/1")


def test_likes_and_reposts_in_the_stream_are_counted():
    liked = frame()
    liked["commit"]["collection"] = "app.bsky.feed.like"
    assert read("bluesky", liked).ignored == {"app.bsky.feed.like": 1}


def test_the_invalid_handle_is_no_handle():
    note = document("bluesky", "notification_reply.json")
    note["author"]["handle"] = "handle.invalid"
    assert "author_handle" not in only(read("bluesky", note))


def test_a_direct_message_of_the_chat_log():
    message = {"id": "m1", "text": "hi", "sender": {"did": KIM}, "sentAt": "2026-07-24T21:23:23Z"}
    entry = {"$type": "chat.bsky.convo.defs#logCreateMessage", "convoId": "c1", "message": message}
    item = only(read("bluesky", {"logs": [entry, {"$type": "x#logMuteConvo", "convoId": "c1"}]}))
    assert (item["kind"], item["thread_root_id"], item["visibility"]) == ("dm", "c1", "direct")


def test_a_record_of_a_repository_is_its_owners():
    record = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2024-01-02T03:04:05.678Z"}
    uri = "at://did:plc:kim/app.bsky.feed.post/3k"
    listed = {"records": [{"uri": uri, "cid": "c", "value": record}], "cursor": "3k"}
    item = only(read("bluesky", listed))
    assert (item["external_id"], item["author_id"]) == (uri, "did:plc:kim")
    other = {"uri": "at://did:plc:kim/app.bsky.feed.generator/x", "value": {}}
    assert read("bluesky", other).ignored == {"app.bsky.feed.generator": 1}
