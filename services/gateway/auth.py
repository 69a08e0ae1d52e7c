"""Who is asking: passwords (argon2id), server sessions, CSRF, API keys. What they may do is in views."""

import asyncio
import hashlib
import hmac
import math
import secrets
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Request, Response

from runtime.clock import Clock
from runtime.mongo import Document
from runtime.web import HttpError
from services.gateway.deps import NewSession
from services.gateway.limits import RateLimit, too_many
from services.gateway.ports import Identity
from services.gateway.settings import GatewaySettings
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.people import PeopleStore, viewer_of
from services.gateway.store.sessions import SessionStore

COOKIE = "rapport_session"
KEY_PREFIX = "rk_"
LOCK_S = 300
ADDRESS_WINDOW_S = 60
LONGEST_PASSWORD = 1024
SHORTEST_PASSWORD = 10
_WRONG = "The e-mail address or the password is not right."
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Passwords:
    """argon2id with the parameters OWASP names for 19 MiB; off the event loop, two at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._turns = asyncio.Semaphore(2)
        # Verified when there is no such account, so that the answer takes the same time.
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """Return the hash to keep. Raises ValueError for a password that is too short or too long."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise ValueError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Say whether the password fits; as slow for no account as for one."""
        async with self._turns:
            fits = await asyncio.to_thread(self._fits, kept or self._nobody, password)
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _fits(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False


class LocalAuth:
    """Local accounts, cookies and keys."""

    def __init__(
        self,
        settings: GatewaySettings,
        clock: Clock,
        people: PeopleStore,
        sessions: SessionStore,
        audit: AuditStore,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._people = people
        self._sessions = sessions
        self._audit = audit
        self._passwords = Passwords()
        self._writes = RateLimit(clock, settings.writes_per_minute)
        self._logins = RateLimit(clock, settings.logins_per_minute)

    async def identify(self, request: Request) -> Identity | None:
        """Return who sent this request (cookie or API key), or None. Cached on the request."""
        if not hasattr(request.state, "identity"):
            request.state.identity = await self._identify(request)
        identity: Identity | None = request.state.identity
        return identity

    async def signed_in(self, request: Request) -> Identity:
        """Return who sent this request; raises HttpError 401."""
        identity = await self.identify(request)
        if identity is None:
            raise HttpError(401, "session.none", "Sign in first.", {"WWW-Authenticate": "Bearer"})
        return identity

    async def guard_write(self, request: Request, identity: Identity) -> None:
        """Check origin, CSRF token and the rate of writes. Raises HttpError 403 or 429."""
        if request.method not in _UNSAFE:
            return
        if identity.kind == "session":
            self._guard_origin(request)
            sent = request.headers.get("x-csrf-token") or await _form_token(request)
            if not hmac.compare_digest(sent.encode(), identity.csrf_token.encode()):
                why = "This page is too old to send from. Load it again; your text is kept."
                raise HttpError(403, "csrf.wrong", why)
        self._writes.take(identity.viewer.person_id)

    async def login(self, request: Request, email: str, password: str) -> NewSession:
        """Open a session. Raises HttpError 401 (wrong), 403 (foreign origin), 429 (too many)."""
        self._guard_origin(request)
        address = _address(request)
        self._logins.take(address)
        account = f"email:{_sha256(email.strip().lower())}"
        await self._count(account, LOCK_S)
        await self._count(f"address:{address}", ADDRESS_WINDOW_S)
        person = await self._people.by_email(email)
        is_right = await self._passwords.is_right(
            password, person["password_hash"] if person else None
        )
        if person is None or not is_right or not person["is_active"]:
            raise HttpError(401, "login.wrong", _WRONG)
        await self._sessions.forgive(account, is_whole=True)
        await self._sessions.forgive(f"address:{address}", is_whole=False)
        return await self._open(person, password)

    async def logout(self, identity: Identity) -> None:
        """End the session at once."""
        if identity.kind == "session":
            await self._sessions.end(identity.key)
            act = Act("session.ended", identity.viewer.person_id)
            await self._audit.append(identity.viewer, act)

    def set_cookie(self, response: Response, session: NewSession) -> None:
        """Put the session into the answer."""
        response.set_cookie(
            COOKIE,
            session.token,
            max_age=self._settings.session_absolute_s,
            httponly=True,
            samesite="lax",
            secure=self._settings.is_https,
            path="/",
        )

    def clear_cookie(self, response: Response) -> None:
        """Take the session out of the browser."""
        response.delete_cookie(
            COOKIE, path="/", httponly=True, samesite="lax", secure=self._settings.is_https
        )

    async def _open(self, person: Document, password: str) -> NewSession:
        if self._passwords.is_outdated(person["password_hash"]):
            fresh = await self._passwords.hash(password)
            await self._people.set_password_hash(person["_id"], fresh)
        token = secrets.token_urlsafe(32)
        ends_at = await self._sessions.open(_sha256(token), person["_id"])
        viewer = viewer_of(person)
        await self._audit.append(viewer, Act("session.opened", viewer.person_id))
        return NewSession(token, _csrf_of(token), ends_at, viewer)

    async def _count(self, key: str, window_s: int) -> None:
        count, ends_at = await self._sessions.count_attempt(key, window_s)
        if count > self._settings.login_failures:
            raise too_many(math.ceil((ends_at - self._clock.now()).total_seconds()))

    async def _identify(self, request: Request) -> Identity | None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and bearer.startswith(KEY_PREFIX):
            viewer = await self._people.key_viewer(_sha256(bearer))
            return Identity(viewer, "key", _sha256(bearer)) if viewer else None
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        session = await self._sessions.find(_sha256(token))
        person = await self._people.by_id(session["person_id"]) if session else None
        if person is None or not person["is_active"]:
            return None
        return Identity(viewer_of(person), "session", _sha256(token), _csrf_of(token))

    def _guard_origin(self, request: Request) -> None:
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin")
        home = {urlsplit(self._settings.public_url).netloc, request.headers.get("host", "")}
        is_home = origin is None or urlsplit(origin).netloc in home
        if site not in {"same-origin", "none"} or not is_home:
            raise HttpError(403, "origin.foreign", "This was sent from another site.")


def new_key_token() -> tuple[str, str]:
    """Return a fresh API key and the hash to keep."""
    token = f"{KEY_PREFIX}{secrets.token_urlsafe(32)}"
    return token, _sha256(token)


async def _form_token(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    token = (await request.form()).get("csrf_token")
    return token if isinstance(token, str) else ""


def _csrf_of(token: str) -> str:
    """Bound to the session without being kept: only who has the cookie's value can make it."""
    return hmac.new(token.encode(), b"rapport/csrf/v1", hashlib.sha256).hexdigest()


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
