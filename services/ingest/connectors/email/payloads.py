"""E-mail bytes to a normalised item. A bounce is a state of our message, not an item; the words are cut in body."""

import hashlib
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.email.body import attachments, original_text, written
from services.ingest.connectors.email.reports import receipts
from services.ingest.connectors.fields import Unreadable, read_part, scrub
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import Part, Reading
from services.ingest.connectors.times import parse_time

NETWORK = "email"
SIZE_BYTES = 30 * 1024 * 1024
_ID = re.compile(r"<\s*([^<>\s]{1,998})\s*>")
_KNOWN = ("From", "Message-ID", "Date", "Received", "Subject")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_MACHINES = ("mailer-daemon@", "postmaster@")
# Header parsing of the standard library raises any of these on hostile headers.
_BROKEN = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    AssertionError,
)


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read one message as it came over the wire. Pure; never raises."""
    reading = Reading(NETWORK, account)
    # The walk catches what the standard library raises on hostile messages.
    reading.each({}, lambda _: _read(reading, raw))
    return reading.out


def automatic(mail: EmailMessage) -> str | None:
    """Return why a message must never be answered by a machine (RFC 3834), or None when a person may have sent it."""
    submitted = (_header(mail, "Auto-Submitted") or "no").split(";")[0].strip().lower()
    if submitted != "no":
        return submitted
    precedence = (_header(mail, "Precedence") or "").strip().lower()
    if precedence in _BULK or _header(mail, "List-Id"):
        return precedence or "list"
    if (_header(mail, "Return-Path") or "").strip() == "<>":
        return "no-return-path"
    return "machine" if (_sender(mail)[1] or "").startswith(_MACHINES) else None


def _read(reading: Reading, raw: bytes) -> None:
    if len(raw) > SIZE_BYTES:
        raise Unreadable("email.too_large", f"more than {SIZE_BYTES} bytes")
    mail = message_from_bytes(raw, policy=policy.default)
    if not isinstance(mail, EmailMessage) or not any(_header(mail, name) for name in _KNOWN):
        raise Unreadable("email.not_a_message", "none of the headers of a message")
    if _is_report(mail):
        # About a message of ours, found by its id: a state, never an item to answer.
        for receipt in receipts(mail):
            reading.out.receipts.append(receipt)
        reading.ignore("delivery_status")
        return
    reading.add(_item(reading, mail, raw))


def _item(reading: Reading, mail: EmailMessage, raw: bytes) -> Item:
    name, address = _sender(mail)
    ids, above = _ids(mail, "References"), _ids(mail, "In-Reply-To")
    own_id = next(iter(_ids(mail, "Message-ID")), None) or hashlib.sha256(raw).hexdigest()
    plain, html = original_text(mail)
    subject = _header(mail, "Subject")
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": own_id,
        "kind": "dm",
        "action": "created",
        "author_id": address,
        "author_name": name,
        "text": written(plain, html) or subject,
        "parent_external_id": above[0] if above else ids[-1] if ids else None,
        "thread_root_id": ids[0] if ids else above[0] if above else own_id,
        "created_at": parse_time(_header(mail, "Date") or ""),
        "is_own": reading.is_own(address, handle=address),
        "media": attachments(mail),
        "visibility": "direct",
        "title": subject,
        "is_automatic": automatic(mail) is not None,
        "raw": _raw(mail, plain, html),
    }
    return read_part(Item, fields, "email.message")


def _is_report(mail: EmailMessage) -> bool:
    """True for a delivery report (RFC 3464), as its content type says."""
    kind = (_header(mail, "Content-Type") or "").lower()
    return kind.startswith("multipart/report") and "disposition-notification" not in kind


def _raw(mail: EmailMessage, plain: str | None, html: str | None) -> Part:
    """Return the message without its files: headers in order, both texts uncut, and whether a machine wrote it."""
    headers = [[scrub(name), _header_text(value)] for name, value in mail.raw_items()]
    return {"headers": headers, "text": plain, "html": html, "automatic": automatic(mail)}


def _header_text(value: object) -> str:
    return scrub(str(value).encode("utf-8", "replace").decode("utf-8", "replace"))


def _header(mail: EmailMessage, name: str) -> str | None:
    """Return a decoded header in one line, or None when it is missing or cannot be read."""
    try:
        value = mail.get(name)
        text = str(value) if value is not None else ""
    except _BROKEN:
        text = next((str(raw) for key, raw in mail.raw_items() if key.lower() == name.lower()), "")
    return " ".join(_header_text(text).split()) or None


def _ids(mail: EmailMessage, name: str) -> list[str]:
    return _ID.findall(_header(mail, name) or "")


def _sender(mail: EmailMessage) -> tuple[str | None, str | None]:
    """Return the name and the address in From. They are a claim, not a proof."""
    for name, address in getaddresses([_header(mail, "From") or ""]):
        if "@" in address:
            return name.strip() or None, address.strip().lower()
    return None, None
