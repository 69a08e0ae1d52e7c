"""Threads that were taken from public to private: both sides are one case, whichever is heard of first."""

from collections.abc import Sequence
from datetime import datetime

from contracts.ids import derive, message_id
from contracts.messages import MessageReceived
from contracts.replies import ReplyPublished
from contracts.scope import AgencyScope, BrandScope, Scope, brand_filter
from runtime.mongo import Document
from services.gateway.domain.views import LinkedView
from services.gateway.store.database import GatewayDatabase

# A private answer to a comment becomes a conversation of the network's messenger.
_TALKS_IN = {"facebook": "messenger"}


def case_id_of(message: str) -> str:
    """Return the id of the case that begins with this message."""
    return derive("cas", message)


class HandoverStore:
    """One document a case: where it began, and the conversation that it went on in once that is known."""

    def __init__(self, database: GatewayDatabase) -> None:
        self._handovers = database.handovers
        self._messages = database.messages
        self._threads = database.threads
        self._connections = database.connections

    async def begin(self, scope: BrandScope, found: Document, reply_id: str, at: datetime) -> None:
        """Note that a message is answered in private as well, by this answer."""
        content, case_id = found["content"], case_id_of(found["_id"])
        where = {"_id": case_id, "brand_id": scope.brand_id}
        told = {
            "agency_id": scope.agency_id, "message_id": found["_id"],
            "thread_id": found["thread_id"], "connection_id": content["connection_id"],
            "network": content["network"], "author_id": content.get("author_id"),
            "author_name": content.get("author_name") or content.get("author_handle"),
            "reply_id": reply_id, "at": at,
        }  # fmt: skip
        known = {name: value for name, value in told.items() if value is not None}
        await self._handovers.update(where, {"$set": known}, is_upsert=True)
        await self._mark(scope.brand_id, found["thread_id"], case_id)

    async def note_published(self, told: Sequence[tuple[BrandScope, ReplyPublished]]) -> None:
        """Learn under which id a private answer stands, and whether its conversation is known already."""
        for scope, one in told:
            where = {"_id": case_id_of(one.message_id), "brand_id": scope.brand_id}
            found = await self._handovers.find_one({**where, "reply_id": one.reply_id})
            if found is None:
                continue
            await self._handovers.update(where, {"$set": {"external_id": one.external_id}})
            thread_id = await self._thread_of(found, one.external_id)
            if thread_id is not None:
                await self._link(found, thread_id)

    async def note_received(self, told: Sequence[tuple[BrandScope, MessageReceived]]) -> None:
        """Recognise the conversations of open cases among the messages that came in."""
        talks = [(scope, one) for scope, one in told if one.kind == "dm"]
        if not talks:
            return
        brands = AgencyScope("*", frozenset(scope.brand_id for scope, _ in talks))
        outer = sorted({one.external_id for _, one in talks})
        people = sorted({one.author_id for _, one in talks if one.author_id and not one.is_own})
        rows: list[Document] = []
        for name, values in (("external_id", outer), ("author_id", people)):
            rows += await self._handovers.find({**brand_filter(brands), name: {"$in": values}})
        for row in rows:
            match = next((one for scope, one in talks if _is_of(row, scope, one)), None)
            if match is not None and "private_thread_id" not in row:
                await self._link(row, match.thread_id)

    async def linked(self, scope: Scope, thread_id: str) -> tuple[str | None, list[LinkedView]]:
        """Return the case of a thread, and its other side."""
        views: list[LinkedView] = []
        case_id = None
        for name in ("thread_id", "private_thread_id"):
            for row in await self._handovers.find({**brand_filter(scope), name: thread_id}):
                case_id = row["_id"]
                other = "private_thread_id" if name == "thread_id" else "thread_id"
                if row.get(other) and row[other] != thread_id:
                    views.append(await self._view(row, row[other], other == "private_thread_id"))
        return case_id, views

    async def _view(self, row: Document, thread_id: str, is_private: bool) -> LinkedView:
        """Return the other side by a message that a page can show: in private, the newest."""
        shown = row["message_id"]
        if is_private:
            where = {"brand_id": row["brand_id"], "thread_id": thread_id}
            newest = await self._messages.find(where, sort=[("at", -1)], limit=1, fields=["_id"])
            shown = newest[0]["_id"] if newest else shown
        name = row.get("author_name")
        return LinkedView(shown, thread_id, row["network"], is_private, name)

    async def _thread_of(self, row: Document, external_id: str) -> str | None:
        account = await self._connections.find_one(
            {"_id": row["connection_id"], "brand_id": row["brand_id"]}, fields=["account_id"]
        )
        if not account or not account.get("account_id"):
            return None
        networks = {row["network"], _TALKS_IN.get(row["network"], row["network"])}
        ids = [
            message_id(row["brand_id"], one, account["account_id"], external_id) for one in networks
        ]
        where = {"_id": {"$in": ids}, "brand_id": row["brand_id"]}
        found = await self._messages.find_one(where, fields=["thread_id"])
        return found["thread_id"] if found else None

    async def _link(self, row: Document, thread_id: str) -> None:
        where = {"_id": row["_id"], "brand_id": row["brand_id"], "private_thread_id": None}
        await self._handovers.update(where, {"$set": {"private_thread_id": thread_id}})
        await self._mark(row["brand_id"], thread_id, row["_id"])

    async def _mark(self, brand_id: str, thread_id: str, case_id: str) -> None:
        where = {"_id": thread_id, "brand_id": brand_id}
        await self._threads.update(where, {"$set": {"case_id": case_id}})


def _is_of(row: Document, scope: BrandScope, message: MessageReceived) -> bool:
    """Say whether a message is of the case: our own private answer, or its author writing to us."""
    if scope.brand_id != row["brand_id"]:
        return False
    if row.get("external_id") == message.external_id:
        return True
    is_author = not message.is_own and row.get("author_id") == message.author_id
    is_same_place = message.connection_id == row["connection_id"]
    return is_author and is_same_place and message.received_at >= row["at"]
