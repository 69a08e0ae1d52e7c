"""Failed receipts, kept for a time: one may come before the answer that it is about has its id."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts import ids
from contracts.messages import ReceiptReceived
from contracts.scope import BrandScope, brand_filter
from runtime.mongo import Database, Index, Write

KEPT_FOR = timedelta(days=2)
_EXPIRY = Index("expiry", [("expires_at", 1)], expire_s=0)


class UndeliveredStore:
    """What could not be delivered, by its id at the network."""

    def __init__(self, database: Database) -> None:
        self._receipts = database.brand_collection("undelivered")

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self._receipts.ensure([_EXPIRY])

    async def put(self, receipts: Sequence[ReceiptReceived], now: datetime) -> None:
        """Keep failed receipts that name a message; the first about it stays."""
        await self._receipts.write(
            [
                Write(
                    {
                        "_id": _key(one.brand_id, one.connection_id, one.external_id),
                        "brand_id": one.brand_id,
                    },
                    {
                        "$setOnInsert": {
                            "receipt": one.model_dump(mode="json"), "expires_at": now + KEPT_FOR,
                        }
                    },
                )
                for one in receipts
                if one.external_id is not None
            ]
        )  # fmt: skip

    async def of(
        self, scope: BrandScope, connection_id: str, external_id: str
    ) -> ReceiptReceived | None:
        """Return the failed receipt about this message, if one came."""
        where = {**brand_filter(scope), "_id": _key(scope.brand_id, connection_id, external_id)}
        found = await self._receipts.find_one(where)
        return ReceiptReceived.read(found["receipt"]) if found else None


def _key(brand_id: str, connection_id: str, external_id: str) -> str:
    return ids.derive("und", brand_id, connection_id, external_id)
