"""What is on its way to the product and not taken yet: workers, growing gaps, survival of a restart.

What a parcel holds and how it is posted is its owner's.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from sandbox.records import Records
from sandbox.settings import Settings
from sandbox.world import World

WORKERS = 4
FIRST_GAP_S = 0.5


class Parcel(BaseModel):
    """One thing on its way; stays here until it was answered 2xx or given up."""

    id: str
    due_s: float
    made_s: float
    attempts: int = 0


P = TypeVar("P", bound=Parcel)


@dataclass(frozen=True, slots=True)
class Way(Generic[P]):
    """How parcels of a kind are kept, gathered and posted.

    `gather` takes what is due, oldest first and never empty, and returns what one call carries;
    `post` says whether the product took it.
    """

    kind: str
    model: type[P]
    gather: Callable[[Sequence[P]], list[P]]
    post: Callable[[list[P]], Awaitable[bool]]


class Deliveries(Generic[P]):
    """A queue and its workers."""

    def __init__(self, world: World, settings: Settings, records: Records, way: Way[P]) -> None:
        self._world = world
        self._settings = settings
        self._records = records
        self._way = way
        self._die = random.Random(settings.seed)
        self._parcels = {p.id: p for p in records.load(way.kind, way.model)}
        self._made = max((int(one.rpartition("_")[2]) for one in self._parcels), default=0)
        self._busy: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._parcels)

    def add(self, wait_s: float, **content: object) -> None:
        """Queue a parcel with this content, due after `wait_s`."""
        self._made += 1
        now_s = self._world.now().timestamp()
        parcel_id = f"{self._way.kind}_{self._made}"
        parcel = self._way.model.model_validate(
            {"id": parcel_id, "due_s": now_s + wait_s, "made_s": now_s, **content}
        )
        self._parcels[parcel_id] = parcel
        self._records.put(self._way.kind, parcel_id, parcel)
        self._wake.set()

    def retry_now(self) -> None:
        """Make everything that waits due at once."""
        for parcel in self._parcels.values():
            parcel.due_s = 0.0
        self._wake.set()

    def start(self) -> None:
        """Begin to send."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        """Stop sending; what is left waits for the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            if ready := self._ready():
                await self._send(self._way.gather(ready))
                continue
            self._wake.clear()
            try:
                async with asyncio.timeout(self._idle_s()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _ready(self) -> list[P]:
        now_s = self._world.now().timestamp()
        return [p for p in self._parcels.values() if p.due_s <= now_s and p.id not in self._busy]

    def _idle_s(self) -> float:
        waiting = [p.due_s for p in self._parcels.values() if p.id not in self._busy]
        if not waiting:
            return 60.0
        return min(60.0, max(0.005, min(waiting) - self._world.now().timestamp()))

    async def _send(self, batch: list[P]) -> None:
        self._busy.update(p.id for p in batch)
        is_taken = False
        try:
            is_taken = await self._way.post(batch)
        finally:
            self._busy.difference_update(p.id for p in batch)
        for parcel in batch:
            self._settle(parcel, is_taken)

    def _settle(self, parcel: P, is_taken: bool) -> None:
        now_s = self._world.now().timestamp()
        if is_taken or now_s - parcel.made_s > self._settings.webhook_give_up_s:
            self.counts["delivered" if is_taken else "given_up"] += 1
            self._parcels.pop(parcel.id, None)
            self._records.drop(self._way.kind, parcel.id)
            return
        parcel.attempts += 1
        gap = min(FIRST_GAP_S * 2 ** (parcel.attempts - 1), self._settings.webhook_max_gap_s)
        parcel.due_s = now_s + gap * (0.8 + 0.4 * self._die.random())
        self._records.put(self._way.kind, parcel.id, parcel)
