"""The live half: which connector reads a network, with the token opened for one call at a time."""

from collections.abc import AsyncIterator, Mapping

from contracts.scope import BrandScope
from runtime.crypto import Sealer
from runtime.errors import Invalid, Reauthorise
from services.ingest.connectors.protocol import Grant, Page, Reader
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
        return self._readers[connection.network].poll(self._grant(connection), cursor)

    def stream(self, connection: Connection) -> AsyncIterator[Page]:
        """Yield frames as they come, until the connection breaks."""
        return self._readers[connection.network].stream(self._grant(connection))

    async def context(self, connection: Connection, root: str) -> Page | None:
        """Return the post a thread hangs on, or None when it is gone or cannot be read."""
        reader = self._readers.get(connection.network)
        return await reader.context(self._grant(connection), root) if reader else None

    async def root_of(self, connection: Connection, external_id: str) -> str | None:
        """Return the thread root of an item, or None when it is gone or cannot be read."""
        reader = self._readers.get(connection.network)
        return await reader.root_of(self._grant(connection), external_id) if reader else None

    def _grant(self, connection: Connection) -> Grant:
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
    try:
        return sealer.open(
            connection.sealed_token,
            brand_id=connection.scope.brand_id,
            about=connection.connection_id,
        )
    except Invalid as error:
        raise Reauthorise("token.unreadable", error.why) from error
