"""What each recorded YouTube payload means, and what odd ones do."""

from other_payloads import check_all, document, only, read, recorded

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "comment_edited.json": [
        {
            "external_id": "Ugw5zYU6n9pmIgAZWvN4AaABAg.91zT",
            "kind": "comment",
            "action": "edited",
            "author_handle": "sam_sample",
            "author_id": "UCsamsamsamsamsamsamsams",
            "author_name": "@sam_sample",
            "text": "corrected text",
            "parent_external_id": "Ugw5zYU6n9pmIgAZWvN4AaABAg",
            "thread_root_id": "D-lhorsDlUQ",
            "created_at": "2019-12-01T04:46:31Z",
            "edited_at": "2019-12-01T05:00:00Z",
        }
    ],
    "comment_threads_page.json": [
        {
            "external_id": "UgxKREWxIgDrw8w2e_Z4AaABAg",
            "kind": "comment",
            "action": "created",
            "author_handle": "sam_sample",
            "author_id": "UCsamsamsamsamsamsamsams",
            "author_name": "@sam_sample",
            "text": "Super video !!!\nVery nice & good",
            "parent_external_id": "D-lhorsDlUQ",
            "thread_root_id": "D-lhorsDlUQ",
            "created_at": "2019-04-20T01:03:39Z",
        },
        {
            "external_id": "UgxKREWxIgDrw8w2e_Z4AaABAg.91zT3cYb5B291za6voUoRh",
            "kind": "comment",
            "action": "created",
            "author_handle": "brand",
            "author_id": "UCbrandbrandbrandbrandbr",
            "author_name": "@brand",
            "text": "@sam_sample thanks",
            "parent_external_id": "UgxKREWxIgDrw8w2e_Z4AaABAg",
            "thread_root_id": "D-lhorsDlUQ",
            "created_at": "2019-04-20T02:03:39Z",
            "is_own": True,
        },
    ],
    "insert_response.json": [
        {
            "external_id": "Ugy_CAftKrIUCyPr9GR4AaABAg.9iPXEClD9lW9iPXLqKy_Pt",
            "kind": "comment",
            "action": "created",
            "author_handle": "brand",
            "author_id": "UCbrandbrandbrandbrandbr",
            "author_name": "@brand",
            "text": "wow",
            "parent_external_id": "Ugy_CAftKrIUCyPr9GR4AaABAg",
            "created_at": "2022-11-14T10:23:02Z",
        }
    ],
}
NOTHING = set()
REFUSED = {
    "errors.json",
}


def test_every_recorded_payload():
    check_all("youtube", EXPECTED, NOTHING, REFUSED)


def thread():
    return document("youtube", "comment_threads_page.json")["items"][0]


def test_html_is_read_where_the_plain_text_is_not_given():
    one = thread()
    del one["snippet"]["topLevelComment"]["snippet"]["textOriginal"]
    assert read("youtube", one).items[0].text == "Super video !!!\nVery nice & good"


def test_a_reply_takes_the_video_from_its_thread():
    one = thread()
    del one["replies"]["comments"][0]["snippet"]["videoId"]
    assert [item.thread_root_id for item in read("youtube", one).items] == ["D-lhorsDlUQ"] * 2


def test_a_broken_reply_beside_good_ones():
    one = thread()
    one["replies"]["comments"].append({"kind": "youtube#comment", "id": None, "snippet": {}})
    found = read("youtube", {"items": [one, 7]})
    assert (len(found.items), len(found.problems)) == (2, 2)


def test_own_by_handle_and_a_name_that_is_no_handle():
    snippet = {"textOriginal": "x", "authorDisplayName": "Sam Sample"}
    item = only(read("youtube", {"kind": "youtube#comment", "id": "1", "snippet": snippet}))
    assert (item["author_name"], "author_handle" in item) == ("Sam Sample", False)
    mine = Account(own_handles=frozenset({"BRAND"}))
    assert read("youtube", recorded("youtube", "insert_response.json"), mine).items[0].is_own


def test_a_rejected_comment_is_hidden_and_a_video_is_a_post():
    snippet = {"textOriginal": "x", "moderationStatus": "rejected"}
    assert only(read("youtube", {"id": "1", "snippet": snippet}))["action"] == "hidden"
    video = {
        "kind": "youtube#video",
        "id": "v",
        "snippet": {"title": "T", "description": "D", "channelId": "c"},
    }
    item = only(read("youtube", {"items": [video]}))
    assert (item["kind"], item["text"], item["thread_root_id"]) == ("post", "T\n\nD", "v")
