"""Conversations of a page or an Instagram account, fetched newest first. What they mean lives in meta_conversations."""

from datetime import datetime
from urllib.parse import quote

from services.ingest.connectors.graph import (
    Graph,
    Object,
    after_of,
    moment_of,
    newer_rows,
    oldest_of,
    rows_of,
)
from services.ingest.connectors.protocol import Grant

_MESSAGE = "id,message,from,to,created_time,attachments"
_CONVERSATION = f"id,updated_time,participants,messages.limit(20){{{_MESSAGE}}}"
_CONVERSATIONS = "25"


class Inbox:
    """Reads one account's conversations. `platform` is Meta's name of the network."""

    def __init__(self, graph: Graph, platform: str) -> None:
        self._graph = graph
        self._platform = platform

    async def pages(
        self, grant: Grant, since: datetime | None, *, is_optional: bool = False
    ) -> list[Object]:
        """Return pages of the conversations that moved since a moment, each with its messages since then."""
        params = {"platform": self._platform, "fields": _CONVERSATION, "limit": _CONVERSATIONS}
        read = self._graph.perhaps_newer if is_optional else self._graph.newer
        found = [
            newer_rows(page, since) for page in await read(grant, "me/conversations", params, since)
        ]
        for page in found:
            for conversation in rows_of(page):
                conversation["messages"] = await self._messages(grant, conversation, since)
        return [page for page in found if page["data"]]

    async def _messages(self, grant: Grant, conversation: Object, since: datetime | None) -> Object:
        """Return a conversation's messages; further pages only when a cursor says how far to go."""
        first = conversation.get("messages")
        edge = first if isinstance(first, dict) else {}
        after, oldest = after_of(edge), oldest_of(edge)
        kept = rows_of(edge)
        if since and after and oldest and oldest >= since:
            path = f"{quote(str(conversation.get('id')), safe='')}/messages"
            params = {"fields": _MESSAGE, "limit": "20", "after": after}
            for page in await self._graph.newer(grant, path, params, since):
                kept += rows_of(page)
        return {"data": [one for one in reversed(kept) if _is_new(one, since)]}


def _is_new(message: Object, since: datetime | None) -> bool:
    at = moment_of(message)
    return since is None or at is None or at >= since
