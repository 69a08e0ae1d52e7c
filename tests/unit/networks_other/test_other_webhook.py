"""What each recorded generic webhook payload means, and what odd ones do."""

from other_payloads import check_all, only, read

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "standard_webhook_event.json": [
        {
            "external_id": "evt-1",
            "kind": "dm",
            "action": "created",
            "author_handle": "sam",
            "author_name": "Sam Sample",
            "text": "Hello from the shop",
            "thread_root_id": "t-1",
            "created_at": "2022-11-03T20:26:10.344522Z",
            "visibility": "direct",
            "permalink": "https://shop.example.com/m/1",
            "sent_at": "2022-11-03T20:26:10.344522Z",
        }
    ],
}
NOTHING = set()
REFUSED = set()


def test_every_recorded_payload():
    check_all("webhook", EXPECTED, NOTHING, REFUSED)


def event(kind, **data):
    return {"type": kind, "timestamp": "2026-08-01T10:00:00Z", "data": {"id": "1"} | data}


def test_kinds_and_actions_by_type():
    types = {
        "comment.created": ("comment", "created"),
        "review.updated": ("review", "edited"),
        "shop.message.deleted": ("dm", "deleted"),
        "post.hidden": ("post", "hidden"),
    }
    for kind, meaning in types.items():
        item = only(read("webhook", event(kind, text="x")))
        assert (item["kind"], item["action"]) == meaning


def test_times_belong_to_what_happened():
    edited = only(
        read("webhook", event("comment.edited", text="x", created_at="2026-07-01T00:00:00Z"))
    )
    assert (edited["created_at"], edited["edited_at"]) == (
        "2026-07-01T00:00:00Z",
        "2026-08-01T10:00:00Z",
    )
    gone = only(read("webhook", event("comment.deleted", text="x")))
    assert not gone.keys() & {"created_at", "edited_at", "text"}


def test_html_files_and_the_brand():
    media = [{"type": "image", "url": "https://a.example/1.png"}]
    data = {"html": "<p>a &amp; b</p>", "author": {"id": 7, "handle": "@brand"}, "media": media}
    mine = Account(own_handles=frozenset({"brand"}))
    item = only(read("webhook", event("message.created", **data), mine))
    assert (item["text"], item["is_own"], item["author_id"]) == ("a & b", True, "7")
    assert item["media"] == media


def test_other_types_are_counted_and_broken_data_is_a_problem():
    found = read(
        "webhook",
        [
            event("order.paid"),
            event("message.created", id=None),
            event("message.created", text="x"),
        ],
    )
    assert ([item.text for item in found.items], found.ignored) == (["x"], {"order.paid": 1})
    assert [one.code for one in found.problems] == ["webhook.data"]
