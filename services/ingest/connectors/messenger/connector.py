"""The live half of Messenger: back-fill of a page's conversations. New messages come by webhook."""

from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote

from services.ingest.connectors.graph import PAGE_FIELDS, Found, Graph, paged
from services.ingest.connectors.meta_inbox import Inbox
from services.ingest.connectors.protocol import (
    Callback,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)
from services.ingest.connectors.times import parse_time


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return MessengerConnector(tools)


class MessengerConnector(Silent):
    """Reads conversations by polling. Edited and unsent messages, receipts: only webhooks tell those."""

    def __init__(self, tools: Tools) -> None:
        self._graph = Graph(tools, "messenger")
        self._inbox = Inbox(self._graph, "messenger")

    async def check(self, grant: Grant) -> Identity:
        """Ask whose page token this is."""
        told = await self._graph.document(grant, "me", {"fields": "id,name"})
        return Identity(str(told["id"]), str(told.get("name") or told["id"]), network="messenger")

    async def subscribe(self, grant: Grant, callback: Callback) -> None:  # noqa: ARG002 - set at the app
        """POST /{page}/subscribed_apps."""
        path = f"{quote(grant.account_id, safe='')}/subscribed_apps"
        await self._graph.ask(grant, path, {"subscribed_fields": ",".join(PAGE_FIELDS)})

    def since(self, moment: datetime) -> str | None:
        """Return the cursor: unix seconds."""
        return str(int(moment.timestamp()))

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield the conversations that moved since the cursor, those that moved last at the end."""
        since = parse_time(cursor) if cursor else None
        async for page in paged(self._found(grant, since), since):
            yield page

    async def _found(self, grant: Grant, since: datetime | None) -> AsyncIterator[Found]:
        for conversations in await self._inbox.pages(grant, since):
            yield Found("conversations", conversations, conversations)
