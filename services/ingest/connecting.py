"""What a person may ask of an account: connect, check, read again, pause, resume, remove. Each can be
done twice without harm; the account's change carries the request's id. When it is done is in errands.py."""

import json
import secrets as random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts import ids
from contracts.connections import ConnectionRequested
from contracts.networks.protocol import Rules
from contracts.networks.table import rules
from contracts.scope import BrandScope
from runtime.clock import Clock
from runtime.crypto import Letterbox, Sealer
from runtime.errors import Invalid, NotFound, Reauthorise
from services.ingest.connectors.protocol import AppSecrets, Grant, Identity
from services.ingest.directory import Connection, connection_of
from services.ingest.doors import DOORS
from services.ingest.keeping import Keeping
from services.ingest.oauth import Renewal, TokenDesk, Tokens, client_of
from services.ingest.readers import Readers
from services.ingest.requests import RequestStore
from services.ingest.store import IngestStore, NewConnection

_OWN_FIELDS = ("account_id", "handle", "name")


@dataclass(frozen=True, slots=True)
class Desk:
    """What connecting works with."""

    store: IngestStore
    requests: RequestStore
    readers: Readers
    tokens: TokenDesk
    sealer: Sealer
    letterbox: Letterbox
    apps: Mapping[str, AppSecrets]
    keeping: Keeping
    clock: Clock


class Connecting:
    """Carries requests out. Raises what the person is to be told."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def carry_out(self, request: ConnectionRequested, sealed_grant: str | None) -> None:
        """Do what is asked. Raises `Invalid`, `NotFound`, `Reauthorise`, or `Unavailable` to try again."""
        if request.wish == "connect":
            await self._connect(request, sealed_grant)
            return
        connection = await self._known(request)
        if request.wish == "check":
            await self._check(request, connection)
        elif request.wish == "backfill":
            await self._read_again(request, connection)
        elif request.wish == "resume":
            await self._resume(request, connection)
        else:
            state = "paused" if request.wish == "pause" else "removed"
            await self._change(request, {"state": state, "reason": None})

    # Connecting

    async def _connect(self, request: ConnectionRequested, sealed_grant: str | None) -> None:
        found = _rules(request.network)
        secrets = self._open(request)
        base_url = request.base_url or found.connecting.base_url
        tokens = await self._tokens(request, found, (secrets, base_url), sealed_grant)
        grant = Grant(
            request.request_id,
            request.options.get("account_id", ""),
            base_url,
            tokens.access_token,
            _more(request.options),
        )
        reader = self._desk.readers.by_name(found.network)
        if reader is None:
            raise Invalid("network.not_readable", f"{found.title} cannot be read yet")
        identity = await reader.check(grant)
        renewal = _renewal(tokens, found, secrets, base_url, self._desk.apps)
        connected = [
            await self._store_account(request, one, (grant, tokens), (renewal, secrets))
            for one in _accounts(identity)
            if self._desk.readers.reads(one.network or found.network)
        ]
        if not connected:
            raise Invalid("connect.no_accounts", "no account came with this sign-in")
        for connection in connected:
            await self._desk.keeping.subscribe(connection)

    def _open(self, request: ConnectionRequested) -> dict[str, str]:
        if request.sealed_secrets is None:
            return {}
        try:
            text = self._desk.letterbox.open(
                request.sealed_secrets, brand_id=request.brand_id, about=request.request_id
            )
            told = json.loads(text)
        except (Invalid, ValueError) as error:
            raise Invalid("connect.unreadable", "the credentials cannot be opened") from error
        if not isinstance(told, dict):
            raise Invalid("connect.unreadable", "the credentials are no JSON object")
        return {str(key): str(value) for key, value in told.items()}

    async def _tokens(
        self,
        request: ConnectionRequested,
        found: Rules,
        given: tuple[dict[str, str], str],
        sealed_grant: str | None,
    ) -> Tokens:
        """Return the tokens: typed, or for a code, which is good once: what it gave is kept at once."""
        secrets, base_url = given
        _check_complete(found, request, secrets)
        if "code" not in secrets:
            return Tokens(secrets.get("token", ""))
        sealer, about = self._desk.sealer, request.request_id
        if sealed_grant is not None:
            text = sealer.open(sealed_grant, brand_id=request.brand_id, about=about)
            return tokens_of(text)
        if found.connecting.oauth is None:
            raise Invalid("connect.unreadable", f"{found.title} has no consent page")
        client = client_of(found.connecting.oauth, base_url, secrets, self._desk.apps)
        tokens = await self._desk.tokens.exchange(client, secrets)
        sealed = sealer.seal(text_of(tokens), brand_id=request.brand_id, about=about)
        await self._desk.requests.note(request, {"sealed_grant": sealed})
        return tokens

    async def _store_account(
        self,
        request: ConnectionRequested,
        one: Identity,
        given: tuple[Grant, Tokens],
        kept: tuple[Renewal | None, dict[str, str]],
    ) -> Connection:
        (grant, tokens), (renewal, secrets) = given, kept
        scope = BrandScope(request.agency_id, request.brand_id)
        network = one.network or str(request.network)
        about = ids.connection_id(scope.brand_id, network, one.account_id)

        def seal(text: str) -> str:
            return self._desk.sealer.seal(text, brand_id=scope.brand_id, about=about)

        has_own_token = one.token is not None and one.token != tokens.access_token
        private: dict[str, Any] = {"grant_id": request.request_id}
        if renewal is not None and not has_own_token:
            private["sealed_oauth"] = seal(renewal.to_text())
        door = DOORS.get(network)
        if door is not None and door.own_key == "webhook_secret":
            private["sealed_webhook_secret"] = seal(
                secrets.get("webhook_secret") or random.token_urlsafe(32)
            )
        expires_at = one.token_expires_at or (None if has_own_token else tokens.expires_at)
        new = NewConnection(
            network,
            one.account_id,
            request.options.get("name") or one.name,
            grant.base_url,
            seal(one.token if one.token is not None else tokens.access_token),
            one.handle or request.options.get("handle"),
            {**grant.options, **one.options},
            expires_at,
            request.request_id,
            private,
        )
        connection_id = await self._desk.store.connect(scope, new, self._desk.clock.now())
        return await self._read(scope, connection_id)

    # The other wishes

    async def _check(self, request: ConnectionRequested, connection: Connection) -> None:
        if connection.state == "paused":
            raise Invalid("connection.not_active", "the account is paused")
        try:
            await self._desk.keeping.prove(connection)
        except Reauthorise as error:
            await self._desk.keeping.lose(connection, error)
            raise Invalid("token.refused", error.why) from error
        await self._change(request, {"state": "active", "reason": None})

    async def _resume(self, request: ConnectionRequested, connection: Connection) -> None:
        if connection.sealed_token is None:
            raise Invalid("connection.not_active", "the account was removed")
        await self._change(request, {"state": "active", "reason": None})

    async def _read_again(self, request: ConnectionRequested, connection: Connection) -> None:
        if not _rules(connection.network).has_backfill:
            raise Invalid("backfill.not_offered", "the network does not give what is past")
        if connection.state != "active" or request.since is None:
            raise Invalid("connection.not_active", "the account is not active")
        cursor = self._desk.readers.since(connection.network, request.since)
        await self._desk.store.set_back(connection.scope, connection.connection_id, cursor)
        health = self._desk.keeping.health
        health.note(connection, backfill_since=request.since)
        # Written before the reading begins: whoever reads takes the note back at its end.
        await health.flush()
        # The new revision makes whoever reads the account begin anew, from the cursor just set.
        await self._change(request, {})

    async def _change(self, request: ConnectionRequested, fields: dict[str, Any]) -> None:
        scope = BrandScope(request.agency_id, request.brand_id)
        connection_id = str(request.connection_id)
        change = {**fields, "request_id": request.request_id}
        await self._desk.store.change(scope, connection_id, change, self._desk.clock.now())

    async def _known(self, request: ConnectionRequested) -> Connection:
        scope = BrandScope(request.agency_id, request.brand_id)
        return await self._read(scope, request.connection_id or "")

    async def _read(self, scope: BrandScope, connection_id: str) -> Connection:
        found = await self._desk.store.connection(scope, connection_id)
        if found is None:
            raise NotFound("connection.unknown", "there is no such account")
        return connection_of(found)


def tokens_of(text: str) -> Tokens:
    """Read tokens out of what `text_of` made."""
    told = json.loads(text)
    expires_at = datetime.fromisoformat(told[2]) if told[2] else None
    return Tokens(told[0], told[1], expires_at)


def text_of(tokens: Tokens) -> str:
    """Return tokens as text, to be sealed."""
    expires_at = tokens.expires_at.isoformat() if tokens.expires_at else None
    return json.dumps([tokens.access_token, tokens.refresh_token, expires_at])


def _renewal(
    tokens: Tokens, found: Rules, secrets: dict[str, str], base_url: str, apps: Mapping[str, Any]
) -> Renewal | None:
    if tokens.refresh_token is None or found.connecting.oauth is None:
        return None
    client = client_of(found.connecting.oauth, base_url, secrets, apps)
    # A secret of the settings is not copied: it may be replaced there.
    own = replace(client, client_secret=secrets.get("client_secret", ""))
    return Renewal(own, tokens.refresh_token)


def _rules(network: str | None) -> Rules:
    try:
        return rules(network or "")
    except (KeyError, ImportError) as error:
        raise Invalid("network.unknown", f"there is no network {network!r}") from error


def _check_complete(found: Rules, request: ConnectionRequested, secrets: dict[str, str]) -> None:
    """Raises `Invalid`. Before a code is spent, too: it takes the place of what is secret only."""
    given = {**request.options, **secrets, "base_url": request.base_url or ""}
    is_signed_in = "code" in secrets
    missing = [
        one.label
        for one in found.connecting.fields
        if one.is_required
        and not one.default
        and not given.get(one.name)
        and not (is_signed_in and one.kind == "secret")
    ]
    if missing:
        raise Invalid("connect.incomplete", ", ".join(missing))


def _accounts(identity: Identity) -> Iterator[Identity]:
    yield identity
    for other in identity.others:
        yield from _accounts(other)


def _more(options: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in options.items() if key not in _OWN_FIELDS}
