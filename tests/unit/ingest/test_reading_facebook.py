"""What each recorded Facebook payload means, and what odd ones do."""

import pytest
from network_payloads import NOBODY, comment, feed, read, recorded, shown

from services.ingest.connectors.protocol import Account

MINA = {"author_id": "5558881234567", "author_name": "Mina Sample"}
TOP = {
    "external_id": "901097836652708_903438993085259",
    "kind": "comment",
    "action": "created",
    "text": "and the next one",
    "parent_external_id": "1234567890321_901097836652708",
    "thread_root_id": "1234567890321_901097836652708",
    "created_at": "2015-12-03T09:30:03Z",
    "account_id": "1234567890321",
    "sent_at": "2015-12-03T09:30:03Z",
}
POST = "137542570280222_139560936744456"
USER = {"author_id": "139560936744123", "author_name": "user"}
PAGE_B = {"account_id": "137542570280222"}
REPLY = {
    **USER,
    **PAGE_B,
    "external_id": "139560936744456_139620233405726",
    "kind": "comment",
    "action": "created",
    "text": "Good",
    "parent_external_id": "139560936744456_139562213411528",
    "thread_root_id": POST,
    "created_at": "2017-11-29T10:23:35Z",
    "sent_at": "2017-11-29T10:23:36Z",
}
EDIT = {
    **USER,
    **PAGE_B,
    "external_id": "139560936744456_139597043408045",
    "kind": "comment",
    "action": "edited",
    "text": "Great",
    "parent_external_id": POST,
    "thread_root_id": POST,
    "created_at": "2017-11-29T09:48:11Z",
    "sent_at": "2017-11-29T09:48:13Z",
}
PHOTO = {"type": "image", "url": "https://scontent.example.fbcdn.net/v/photo.jpg"}
MENTION = "1234567890321_98722536423179"
REMOVED_POST = "137542570280222_139610053406744"

EXPECTED = {
    "comment_add": [{**TOP, **MINA}],
    "comment_add_by_page": [
        {**TOP, "author_id": "1234567890321", "author_name": "Tester", "is_own": True}
    ],
    "comment_add_legacy_sender": [{**TOP, "author_id": "705955836155788", "author_name": "Tester"}],
    "comment_reply_add": [REPLY],
    "comment_edited": [EDIT],
    "comment_removed_no_name": [
        {
            **PAGE_B,
            "external_id": EDIT["external_id"],
            "kind": "comment",
            "action": "deleted",
            "author_id": USER["author_id"],
            "parent_external_id": POST,
            "thread_root_id": POST,
            "created_at": "2017-11-29T09:49:04Z",
            "sent_at": "2017-11-29T09:49:05Z",
        }
    ],
    "comment_photo_without_text": [
        {**{k: v for k, v in TOP.items() if k != "text"}, **MINA, "media": [PHOTO]}
    ],
    "comment_hide": [
        {
            **TOP,
            "external_id": "900728623356296_900744590021366",
            "action": "hidden",
            "author_id": "1234567890321",
            "author_name": "Tester",
            "is_own": True,
            "created_at": "2016-07-07T12:29:22Z",
            "sent_at": "2016-07-07T12:29:22Z",
        }
    ],
    "comment_on_video_post": [
        {
            **PAGE_B,
            "external_id": "139560936755999_140077616693321",
            "kind": "comment",
            "action": "created",
            "author_id": "1440971912666228",
            "author_name": "Robin Example",
            "text": "100",
            "parent_external_id": POST,
            "thread_root_id": POST,
            "created_at": "2018-12-26T13:00:17Z",
            "sent_at": "2018-12-26T13:00:18Z",
        }
    ],
    "reaction_edit_on_comment": [],
    "post_removed": [
        {
            **PAGE_B,
            "external_id": REMOVED_POST,
            "kind": "post",
            "action": "deleted",
            "author_id": USER["author_id"],
            "thread_root_id": REMOVED_POST,
            "created_at": "2017-11-29T09:51:08Z",
            "sent_at": "2017-11-29T09:51:09Z",
        }
    ],
    "mention_without_author": [
        {
            "external_id": MENTION,
            "kind": "mention",
            "action": "created",
            "text": "A test post message",
            "thread_root_id": MENTION,
            "created_at": "2021-02-26T11:56:02Z",
            "account_id": "1234567890321",
            "sent_at": "2021-02-26T11:56:07Z",
        }
    ],
    "rating_add": [
        {
            "external_id": "904801129604590",
            "kind": "review",
            "action": "created",
            "author_id": "705955836155788",
            "author_name": "Tester",
            "text": "Ja ziemlich coole Sache",
            "thread_root_id": "904801129604590",
            "created_at": "2018-09-19T15:05:12Z",
            "account_id": "1234567890321",
            "sent_at": "2015-11-29T11:03:22Z",
        }
    ],
    "unknown_field": [],
    "comments_page": [
        {**{k: v for k, v in TOP.items() if k not in ("account_id", "sent_at")}, **MINA},
        {
            "external_id": "901097836652708_903438993085260",
            "kind": "comment",
            "action": "created",
            "parent_external_id": "901097836652708_903438993085259",
            "thread_root_id": "1234567890321_901097836652708",
            "created_at": "2015-12-03T09:31:00Z",
            "media": [PHOTO],
        },
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_recorded_payload(name):
    found = read("facebook", recorded("facebook", f"{name}.json"))
    assert shown(found) == EXPECTED[name]
    assert not found.problems


def test_two_pages_in_one_post_with_messenger_in_it():
    found = read("facebook", recorded("facebook", "batch_two_pages_mixed.json"))
    assert not found.problems
    assert [(i.network, i.external_id, i.account_id) for i in found.items] == [
        ("facebook", REPLY["external_id"], "137542570280222"),
        ("facebook", EDIT["external_id"], "137542570280222"),
        ("facebook", "901097836652708_903438993085999", "1234567890321"),
        ("messenger", "m_batch_1", "1234567890321"),
    ]
    assert found.items[2].text == "متى يفتح المتجر؟ 👩‍👩‍👧‍👦 \u200fشكرا"
    assert found.items[3].thread_root_id == "987654321432"
    assert found.ignored == {"reaction": 1}


def test_raw_is_the_untouched_change():
    payload = feed(comment(extra={"kept": [1]}))
    change = payload["entry"][0]["changes"][0]
    assert read("facebook", payload).items[0].raw == change


def test_errors_are_no_messages():
    found = read("facebook", recorded("facebook", "errors.json"))
    assert not found.items
    assert {problem.code for problem in found.problems} == {"facebook.payload.error"}


def one(value, account=NOBODY, page_id="1"):
    found = read("facebook", feed(value, page_id), account)
    assert not found.problems
    (item,) = found.items
    return item


@pytest.mark.parametrize(
    ("more", "field", "expected"),
    [
        ({"message": ""}, "text", None),
        ({"message": "  "}, "text", None),
        ({"message": " hi\n"}, "text", " hi\n"),
        ({"message": "a\ud800b"}, "text", "a\ufffdb"),
        ({"created_time": None}, "created_at", None),
        ({"created_time": "soon"}, "created_at", None),
        ({"from": None}, "author_id", None),
        ({"from": {}}, "author_id", None),
        ({"from": {"id": 17592186044416012345}}, "author_id", "17592186044416012345"),
        ({"comment_id": 42}, "external_id", "42"),
        ({"parent_id": None}, "parent_external_id", "1_9"),
        ({"post_id": None, "post": {"id": "1_8"}}, "thread_root_id", "1_8"),
        ({"verb": "unhide"}, "action", "unhidden"),
        ({"verb": "delete"}, "action", "deleted"),
        ({"item": None}, "kind", "comment"),
    ],
)
def test_odd_comments(more, field, expected):
    assert getattr(one(comment(**more)), field) == expected


def test_edited_time_is_kept():
    item = one(comment(verb="edited", edited_time=1700000005))
    assert item.edited_at.isoformat() == "2023-11-14T22:13:25+00:00"


@pytest.mark.parametrize("author", [{"from": {"id": "1"}}, {"from": None, "sender_id": 1}])
def test_own_is_the_page_or_a_known_id(author):
    assert one(comment(**author)).is_own
    assert one(comment(**author), Account(own_ids=frozenset({"1"})), page_id="2").is_own
    assert not one(comment(**author), page_id="2").is_own


def test_posts_and_their_pictures():
    photos = ["https://p/1.jpg", "https://p/2.jpg"]
    item = one(
        {"item": "status", "verb": "add", "post_id": "1_3", "photos": photos, "message": "x"}
    )
    assert (item.kind, item.thread_root_id, item.parent_external_id) == ("post", "1_3", None)
    assert [(media.type, media.url) for media in item.media] == [("image", url) for url in photos]


def test_a_mention_in_a_comment():
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": "8_2",
        "comment_id": "2_6",
        "message": "@p",
    }
    payload = feed(value)
    payload["entry"][0]["changes"][0]["field"] = "mention"
    (item,) = read("facebook", payload).items
    assert (item.kind, item.external_id, item.thread_root_id) == ("mention", "2_6", "8_2")


BROKEN = [
    None,
    7,
    "x",
    {},
    {"field": "feed"},
    {"field": "feed", "value": None},
    {"field": "feed", "value": comment(comment_id=None)},
    {"field": "feed", "value": comment(message={"a": 1})},
    {"field": "feed", "value": comment(verb=None)},
    {"field": 3, "value": comment()},
]


@pytest.mark.parametrize("change", BROKEN)
def test_a_broken_change_leaves_its_neighbours(change):
    payload = feed(comment())
    payload["entry"][0]["changes"] += [
        change,
        {"field": "feed", "value": comment(comment_id="9_2")},
    ]
    payload["entry"] += [None, {"id": "2", "changes": "x"}]
    found = read("facebook", payload)
    assert [item.external_id for item in found.items] == ["9_1", "9_2"]
    assert len(found.problems) == 3
    assert found.problems[0].account_id == "1"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b'"x"',
        b"{}",
        b"\xff\xfe",
        b'{"entry":3}',
        b'{"data":{}}',
        b"NaN",
        b"[" * 100000,
        b'{"entry":[{"id":NaN}]}',
        b"1" * 5000,
    ],
)
def test_a_broken_payload_is_one_problem(raw):
    found = read("facebook", raw)
    assert not found.items
    assert len(found.problems) == 1


@pytest.mark.parametrize("payload", [[], {"object": "page", "entry": []}, {"data": []}])
def test_nothing_is_no_problem(payload):
    found = read("facebook", payload)
    assert not found.items
    assert not found.problems


def test_an_array_of_deliveries_keeps_its_order():
    found = read("facebook", [feed(comment()), feed(comment(comment_id="9_2"))])
    assert [item.external_id for item in found.items] == ["9_1", "9_2"]


def test_graph_posts_with_comments_in_them():
    inner = {"id": "9_1", "message": "c", "comments": {"data": [{"id": "9_2", "message": "r"}]}}
    post = {"id": "1_9", "message": "p", "status_type": "mobile_status_update"}
    found = read("facebook", {"data": [{**post, "comments": {"data": [inner]}}]})
    assert [
        (i.kind, i.external_id, i.parent_external_id, i.thread_root_id) for i in found.items
    ] == [
        ("post", "1_9", None, "1_9"),
        ("comment", "9_1", "1_9", "1_9"),
        ("comment", "9_2", "9_1", "1_9"),
    ]


def test_comments_wrapped_in_the_id_of_their_post():
    found = read(
        "facebook", {"id": "1_9", "comments": {"data": [{"id": "9_1", "is_hidden": True}]}}
    )
    (item,) = found.items
    assert (item.thread_root_id, item.parent_external_id, item.action) == ("1_9", "1_9", "hidden")
    assert found.ignored == {"reference": 1}


def test_what_is_no_message_is_counted_whatever_it_lacks():
    blocked = {"item": "video", "verb": "block", "video_id": 5}
    album = {"item": "album", "verb": "add", "album_id": 6, "sender_id": 1}
    for value, name in ((blocked, "feed.video.block"), (album, "feed.album.add")):
        found = read("facebook", feed(value))
        assert (found.items, found.problems, found.ignored) == ([], [], {name: 1})


def test_an_album_is_its_pictures():
    pictures = [
        {"type": "photo", "media": {"image": {"src": f"https://p.example/{n}"}}} for n in "12"
    ]
    album = {"type": "album", "url": "https://p.example/a", "subattachments": {"data": pictures}}
    post = {"id": "1_2", "message": "new", "attachments": {"data": [album]}, "updated_time": None}
    [item] = read("facebook", {"data": [post]}).items
    assert [one.url for one in item.media] == ["https://p.example/1", "https://p.example/2"]
