"""Follows an account that is being read again: whether it is done, and what was found."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cli import wishes
from cli.stores import Opened
from contracts.scope import BrandScope
from runtime.mongo import Document

LOOK_S = 0.5
# What was read last is still on its way to the inbox: two looks that see the same number end it.
STILL_LOOKS = 4


@dataclass(frozen=True, slots=True)
class Reread:
    """How it ended: items that were not known before, and how many of them came late."""

    found: int
    late: int
    is_done: bool


class Rereading:
    """One back-fill of one account."""

    def __init__(self, opened: Opened, connection: Document) -> None:
        self._opened = opened
        self._scope = BrandScope(connection["agency_id"], connection["brand_id"])
        self._connection, self._id = connection, connection["_id"]
        self._known = 0
        self._begun_at = opened.clock.now()

    async def begin(self, since: datetime) -> None:
        """Ask for it, and wait until it begins. Raises `Refused` and `Unavailable`."""
        self._known, self._begun_at = await self._count(), self._opened.clock.now()
        wanted = replace(
            wishes.new_wish(self._scope.brand_id, "backfill", self._connection), since=since
        )
        await wishes.ask(self._opened, self._scope, wanted)
        await wishes.outcome(self._opened, self._scope, wanted)

    async def watch(self, within_s: float, tell: Callable[[int], None]) -> Reread:
        """Wait until the network was read to its end and all of it has arrived."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        seen: list[int | None] = []
        while loop.time() < deadline:
            found = await self._count() - self._known
            tell(found)
            seen.append(None if await self._is_under_way() else found)
            latest = seen[-STILL_LOOKS:]
            if len(latest) == STILL_LOOKS and len(set(latest)) == 1 and latest[0] is not None:
                return Reread(found, await self._late(), is_done=True)
            await asyncio.sleep(LOOK_S)
        return Reread(await self._count() - self._known, await self._late(), is_done=False)

    async def _is_under_way(self) -> bool:
        found = await self._opened.health.find_one({**self._where, "_id": self._id})
        return bool(found and found.get("backfill_since"))

    async def _count(self) -> int:
        return await self._opened.ingest.items.count({**self._where, "connection_id": self._id})

    async def _late(self) -> int:
        where = {
            **self._where,
            "content.connection_id": self._id,
            "is_late": True,
            "received_at": {"$gte": self._begun_at},
        }
        return await self._opened.gateway.messages.count(where)

    @property
    def _where(self) -> dict[str, object]:
        return {"brand_id": self._scope.brand_id}
