"""Reads messages in a process of its own, which gives way to live ones wherever both share a processor."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache

from contracts.corrections import RelabelItem, Relabelled
from runtime.errors import Unavailable
from services.classify.learning.brandwise import BrandReader
from services.classify.models.choice import Models

POLITE = 15


class Rereader:
    """A component. The process begins with the first job and ends with the service."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def start(self) -> None:
        """Nothing to do: most brands never ask for it."""

    async def stop(self) -> None:
        """End the process; a part in hand is read again after the next start."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def read(
        self, name: str, reader: BrandReader, items: Sequence[RelabelItem]
    ) -> list[Relabelled]:
        """Return the labels of messages by a named model. Raises `Unavailable` when the process died."""
        loop = asyncio.get_running_loop()
        try:
            told = await loop.run_in_executor(self._opened(), _read, name, reader, list(items))
        except BrokenProcessPool as error:
            self._pool = None
            why = "the process that reads messages again has died; it is started anew"
            raise Unavailable("relabel.reader_gone", why, retry_after_s=1.0) from error
        return [Relabelled.model_validate(one) for one in told]

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), initializer=os.nice, initargs=(POLITE,)
            )
        return self._pool


@cache
def _models() -> Models:
    return Models()


def _read(name: str, reader: BrandReader, items: list[RelabelItem]) -> list[dict[str, object]]:
    models = _models()
    read = models.named(name).understand(
        [one.text for one in items],
        [one.languages for one in items],
        [reader.thresholds for _ in items],
        with_reasons=False,
    )
    return [
        {
            "message_id": one.message_id,
            "labels": reader.read(reading, labels, models.thresholds).model_dump(),
        }
        for one, (reading, labels) in zip(items, read, strict=True)
    ]
