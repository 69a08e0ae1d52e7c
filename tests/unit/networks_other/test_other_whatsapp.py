"""What each recorded WhatsApp payload means, and what odd ones do."""

from other_payloads import check_all, read, recorded, shown

EXPECTED = {
    "batch_messages_and_statuses.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "Body Text",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:43Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        },
        {
            "external_id": "wamid.second",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "שלום 👋 second message in the same delivery",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:44Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:44Z",
        },
    ],
    "button_reply.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "title",
            "parent_external_id": "wamid.xyzxyz",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-25T20:45:30Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-25T20:45:30Z",
        }
    ],
    "echo_from_business_app.json": [
        {
            "external_id": "wamid.evt1",
            "kind": "dm",
            "action": "created",
            "author_id": "972123456789",
            "text": "Test message",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:43Z",
            "is_own": True,
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        }
    ],
    "edited_image_caption.json": [
        {
            "external_id": "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=",
            "kind": "dm",
            "action": "edited",
            "author_id": "16505551234",
            "text": "Updated image caption",
            "parent_external_id": "M0",
            "thread_root_id": "16505551234",
            "edited_at": "2025-06-13T22:42:55Z",
            "media": [
                {
                    "type": "image",
                    "url": "https://media.example.com/updated-image.jpg",
                    "id": "1234567890",
                }
            ],
            "visibility": "direct",
            "account_id": "106540352242922",
            "sent_at": "2025-06-13T22:42:55Z",
        }
    ],
    "image_without_caption.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:56:19Z",
            "media": [{"type": "image", "id": "65463453"}],
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:56:19Z",
        }
    ],
    "location.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:15:57Z",
            "media": [
                {
                    "type": "location",
                    "url": "https://maps.google.com/?cid=2000000000000000000",
                    "alt": "Facebook HQ, 1 Hacker Way, Menlo Park, CA 94025",
                }
            ],
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:15:57Z",
        }
    ],
    "reply.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "replied text",
            "parent_external_id": "wamid.xyzxyz==",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:19:06Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:19:06Z",
        }
    ],
    "revoked.json": [
        {
            "external_id": "wamid.orig1",
            "kind": "dm",
            "action": "deleted",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        }
    ],
    "text.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "Body Text",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T16:53:43Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T16:53:43Z",
        }
    ],
    "text_bsuid_without_phone.json": [
        {
            "external_id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
            "kind": "dm",
            "action": "created",
            "author_handle": "samsample",
            "author_id": "US.13491208655302741918",
            "author_name": "Sam Sample",
            "text": "Does it come in another color?",
            "thread_root_id": "120363418770915618@g.us",
            "created_at": "2025-06-08T20:59:43Z",
            "visibility": "direct",
            "account_id": "106540352242922",
            "sent_at": "2025-06-08T20:59:43Z",
        }
    ],
    "unsupported.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:18:26Z",
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:18:26Z",
        }
    ],
    "video_forwarded_caption.json": [
        {
            "external_id": "wamid.xyzxyz",
            "kind": "dm",
            "action": "created",
            "author_id": "972987654321",
            "author_name": "Test Name",
            "text": "caption",
            "thread_root_id": "972987654321",
            "created_at": "2023-10-11T17:12:42Z",
            "media": [{"type": "video", "id": "765756756"}],
            "visibility": "direct",
            "account_id": "1122334455667",
            "sent_at": "2023-10-11T17:12:42Z",
        }
    ],
}
NOTHING = {
    "reaction_removed.json",
    "reaction.json",
    "status_failed.json",
    "status_read.json",
    "system_number_change.json",
}
REFUSED = {
    "errors.json",
    "send_response.json",
}


def test_every_recorded_payload():
    check_all("whatsapp", EXPECTED, NOTHING, REFUSED)


def hook(field="messages", **value):
    metadata = {"phone_number_id": "55", "display_phone_number": "4930123"}
    change = {
        "field": field,
        "value": {"messaging_product": "whatsapp", "metadata": metadata} | value,
    }
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def message(kind, inner, **more):
    return {
        "from": "49170",
        "id": "wamid.1",
        "timestamp": "1697043223",
        "type": kind,
        kind: inner,
    } | more


def test_states_are_receipts_and_no_items():
    found = read("whatsapp", recorded("whatsapp", "batch_messages_and_statuses.json"))
    assert found.ignored == {}
    assert [(one.state, one.external_id) for one in found.receipts] == [("delivered", "wamid.out9")]


def test_a_list_choice_and_a_template_button():
    choice = {"type": "list_reply", "list_reply": {"id": "1", "title": "Blue"}}
    found = read(
        "whatsapp",
        hook(
            messages=[
                message("interactive", choice),
                message("button", {"text": "Yes"}),
                message("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent"}}),
            ]
        ),
    )
    assert [item.text for item in found.items] == ["Blue", "Yes", "Sent"]


def test_a_place_without_a_name_and_a_document():
    place = message("location", {"latitude": 52.5, "longitude": 13.4})
    paper = message("document", {"id": "7", "filename": "a.pdf", "caption": "my bill"})
    found = shown(read("whatsapp", hook(messages=[place, paper])))
    assert found[0]["media"] == [{"type": "location", "url": "geo:52.5,13.4"}]
    assert found[1]["media"] == [{"type": "file", "id": "7", "alt": "a.pdf"}]
    assert found[1]["text"] == "my bill"


def test_the_brand_edits_and_revokes_in_the_phone_app():
    edit = {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "new"}}}
    parts = [message("edit", edit), message("revoke", {"original_message_id": "wamid.0"})]
    echoes = [part | {"from": "4930123", "to": "49170"} for part in parts]
    edited, revoked = shown(read("whatsapp", hook("smb_message_echoes", message_echoes=echoes)))
    assert (edited["action"], edited["text"], edited["external_id"]) == ("edited", "new", "wamid.0")
    assert (revoked["action"], revoked["thread_root_id"], revoked["is_own"]) == (
        "deleted",
        "49170",
        True,
    )


def test_a_bare_message_and_a_broken_one_beside_it():
    good = message("text", {"body": "hi"})
    found = read("whatsapp", [good, good | {"id": None}, good | {"text": {"body": 5}}])
    assert [item.text for item in found.items] == ["hi"]
    assert len(found.problems) == 2


def test_a_template_state_change_is_counted():
    payload = hook()
    payload["entry"][0]["changes"] = [
        {"field": "message_template_status_update", "value": {"event": "X"}}
    ]
    found = read("whatsapp", payload)
    assert (found.items, found.problems, found.ignored) == (
        [],
        [],
        {"message_template_status_update": 1},
    )
