"""The account to write as: opened for one call, and reported when its network refuses it."""

from collections.abc import Callable

from contracts import topics
from contracts.connections import GrantRefused
from contracts.envelope import Origin, make_event
from contracts.scope import BrandScope
from runtime.clock import Clock
from runtime.crypto import Sealer
from runtime.errors import Invalid
from runtime.logs import get_logger
from services.respond.networks.protocol import Account
from services.respond.notices import SOURCE
from services.respond.records import Connection
from services.respond.store import Store

log = get_logger("respond.accounts")
PAUSED = ("connection.paused", "the account is paused")
REMOVED = ("connection.removed", "the account was removed")


class Accounts:
    """Opens sealed tokens. `told` says that an outbox has something new."""

    def __init__(
        self, store: Store, sealer: Sealer, clock: Clock, told: Callable[[], None]
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._told = told

    def open(self, connection: Connection) -> Account | tuple[str, str]:
        """Return the account, or the code and reason why it must be connected again first."""
        is_refused = connection.refused_revision == connection.revision
        if connection.state == "needs_reauthorisation" or is_refused or not connection.sealed_token:
            return "connection.reauthorise", "the account must be connected again"
        try:
            token = self._sealer.open(
                connection.sealed_token,
                brand_id=connection.brand_id,
                about=connection.connection_id,
            )
        except Invalid as error:
            log.error("connection.token_unreadable", code=error.code, why=error.why)
            return "connection.token_unreadable", "the account's credentials cannot be opened"
        return Account(connection.account_id, connection.base_url, token, connection.options)

    async def refuse(self, scope: BrandScope, connection: Connection, why: tuple[str, str]) -> None:
        """Use this grant no more, and tell ingest, which owns the account: once a revision."""
        now = self._clock.now()
        log.warning("connection.refused", connection_id=connection.connection_id, code=why[0])
        payload = GrantRefused(
            connection_id=connection.connection_id,
            brand_id=connection.brand_id,
            revision=connection.revision,
            code=why[0],
            reason=why[1],
            refused_at=now,
        )
        told = make_event(
            topics.GRANT_REFUSED.name,
            payload,
            key=(connection.connection_id, str(connection.revision)),
            partition_key=connection.connection_id,
            origin=Origin(SOURCE, now, scope),
        )
        await self._store.refuse_grant(scope, connection, told, now)
        self._told()
