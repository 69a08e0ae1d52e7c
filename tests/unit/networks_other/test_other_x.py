"""What each recorded X payload means, and what odd ones do."""

from other_payloads import check_all, only, read

from services.ingest.connectors.protocol import Account

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


def activity(kind, payload, **includes):
    data = {
        "event_type": kind,
        "filter": {"user_id": "11"},
        "payload": payload,
        "includes": includes,
    }
    return {"data": data}


def post(**more):
    return {
        "id": "5",
        "text": "a &amp; b &lt;3 &eacute;",
        "author_id": "22",
        "edit_history_tweet_ids": ["5"],
    } | more


def test_entities_are_decoded_once_and_only_those_the_network_writes():
    assert only(read("x", activity("post.mention.create", post())))["text"] == "a & b <3 &eacute;"
    assert only(read("x", activity("post.mention.create", post(text="&amp;lt;"))))["text"] == "&lt;"


def test_a_mention_in_a_thread_of_others():
    refers = [{"type": "replied_to", "id": "4"}]
    item = only(
        read(
            "x",
            activity("post.mention.create", post(referenced_tweets=refers, conversation_id="1")),
        )
    )
    assert (item["kind"], item["parent_external_id"], item["thread_root_id"]) == (
        "mention",
        "4",
        "1",
    )


def test_our_own_post_and_our_own_message():
    item = only(read("x", activity("post.create", post(author_id="11"))))
    assert (item["kind"], item["is_own"]) == ("post", True)
    create = {"sender_id": "11", "target": {"recipient_id": "22"}, "message_data": {"text": "hi"}}
    sent = {
        "direct_message_events": [{"type": "message_create", "id": "9", "message_create": create}]
    }
    item = only(read("x", activity("dm.sent", sent)))
    assert (item["thread_root_id"], item["is_own"]) == ("22", True)


def test_a_wrapped_user_names_the_author():
    user = {"data": {"id": "22", "name": "Kim", "username": "kim"}}
    item = only(read("x", activity("post.quote.create", post(), users=[user])))
    assert (item["author_handle"], item["author_name"]) == ("kim", "Kim")


def test_a_page_of_messages_and_an_empty_page():
    event = {
        "id": "1",
        "event_type": "MessageCreate",
        "text": "hi",
        "sender_id": "22",
        "dm_conversation_id": "11-22",
    }
    mine = Account(own_ids=frozenset({"11"}))
    assert only(read("x", {"data": [event]}, mine))["thread_root_id"] == "22"
    answer = event | {"sender_id": "11"}
    assert only(read("x", {"data": [answer]}, mine))["thread_root_id"] == "22"
    empty = read("x", {"meta": {"result_count": 0}})
    assert (empty.items, empty.problems) == ([], [])


def test_an_edit_keeps_the_first_id_wherever_it_comes():
    edited = activity("post.reply.create", post(id="7", edit_history_tweet_ids=["5", "6", "7"]))
    item = only(read("x", edited))
    assert (item["external_id"], item["action"]) == ("5", "edited")


def test_the_older_revoke_and_typing_are_counted():
    found = read("x", {"user_event": {"revoke": {"user_id": "11"}}})
    assert (found.items, found.ignored) == ([], {"oauth.revoke": 1})
    found = read("x", {"for_user_id": "11", "direct_message_indicate_typing_events": [{}]})
    assert found.ignored == {"direct_message_indicate_typing_events": 1}


def test_the_same_post_for_two_brands_is_one_item_each():
    first, second = activity("post.mention.create", post()), activity("post.mention.create", post())
    second["data"]["filter"]["user_id"] = "12"
    assert [item.account_id for item in read("x", [first, second]).items] == ["11", "12"]


def test_a_page_of_posts_read_without_their_fields():
    post = {"id": "1", "text": "hi &lt;3", "attachments": {"media_keys": ["3_9"]}}
    found = read("x", {"data": [{"id": "2", "text": "ok"}, post]})
    assert [(item.external_id, item.text) for item in found.items] == [("2", "ok"), ("1", "hi <3")]
    assert only(read("x", {"data": post}))["external_id"] == "1"


def test_people_are_no_posts():
    page = {"data": [{"id": "1", "username": "kim", "name": "Kim"}]}
    assert read("x", page).ignored == {"user": 1}
    assert read("x", page).items == read("x", {"id_str": "1", "screen_name": "kim"}).items == []


def test_a_message_of_the_new_interface_has_its_picture():
    event = {
        "id": "1",
        "event_type": "MessageCreate",
        "sender_id": "9",
        "dm_conversation_id": "5-9",
    }
    media = [{"media_key": "3_1", "type": "photo", "url": "https://p.example/1"}]
    page = {
        "data": [event | {"attachments": {"media_keys": ["3_1"]}}],
        "includes": {"media": media},
    }
    assert only(read("x", page))["media"] == [
        {"type": "image", "url": "https://p.example/1", "id": "3_1"}
    ]
