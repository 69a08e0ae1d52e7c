"""What waits for each bot until it is asked for or delivered. Survives a restart. No formats and no HTTP."""

import asyncio
from typing import Any

from pydantic import BaseModel

from sandbox.records import Records


class Update(BaseModel):
    """One thing that happened, under its number."""

    number: int
    account_id: str
    body: dict[str, Any]

    @property
    def whole(self) -> dict[str, Any]:
        """As Telegram gives it."""
        return {"update_id": self.number, **self.body}


class Updates:
    """The queues of all bots, in one numbering."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._waiting = {one.number: one for one in records.load("telegram_update", Update)}
        self._last = max(self._waiting, default=10_000)
        self._news = asyncio.Event()

    def add(self, account_id: str, body: dict[str, Any]) -> Update:
        """Put one at the end of a bot's queue."""
        self._last += 1
        update = Update(number=self._last, account_id=account_id, body=body)
        self._waiting[update.number] = update
        self._records.put("telegram_update", str(update.number), update)
        self._news.set()
        return update

    def waiting(self, account_id: str) -> list[Update]:
        """What a bot has not taken yet, oldest first."""
        return [one for one in self._waiting.values() if one.account_id == account_id]

    def forget(self, account_id: str, before: int) -> None:
        """Drop what was taken: everything of a bot below an offset."""
        for one in self.waiting(account_id):
            if one.number < before:
                del self._waiting[one.number]
                self._records.drop("telegram_update", str(one.number))

    async def wait(self, account_id: str, wait_s: float) -> list[Update]:
        """Return what waits, as soon as there is something or the time is over."""
        try:
            async with asyncio.timeout(wait_s):
                while not self.waiting(account_id):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return self.waiting(account_id)
