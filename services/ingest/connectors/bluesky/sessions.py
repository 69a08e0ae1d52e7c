"""Sessions of the AT Protocol: one per account, kept and refreshed. What is asked for within them is the reader's."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import httpx

from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.bluesky.errors import SESSION_ENDED, quota_of
from services.ingest.connectors.http import Api, Classify
from services.ingest.connectors.protocol import Grant, Meter

_CREATE = "/xrpc/com.atproto.server.createSession"
_REFRESH = "/xrpc/com.atproto.server.refreshSession"


@dataclass(frozen=True, slots=True)
class Session:
    """What a sign-in gave. Never logged."""

    did: str
    handle: str | None
    access: str = field(repr=False)
    refresh: str = field(repr=False)


_Key = tuple[str, str, str]


class Sessions:
    """Calls within a session. A network allows few sign-ins a day, so one lasts as long as it can."""

    def __init__(self, client: httpx.AsyncClient, classify: Classify, meter: Meter) -> None:
        self._api = Api(client, "bluesky", classify, meter, quota_of)
        # Sign-ins have limits of their own: their headers say nothing about other calls.
        self._door = Api(client, "bluesky", classify, meter, authorize=_nobody)
        self._gate = Api(client, "bluesky", classify, meter)
        self._kept: dict[_Key, Session] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def get(
        self, grant: Grant, method: str, params: Mapping[str, str | list[str]]
    ) -> httpx.Response:
        """Query an XRPC method. A session that ended is renewed once."""
        session = await self.open(grant)
        path = f"/xrpc/{method}"
        try:
            return await self._api.get(replace(grant, token=session.access), path, params)
        except Reauthorise as error:
            if error.code != SESSION_ENDED:
                raise
        session = await self._renewed(grant, session)
        return await self._api.get(replace(grant, token=session.access), path, params)

    async def open(self, grant: Grant) -> Session:
        """Return the session of an account; sign in when there is none for this password."""
        async with self._lock(grant):
            kept = self._kept.get(_key(grant))
            return kept if kept is not None else await self._sign_in(grant)

    async def prove(self, grant: Grant) -> Session:
        """Return a session that the network gave just now: a token outlives a deleted password by hours."""
        kept = self._kept.get(_key(grant))
        return await self._renewed(grant, kept) if kept is not None else await self.open(grant)

    async def _renewed(self, grant: Grant, ended: Session) -> Session:
        async with self._lock(grant):
            kept = self._kept.get(_key(grant))
            if kept is not None and kept != ended:
                return kept
            try:
                answer = await self._gate.post(replace(grant, token=ended.refresh), _REFRESH)
            except (Reauthorise, Invalid):
                return await self._sign_in(grant)
            return self._keep(grant, answer)

    async def _sign_in(self, grant: Grant) -> Session:
        self._kept.pop(_key(grant), None)
        body = {"identifier": identifier_of(grant), "password": grant.token}
        try:
            answer = await self._door.post(grant, _CREATE, body)
        except RapportError as error:
            if error.code == SESSION_ENDED:
                raise Reauthorise("bluesky.grant_refused", error.why) from None
            raise
        return self._keep(grant, answer)

    def _keep(self, grant: Grant, answer: httpx.Response) -> Session:
        told = _object(answer)
        did, access, refresh = (_text(told, one) for one in ("did", "accessJwt", "refreshJwt"))
        if not did or not access or not refresh:
            raise Unavailable("bluesky.unavailable", "the sign-in gave no session")
        session = Session(did, _text(told, "handle"), access, refresh)
        # Who signs in by handle is read by did from then on: that needs no sign-in of its own.
        for key in (_key(grant), _key(replace(grant, account_id=did))):
            self._kept[key] = session
        return session

    def _lock(self, grant: Grant) -> asyncio.Lock:
        return self._locks.setdefault(_key(grant), asyncio.Lock())


def identifier_of(grant: Grant) -> str:
    """Return who signs in: the did, which stays, before the handle, which may change."""
    if grant.account_id.startswith("did:"):
        return grant.account_id
    named = grant.options.get("did") or grant.options.get("identifier") or grant.account_id
    return named.strip().removeprefix("@")


def _nobody(_grant: Grant) -> dict[str, str]:
    return {}


def _key(grant: Grant) -> _Key:
    """A new password is a new key: what the old one gave is never used again."""
    password = sha256(grant.token.encode()).hexdigest()
    return grant.base_url, identifier_of(grant), password


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _text(told: dict[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) and value else None
