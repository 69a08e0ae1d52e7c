"""Keeping an account usable: its token renewed in time and tried now and then, its webhook asked for,
and the loss of a permission said at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from runtime.clock import Clock
from runtime.crypto import Sealer
from runtime.errors import Invalid, Reauthorise, Unavailable
from runtime.logs import get_logger
from services.ingest.connectors.protocol import AppSecrets, Callback
from services.ingest.directory import Connection
from services.ingest.doors import callback_path
from services.ingest.health import Health
from services.ingest.oauth import Renewal, TokenDesk
from services.ingest.readers import Readers, open_secret
from services.ingest.store import IngestStore
from services.ingest.troubles import REFRESH_BEFORE, is_expiring

SUBSCRIBE_AGAIN = timedelta(hours=24)
WORTH_STORING = timedelta(hours=12)
FRESH = timedelta(seconds=60)
log = get_logger("ingest.keeping")


@dataclass(frozen=True, slots=True)
class KeepingTools:
    """What keeping works with. `public_url` empty: no network is asked to call us."""

    store: IngestStore
    readers: Readers
    tokens: TokenDesk
    sealer: Sealer
    apps: Mapping[str, AppSecrets]
    clock: Clock
    public_url: str


class Keeping:
    """Tends connections; whoever calls holds the connection's lease."""

    def __init__(self, tools: KeepingTools, health: Health) -> None:
        self._tools = tools
        self.health = health

    async def tend(self, connection: Connection, *, is_check_due: bool) -> None:
        """Renew what ends soon, ask for the webhook, try the token. Raises `Reauthorise`."""
        now = self._tools.clock.now()
        expires_at = connection.token_expires_at
        can_renew = connection.sealed_oauth is not None
        is_over = expires_at is not None and expires_at <= now
        is_ending = expires_at is not None and expires_at - now <= REFRESH_BEFORE
        # A token that never lives longer than that is renewed when it is over, not all the time.
        is_due = is_over or (is_ending and not self._is_fresh(connection))
        if can_renew and (is_due or connection.is_refresh_due):
            await self.renew(connection)
            return
        if not can_renew and is_over:
            raise Reauthorise("token.expired", "the permission has ended")
        is_told = not can_renew and is_expiring(expires_at, now)
        self.health.trouble(connection, "token", "token.expiring" if is_told else None)
        if is_check_due:
            await self.prove(connection)
        await self.subscribe(connection)

    async def prove(self, connection: Connection) -> None:
        """Try the token, and keep a longer one if the network gives it. Raises `Reauthorise`."""
        try:
            identity = await self._tools.readers.check(connection)
        except Invalid as error:
            raise Reauthorise(error.code, error.why) from error
        self.health.read(connection, self._tools.clock.now())
        known, given = connection.token_expires_at, identity.token_expires_at
        is_longer = given is not None and (known is None or given - known > WORTH_STORING)
        if identity.token and is_longer and identity.account_id == connection.account_id:
            await self._keep(connection, {"token_expires_at": given}, identity.token)

    async def renew(self, connection: Connection) -> None:
        """Get a new token by the refresh token; both are stored and announced in one update.

        Raises `Reauthorise` when the network refuses, `Unavailable` when it does not answer.
        """
        tools = self._tools
        stored = await tools.store.connection(connection.scope, connection.connection_id)
        if stored is None or stored["revision"] != connection.revision:
            return
        sealed = str(stored["sealed_oauth"])
        renewal = Renewal.from_text(open_secret(tools.sealer, connection, sealed), tools.apps)
        if await self._follow_sibling(connection, stored, renewal):
            return
        log.info("keeping.renewing", connection_id=connection.connection_id)
        tokens = await tools.tokens.refresh(renewal)
        kept = Renewal(renewal.client, tokens.refresh_token or renewal.refresh_token)
        await self._keep(
            connection,
            {"token_expires_at": tokens.expires_at, "sealed_oauth": self._seal(connection, _text(kept, tools.apps))},
            tokens.access_token,
        )  # fmt: skip

    async def _follow_sibling(
        self, connection: Connection, stored: dict[str, Any], renewal: Renewal
    ) -> bool:
        """Take over what another account of the same sign-in got: a refresh token is good once."""
        grant_id = stored.get("grant_id")
        if grant_id is None:
            return False
        for one in await self._tools.store.siblings(connection.scope, grant_id):
            is_newer = one["granted_at"] > stored["granted_at"]
            if one["_id"] == connection.connection_id or not is_newer or not one["sealed_oauth"]:
                continue
            its = {"brand_id": connection.scope.brand_id, "about": one["_id"]}
            text = self._tools.sealer.open(one["sealed_oauth"], **its)
            if Renewal.from_text(text, self._tools.apps).refresh_token == renewal.refresh_token:
                continue
            token = self._tools.sealer.open(one["sealed_token"], **its)
            fields = {
                "token_expires_at": one["token_expires_at"],
                "sealed_oauth": self._seal(connection, text),
            }
            await self._keep(connection, fields, token)
            return True
        return False

    async def subscribe(self, connection: Connection) -> None:
        """Make the network call us, once a day at most; a refusal is a trouble, not the end."""
        tools, now = self._tools, self._tools.clock.now()
        path = callback_path(connection.network, connection.connection_id)
        if not tools.public_url or path is None or not tools.readers.reads(connection.network):
            return
        url = f"{tools.public_url.rstrip('/')}{path}"
        done_at = connection.subscribed_at
        if connection.subscribed_url == url and done_at and now - done_at < SUBSCRIBE_AGAIN:
            return
        sealed = connection.sealed_webhook_secret
        secret = open_secret(tools.sealer, connection, sealed) if sealed else ""
        try:
            await tools.readers.subscribe(connection, Callback(url, secret))
        except Unavailable as error:
            log.warning("keeping.not_subscribed", network=connection.network, code=error.code)
            return
        except (Invalid, Reauthorise) as error:
            log.warning("keeping.not_subscribed", network=connection.network, code=error.code)
            self.health.trouble(connection, "webhook", "webhook.refused")
        else:
            self.health.trouble(connection, "webhook", None)
        await tools.store.keep_aside(
            connection.scope,
            connection.connection_id,
            {"subscribed_url": url, "subscribed_at": now},
        )

    async def lose(self, connection: Connection, error: Reauthorise) -> None:
        """The network refuses the token: renew it where that is possible, else say so to everybody."""
        if connection.sealed_oauth is not None and not self._is_fresh(connection):
            try:
                await self.renew(connection)
            except Unavailable:
                await self._tools.store.keep_aside(
                    connection.scope, connection.connection_id, {"is_refresh_due": True}
                )
                return
            except Reauthorise as refused:
                error = refused
            else:
                return
        log.error("keeping.refused", connection_id=connection.connection_id, code=error.code)
        await self._tools.store.change_state(
            connection.scope,
            connection.connection_id,
            "needs_reauthorisation",
            error.why,
            self._tools.clock.now(),
        )

    def _is_fresh(self, connection: Connection) -> bool:
        at = connection.granted_at
        return at is not None and self._tools.clock.now() - at < FRESH

    async def _keep(self, connection: Connection, fields: dict[str, Any], token: str) -> None:
        stored = await self._tools.store.connection(connection.scope, connection.connection_id)
        if stored is not None and stored["revision"] == connection.revision:
            change = {**fields, "sealed_token": self._seal(connection, token)}
            now: datetime = self._tools.clock.now()
            await self._tools.store.renew(stored, change, now)

    def _seal(self, connection: Connection, text: str) -> str:
        scope, about = connection.scope, connection.connection_id
        return self._tools.sealer.seal(text, brand_id=scope.brand_id, about=about)


def _text(renewal: Renewal, apps: Mapping[str, AppSecrets]) -> str:
    """Return what is sealed: without the secret that the settings hold."""
    app = apps.get(renewal.client.app)
    is_theirs = app is not None and renewal.client.client_secret in app.secrets
    return (renewal.without_secret() if is_theirs else renewal).to_text()
