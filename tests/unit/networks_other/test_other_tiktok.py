"""What each recorded TikTok payload means, and what odd ones do."""

import json

from other_payloads import check_all, document, only, read

EXPECTED = {
    "comment_event.json": [
        {
            "external_id": "7000000000000000001",
            "kind": "comment",
            "action": "created",
            "author_id": "abc",
            "parent_external_id": "7000000000000000100",
            "thread_root_id": "7000000000000000100",
            "created_at": "2021-03-10T01:10:09Z",
            "account_id": "act.example12345Example12345Example",
            "sent_at": "2021-03-10T01:10:10Z",
        }
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("tiktok", EXPECTED, NOTHING, REFUSED)


def event(action, **more):
    body = document("tiktok", "comment_event.json")
    content = json.loads(body["content"]) | {"comment_action": action} | more
    return body | {"content": json.dumps(content)}


def test_what_happened_to_a_comment():
    actions = [("delete", "deleted"), ("set_to_hidden", "hidden"), ("set_to_public", "unhidden")]
    for sent, action in actions:
        item = only(read("tiktok", event(sent)))
        assert (item["action"], "created_at" in item) == (action, False)


def test_an_answer_names_the_comment():
    item = only(read("tiktok", event("insert", parent_comment_id=7000000000000000002)))
    assert item["parent_external_id"] == "7000000000000000002"


def test_a_listed_page_an_error_and_other_events():
    comment = {
        "comment_id": "1",
        "video_id": "2",
        "text": "hi",
        "create_time": 1615338609,
        "owner": True,
    }
    item = only(read("tiktok", {"code": 0, "data": {"comments": [comment]}}))
    assert (item["text"], item["is_own"], item["thread_root_id"]) == ("hi", True, "2")
    assert read("tiktok", {"code": 40001, "message": "no"}).problems
    assert read("tiktok", event("insert") | {"event": "video.upload.failed"}).ignored == {
        "video.upload.failed": 1
    }


def test_content_that_is_no_json():
    found = read("tiktok", event("insert") | {"content": "{"})
    assert [one.code for one in found.problems] == ["tiktok.content"]


def test_a_listed_comment_with_answers_is_read_with_them():
    answer = {"comment_id": "3", "video_id": "2", "parent_comment_id": "1", "text": "thanks"}
    comment = {"comment_id": "1", "video_id": "2", "text": "nice", "reply_list": [answer]}
    found = read("tiktok", {"code": 0, "data": {"comments": [comment]}})
    assert [item.external_id for item in found.items] == ["1", "3"]
    assert [item.parent_external_id for item in found.items] == ["2", "1"]
