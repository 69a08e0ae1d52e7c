"""What each recorded e-mail payload means, and what odd ones do."""

import pytest
from other_payloads import check_all, only, read, recorded

from services.ingest.connectors.protocol import Account

EXPECTED = {
    "auto_reply.eml": [
        {
            "external_id": "auto1@example.net",
            "kind": "dm",
            "action": "created",
            "author_id": "juergen@example.net",
            "text": "Ich bin nicht da.",
            "title": "Abwesenheit",
            "is_automatic": True,
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
            "title": "Re: Rückfrage zu Auftrag 42",
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


def mail(body, *headers, kind="text/plain; charset=utf-8"):
    lines = [
        "From: Kim <Kim@Example.net>",
        "Message-ID: <m1@example.net>",
        f"Content-Type: {kind}",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def text(body, **more):
    return only(read("email", mail(body, **more))).get("text")


def test_a_machine_is_marked_and_a_bounce_is_no_item():
    found = read("email", recorded("email", "auto_reply.eml"))
    assert found.items[0].raw["automatic"] == "auto-replied"
    assert (
        read("email", recorded("email", "reply_with_quote.eml")).items[0].raw["automatic"] is None
    )
    bounced = read("email", recorded("email", "bounce.eml"))
    assert bounced.ignored == {"delivery_status": 1}
    (receipt,) = bounced.receipts
    assert (receipt.external_id, receipt.state) == ("ticket-42.1@inbox.brand.example", "failed")
    assert (receipt.peer, receipt.reason) == ("juergen@example.net", "550 5.1.1 user unknown")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Auto-Submitted: no", None),
        ("Precedence: list", "list"),
        ("List-Id: <news.example.net>", "list"),
        ("Return-Path: <>", "no-return-path"),
        ("From: MAILER-DAEMON@example.net", "machine"),
    ],
)
def test_who_must_never_be_answered(header, why):
    raw = f"{header}\r\nMessage-ID: <m@x>\r\n\r\nhi".encode()
    assert read("email", raw).items[0].raw["automatic"] == why


@pytest.mark.parametrize(
    "quote",
    [
        "On Fri, 24 Jul 2026 at 20:00, Support <s@b.example> wrote:\r\n> Hello",
        "On Fri, 24 Jul 2026 at 20:00, Support of a very long name\r\n<s@b.example> wrote:\r\n> Hello",
        "Am 24.07.2026 um 20:00 schrieb Support <s@b.example>:\r\n\r\nHallo ohne Zeichen",
        "Le ven. 24 juil. 2026 à 20:00, Support a écrit :\r\n> Bonjour",
        "El vie, 24 jul 2026, Support escribió:\r\n> Hola",
        "-----Original Message-----\r\nFrom: Support\r\nHello",
        "Von: Support <s@b.example>\r\nGesendet: Freitag\r\nAn: Kim\r\n\r\nHallo",
        "-- \r\nKim, Road 1",
    ],
)
def test_quotes_and_signatures_are_cut(quote):
    assert text(f"Thanks!\r\n\r\n{quote}") == "Thanks!"


def test_answers_between_quotes_stay():
    assert text("> How many?\r\nTwo.\r\n> When?\r\nToday.") == "Two.\n\nToday."


def test_nothing_but_a_quote_is_kept_whole():
    assert text("> please read this") == "> please read this"


def test_html_only_and_its_quotes():
    html = "<p>Yes &amp; no</p><div class='gmail_quote'>On Friday wrote: <blockquote>old</blockquote></div>"
    assert text(html, kind="text/html; charset=utf-8") == "Yes & no"


def test_an_empty_body_gives_the_subject():
    item = only(read("email", mail("", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=")))
    assert item["text"] == "Grüße"


def test_wrong_character_sets_are_read_as_well_as_can_be():
    raw = mail("", kind="text/plain; charset=no-such-set") + "grün".encode("latin-1")
    assert only(read("email", raw))["text"] == "grün"


def test_without_an_id_the_same_bytes_give_the_same_id():
    raw = b"From: kim@example.net\r\nSubject: hi\r\n\r\nhello"
    first, second = (read("email", raw).items[0] for _ in range(2))
    assert first.external_id == second.external_id == first.thread_root_id
    assert first.created_at is None


def test_own_address_and_files():
    mine = Account(own_handles=frozenset({"kim@example.net"}))
    assert read("email", mail("hi"), mine).items[0].is_own
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nsee picture\r\n"
        '--b\r\nContent-Type: image/png; name="a.png"\r\nContent-Disposition: attachment; filename="a.png"\r\n\r\nx\r\n--b--\r\n'
    )
    item = only(read("email", mail(body, kind='multipart/mixed; boundary="b"')))
    assert item["media"] == [{"type": "image", "id": "part:1", "alt": "a.png"}]


@pytest.mark.parametrize(
    "introduction",
    [
        "pon., 1 sty 2024 o 09:00 Care <care@brand.example> napisał(a):",
        "W dniu 1.01.2024 o 09:00, Care pisze:",
        "2024-01-01 9:00 GMT+01:00 Care <care@brand.example>:",
        "Op 1 jan 2024, om 09:00 heeft Care <care@brand.example> het volgende geschreven:",
        "po 1. 1. 2024 v 9:00 odesílatel Care <care@brand.example> napsal:",
        "On Mon, Jan 1, 2024 at 9:00 AM Care of the brand\n<care@brand.example> wrote:",
    ],
)
@pytest.mark.parametrize("quoted", ["> old\n> older", "old\nolder"])
def test_introductions_of_quotes_in_any_language_are_cut(introduction, quoted):
    assert text(f"It is still broken.\n\n{introduction}\n\n{quoted}\n") == "It is still broken."


def test_an_original_message_is_cut_and_a_sentence_is_not():
    assert text("Yes.\n\n-----Oorspronkelijk bericht-----\nVan: x\n\nold") == "Yes."
    said = "On Monday I came to the shop\nand your colleague wrote:\n\nThanks"
    assert text(said) == said
