"""The live half: which connector reads a network, with the token opened for one call at a time."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Literal

from contracts.scope import BrandScope
from runtime.crypto import Sealer
from runtime.errors import Invalid, Reauthorise
from services.ingest.connectors.protocol import Callback, Grant, Identity, Page, Reader
from services.ingest.directory import Connection


class Readers:
    """The networks that can be read live, by name."""

    def __init__(self, readers: Mapping[str, Reader], sealer: Sealer) -> None:
        self._readers = readers
        self._sealer = sealer

    def reads(self, network: str) -> bool:
        """Say whether a network can be polled or streamed."""
        return network in self._readers

    def poll(self, connection: Connection, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what is new since the cursor, oldest page first."""
        return self._readers[connection.network].poll(self.grant(connection), cursor)

    def stream(self, connection: Connection) -> AsyncIterator[Page]:
        """Yield frames as they come, until the connection breaks."""
        return self._readers[connection.network].stream(self.grant(connection))

    async def context(self, connection: Connection, root: str) -> Page | None:
        """Return the post a thread hangs on, or None when it is gone or cannot be read."""
        reader = self._readers.get(connection.network)
        return await reader.context(self.grant(connection), root) if reader else None

    async def root_of(self, connection: Connection, external_id: str) -> str | None:
        """Return the thread root of an item, or None when it is gone or cannot be read."""
        reader = self._readers.get(connection.network)
        return await reader.root_of(self.grant(connection), external_id) if reader else None

    async def check(self, connection: Connection) -> Identity:
        """Ask the network who the token belongs to."""
        return await self._readers[connection.network].check(self.grant(connection))

    async def subscribe(self, connection: Connection, callback: Callback) -> None:
        """Make the network call us for this account."""
        await self._readers[connection.network].subscribe(self.grant(connection), callback)

    def since(self, network: str, moment: datetime) -> str | None:
        """Return the cursor to read everything after a moment."""
        return self._readers[network].since(moment)

    def by_name(self, network: str) -> Reader | None:
        """Return a network's reader, or None where none is read live."""
        return self._readers.get(network)

    def webhook_secrets(
        self, connection: Connection, which: Literal["webhook_secret", "token"]
    ) -> list[str]:
        """Return the secrets that this connection's own webhook calls are signed with; maybe none."""
        is_token = which == "token"
        sealed = connection.sealed_token if is_token else connection.sealed_webhook_secret
        if sealed is None:
            return []
        try:
            return [open_secret(self._sealer, connection, sealed)]
        except Reauthorise:
            return []

    def grant(self, connection: Connection) -> Grant:
        token = open_token(self._sealer, connection)
        return Grant(
            connection.connection_id,
            connection.account_id,
            connection.base_url,
            token,
            connection.options,
        )


def seal_token(sealer: Sealer, scope: BrandScope, connection_id: str, token: str) -> str:
    """Return a token as it is stored and announced: bound to its brand and connection."""
    return sealer.seal(token, brand_id=scope.brand_id, about=connection_id)


def open_token(sealer: Sealer, connection: Connection) -> str:
    """Return a connection's token. Raises `Reauthorise` when there is none that opens."""
    if connection.sealed_token is None:
        raise Reauthorise("token.missing", "no token is stored for this account")
    return open_secret(sealer, connection, connection.sealed_token)


def open_secret(sealer: Sealer, connection: Connection, sealed: str) -> str:
    """Return one of a connection's secrets. Raises `Reauthorise` when it does not open."""
    try:
        return sealer.open(
            sealed,
            brand_id=connection.scope.brand_id,
            about=connection.connection_id,
        )
    except Invalid as error:
        raise Reauthorise("token.unreadable", error.why) from error
