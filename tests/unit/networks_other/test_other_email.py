"""What each recorded e-mail payload means, and what odd ones do."""

from other_payloads import check_all

EXPECTED = {
    "auto_reply.eml": [
        {
            "external_id": "auto1@example.net",
            "kind": "dm",
            "action": "created",
            "author_id": "juergen@example.net",
            "text": "Ich bin nicht da.",
            "parent_external_id": "ticket-42.1@inbox.brand.example",
            "thread_root_id": "ticket-42.1@inbox.brand.example",
            "created_at": "2026-07-24T21:31:00Z",
            "visibility": "direct",
        }
    ],
    "reply_with_quote.eml": [
        {
            "external_id": "CAF123@mail.example.net",
            "kind": "dm",
            "action": "created",
            "author_id": "juergen@example.net",
            "author_name": "Jürgen Muster",
            "text": "Danke, das hat geklärt!",
            "parent_external_id": "ticket-42.1@inbox.brand.example",
            "thread_root_id": "ticket-42.0@inbox.brand.example",
            "created_at": "2026-07-24T21:30:00Z",
            "visibility": "direct",
        }
    ],
}
NOTHING = {
    "bounce.eml",
}
REFUSED = set()


def test_every_recorded_payload():
    check_all("email", EXPECTED, NOTHING, REFUSED)
