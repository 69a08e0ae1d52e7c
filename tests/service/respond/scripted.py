"""A network whose answers a test writes down, and which notes every call with its time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.respond.networks.protocol import (
    Absent,
    Account,
    Done,
    Finding,
    Moderate,
    Moderated,
    Outcome,
    Publish,
    Search,
    Sent,
    Target,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what for, which account, what was asked, when (monotonic seconds)."""

    kind: str
    account: Account
    request: Any
    at_s: float


@dataclass
class Scripted:
    """Answers by functions; without one it takes everything."""

    name: str
    delay_s: float = 0.0
    same_key_window_s: float = 0.0
    on_publish: Callable[[Publish], Outcome] | None = None
    on_find: Callable[[Search], Finding] | None = None
    on_moderate: Callable[[Moderate], Moderated] | None = None
    calls: list[Call] = field(default_factory=list)

    def text_for(self, _target: Target, text: str) -> str:
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        return 10_000

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        await self._note("publish", account, publish)
        if self.on_publish is not None:
            return self.on_publish(publish)
        return Sent(f"ext_{len(self.calls)}")

    async def find(self, account: Account, search: Search) -> Finding:
        await self._note("find", account, search)
        return self.on_find(search) if self.on_find is not None else Absent()

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        await self._note("moderate", account, moderate)
        return self.on_moderate(moderate) if self.on_moderate is not None else Done()

    async def _note(self, kind: str, account: Account, request: Any) -> None:
        self.calls.append(Call(kind, account, request, time.monotonic()))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)

    def of(self, kind: str) -> list[Call]:
        return [call for call in self.calls if call.kind == kind]
