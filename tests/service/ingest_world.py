"""What the tests of ingest share: its topics, and how a service is run inside a test."""

import contextlib
from collections.abc import AsyncIterator

from contracts.topics import TOPICS as ALL
from runtime.service import Service

TOPICS = [
    name
    for topic in ALL.values()
    if "ingest" in (*topic.producers, *topic.consumers)
    for name in (
        topic.name,
        *([topic.dead_letters("ingest")] if "ingest" in topic.consumers else []),
    )
]


@contextlib.asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Start a service's parts in order, and stop them in reverse."""
    started = []
    try:
        for part in service._parts:
            await part.start()
            started.append(part)
        yield
    finally:
        for part in reversed(started):
            await part.stop()
