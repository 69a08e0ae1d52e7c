"""What each recorded Threads payload means, and what odd ones do."""

from other_payloads import check_all, only, read

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "replies_page.json": [
        {
            "external_id": "1234567890",
            "kind": "comment",
            "action": "created",
            "text": "First Reply",
            "parent_external_id": "1234567890",
            "thread_root_id": "1234567890",
            "created_at": "2024-01-01T18:20:00Z",
        },
        {
            "external_id": "1234567890",
            "kind": "comment",
            "action": "hidden",
            "text": "Second Reply",
            "parent_external_id": "1234567890",
            "thread_root_id": "1234567890",
            "created_at": "2024-01-01T18:20:00Z",
        },
        {
            "external_id": "1234567890",
            "kind": "comment",
            "action": "unhidden",
            "text": "Third Reply",
            "parent_external_id": "1234567890",
            "thread_root_id": "1234567890",
            "created_at": "2024-01-01T18:20:00Z",
        },
    ],
    "webhook_reply.json": [
        {
            "external_id": "8901234",
            "kind": "comment",
            "action": "created",
            "author_handle": "test_username",
            "text": "Reply",
            "parent_external_id": "567890",
            "thread_root_id": "123456",
            "created_at": "2024-08-07T10:33:16Z",
            "permalink": "https://www.threads.net/@test_username/post/Pp",
            "account_id": "78901",
            "sent_at": "2024-08-09T18:07:57Z",
        }
    ],
}
NOTHING = set()
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("threads", EXPECTED, NOTHING, REFUSED)


def hook(field, **value):
    values = {"value": {"id": "5", "username": "kim"} | value, "field": field}
    return {
        "app_id": "1",
        "topic": "interaction",
        "target_id": "78901",
        "time": 1723226877,
        "values": values,
    }


def test_a_mention_hangs_on_itself():
    item = only(
        read("threads", hook("mentions", text="hey @brand", timestamp="2024-08-07T10:33:16+0000"))
    )
    assert (item["kind"], item["thread_root_id"], item["author_handle"]) == ("mention", "5", "kim")


def test_our_own_post_coming_back():
    item = only(read("threads", hook("publish", text="news")))
    assert (item["kind"], item["is_own"]) == ("post", True)


def test_a_deletion_says_no_time_and_no_text():
    item = only(read("threads", hook("delete", text="old", timestamp="2024-08-07T10:33:16+0000")))
    assert item["action"] == "deleted"
    assert not item.keys() & {"text", "created_at"}


def test_own_reply_by_flag_and_by_handle():
    reply = {
        "id": "6",
        "text": "hi",
        "is_reply": True,
        "root_post": {"id": "1"},
        "replied_to": {"id": "2"},
    }
    assert only(read("threads", {"data": [reply | {"is_reply_owned_by_me": True}]}))["is_own"]
    mine = Account(own_handles=frozenset({"Brand"}))
    assert only(read("threads", {"data": [reply | {"username": "brand"}]}, mine))["is_own"]


def test_an_unknown_field_is_counted():
    assert read("threads", hook("insights")).ignored == {"insights": 1}


def test_a_mention_in_a_reply_is_a_mention():
    post = {"id": "5", "username": "kim", "text": "@brand?", "replied_to": {"id": "4"}}
    body = {
        "target_id": "9",
        "values": {"field": "mentions", "value": post | {"root_post": {"id": "3"}}},
    }
    item = only(read("threads", body))
    assert (item["kind"], item["parent_external_id"], item["thread_root_id"]) == (
        "mention",
        "4",
        "3",
    )


def test_a_profile_is_no_post():
    assert read("threads", {"id": "5", "username": "kim", "name": "Kim"}).items == []
