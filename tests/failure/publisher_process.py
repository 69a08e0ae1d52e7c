"""Respond's publisher as a process of its own, to be killed: the real loop, store and networks, no bus.

Run: python -m tests.failure.publisher_process JSON (the fields of `Orders`). SIGTERM ends it in order.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import httpx

from tests.service.respond.respond_world import make_respond


@dataclass(frozen=True, slots=True)
class Orders:
    """Where the publisher works, and how long it waits for a network."""

    mongo_url: str
    prefix: str
    key: str
    timeout_s: float


async def publish(orders: Orders) -> None:
    """Publish until SIGTERM."""
    async with httpx.AsyncClient(trust_env=False, timeout=orders.timeout_s) as client:
        respond = await make_respond(
            orders.mongo_url, orders.prefix, client, key=orders.key, timeout_s=orders.timeout_s
        )
        ending = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
        await respond.publisher.run(ending)
        await respond.database.stop()


@asynccontextmanager
async def started(orders: Orders, log: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one publisher; it is dead when the block ends."""
    with open(log, "ab") as output:  # noqa: PTH123
        one = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, json.dumps(asdict(orders)),
            stdout=output, stderr=output, env={**os.environ, "NO_PROXY": "127.0.0.1"},
        )  # fmt: skip
    try:
        yield one
    finally:
        if one.returncode is None:
            one.kill()
            await one.wait()


if __name__ == "__main__":
    asyncio.run(publish(Orders(**json.loads(sys.argv[1]))))
