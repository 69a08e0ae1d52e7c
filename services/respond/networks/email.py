"""Sends answers as mail (RFC 5321, RFC 5322). Reading mailboxes is the other half's.

The Message-ID is made from the answer's key, so that every attempt is the same message and replies
to it are recognised.
"""

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

import aiosmtplib

from contracts.networks import email
from runtime.errors import Invalid, RapportError
from runtime.mail import MailServer, mail_server
from services.respond.networks.protocol import (
    Account,
    Backoff,
    Failure,
    Finding,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
    Unreadable,
)

_TIMEOUT_S = 12.0
_TEMPORARY_WAIT_S = timedelta(minutes=15).total_seconds()
_REFUSED_LOGIN = frozenset({530, 534, 535, 538})
# RFC 5321, 4.2.1: an error while it was being processed. After the mail itself it proves nothing.
_LOCAL_TROUBLE = 451
_ANSWERED = ("re:", "aw:", "sv:", "rv:", "antw:", "odp:")
_LONGEST = 300


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Email(tools)


class Email:
    """One mail to the person who wrote, in the thread it belongs to."""

    name = "email"
    same_key_window_s = 0.0

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is ours."""
        return email.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Hand the mail to the submission server; its 250 means that it will be delivered or come back."""
        to = publish.target.author_id
        if not to or "@" not in to:
            return Permanent("email.no_address", "the message names no address to answer to")
        mail = self._mail(account, publish, to)
        try:
            server = await mail_server(
                "smtp", account.options, is_loopback_allowed=self._tools.is_loopback_allowed
            )
        except RapportError as error:
            is_final = isinstance(error, Invalid)
            return Permanent(error.code, error.why) if is_final else _away(error.why)
        failure = await _submit(server, account, mail, to)
        return failure or Sent(email.bare_id(mail["Message-ID"]))

    async def find(self, _account: Account, _search: Search) -> Finding:
        """Say that it cannot be told: what a submission server took is nowhere to be read."""
        why = "mail that was sent cannot be read back; look into the folder of sent mail"
        return Unreadable("email.cannot_look", why)

    async def moderate(self, _account: Account, _moderate: Moderate) -> Moderated:
        """Refuse: there is nothing to hide or to like in a mailbox."""
        return Permanent("moderation.unsupported", "mail knows no such act")

    def _mail(self, account: Account, publish: Publish, to: str) -> EmailMessage:
        target, mail = publish.target, EmailMessage()
        mail["From"] = formataddr((account.options.get("from_name", ""), account.account_id))
        mail["To"] = to
        mail["Subject"] = _subject(target.title)
        mail["Date"] = format_datetime(self._tools.clock.now())
        mail["Message-ID"] = email.message_id(publish.key, account.account_id)
        if "@" in target.external_id:
            above = [one for one in (target.root_id, target.external_id) if one and "@" in one]
            mail["In-Reply-To"] = f"<{target.external_id}>"
            mail["References"] = " ".join(f"<{one}>" for one in dict.fromkeys(above))
        if not publish.is_by_person:
            # RFC 3834: so that no other machine answers this one.
            mail["Auto-Submitted"] = "auto-replied"
        mail.set_content(publish.text)
        return mail


async def _submit(
    server: MailServer, account: Account, mail: EmailMessage, to: str
) -> Failure | None:
    """Speak SMTP up to the end of DATA; None when the server took the mail."""
    is_sent = False
    try:
        smtp = await _connected(server, account)
        try:
            await smtp.login(account.options.get("username") or account.account_id, account.token)
            await smtp.mail(account.account_id)
            await smtp.rcpt(to)
            is_sent = True
            await smtp.data(mail.as_bytes(policy=SMTP))
        finally:
            smtp.close()
    except aiosmtplib.SMTPAuthenticationError as error:
        return _login_refused(error)
    except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientRefused) as error:
        if is_sent and error.code == _LOCAL_TROUBLE:
            return Unknown("network.answer_lost", f"after the mail: {_words(error)}")
        return _refused(error)
    except aiosmtplib.SMTPNotSupported as error:
        return Permanent("email.server_unfit", str(error)[:_LONGEST])
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        if is_sent:
            return Unknown("network.answer_lost", "the mail server's answer was lost")
        return _away(type(error).__name__)
    return None


async def _connected(server: MailServer, account: Account) -> aiosmtplib.SMTP:
    connection = await asyncio.to_thread(server.connect)
    connection.setblocking(False)
    smtp = aiosmtplib.SMTP(
        hostname=server.host,
        sock=connection,
        use_tls=server.tls == "at_once",
        start_tls=server.tls == "starttls",
        local_hostname=account.account_id.rpartition("@")[2] or "localhost",
        timeout=_TIMEOUT_S,
    )
    await smtp.connect()
    return smtp


def _login_refused(error: aiosmtplib.SMTPAuthenticationError) -> Failure:
    if error.code in _REFUSED_LOGIN:
        return Reauthorise("email.login_refused", "the mail server refused the password")
    return _refused(error)


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {' '.join(error.message.split())}"[:_LONGEST]


def _refused(error: aiosmtplib.SMTPResponseException) -> Failure:
    reason = _words(error)
    if error.code in _REFUSED_LOGIN:
        return Reauthorise("email.login_refused", reason)
    if 400 <= error.code < 500:
        return Backoff("email.put_off", reason, _TEMPORARY_WAIT_S)
    return Permanent("email.refused", reason)


def _away(why: str) -> Failure:
    return Retry("network.unreachable", f"no connection to the mail server: {why}")


def _subject(title: str | None) -> str:
    words = " ".join((title or "").split())
    if not words:
        return "Re:"
    return words if words.lower().startswith(_ANSWERED) else f"Re: {words}"
