"""Calls the product's webhooks for any network: at least once, retried with growing gaps, misbehaving when told to."""

import asyncio
import random
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from pydantic import BaseModel

from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Network
from sandbox.records import Records
from sandbox.settings import Settings
from sandbox.world import World

WORKERS = 4
FIRST_GAP_S = 0.5
Sign = Callable[[bytes], Mapping[str, str]]
"""The headers for a body. Asked for at every attempt: some schemes sign the time, too."""


class Parcel(BaseModel):
    """One webhook call on its way; stays here until it was answered 2xx or given up."""

    id: str
    network: Network
    url: str
    body_base64: str
    signer: str
    due_s: float
    made_s: float
    attempts: int = 0

    @property
    def body(self) -> bytes:
        """The bytes that are sent."""
        return b64decode(self.body_base64)


class Callbacks:
    """The queue and its workers. Undelivered parcels survive a restart."""

    def __init__(
        self, world: World, settings: Settings, misbehaviour: Misbehaviour, records: Records
    ) -> None:
        self._world = world
        self._settings = settings
        self._misbehaviour = misbehaviour
        self._records = records
        self._die = random.Random(settings.seed)
        self._signers: dict[str, Sign] = {}
        self._parcels = {p.id: p for p in records.load("callback", Parcel)}
        self._made = max((int(one[4:]) for one in self._parcels), default=0)
        self._busy: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.counts: Counter[str] = Counter()

    def sign_with(self, signer: str, sign: Sign) -> None:
        """Name a way to sign, so that parcels of an earlier run can be signed again."""
        self._signers[signer] = sign

    def send(self, network: Network, account_id: str, url: str, body: bytes, signer: str) -> None:
        """Queue one call; `signer` was named before. A rule may double, delay or shuffle it."""
        for wait_s in self._waits(network, account_id):
            self._made += 1
            now_s = self._world.now().timestamp()
            parcel = Parcel(
                id=f"cbk_{self._made}",
                network=network,
                url=url,
                body_base64=b64encode(body).decode(),
                signer=signer,
                due_s=now_s + wait_s,
                made_s=now_s,
            )
            self._parcels[parcel.id] = parcel
            self._records.put("callback", parcel.id, parcel)
        self._wake.set()

    def _waits(self, network: Network, account_id: str) -> list[float]:
        wish = self._misbehaviour.strike(network, "webhook", account_id)
        if wish is None:
            return [0.0]
        if wish.kind == "webhook_duplicate":
            return [0.0, self._die.random() * 0.5]
        if wish.kind == "webhook_out_of_order":
            return [self._die.random() * wish.delay_s]
        return [wish.delay_s] if wish.kind == "webhook_delay" else [0.0]

    def state(self) -> dict[str, Any]:
        """How many are waiting and what became of the others."""
        return {"pending": len(self._parcels), **self.counts}

    def retry_now(self) -> None:
        """Make everything that waits due at once."""
        for parcel in self._parcels.values():
            parcel.due_s = 0.0
        self._wake.set()

    def start(self) -> None:
        """Begin to send."""
        self._client = httpx.AsyncClient(timeout=10.0, trust_env=False)
        self._tasks = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        """Stop sending; what is left waits for the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _work(self) -> None:
        while True:
            parcel = self._take()
            if parcel is not None:
                await self._send(parcel)
                continue
            self._wake.clear()
            try:
                async with asyncio.timeout(self._idle_s()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _take(self) -> Parcel | None:
        now_s = self._world.now().timestamp()
        for parcel in self._parcels.values():
            if parcel.due_s <= now_s and parcel.id not in self._busy:
                self._busy.add(parcel.id)
                return parcel
        return None

    def _idle_s(self) -> float:
        waiting = [p.due_s for p in self._parcels.values() if p.id not in self._busy]
        if not waiting:
            return 60.0
        return min(60.0, max(0.005, min(waiting) - self._world.now().timestamp()))

    async def _send(self, parcel: Parcel) -> None:
        is_taken = False
        try:
            sign = self._signers.get(parcel.signer)
            headers = {"Content-Type": "application/json", **(sign(parcel.body) if sign else {})}
            answer = await self._client.post(parcel.url, content=parcel.body, headers=headers)
            self.counts[f"answered_{answer.status_code}"] += 1
            is_taken = answer.is_success
        except httpx.HTTPError:
            self.counts["unreachable"] += 1
        finally:
            self._busy.discard(parcel.id)
        self._settle(parcel, is_taken)

    def _settle(self, parcel: Parcel, is_taken: bool) -> None:
        now_s = self._world.now().timestamp()
        if is_taken or now_s - parcel.made_s > self._settings.webhook_give_up_s:
            self.counts["delivered" if is_taken else "given_up"] += 1
            self._parcels.pop(parcel.id, None)
            self._records.drop("callback", parcel.id)
            return
        parcel.attempts += 1
        gap = min(FIRST_GAP_S * 2 ** (parcel.attempts - 1), self._settings.webhook_max_gap_s)
        parcel.due_s = now_s + gap * (0.8 + 0.4 * self._die.random())
        self._records.put("callback", parcel.id, parcel)
