"""What each recorded Mastodon payload means, and what odd ones do."""

import json

import pytest
from network_payloads import read, recorded, shown, status

from services.ingest.connectors.protocol import Account

HELLO = {
    "external_id": "117020577157693549",
    "kind": "mention",
    "action": "created",
    "author_handle": "admin",
    "author_id": "117020565693913441",
    "text": "@mastodonpy_test hello!",
    "thread_root_id": "117020577157693549",
    "created_at": "2026-08-01T13:51:42.823000Z",
    "visibility": "public",
    "permalink": "http://localhost:3000/@admin/117020577157693549",
    "sent_at": "2026-08-01T13:51:43.458000Z",
}
DELETED = {"external_id": "117020577157693549", "kind": "post", "action": "deleted"}
EXPECTED = {
    "notification_mention.json": [HELLO],
    "notifications_page.json": [HELLO],
    "notification_html_rich.json": [
        {
            **{key: value for key, value in HELLO.items() if key != "thread_root_id"},
            "kind": "comment",
            "parent_external_id": "117020577157690000",
            "text": "complaint\n\n@brand your page "
            "https://www.example.com/a/very/long/path/to/the/page is broken & slow :blobcat:\n"
            "second line\n\n#help <b>not bold</b>",
        }
    ],
    "ws_status_update_edited.json": [
        {
            "external_id": "117020586180926938",
            "kind": "post",
            "action": "edited",
            "author_handle": "mastodonpy_test_2",
            "author_id": "117020566092212359",
            "text": "the best editor? why, of course it is the KDE Advanced Text Editor, Kate",
            "thread_root_id": "117020586180926938",
            "created_at": "2026-08-01T13:54:00.505000Z",
            "edited_at": "2026-08-01T13:54:00.695000Z",
            "visibility": "public",
            "permalink": "http://localhost:3000/@mastodonpy_test_2/117020586180926938",
        }
    ],
    "ws_delete.json": [DELETED],
    "sse_stream.txt": [HELLO, DELETED],
    "conversation_direct.json": [
        {
            "external_id": "117020593780198542",
            "kind": "dm",
            "action": "created",
            "author_handle": "mastodonpy_test_2",
            "author_id": "117020566092212359",
            "text": "@admin ilu bby ;3",
            "thread_root_id": "117020565693913441",
            "created_at": "2026-08-01T13:55:56.462000Z",
            "visibility": "direct",
            "permalink": "http://localhost:3000/@mastodonpy_test_2/117020593780198542",
        }
    ],
    "status_quote.json": [
        {
            "external_id": "117020582925004921",
            "kind": "post",
            "action": "created",
            "author_handle": "mastodonpy_test",
            "author_id": "117020565966271181",
            "author_name": "John Lennon",
            "text": "yoooooooo",
            "thread_root_id": "117020582925004921",
            "created_at": "2026-08-01T13:53:10.824000Z",
            "visibility": "unlisted",
            "permalink": "http://localhost:3000/@mastodonpy_test/117020582925004921",
        }
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_recorded_payload(name):
    found = read("mastodon", recorded("mastodon", name))
    assert shown(found) == EXPECTED[name]
    assert not found.problems


def test_unknown_events_of_the_stream_are_counted():
    found = read("mastodon", recorded("mastodon", "sse_stream.txt"))
    assert found.ignored == {"event.filters_changed": 1, "event.some.future.event": 1}


@pytest.mark.parametrize("name", ["create_status_error_422.json", "errors.json"])
def test_errors_are_no_messages(name):
    found = read("mastodon", recorded("mastodon", name))
    assert not found.items
    assert found.problems


@pytest.mark.parametrize(
    "account",
    [
        {"own_ids": frozenset({"117020565693913441"})},
        {"own_handles": frozenset({"@Admin"})},
        {"own_handles": frozenset({"admin@localhost:3000"})},
    ],
)
def test_own_by_id_or_handle(account):
    found = read("mastodon", recorded("mastodon", "notification_mention.json"), Account(**account))
    assert found.items[0].is_own


def test_a_namesake_elsewhere_is_not_own():
    account = Account(own_handles=frozenset({"kim"}))
    other = status(account={"id": "8", "acct": "kim@there.example"})
    assert [i.is_own for i in read("mastodon", [status(), other], account).items] == [True, False]


def test_a_conversation_hangs_on_the_peer_both_ways():
    brand = Account(own_ids=frozenset({"1"}))
    theirs = status(visibility="direct", mentions=[{"id": "1"}])
    ours = status(id="101", visibility="direct", account={"id": "1"}, mentions=[{"id": "7"}])
    items = read("mastodon", [theirs, ours], brand).items
    assert [(i.kind, i.thread_root_id, i.is_own) for i in items] == [
        ("dm", "7", False),
        ("dm", "7", True),
    ]


def test_a_context_names_the_root_of_all():
    above = [status(id="1"), status(id="2", in_reply_to_id="1")]
    below = [status(id="4", in_reply_to_id="3")]
    items = read("mastodon", {"ancestors": above, "descendants": below}).items
    assert [(i.external_id, i.kind, i.parent_external_id, i.thread_root_id) for i in items] == [
        ("1", "post", None, "1"),
        ("2", "comment", "1", "1"),
        ("4", "comment", "3", "1"),
    ]
    alone = read("mastodon", {"ancestors": [], "descendants": below}).items
    assert alone[0].thread_root_id == "3"


@pytest.mark.parametrize(
    ("more", "field", "expected"),
    [
        ({"content": ""}, "text", None),
        ({"content": None, "spoiler_text": "cw"}, "text", "cw"),
        ({"content": "<p>\ud800</p>"}, "text", "\ufffd"),
        ({"id": 100}, "external_id", "100"),
        ({"id": "9tKKsh2dLmuQ"}, "external_id", "9tKKsh2dLmuQ"),
        ({"account": None}, "author_id", None),
        ({"account": {"username": "kim"}}, "author_handle", "kim"),
        ({"account": {"acct": "kim@there.example"}}, "author_handle", "kim@there.example"),
        ({"visibility": "local"}, "visibility", "private"),
        ({"visibility": None}, "visibility", None),
        ({"created_at": None}, "created_at", None),
        ({"edited_at": "2026-08-01T11:00:00Z"}, "action", "edited"),
        ({"url": None, "uri": "https://here.example/x"}, "permalink", "https://here.example/x"),
        ({"mentions": None, "media_attachments": None}, "media", []),
        ({"in_reply_to_id": "99"}, "thread_root_id", None),
    ],
)
def test_odd_statuses_of_other_servers(more, field, expected):
    found = read("mastodon", status(**more))
    assert not found.problems
    assert getattr(found.items[0], field) == expected


def test_media():
    attachment = {"id": "5", "type": "gifv", "url": None, "remote_url": "https://r/5.mp4"}
    (item,) = read(
        "mastodon", status(media_attachments=[{**attachment, "description": "a cat"}])
    ).items
    assert item.media[0].model_dump() == {
        "type": "video",
        "url": "https://r/5.mp4",
        "id": "5",
        "alt": "a cat",
    }


@pytest.mark.parametrize(
    "kind", ["favourite", "reblog", "follow", "poll", "pleroma:emoji_reaction"]
)
def test_other_notifications_are_no_messages(kind):
    found = read("mastodon", {"id": "1", "type": kind, "account": {}, "status": None})
    assert (found.items, found.problems) == ([], [])
    assert found.ignored == {f"notification.{kind}": 1}


def test_a_quote_is_a_mention_and_a_boost_is_nothing():
    quote = {"id": "1", "type": "quote", "status": status()}
    found = read("mastodon", [quote, status(reblog=status(id="3"))])
    assert [item.kind for item in found.items] == ["mention"]
    assert found.ignored == {"reblog": 1}


BROKEN = [
    None,
    5,
    [[[[[]]]]],
    {},
    {"event": "update", "payload": "{"},
    {"event": "update"},
    {"event": "delete", "payload": "undefined"},
    {"event": "delete", "payload": {}},
    {"event": "notification", "payload": "null"},
    {"type": "mention", "id": "1", "account": {}},
    status(id=None),
    status(content={"a": 1}),
    status(account="kim"),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_part_leaves_its_neighbours(broken):
    frame = {"event": "update", "payload": json.dumps(status(id="102"))}
    found = read("mastodon", [status(), broken, frame])
    assert [item.external_id for item in found.items] == ["100", "102"]
    assert len(found.problems) == 1


@pytest.mark.parametrize("raw", [b"", b"[", b"null", b"{}", b"\xff", b"[" * 100_000, b"event: x"])
def test_broken_payloads(raw):
    found = read("mastodon", raw)
    assert not found.items
    assert len(found.problems) == (0 if raw == b"event: x" else 1)


def test_an_event_stream_cut_off_keeps_what_came_whole():
    raw = b'event: delete\r\ndata: 12\r\n\r\nevent: update\r\ndata: {"id": "1'
    found = read("mastodon", raw)
    assert [item.external_id for item in found.items] == ["12"]
    assert len(found.problems) == 1
