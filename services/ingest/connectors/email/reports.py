"""Delivery reports (RFC 3464): what became of a message of ours. Whether mail is a report is for payloads to say."""

import re
from collections.abc import Iterator
from email.message import EmailMessage, Message

from contracts.messages import Receipt, ReceiptState

_ID = re.compile(r"<\s*([^<>\s]{1,998})\s*>")
_STATES: dict[str, ReceiptState] = {
    "failed": "failed",
    "delivered": "delivered",
    "relayed": "sent",
    "expanded": "sent",
}
_LONGEST = 300


def receipts(mail: EmailMessage) -> Iterator[Receipt]:
    """Yield what the report says about each person it names; "delayed" is not the end, and no receipt."""
    about = _about(mail)
    if about is None:
        return
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for one in _groups(part):
            state = _STATES.get(_value(one, "Action").lower())
            if state is not None:
                yield Receipt(
                    network="email",
                    state=state,
                    external_id=about,
                    peer=_value(one, "Final-Recipient").rpartition(";")[2].strip().lower() or None,
                    code=_code(_value(one, "Status")) if state == "failed" else None,
                    reason=_value(one, "Diagnostic-Code").partition(";")[2].strip() or None,
                )


def _code(status: str) -> str:
    """RFC 3463: 5.x.x is final, 4.x.x was tried long enough."""
    return "email.not_delivered" if status.startswith("4") else "email.refused"


def _about(mail: EmailMessage) -> str | None:
    """Return the id of the message that came back: from its headers, or from the report's own."""
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            text = part.as_bytes().decode("utf-8", "replace")
            found = re.search(
                r"^Message-ID:\s*<\s*([^<>\s]{1,998})\s*>", text, re.IGNORECASE | re.MULTILINE
            )
            if found:
                return found.group(1)
    for name in ("X-Failed-Message-ID", "In-Reply-To", "References"):
        if ids := _ID.findall(str(mail.get(name, ""))):
            return str(ids[-1])
    return None


def _groups(part: EmailMessage) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _value(group: Message, name: str) -> str:
    return " ".join(str(group.get(name, "")).split())[:_LONGEST]
