"""Calls the product's webhooks for any network, signed, and misbehaving when told to."""

import random
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from sandbox.deliveries import Deliveries, Way
from sandbox.deliveries import Parcel as Letter
from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Network
from sandbox.records import Records
from sandbox.settings import Settings
from sandbox.world import World

Sign = Callable[[bytes], Mapping[str, str]]
"""The headers for a body. Asked for at every attempt: some schemes sign the time, too."""


class Parcel(Letter):
    """One webhook call."""

    network: Network
    url: str
    body_base64: str
    signer: str


class Callbacks:
    """The calls of all networks but Meta's. Undelivered ones survive a restart."""

    def __init__(
        self, world: World, settings: Settings, misbehaviour: Misbehaviour, records: Records
    ) -> None:
        self._misbehaviour = misbehaviour
        self._die = random.Random(settings.seed)
        self._signers: dict[str, Sign] = {}
        way = Way("callback", Parcel, lambda ready: list(ready[:1]), self._post)
        self._queue = Deliveries(world, settings, records, way)

    def sign_with(self, signer: str, sign: Sign) -> None:
        """Name a way to sign, so that parcels of an earlier run can be signed again."""
        self._signers[signer] = sign

    def send(self, network: Network, account_id: str, url: str, body: bytes, signer: str) -> None:
        """Queue one call; `signer` was named before. A rule may double, delay or shuffle it."""
        text = b64encode(body).decode()
        for wait_s in self._waits(network, account_id):
            self._queue.add(wait_s, network=network, url=url, body_base64=text, signer=signer)

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
        return {"pending": len(self._queue), **self._queue.counts}

    def retry_now(self) -> None:
        """Make everything that waits due at once."""
        self._queue.retry_now()

    def start(self) -> None:
        """Begin to send."""
        self._client = httpx.AsyncClient(timeout=10.0, trust_env=False)
        self._queue.start()

    async def stop(self) -> None:
        """Stop sending; what is left waits for the next start."""
        await self._queue.stop()
        await self._client.aclose()

    async def _post(self, batch: list[Parcel]) -> bool:
        parcel = batch[0]
        body, sign = b64decode(parcel.body_base64), self._signers.get(parcel.signer)
        headers = {"Content-Type": "application/json", **(sign(body) if sign else {})}
        try:
            answer = await self._client.post(parcel.url, content=body, headers=headers)
        except httpx.HTTPError:
            self._queue.counts["unreachable"] += 1
            return False
        self._queue.counts[f"answered_{answer.status_code}"] += 1
        return answer.is_success
