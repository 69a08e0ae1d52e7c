"""What each recorded Messenger payload means, and what odd ones do."""

from other_payloads import check_all, only, read

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "echo_by_our_app.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "12345654332",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "echo_from_page_inbox.json": [
        {
            "external_id": "m_inbox_1",
            "kind": "dm",
            "action": "created",
            "author_id": "12345654332",
            "text": "typed by a colleague in Page inbox",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_deleted.json": [
        {
            "external_id": "message_id",
            "kind": "dm",
            "action": "deleted",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_edit.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "edited",
            "author_id": "987654321432",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "edited_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_image_without_text.json": [
        {
            "external_id": "mid.1458696618141:b4ef9d19ec21086067",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-23T01:30:18.268000Z",
            "media": [{"type": "image", "url": "IMAGE_URL"}],
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-23T01:30:18.911000Z",
        }
    ],
    "message_inline_reply.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "text": "hello, world!",
            "parent_external_id": "very_long_id_representing_the_original_message",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_sticker_thumbup.json": [
        {
            "external_id": "mid.1487254148673:a082abc439",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "created_at": "2017-02-16T14:09:08.673000Z",
            "media": [
                {
                    "type": "image",
                    "url": "https://scontent.example.fbcdn.net/sticker.png",
                    "id": "369239263222822",
                }
            ],
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2017-02-16T14:09:08.732000Z",
        }
    ],
    "message_text.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "message_unsupported.json": [
        {
            "external_id": "message_id",
            "kind": "dm",
            "action": "created",
            "author_id": "987654321432",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "visibility": "direct",
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
    "standby_echo.json": [
        {
            "external_id": "mid.1457764197618:41d102a3e1ae206a38",
            "kind": "dm",
            "action": "created",
            "author_id": "12345654332",
            "text": "hello, world!",
            "thread_root_id": "987654321432",
            "created_at": "2016-03-12T06:29:57.627000Z",
            "is_own": True,
            "visibility": "direct",
            "is_automatic": True,
            "account_id": "12345654332",
            "sent_at": "2016-03-12T06:29:58.246000Z",
        }
    ],
}
NOTHING = {
    "reaction_add.json",
    "delivery_without_timestamp.json",
    "postback_with_referral.json",
    "read_watermark.json",
}
REFUSED = set()


def test_every_recorded_payload():
    check_all("messenger", EXPECTED, NOTHING, REFUSED)


def event(**more):
    parties = {"sender": {"id": "c"}, "recipient": {"id": "p"}, "timestamp": 1457764197627}
    return parties | more


def page(*events, key="messaging", page_id="p"):
    return {"object": "page", "entry": [{"id": page_id, "time": 1457764198246, key: list(events)}]}


def test_a_single_event_and_the_brand_by_its_id():
    sent = event(message={"mid": "m1", "text": "hi"}) | {
        "sender": {"id": "p"},
        "recipient": {"id": 7},
    }
    item = only(read("messenger", sent, Account(own_ids=frozenset({"p"}))))
    assert (item["is_own"], item["thread_root_id"]) == (True, "7")


def test_a_button_with_an_id_is_what_the_customer_said():
    item = only(
        read("messenger", page(event(postback={"mid": "m2", "title": "Yes", "payload": "Y"})))
    )
    assert (item["external_id"], item["text"]) == ("m2", "Yes")


def test_an_attachment_without_an_object():
    attachments = [
        {"type": "fallback", "url": "https://a.example/x", "title": "X", "payload": None},
        {"type": "location", "payload": {"coordinates": {"lat": 1.5, "long": 2}}},
    ]
    item = only(read("messenger", page(event(message={"mid": "m", "attachments": attachments}))))
    assert item["media"] == [
        {"type": "fallback", "url": "https://a.example/x", "alt": "X"},
        {"type": "location", "url": "geo:1.5,2"},
    ]


def test_comments_in_the_same_entry_are_another_connectors():
    payload = page(event(message={"mid": "m", "text": "hi"}))
    payload["entry"][0]["changes"] = [{"field": "feed", "value": {}}]
    found = read("messenger", payload)
    assert [item.external_id for item in found.items] == ["m"]
    assert found.ignored == {"feed": 1}


def test_a_broken_event_beside_good_ones():
    good = [event(message={"mid": mid, "text": "hi"}) for mid in ("m1", "m2")]
    found = read("messenger", page(good[0], event(message={"text": "no id"}), 7, good[1]))
    assert [item.external_id for item in found.items] == ["m1", "m2"]
    assert [problem.account_id for problem in found.problems] == ["p", "p"]


def test_kept_conversations_of_a_page():
    message = {
        "id": "m_1",
        "message": "hello",
        "created_time": "2026-08-01T10:00:00+0000",
        "from": {"id": "p", "name": "Brand"},
        "to": {"data": [{"id": "c", "name": "Kim"}]},
    }
    kept = {"data": [{"id": "t_1", "messages": {"data": [message]}}]}
    item = only(read("messenger", kept, Account(own_ids=frozenset({"p"}))))
    assert (item["thread_root_id"], item["is_own"], item["created_at"]) == (
        "c",
        True,
        "2026-08-01T10:00:00Z",
    )


def test_reactions_are_counted_and_never_shown_as_messages():
    found = read("messenger", page(event(reaction={"mid": "m1", "action": "react", "emoji": "x"})))
    assert (found.items, found.problems, found.ignored) == ([], [], {"reaction": 1})
