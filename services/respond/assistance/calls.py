"""The record of every call of a language model: when, for which message, what it cost and how it ended. No text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.scope import Scope, brand_filter
from runtime.mongo import Database, Document, Index, Write

KEPT = timedelta(days=400)
"""So long, a year's bills can be compared."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `outcome` is `used`, or the code why its answer was not."""

    call_id: str
    brand_id: str
    message_id: str
    model: str
    outcome: str
    tokens_in: int
    tokens_out: int
    cost: float
    currency: str
    seconds: float
    at: datetime


class CallStore:
    """The calls of the brands."""

    def __init__(self, database: Database) -> None:
        self._calls = database.brand_collection("model_calls")

    async def start(self) -> None:
        """Make the collection ready."""
        await self.ensure()

    async def stop(self) -> None:
        """Nothing to put down: the database closes itself."""

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self._calls.ensure([
            Index("when", [("brand_id", 1), ("at", -1)]),
            Index("kept", [("at", 1)], expire_s=int(KEPT.total_seconds())),
        ])  # fmt: skip

    async def note(self, calls: Sequence[Call]) -> None:
        """Keep the calls; one that is there already stays as it is."""
        await self._calls.write([_write(call) for call in calls])

    async def since(self, scope: Scope, at: datetime) -> list[Document]:
        """Return the calls of the scope's brands since then."""
        return await self._calls.find({**brand_filter(scope), "at": {"$gte": at}})


def _write(call: Call) -> Write:
    told: Document = {
        name: getattr(call, name) for name in Call.__dataclass_fields__ if name != "call_id"
    }
    return Write({"_id": call.call_id, "brand_id": call.brand_id}, {"$setOnInsert": told})
