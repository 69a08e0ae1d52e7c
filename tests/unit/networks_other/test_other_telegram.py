"""What each recorded Telegram payload means, and what odd ones do."""

from other_payloads import check_all, only, read, shown

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
}
NOTHING = {
    "reaction_and_block.json",
    "callback_query.json",
}
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("telegram", EXPECTED, NOTHING, REFUSED)


def update(kind="message", update_id=1, **more):
    chat = {"id": 5, "type": "private", "first_name": "Kim"}
    message = {
        "message_id": 9,
        "date": 1700000000,
        "chat": chat,
        "from": {"id": 5, "first_name": "Kim"},
    }
    return {"update_id": update_id, kind: message | more}


GROUP = {"id": -100, "type": "supergroup", "title": "fans"}


def test_an_answer_of_get_updates_and_of_send_message():
    found = read(
        "telegram", {"ok": True, "result": [update(text="hi"), {"update_id": 2, "poll": {}}]}
    )
    assert ([item.text for item in found.items], found.ignored) == (["hi"], {"poll": 1})
    sent = update(text="answer", **{"from": {"id": 99, "is_bot": True, "first_name": "Bot"}})[
        "message"
    ]
    item = only(read("telegram", {"ok": True, "result": sent}))
    assert (item["is_own"], item["thread_root_id"]) == (True, "5")


def test_a_comment_under_a_post_of_the_channel():
    copied = {"message_id": 12, "chat": GROUP, "date": 1, "is_automatic_forward": True}
    item = only(read("telegram", update(text="nice", chat=GROUP, reply_to_message=copied)))
    assert (item["kind"], item["parent_external_id"], item["thread_root_id"]) == (
        "comment",
        "-100:12",
        "-100:12",
    )
    threaded = update(
        text="nice", chat=GROUP, message_thread_id=12, reply_to_message=copied | {"message_id": 13}
    )
    item = only(read("telegram", threaded))
    assert (item["parent_external_id"], item["thread_root_id"]) == ("-100:13", "-100:12")


def test_a_plain_group_hangs_on_the_chat_and_its_own_voice_is_ours():
    item = only(read("telegram", update(text="hi", chat=GROUP)))
    assert (item["thread_root_id"], "parent_external_id" in item) == ("-100", False)
    assert only(read("telegram", update(text="hi", chat=GROUP, sender_chat=GROUP)))["is_own"]


def test_deletions_in_a_business_chat():
    chat = {"id": 5, "type": "private"}
    gone = {"business_connection_id": "b", "chat": chat, "message_ids": [9, "bad", None]}
    found = read("telegram", {"update_id": 1, "deleted_business_messages": gone})
    assert [item.external_id for item in found.items] == ["5:9", "5:bad"]
    assert {item.action for item in found.items} == {"deleted"}
    assert len(found.problems) == 1


def test_service_notices_are_counted():
    found = read("telegram", [update(new_chat_members=[{"id": 1}]), update(migrate_to_chat_id=-5)])
    assert (found.items, found.ignored) == ([], {"new_chat_members": 1, "migrate_to_chat_id": 1})


def test_files_and_places():
    found = shown(
        read(
            "telegram",
            [
                update(animation={"file_id": "a"}, document={"file_id": "a"}),
                update(voice={"file_id": "v"}),
                update(
                    location={"latitude": 1, "longitude": 2},
                    venue={"title": "Shop", "address": "Road 1"},
                ),
                update(poll={"question": "Which one?"}),
            ],
        )
    )
    assert [one.get("media") for one in found] == [
        [{"type": "video", "id": "a"}],
        [{"type": "audio", "id": "v"}],
        [{"type": "location", "url": "geo:1,2", "alt": "Shop, Road 1"}],
        None,
    ]
    assert found[3]["text"] == "Which one?"
