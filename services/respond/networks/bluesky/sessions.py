"""Calls to an AT Protocol server within a session that is kept and refreshed. What is called is the writer's."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

from services.respond.networks.bluesky.answers import classify, is_session_over, object_of
from services.respond.networks.protocol import (
    Account,
    Failure,
    Permanent,
    Reauthorise,
    Retry,
    Unknown,
    classify_transport,
)

Params = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Session:
    """What a sign-in gave. Never logged."""

    did: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    password_hash: str = field(repr=False)


class Xrpc:
    """One session per account: a network allows few sign-ins a day."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._kept: dict[tuple[str, str], Session] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def query(
        self, account: Account, method: str, params: Params
    ) -> httpx.Response | Failure:
        """Ask. An answer that is lost harms nothing."""
        return _harmless(await self._call(account, "GET", method, params=dict(params)))

    async def act(
        self, account: Account, method: str, body: Mapping[str, Any]
    ) -> httpx.Response | Failure:
        """Write. An answer that is lost leaves open whether it was done."""
        return await self._call(account, "POST", method, json=dict(body))

    async def did(self, account: Account) -> str | Failure:
        """Return the account's own did."""
        if account.account_id.startswith("did:"):
            return account.account_id
        session = await self._open(account)
        return session.did if isinstance(session, Session) else session

    async def _call(
        self, account: Account, verb: str, method: str, **what: Any
    ) -> httpx.Response | Failure:
        session = await self._open(account)
        if not isinstance(session, Session):
            return session
        answer = await self._send(account, verb, method, session.access, **what)
        if isinstance(answer, httpx.Response) and is_session_over(answer):
            session = await self._renewed(account, session)
            if not isinstance(session, Session):
                return session
            answer = await self._send(account, verb, method, session.access, **what)
        if isinstance(answer, httpx.Response) and not answer.is_success:
            return classify(answer)
        return answer

    async def _open(self, account: Account) -> Session | Failure:
        async with self._lock(account):
            kept = self._kept.get(_key(account))
            if kept is not None and kept.password_hash == _hash(account.token):
                return kept
            return await self._sign_in(account)

    async def _renewed(self, account: Account, ended: Session) -> Session | Failure:
        async with self._lock(account):
            kept = self._kept.get(_key(account))
            if kept is not None and kept != ended:
                return kept
            method = "com.atproto.server.refreshSession"
            session = self._keep(account, await self._send(account, "POST", method, ended.refresh))
            if isinstance(session, Reauthorise | Permanent):
                return await self._sign_in(account)
            return session

    async def _sign_in(self, account: Account) -> Session | Failure:
        self._kept.pop(_key(account), None)
        body = {"identifier": _identifier(account), "password": account.token}
        method = "com.atproto.server.createSession"
        return self._keep(account, await self._send(account, "POST", method, None, json=body))

    def _keep(self, account: Account, answer: httpx.Response | Failure) -> Session | Failure:
        """Nothing was written: a lost answer is as good as none."""
        answer = _harmless(answer)
        if not isinstance(answer, httpx.Response):
            return answer
        if not answer.is_success:
            return classify(answer)
        told = object_of(answer)
        did, access, refresh = (told.get(one) for one in ("did", "accessJwt", "refreshJwt"))
        if not (isinstance(did, str) and isinstance(access, str) and isinstance(refresh, str)):
            return Retry("network.answer_unreadable", "the sign-in gave no session")
        session = Session(did, access, refresh, _hash(account.token))
        self._kept[_key(account)] = session
        return session

    async def _send(
        self, account: Account, verb: str, method: str, token: str | None, **what: Any
    ) -> httpx.Response | Failure:
        url = f"{account.base_url.rstrip('/')}/xrpc/{method}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return await self._client.request(
                verb, url, headers=headers, follow_redirects=False, **what
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)

    def _lock(self, account: Account) -> asyncio.Lock:
        return self._locks.setdefault(_key(account), asyncio.Lock())


def _harmless(answer: httpx.Response | Failure) -> httpx.Response | Failure:
    if isinstance(answer, Unknown):
        return Retry(answer.code, answer.reason)
    return answer


def _identifier(account: Account) -> str:
    if account.account_id.startswith("did:"):
        return account.account_id
    named = account.options.get("did") or account.options.get("identifier") or account.account_id
    return named.strip().removeprefix("@")


def _key(account: Account) -> tuple[str, str]:
    return account.base_url, account.account_id


def _hash(password: str) -> str:
    return sha256(password.encode()).hexdigest()
