"""Turns: a bounded number of reads at the same time, dealt out evenly to brands, so that neither one
loud brand nor one slow network keeps the others waiting."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class _Wait:
    network: str
    turn: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Turns:
    """A turn is one page of one account. Half of all turns at most go to one network or one brand.

    Brands that wait are served in rounds, each its oldest wait whose network has room.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._most = max(1, at_once // 2)
        self._by_network: Counter[str] = Counter()
        self._by_brand: Counter[str] = Counter()
        self._waits: OrderedDict[str, deque[_Wait]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, brand_id: str, network: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        wait = _Wait(network)
        self._waits.setdefault(brand_id, deque()).append(wait)
        self._deal()
        try:
            await wait.turn
        except asyncio.CancelledError:
            self._leave(brand_id, wait)
            raise
        try:
            yield
        finally:
            self._give_back(brand_id, network)

    def _deal(self) -> None:
        is_dealt = True
        while self._free and is_dealt:
            is_dealt = False
            for brand_id in list(self._waits):
                if not self._free:
                    return
                is_dealt |= self._deal_to(brand_id)

    def _deal_to(self, brand_id: str) -> bool:
        waits = self._waits[brand_id]
        if self._by_brand[brand_id] >= self._most:
            return False
        wait = next((one for one in waits if self._by_network[one.network] < self._most), None)
        if wait is None:
            return False
        waits.remove(wait)
        self._free -= 1
        self._by_network[wait.network] += 1
        self._by_brand[brand_id] += 1
        wait.turn.set_result(None)
        if waits:
            self._waits.move_to_end(brand_id)
        else:
            del self._waits[brand_id]
        return True

    def _leave(self, brand_id: str, wait: _Wait) -> None:
        """Somebody gave up waiting, maybe in the moment the turn came."""
        if wait.turn.done() and not wait.turn.cancelled():
            self._give_back(brand_id, wait.network)
            return
        waits = self._waits.get(brand_id)
        if waits is not None and wait in waits:
            waits.remove(wait)
            if not waits:
                del self._waits[brand_id]

    def _give_back(self, brand_id: str, network: str) -> None:
        self._free += 1
        for counter, key in ((self._by_network, network), (self._by_brand, brand_id)):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]
        self._deal()
