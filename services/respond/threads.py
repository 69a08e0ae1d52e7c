"""When a person last wrote in each conversation: what a network's time for answers is counted from."""

from collections.abc import Sequence
from datetime import datetime

from contracts.messages import MessageReceived
from contracts.networks.table import rules
from contracts.scope import Scope, brand_filter
from runtime.mongo import Database, Write
from services.respond.records import written_at


class ThreadStore:
    """One document a conversation; its time only grows, whatever comes again or late."""

    def __init__(self, database: Database) -> None:
        self._threads = database.brand_collection("threads")

    async def ensure(self) -> None:
        """Create the indexes that are missing: the id is enough."""

    async def note(self, messages: Sequence[tuple[str, MessageReceived]]) -> None:
        """Take in what people wrote: (brand_id, message) of one batch, in one command."""
        newest: dict[tuple[str, str], datetime] = {}
        for brand_id, message in messages:
            at = written_at(message.created_at, message.received_at)
            if at is not None and does_open(message):
                key = (brand_id, message.thread_id)
                newest[key] = max(at, newest.get(key, at))
        await self._threads.write(
            [
                Write({"_id": thread_id, "brand_id": brand_id}, {"$max": {"last_at": at}})
                for (brand_id, thread_id), at in newest.items()
            ]
        )

    async def last_from_person_at(self, scope: Scope, thread_id: str) -> datetime | None:
        """Return when the person last wrote there, or None."""
        found = await self._threads.find_one({**brand_filter(scope), "_id": thread_id})
        return found["last_at"] if found else None


def does_open(message: MessageReceived) -> bool:
    """Say whether this is a person's new message, in a conversation or where the network counts from such."""
    is_new = message.action == "created" and not message.is_own
    if is_new and message.kind == "dm":
        return True
    try:
        window = rules(message.network).window
    except KeyError:
        return False
    return window is not None and message.kind in window.kinds and is_new
