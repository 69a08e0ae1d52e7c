"""What each recorded LinkedIn payload means, and what odd ones do."""

from other_payloads import check_all, document, only, read, recorded

EXPECTED = {
    "social_actions_batch.json": [
        {
            "external_id": "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)",
            "kind": "comment",
            "action": "created",
            "author_id": "urn:li:person:bbbbbbbbbb",
            "text": "Commenting as a sample member",
            "parent_external_id": "urn:li:activity:7094637247890620418",
            "thread_root_id": "urn:li:activity:7094637247890620418",
            "created_at": "2023-08-09T09:48:26.310000Z",
            "account_id": "urn:li:organization:99999999",
            "sent_at": "2023-08-09T09:48:26.310000Z",
        },
        {
            "external_id": "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)",
            "kind": "comment",
            "action": "deleted",
            "parent_external_id": "urn:li:activity:7094637247890620418",
            "thread_root_id": "urn:li:activity:7094637247890620418",
            "account_id": "urn:li:organization:99999999",
            "sent_at": "2023-08-09T09:50:00Z",
        },
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("linkedin", EXPECTED, NOTHING, REFUSED)


def notice(action, **more):
    base = document("linkedin", "social_actions_batch.json")["notifications"][0]
    return {"notifications": [base | {"action": action} | more]}


def test_both_spellings_of_a_comment_are_one_item():
    items = read("linkedin", recorded("linkedin", "social_actions_batch.json")).items
    assert len({item.external_id for item in items}) == 1


def test_an_edit_and_our_own_comment():
    edited = only(read("linkedin", notice("COMMENT_EDIT")))
    assert (edited["action"], edited["edited_at"]) == ("edited", "2023-08-09T09:48:26.310000Z")
    assert "created_at" not in edited
    assert only(read("linkedin", notice("ADMIN_COMMENT")))["is_own"]


def test_a_mention_and_what_is_no_message():
    share = {
        "share": {"owner": "urn:li:person:c", "text": "thanks @brand", "entity": "urn:li:share:1"}
    }
    mention = notice(
        "SHARE_MENTION", generatedActivity="urn:li:share:1", decoratedGeneratedActivity=share
    )
    item = only(read("linkedin", mention))
    assert (item["kind"], item["thread_root_id"], item["text"]) == (
        "mention",
        "urn:li:share:1",
        "thanks @brand",
    )
    found = read(
        "linkedin",
        {"elements": [*notice("LIKE")["notifications"], *notice("SHARE")["notifications"]]},
    )
    assert (found.items, found.ignored) == ([], {"LIKE": 1, "SHARE": 1})


def test_an_answer_to_a_comment():
    comment = {
        "object": "urn:li:activity:1",
        "parentComment": "urn:li:comment:(activity:1,2)",
        "text": "x",
    }
    item = only(
        read("linkedin", notice("COMMENT", decoratedGeneratedActivity={"comment": comment}))
    )
    assert item["parent_external_id"] == "urn:li:comment:(urn:li:activity:1,2)"


def test_a_top_level_comment_hangs_on_its_post_under_one_name():
    comment = {"entity": "urn:li:comment:(urn:li:activity:7,8)", "object": "urn:li:activity:7"}
    notice = {
        "action": "COMMENT",
        "sourcePost": "urn:li:share:1",
        "decoratedGeneratedActivity": {"comment": comment},
    }
    item = only(read("linkedin", {"notifications": [notice]}))
    assert item["parent_external_id"] == item["thread_root_id"] == "urn:li:share:1"
