"""The mail family: an IMAP and an SMTP server beside the HTTP port. Their ports are in the account's options."""

import asyncio
from collections.abc import Mapping
from email import message_from_bytes
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.family import Common, Family
from sandbox.ledger import Entry
from sandbox.mail import imap
from sandbox.mail.post import NETWORK, Post
from sandbox.misbehaviour import Wish
from sandbox.models import Account, Item, Network


def build(common: Common) -> Family:
    """Return the family."""
    return MailFamily(common)


class _NoHttp:
    """Mail is not spoken over HTTP: these are only the control path's answers."""

    def revoked(self) -> Response:
        """Say that the password is no longer good."""
        return JSONResponse({"error": "535"}, 401)

    def rate_limited(self, wish: Wish) -> Response:  # noqa: ARG002 (the dialect's signature)
        """Say that there were too many calls."""
        return JSONResponse({"error": "421"}, 429)

    def server_error(self) -> Response:
        """Say that the server has trouble."""
        return JSONResponse({"error": "451"}, 500)

    def proxy_page(self) -> Response:
        """Say it as a page."""
        return Response("<html>", 502, media_type="text/html")


class MailFamily:
    """Mailboxes: the account's id is the address, its token the password."""

    def __init__(self, common: Common) -> None:
        self._world, self._common = common.world, common
        self.post = Post(common.world)
        self.dialects: Mapping[Network, Dialect] = {NETWORK: _NoHttp()}
        self._host = common.settings.host
        self.imap_port = common.settings.imap_port
        self.smtp_port = common.settings.smtp_port
        self._servers: list[asyncio.Server] = []
        self._sessions: set[asyncio.StreamWriter] = set()

    def routers(self) -> list[APIRouter]:
        """One path: which ports the two servers took."""
        router = APIRouter(prefix="/mail")

        async def ports() -> dict[str, Any]:
            return {"host": self._host, "imap_port": self.imap_port, "smtp_port": self.smtp_port}

        router.add_api_route("/ports", ports, methods=["GET"])
        return [router]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Deliver a letter: dm, or reply to one. Extra: subject, raw, bounce_of, folder, file_bytes."""
        return self.post.deliver(account, emission)

    async def start(self) -> None:
        """Open both servers, on free ports unless the settings name them."""
        loop = asyncio.get_running_loop()
        reading = await asyncio.start_server(self._read_mail, self._host, self.imap_port)
        sending = await loop.create_server(self._submission, self._host, self.smtp_port)
        self.imap_port = reading.sockets[0].getsockname()[1]
        self.smtp_port = sending.sockets[0].getsockname()[1]
        self._servers = [reading, sending]

    async def stop(self) -> None:
        """Close both, and whoever waits in them."""
        for server in self._servers:
            server.close()
        for writer in list(self._sessions):
            writer.transport.abort()

    # Reading

    async def _read_mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sessions.add(writer)
        try:
            await imap.Session(self._world, self.post, self._login, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._sessions.discard(writer)
            writer.close()

    async def _login(self, username: str, password: str) -> Account | None:
        account = self._known(username, password)
        wish = self._common.misbehaviour.strike(NETWORK, "read", username)
        if wish is not None and wish.kind == "revoked_token":
            return None
        if wish is not None and wish.kind == "slow":
            await asyncio.sleep(wish.delay_s)
        elif wish is not None:
            raise ConnectionResetError
        return account

    def _known(self, username: str, password: str) -> Account | None:
        account = self._world.account_by_token(NETWORK, password)
        is_good = account is not None and not account.is_token_revoked and account.id == username
        return account if is_good else None

    # Sending

    def _submission(self) -> SMTP:
        return SMTP(
            self, hostname="mail.example", authenticator=self._authenticate, auth_required=True,
            auth_require_tls=False,
        )  # fmt: skip

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        account = self._known(data.login.decode(), data.password.decode())
        return AuthResult(success=account is not None, handled=False, auth_data=account)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter, or misbehave as told."""
        account = cast(Account, session.auth_data)
        wish = self._common.misbehaviour.strike(NETWORK, "publish", account.id)
        if wish is not None and wish.kind == "slow":
            await asyncio.sleep(wish.delay_s)
        elif wish is not None and not wish.kind.startswith("apply_"):
            return self._unwilling(server, wish)
        self._take(account, envelope, wish)
        if wish is not None and wish.kind == "apply_then_drop":
            _hang_up(server)
        return "451 4.3.0 trouble" if wish and wish.kind == "apply_then_5xx" else "250 2.0.0 taken"

    def _unwilling(self, server: SMTP, wish: Wish) -> str:
        if wish.kind == "drop":
            _hang_up(server)
        return {
            "rate_limited": "421 4.7.0 too many letters, try again later",
            "revoked_token": "535 5.7.8 authentication credentials invalid",
            "error_5xx": "451 4.3.0 local trouble",
        }.get(wish.kind, "554 5.7.1 refused")

    def _take(self, account: Account, envelope: Envelope, wish: Wish | None) -> None:
        raw = envelope.original_content or b""
        mail = message_from_bytes(raw)
        answered = str(mail["In-Reply-To"] or "").strip("<> ")
        item = self.post.sent(account, raw, envelope.rcpt_tos[0], answered)
        ledger = self._common.ledger
        ledger.write(
            Entry(
                seq=ledger.next_seq(),
                network=NETWORK,
                account=account.id,
                in_reply_to=answered or None,
                text=item.text,
                id=item.id,
                at=self._world.now(),
                visibility="direct",
                outcome=wish.kind if wish else "answered",
            )
        )


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
