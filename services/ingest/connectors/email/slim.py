"""Takes the files out of a large message, and leaves everything that is read: headers, texts, names of files."""

from email import message_from_bytes, policy
from email.message import Message

SMALL_BYTES = 512 * 1024
MOST_TEXT_BYTES = 1024 * 1024


def slim(raw: bytes) -> bytes:
    """Return the message, without the contents of its files when it is larger than 512 KiB.

    What the standard library cannot take apart is cut at 1 MiB: its head and first words stay.
    """
    if len(raw) <= SMALL_BYTES:
        return raw
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        for part in mail.walk():
            if not part.is_multipart() and _is_file(part):
                del part["Content-Transfer-Encoding"]
                part.set_payload("")
        smaller = mail.as_bytes()
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        smaller = raw
    return smaller if len(smaller) <= MOST_TEXT_BYTES else smaller[:MOST_TEXT_BYTES]


def _is_file(part: Message) -> bool:
    is_text = part.get_content_type() in {"text/plain", "text/html", "message/delivery-status"}
    return not is_text or part.get_content_disposition() == "attachment"
