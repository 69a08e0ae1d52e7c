"""Sign-ins at the Bluesky stand-in: short tokens, refresh tokens, and the few sign-ins a real server allows."""

import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.bluesky.errors import XrpcError, expired
from sandbox.models import Account
from sandbox.world import World

NETWORK = "bluesky"
SIGN_INS = 30
SIGN_INS_WINDOW = timedelta(minutes=5)
ACCESS_LASTS_S = 7200.0


@dataclass(frozen=True, slots=True)
class Session:
    """What one sign-in or refresh gave. After a restart all are gone, as after a change of keys."""

    did: str
    password: str
    access: str
    refresh: str
    expires_at: datetime


class Sessions:
    """An account's option `session_s` says how long its access tokens last."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_access: dict[str, Session] = {}
        self._by_refresh: dict[str, Session] = {}
        self._sign_ins: dict[str, deque[datetime]] = {}

    def create(self, identifier: str, password: str) -> tuple[Account, Session]:
        """Sign in by handle or did and app password."""
        account = self.known(identifier)
        is_right = account is not None and secrets.compare_digest(
            account.token.encode(), password.encode()
        )
        if account is None or not is_right or account.is_token_revoked:
            raise XrpcError(401, "AuthenticationRequired", "Invalid identifier or password")
        self._count(account)
        return account, self._issue(account)

    def refresh(self, token: str) -> tuple[Account, Session]:
        """A new pair for a refresh token, which is used up by it."""
        kept = self._by_refresh.pop(token, None)
        account = self._world.account(NETWORK, kept.did) if kept else None
        if kept is None or account is None or not self._holds(kept, account):
            raise XrpcError(400, "ExpiredToken", "Token has been revoked")
        return account, self._issue(account)

    def account(self, token: str) -> Account:
        """Whose access token this is."""
        if not token:
            raise XrpcError(401, "AuthMissing", "Authentication Required")
        kept = self._by_access.get(token)
        if kept is None:
            raise XrpcError(400, "InvalidToken", "Bad token scope")
        account = self._world.account(NETWORK, kept.did)
        is_over = self._world.now() >= kept.expires_at
        if account is None or is_over or not self._holds(kept, account):
            raise expired()
        return account

    def known(self, identifier: str) -> Account | None:
        """An account by handle or did."""
        name = identifier.removeprefix("@").lower()
        for account in self._world.accounts(NETWORK):
            if name in (account.id.lower(), account.handle.lower()):
                return account
        return None

    def _issue(self, account: Account) -> Session:
        lasts_s = float(account.options.get("session_s", ACCESS_LASTS_S))
        session = Session(
            account.id,
            account.token,
            f"access.{secrets.token_urlsafe(24)}",
            f"refresh.{secrets.token_urlsafe(24)}",
            self._world.now() + timedelta(seconds=lasts_s),
        )
        self._by_access[session.access] = self._by_refresh[session.refresh] = session
        return session

    def _holds(self, session: Session, account: Account) -> bool:
        return not account.is_token_revoked and session.password == account.token

    def _count(self, account: Account) -> None:
        now, made = self._world.now(), self._sign_ins.setdefault(account.id, deque())
        while made and now - made[0] > SIGN_INS_WINDOW:
            made.popleft()
        if len(made) >= SIGN_INS:
            raise XrpcError(429, "RateLimitExceeded", "Rate Limit Exceeded")
        made.append(now)
