"""What a mail that asks for approval says, and how long its link is good. Pure."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

GOOD_FOR = timedelta(hours=72)
RETRY_S = (30, 120, 600, 3_600)
LONGEST_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class AskCard:
    """What the page behind a link shows. `problem`: why nothing can be done by it any more.

    `needs` are the consents that the brand's rules ask for, `given` who said yes already.
    """

    brand: str = ""
    network: str = ""
    person: str = ""
    author: str = ""
    message: str = ""
    answer: str = ""
    written_by: str = ""
    needs: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    message_id: str = ""
    expires_at: datetime | None = None
    is_private: bool = False
    problem: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything that a mail says."""

    to: str
    brand: str
    network: str
    message: str
    answer: str
    written_by: str
    link: str
    expires_at: datetime


def new_token() -> tuple[str, str]:
    """Return a fresh token of 256 random bits, and the hash that is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def next_try(attempts: int, at: datetime) -> datetime | None:
    """Return when to try again after this many failures; None when it is given up."""
    if attempts > len(RETRY_S):
        return None
    return at + timedelta(seconds=RETRY_S[attempts - 1])


def mail_of(asking: Asking, sender: str, mail_id: str, at: datetime) -> EmailMessage:
    """Return the mail. Texts of others stand in the body only, never in a header."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, asking.to
    mail["Subject"] = " ".join(f"{asking.brand}: an answer waits for your approval".split())[:200]
    mail["Date"] = format_datetime(at)
    host = sender.rpartition("@")[2].strip("> ") or "localhost"
    mail["Message-ID"] = f"<{mail_id}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"{asking.written_by} asks for your approval of an answer by {asking.brand} on"
        f" {asking.network}.\n\n"
        f"The message:\n{_quoted(asking.message)}\n\nThe answer:\n{_quoted(asking.answer)}\n\n"
        f"Look at it, and approve, change or reject it with one more tap:\n{asking.link}\n\n"
        f"The link is yours alone. It works once, until {asking.expires_at:%d %B %Y, %H:%M} UTC,"
        " and no longer when the answer or the message changes. Opening it changes nothing.\n"
    )
    return mail


def _quoted(text: str) -> str:
    lines = text[:LONGEST_SHOWN].splitlines() or [""]
    return "\n".join(f"> {line}" for line in lines)
