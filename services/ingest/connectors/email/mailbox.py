"""One IMAP session: log in, list what is new, fetch, wait. Blocking, so that it runs in a thread of its own."""

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from imap_tools import MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from runtime.errors import Reauthorise, Unavailable
from runtime.mail import CONNECT_S, MailServer

READ_S = 30.0
_BROKEN = (OSError, imaplib.IMAP4.error, ImapToolsError, EOFError, ValueError)
# RFC 5530: the server cannot say just now whether the password is right.
_NOT_NOW = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG")


@dataclass(frozen=True, slots=True)
class Login:
    """Whose mailbox is opened, and where."""

    server: MailServer
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.username!r} at {self.server.host!r})"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it lies in the folder. `raw` is None when it is larger than asked for."""

    uid: int
    size_bytes: int
    raw: bytes | None
    headers: bytes


class _Client(imaplib.IMAP4):
    """Connects to the address that was checked, and checks the certificate against the name."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        super().__init__(server.host, server.port, CONNECT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = self._server.connect()
        connection.settimeout(timeout)
        if self._server.tls == "at_once":
            context = ssl.create_default_context()
            return context.wrap_socket(connection, server_hostname=self._server.host)
        return connection


class _Box(MailBoxUnencrypted):
    def __init__(self, server: MailServer) -> None:
        self._server = server
        super().__init__(server.host, server.port)

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._server)
        if self._server.tls == "starttls":
            client.starttls(ssl.create_default_context())
        client.sock.settimeout(READ_S)
        return client


class Mailbox:
    """An open session. Every method raises `Unavailable` when the server is gone."""

    def __init__(self, login: Login) -> None:
        with _told("email.unreachable"):
            self._box = _Box(login.server)
        try:
            with _told("email.unreachable"):
                self._box.login(login.username, login.password, initial_folder=None)
        except Unavailable as error:
            self.close()
            if _is_refusal(error.__cause__):
                why = "the mail server refused the user name or the password"
                raise Reauthorise("email.login_refused", why) from None
            raise

    def open(self, folder: str) -> tuple[int, int]:
        """Select a folder to read only; return its UIDVALIDITY and the next UID."""
        with _told("email.folder_unreadable"):
            self._box.folder.set(folder, readonly=True)
            told = self._box.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
            return int(told["UIDVALIDITY"]), int(told["UIDNEXT"])

    def uids_from(self, first: int) -> list[int]:
        """Return the UIDs of the open folder from this one on, in order."""
        # "5:*" always gives the last message, even when its UID is smaller.
        return [uid for uid in self._uids(f"UID {max(first, 1)}:*") if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        """Return the UIDs of what arrived on this day or later (the server's own days)."""
        return self._uids(f"SINCE {day.strftime('%d-%b-%Y')}")

    def _uids(self, criteria: str) -> list[int]:
        with _told("email.unreadable"):
            return sorted(int(uid) for uid in self._box.uids(criteria))

    def letters(self, uids: list[int], most_bytes: int) -> Iterator[Letter]:
        """Yield messages in order; one that vanished meanwhile is left out."""
        for uid in uids:
            with _told("email.unreadable"):
                told = self._fetch(uid, "(RFC822.SIZE BODY.PEEK[HEADER])")
                if told is None:
                    continue
                size, headers = told
                raw = self._fetch(uid, "(RFC822.SIZE BODY.PEEK[])") if size <= most_bytes else None
            yield Letter(uid, size, raw[1] if raw else None, headers)

    def _fetch(self, uid: int, parts: str) -> tuple[int, bytes] | None:
        _, answer = self._box.client.uid("fetch", str(uid), parts)
        for one in answer:
            if isinstance(one, tuple) and len(one) == 2:
                words = one[0].upper().split()
                at = next((n for n, word in enumerate(words) if word.endswith(b"RFC822.SIZE")), -1)
                size = words[at + 1] if 0 <= at < len(words) - 1 else b""
                return int(size) if size.isdigit() else len(one[1]), one[1]
        return None

    def wait(self, wait_s: float) -> bool:
        """Wait until something happens in the open folder (IDLE, RFC 2177); False when nothing did."""
        with _told("email.stream_broken"):
            return bool(self._box.idle.wait(wait_s))

    @property
    def can_wait(self) -> bool:
        """Say whether the server tells by itself what arrives."""
        return "IDLE" in self._box.client.capabilities

    def close(self) -> None:
        """End the session, whatever state it is in; another thread may be waiting in it."""
        with contextlib.suppress(*_BROKEN):
            self._box.client.sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(*_BROKEN):
            self._box.client.shutdown()


def _is_refusal(error: BaseException | None) -> bool:
    """Say whether the server answered no; imaplib's `abort` means that it went away."""
    is_answer = isinstance(error, MailboxLoginError | imaplib.IMAP4.error)
    is_lost = isinstance(error, imaplib.IMAP4.abort)
    return is_answer and not is_lost and not any(word in str(error) for word in _NOT_NOW)


@contextlib.contextmanager
def _told(code: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise Unavailable(code, f"the mail server: {type(error).__name__}") from error
