"""The time as records of the log: one a minute and partition, that says up to when bins are closed.

So a silent brand's bins close too, and whoever reads the log again closes the same bins at the same places.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from contracts.envelope import Event, Origin, make_event
from contracts.storms import CLOCK_SHARD, SignalObserved
from contracts.topics import SIGNAL_OBSERVED
from runtime.bus import Bus, partition_of
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.mongo import Database
from services.classify.storm_worker.metrics import StormMetrics

SOURCE = "/classify/storm"
MINUTE_S = 60
SPREAD_S = 0.1
LOOK_EVERY_S = 0.1
SKEW_EVERY_S = 60.0
MOST_SKEW_S = 5.0

log = get_logger("storm.clock")


@lru_cache(maxsize=1024)
def key_of(partition: int, count: int) -> str:
    """Return a key that leads to this partition."""
    return next(
        name
        for number in range(100_000)
        if partition_of((name := f"clock-{number}").encode(), count) == partition
    )


def clock_event(partition: int, count: int, until: datetime, at: datetime) -> Event:
    """Return the record that closes all bins of a partition that end by `until`."""
    key = key_of(partition, count)
    payload = SignalObserved(
        brand_id=key, bucket_at=until, shard=CLOCK_SHARD, revision=0, observed_at=at
    )
    return make_event(
        SIGNAL_OBSERVED.name, payload, key=(key, until.isoformat()), partition_key=key,
        origin=Origin(SOURCE, at),
    )  # fmt: skip


class LogClock:
    """Writes the time into the partitions of this process; `run` is a service's loop.

    The database's clock decides where this machine's differs from it: two workers agree then, and a
    machine whose clock jumps closes nothing early.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        partitions: Callable[[], frozenset[tuple[str, int]]],
        lateness_s: int,
        metrics: StormMetrics,
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._database = database
        self._partitions = partitions
        self._lateness_s = lateness_s
        self._metrics = metrics
        self._clock = clock
        self._skew_s = 0.0
        self._offset: float | None = None
        self._told: dict[int, int] = {}

    async def run(self, ending: asyncio.Event) -> None:
        """Tell the time until the service ends."""
        looked_at = -SKEW_EVERY_S
        loop = asyncio.get_running_loop()
        while not ending.is_set():
            try:
                if loop.time() - looked_at >= SKEW_EVERY_S or self._has_jumped(loop.time()):
                    await self._look()
                    looked_at = loop.time()
                await self.tell()
            except Unavailable as outage:
                log.warning("clock.waiting", why=outage.why)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), LOOK_EVERY_S)

    async def tell(self) -> None:
        """Write the minute into every partition where it is due and not written yet."""
        at = self._clock.now().timestamp() + self._skew_s
        mine = {number for topic, number in self._partitions() if topic == SIGNAL_OBSERVED.name}
        self._told = {number: told for number, told in self._told.items() if number in mine}
        due: dict[int, int] = {}
        for number in mine:
            # Not all at once: partition after partition, so that their brands' writes are spread.
            until = int(at - self._lateness_s - number * SPREAD_S) // MINUTE_S * MINUTE_S
            if until > self._told.get(number, 0):
                due[number] = until
        now = datetime.fromtimestamp(at, UTC)
        await self._bus.send(
            clock_event(number, SIGNAL_OBSERVED.partitions, datetime.fromtimestamp(until, UTC), now)
            for number, until in sorted(due.items())
        )
        self._told |= due

    def _has_jumped(self, turned: float) -> bool:
        """Say whether the clock went another way than time did since the last turn."""
        told = self._clock.now().timestamp() - turned
        last, self._offset = self._offset, told
        return last is not None and abs(told - last) > MOST_SKEW_S

    async def _look(self) -> None:
        """Compare clocks."""
        before = self._clock.now()
        told: datetime = (await self._database.hello())["localTime"].replace(tzinfo=UTC)
        middle = before + (self._clock.now() - before) / 2
        skew_s = (told - middle).total_seconds()
        self._metrics.clock_skew_seconds.set(skew_s)
        self._skew_s = skew_s if abs(skew_s) > MOST_SKEW_S else 0.0
        if self._skew_s:
            log.error("clock.skewed", by_s=round(skew_s, 1))
