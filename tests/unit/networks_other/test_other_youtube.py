"""What each recorded YouTube payload means, and what odd ones do."""

from other_payloads import check_all

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
