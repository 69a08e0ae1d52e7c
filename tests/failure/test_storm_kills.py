"""The storm worker under SIGKILL: the same decisions as an undisturbed worker on the same log."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.service.storms import log

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]
PLAN = log.Plan(brands=24, stormy=8, hours=28, calm_h=25.5, seed=7)
KILLS = 5


def test_a_killed_worker_decides_as_an_undisturbed_one(
    bus_url: str, topic_prefix: str, bus_kind: str, mongo_url: str, database_prefix: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    events = list(log.written(PLAN))
    calm, rough = (
        log.settings(bus_url, f"{topic_prefix}{name}-", is_apache=bus_kind == "apache")
        for name in ("calm", "rough")
    )
    for bus in (calm, rough):
        log.make_topics(bus)
        asyncio.run(log.produce(bus, events))
    undisturbed = log.start_worker(calm, (mongo_url, f"{database_prefix}calm_"), tmp_path)
    try:
        log.wait_until_read(calm, within_s=180)
    finally:
        undisturbed.stop(20)
    chance = random.Random(PLAN.seed)
    worker = log.start_worker(rough, (mongo_url, f"{database_prefix}rough_"), tmp_path)
    try:
        for _ in range(KILLS):
            at = log.lag(rough)
            deadline = time.monotonic() + 40
            while log.lag(rough) == at and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(chance.uniform(0.0, 0.6))
            worker.kill()
            worker = log.start_worker(rough, (mongo_url, f"{database_prefix}rough_"), tmp_path)
        assert log.lag(rough) > 0, "all was read before the last kill: the log is too short"
        log.wait_until_read(rough, within_s=180)
    finally:
        worker.stop(20)
    expected, told = log.decisions(calm), log.decisions(rough)
    assert sum(one["level"] == "storm" for one in expected[log.brand_name(0)]) > 0
    assert told == expected
