"""Pulses: short-lived notes that something changed, which every gateway process hears at once."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from contracts.ids import random_id
from contracts.scope import BrandScope
from runtime.clock import Clock
from runtime.mongo import Document
from services.gateway.store.database import GatewayDatabase

MOST_ITEMS = 200
Item = tuple[str, str]
"""A message id and its thread id."""


class PulseStore:
    """Writes and watches pulses. One pulse tells of many items, so that a burst costs one insert."""

    def __init__(self, database: GatewayDatabase, clock: Clock) -> None:
        self._pulses = database.pulses
        self._clock = clock

    async def tell(self, scope: BrandScope, kind: str, items: Sequence[Item] = ()) -> None:
        """Note that these items of a brand changed."""
        await self.tell_many(kind, [(scope.brand_id, item) for item in items or [("", "")]])

    async def tell_many(self, kind: str, items: Iterable[tuple[str, Item]]) -> None:
        """Note what changed, by brand, in one insert. More than a page can show says just `refresh`."""
        by_brand: dict[str, list[Item]] = {}
        for brand_id, item in items:
            by_brand.setdefault(brand_id, []).append(item)
        await self._pulses.insert_many(
            [self._pulse(brand_id, kind, changed) for brand_id, changed in by_brand.items()]
        )

    async def tell_viewing(self, brand_id: str, item: Item, person: tuple[str, str]) -> None:
        """Note that a person (id, name) looks at an item."""
        pulse = self._pulse(brand_id, "viewing", [item])
        await self._pulses.insert({**pulse, "person": list(person)})

    async def watch(self) -> AsyncIterator[Document]:
        """Yield pulses as they are written, from now on. Raises `Unavailable` when that breaks."""
        async for pulse in self._pulses.watch_inserts():
            yield pulse

    def _pulse(self, brand_id: str, kind: str, items: Sequence[Item]) -> dict[str, Any]:
        kept = list(dict.fromkeys(items))
        return {
            "_id": random_id("pls"),
            "brand_id": brand_id,
            "kind": kind,
            "items": [list(item) for item in kept[:MOST_ITEMS]],
            "is_more": len(kept) > MOST_ITEMS,
            "at": self._clock.now(),
        }
