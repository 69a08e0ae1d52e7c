"""Which account belongs to which brand, kept in memory and refreshed: the webhook door and the
worker ask it for every item, so it must not ask the database each time."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from contracts.scope import AgencyScope, BrandScope
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.mongo import Document
from services.ingest.connectors.protocol import Account
from services.ingest.metrics import IngestMetrics
from services.ingest.store import IngestStore

REFRESH_S = 1.0
log = get_logger("ingest.directory")


@dataclass(frozen=True, slots=True)
class Connection:
    """A connected account, as the worker and the readers need it."""

    connection_id: str
    scope: BrandScope
    network: str
    account_id: str
    handle: str | None
    base_url: str
    state: str
    sealed_token: str | None
    revision: int
    options: dict[str, str] = field(default_factory=dict)
    name: str = ""
    token_expires_at: datetime | None = None
    sealed_oauth: str | None = None
    sealed_webhook_secret: str | None = None
    is_refresh_due: bool = False
    connected_at: datetime | None = None
    granted_at: datetime | None = None
    subscribed_at: datetime | None = None
    subscribed_url: str | None = None

    @property
    def account(self) -> Account:
        """Who the brand is at this network."""
        handles = frozenset({self.handle}) if self.handle else frozenset()
        return Account(frozenset({self.account_id}), handles)


class Directory:
    """All connections by id and by account. A component: refreshes itself."""

    def __init__(self, store: IngestStore, clock: Clock, metrics: IngestMetrics) -> None:
        self.name = "directory"
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._by_id: dict[str, Connection] = {}
        self._by_account: dict[tuple[str, str], list[Connection]] = {}
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load once, then keep fresh."""
        await self.refresh()
        self.task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """End the refreshing."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    def all(self) -> Iterable[Connection]:
        """Return every connection."""
        return self._by_id.values()

    def by_id(self, connection_id: str) -> Connection | None:
        """Return a connection, or None."""
        return self._by_id.get(connection_id)

    def by_account(self, network: str, account_id: str) -> list[Connection]:
        """Return the connections to an account: several brands may share one."""
        return self._by_account.get((network, account_id), [])

    def scope(self) -> AgencyScope:
        """Return the scope of all brands that have a connection."""
        return AgencyScope("*", frozenset(one.scope.brand_id for one in self.all()))

    async def refresh(self) -> None:
        """Read the connections anew."""
        found = await self._store.list_connections(await self._store.everyone())
        connections = [connection_of(document) for document in found]
        self._by_id = {one.connection_id: one for one in connections}
        by_account: dict[tuple[str, str], list[Connection]] = {}
        for one in connections:
            if one.state == "removed":
                continue
            by_account.setdefault((one.network, one.account_id), []).append(one)
        self._by_account = by_account
        self._metrics.connections.clear()
        for one in connections:
            self._metrics.connections.labels(one.network, one.state).inc()

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(REFRESH_S)
            try:
                await self.refresh()
            except Unavailable as outage:
                log.warning("directory.stale", why=outage.why)


_AS_KEPT = (
    "token_expires_at", "sealed_oauth", "sealed_webhook_secret", "connected_at", "granted_at",
    "subscribed_at", "subscribed_url",
)  # fmt: skip


def connection_of(document: Document) -> Connection:
    return Connection(
        connection_id=document["_id"],
        scope=BrandScope(document["agency_id"], document["brand_id"]),
        network=document["network"],
        account_id=document["account_id"],
        handle=document.get("handle"),
        base_url=document["base_url"],
        state=document["state"],
        sealed_token=document.get("sealed_token"),
        revision=document["revision"],
        options=document.get("options") or {},
        name=document["name"],
        **{name: document.get(name) for name in _AS_KEPT},
        is_refresh_due=bool(document.get("is_refresh_due")),
    )
