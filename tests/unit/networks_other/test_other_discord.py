"""What each recorded Discord payload means, and what odd ones do."""

from other_payloads import check_all, only, read

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "gateway_message_create.json": [
        {
            "external_id": "334385199974967042",
            "kind": "comment",
            "action": "created",
            "author_handle": "sample",
            "author_id": "53908099506183680",
            "author_name": "Sample",
            "text": "Supa Hot @brandbot 🔥",
            "thread_root_id": "290926798999357250",
            "created_at": "2017-07-11T17:27:07.299000Z",
        }
    ],
    "gateway_message_update_and_delete.json": [
        {
            "external_id": "334385199974967042",
            "kind": "comment",
            "action": "edited",
            "author_handle": "sample",
            "author_id": "53908099506183680",
            "author_name": "Sample",
            "text": "Supa Hot (edited)",
            "thread_root_id": "290926798999357250",
            "created_at": "2017-07-11T17:27:07.299000Z",
            "edited_at": "2017-07-11T17:30:00Z",
        },
        {
            "external_id": "334385199974967042",
            "kind": "comment",
            "action": "deleted",
            "thread_root_id": "290926798999357250",
        },
        {
            "external_id": "334385199974967099",
            "kind": "comment",
            "action": "created",
            "author_handle": "sample",
            "author_id": "53908099506183680",
            "author_name": "Sample",
            "parent_external_id": "334385199974967042",
            "thread_root_id": "290926798999357250",
            "created_at": "2017-07-11T17:27:07.299000Z",
            "media": [{"type": "image", "url": "https://cdn.example/a.png", "id": "1"}],
        },
    ],
}
NOTHING = {
    "webhook_ping_and_event.json",
}
REFUSED = {
    "rate_limited.json",
}


def test_every_recorded_payload():
    check_all("discord", EXPECTED, NOTHING, REFUSED)


def dispatch(kind, **data):
    return {"op": 0, "s": 1, "t": kind, "d": {"id": "334385199974967042", "channel_id": "2"} | data}


AUTHOR = {"id": "5", "username": "kim"}


def test_a_direct_message_has_no_guild():
    item = only(read("discord", dispatch("MESSAGE_CREATE", author=AUTHOR, content="hi")))
    assert (item["kind"], item["visibility"], item["thread_root_id"]) == ("dm", "direct", "2")
    # The id holds the time it was written, for a message that does not say.
    assert item["created_at"] == "2017-07-11T17:27:24.250000Z"


def test_a_partial_update_changes_no_words():
    found = read(
        "discord", dispatch("MESSAGE_UPDATE", guild_id="1", embeds=[{"url": "https://a.example"}])
    )
    assert (found.items, found.ignored) == ([], {"MESSAGE_UPDATE.partial": 1})


def test_many_deletions_at_once():
    found = read("discord", dispatch("MESSAGE_DELETE_BULK", guild_id="1", ids=["7", "8"]))
    assert [(item.external_id, item.action) for item in found.items] == [
        ("7", "deleted"),
        ("8", "deleted"),
    ]


def test_names_emoji_and_marks():
    content = "**hey** <@!99> <:party:123> <@77> <#5>"
    page = [
        {
            "id": "1",
            "channel_id": "2",
            "author": AUTHOR,
            "content": content,
            "mentions": [{"id": "99", "username": "bot"}],
        }
    ]
    assert only(read("discord", page))["text"] == "hey @bot :party: <@77> <#5>"


def test_own_by_id_and_system_messages():
    mine = Account(own_ids=frozenset({"5"}))
    assert only(read("discord", dispatch("MESSAGE_CREATE", author=AUTHOR, content="x"), mine))[
        "is_own"
    ]
    assert read("discord", dispatch("MESSAGE_CREATE", type=7, author=AUTHOR)).ignored == {
        "system_message": 1
    }
    assert read(
        "discord", [{"op": 11, "d": None, "s": None, "t": None}, dispatch("MESSAGE_REACTION_ADD")]
    ).ignored == {
        "op 11": 1,
        "MESSAGE_REACTION_ADD": 1,
    }


def test_a_forward_is_no_answer():
    reference = {"type": 1, "message_id": "9"}
    item = only(
        read(
            "discord",
            dispatch("MESSAGE_CREATE", author=AUTHOR, content="", message_reference=reference),
        )
    )
    assert not item.keys() & {"parent_external_id", "text"}


def test_what_was_forwarded_or_asked_is_the_text_when_nothing_was_written_to_it():
    shot = {"content": "Look **here**", "attachments": [{"id": "4", "url": "https://c.example/f"}]}
    found = read("discord", _said(content="", message_snapshots=[{"message": shot}]))
    assert (found.items[0].text, found.items[0].media[0].id) == ("Look here", "4")
    asked = read("discord", _said(content="", poll={"question": {"text": "Which one?"}}))
    assert asked.items[0].text == "Which one?"


def test_a_listed_message_that_was_changed_is_an_edit():
    found = read("discord", [_said(edited_timestamp="2024-01-02T03:04:05.678901+00:00")])
    assert (found.items[0].action, found.items[0].external_id) == ("edited", "7")


def test_code_keeps_its_signs():
    found = read(
        "discord", _said(content="run `a_b_c` or\n```py\nx = **y**\n``` **now** `\ue0007\ue001`")
    )
    assert found.items[0].text == "run a_b_c or\nx = **y** now 7"
    assert read("discord", _said(content="\ue000**9**\ue001")).items[0].text == "9"


def _said(**more):
    return {
        "id": "7",
        "channel_id": "9",
        "type": 0,
        "author": {"id": "5", "username": "kim"},
    } | more
