"""What each recorded Instagram payload means, and what odd ones do."""

from other_payloads import check_all, only, read

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "comment_changes.json": [
        {
            "external_id": "123456789",
            "kind": "comment",
            "action": "created",
            "author_handle": "testuser",
            "author_id": "1234536447",
            "text": "This is an example.",
            "parent_external_id": "987654321",
            "thread_root_id": "76543987",
            "account_id": "0",
            "sent_at": "2018-02-23T15:21:47Z",
        }
    ],
    "comment_flat_entry.json": [
        {
            "external_id": "17865799348089039",
            "kind": "comment",
            "action": "created",
            "author_handle": "jo_sample",
            "author_id": "232323232",
            "text": "Ist das auch in Blau da? 😍",
            "parent_external_id": "123123123",
            "thread_root_id": "123123123",
            "account_id": "17841452691600098",
            "sent_at": "2023-11-14T22:13:20Z",
        }
    ],
    "comment_on_ad_comment_id_key.json": [
        {
            "external_id": "17865799348089040",
            "kind": "comment",
            "action": "created",
            "author_handle": "ad.viewer",
            "author_id": "232323233",
            "text": "price?",
            "parent_external_id": "17865799348089039",
            "thread_root_id": "123123124",
            "account_id": "17841452691600098",
            "sent_at": "2023-11-14T22:15:00Z",
        }
    ],
    "comments_page.json": [
        {
            "external_id": "17873440459141021",
            "kind": "comment",
            "action": "created",
            "text": "I love this!",
            "created_at": "2017-08-31T18:10:30Z",
        },
        {
            "external_id": "17870913679156914",
            "kind": "comment",
            "action": "created",
            "author_handle": "sam.sample",
            "text": "This is awesome!",
            "created_at": "2017-08-31T19:16:02Z",
        },
        {
            "external_id": "1234567891",
            "kind": "comment",
            "action": "created",
            "text": "yeah",
            "parent_external_id": "17870913679156914",
            "created_at": "2017-08-31T20:16:02Z",
        },
    ],
    "dm_echo.json": [
        {
            "external_id": "mid-echo-1",
            "kind": "dm",
            "action": "created",
            "author_id": "17841452691600098",
            "text": "sent from the Instagram app by a colleague",
            "thread_root_id": "5614879045272581",
            "created_at": "2022-11-09T19:32:13.735000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_edit.json": [
        {
            "external_id": "mid-9",
            "kind": "dm",
            "action": "edited",
            "author_id": "5614879045272581",
            "text": "corrected text",
            "thread_root_id": "5614879045272581",
            "edited_at": "2022-11-09T19:32:13.735000Z",
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_self_test.json": [
        {
            "external_id": "mid-self-1",
            "kind": "dm",
            "action": "created",
            "author_id": "17841452691600098",
            "text": "webhook test",
            "thread_root_id": "17841452691600098",
            "created_at": "2022-11-09T19:32:13.735000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_story_mention.json": [
        {
            "external_id": "mid-story-mention-1",
            "kind": "dm",
            "action": "created",
            "author_id": "5614879045272581",
            "thread_root_id": "5614879045272581",
            "created_at": "2022-11-09T19:32:13.735000Z",
            "media": [
                {
                    "type": "story_mention",
                    "url": "https://lookaside.example.fbsbx.com/ig_messaging_cdn/?asset_id=1",
                }
            ],
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_story_reply.json": [
        {
            "external_id": "mid-story-reply-1",
            "kind": "dm",
            "action": "created",
            "author_id": "5614879045272581",
            "text": "This is the story reply",
            "parent_external_id": "18000000000000001",
            "thread_root_id": "5614879045272581",
            "created_at": "2022-11-09T19:32:13.735000Z",
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_text.json": [
        {
            "external_id": "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3",
            "kind": "dm",
            "action": "created",
            "author_id": "5614879045272581",
            "text": "This is the first message from the customer",
            "thread_root_id": "5614879045272581",
            "created_at": "2022-11-09T19:32:13.735000Z",
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_unsend.json": [
        {
            "external_id": "message-id-to-delete",
            "kind": "dm",
            "action": "deleted",
            "author_id": "5614879045272581",
            "thread_root_id": "5614879045272581",
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "dm_unsupported_attachment.json": [
        {
            "external_id": "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDUyNjkxNjAwMDk4OjM0MDI4MjM2Njg0MTcxMDMwMDk0OTEyODUyNTYwOTEwODQ0ODU4MjozMDc2OTU4MTA5OTY0OTI5MzAzMjAwODc1MDUxMTE2MTM0NAZDZD",
            "kind": "dm",
            "action": "created",
            "author_id": "5614879045272581",
            "thread_root_id": "5614879045272581",
            "created_at": "2022-11-09T19:32:13.735000Z",
            "media": [
                {
                    "type": "unsupported_type",
                    "url": "https://lookaside.example.fbsbx.com/ig_messaging_cdn/?asset_id=2",
                }
            ],
            "visibility": "direct",
            "account_id": "17841452691600098",
            "sent_at": "2022-11-09T19:32:14.834000Z",
        }
    ],
    "live_comment_v26.json": [
        {
            "external_id": "17865799348089039",
            "kind": "comment",
            "action": "created",
            "author_handle": "test",
            "author_id": "232323232",
            "text": "This is an example.",
            "parent_external_id": "123123123",
            "thread_root_id": "123123123",
            "account_id": "17841452691600098",
            "sent_at": "2023-11-14T22:16:40Z",
        }
    ],
    "mention_in_comment.json": [
        {
            "external_id": "17887498072083520",
            "kind": "mention",
            "action": "created",
            "thread_root_id": "17887498072083520",
            "account_id": "0",
            "sent_at": "2018-02-23T15:21:50Z",
        }
    ],
}
NOTHING = {
    "dm_reaction.json",
    "seen.json",
}
REFUSED = set()


def test_every_recorded_payload():
    check_all("instagram", EXPECTED, NOTHING, REFUSED)


def change(field, value, account_id="17841452691600098"):
    return {
        "object": "instagram",
        "entry": [
            {"id": account_id, "time": 1700000000, "changes": [{"field": field, "value": value}]}
        ],
    }


def test_own_comment_by_the_entry_and_by_the_handle():
    value = {
        "id": "1",
        "from": {"id": "17841452691600098", "username": "brand"},
        "media": {"id": "9"},
    }
    assert only(read("instagram", change("comments", value)))["is_own"]
    mine = Account(own_handles=frozenset({"@Brand"}))
    assert only(read("instagram", change("comments", value, "0"), mine))["is_own"]


def test_a_comment_without_an_author_or_text():
    item = only(
        read("instagram", change("comments", {"id": "1", "text": "", "media": {"id": "9"}}))
    )
    assert (item["parent_external_id"], item["thread_root_id"]) == ("9", "9")
    assert not item.keys() & {"text", "author_id", "created_at"}


def test_a_mention_in_a_caption_is_the_post_itself():
    item = only(read("instagram", change("mentions", {"media_id": "5"})))
    assert (item["external_id"], item["kind"], item["thread_root_id"]) == ("5", "mention", "5")


def test_a_hidden_comment_in_a_page():
    item = only(read("instagram", {"data": [{"id": "1", "text": "x", "hidden": True}]}))
    assert item["action"] == "hidden"


def test_test_messages_of_the_dashboard_come_as_a_change():
    value = {
        "sender": {"id": "12334"},
        "recipient": {"id": "23245"},
        "timestamp": "1527459824",
        "message": {"mid": "random_mid", "text": "random_text"},
    }
    item = only(read("instagram", change("messages", value, "0")))
    assert (item["external_id"], item["created_at"]) == ("random_mid", "2018-05-27T22:23:44Z")


def test_an_unknown_field_is_counted():
    found = read("instagram", change("story_insights", {"media_id": "1"}))
    assert (found.items, found.problems, found.ignored) == ([], [], {"story_insights": 1})


def test_the_accounts_own_comment_names_its_user():
    comment = {
        "id": "2",
        "text": "hi",
        "timestamp": "2024-01-02T03:04:05+0000",
        "user": {"id": "9"},
    }
    assert only(read("instagram", comment))["author_id"] == "9"
