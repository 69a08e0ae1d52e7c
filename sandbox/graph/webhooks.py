"""Pushes signed webhooks to the product as Meta does: in batches, in no order, own words echoed."""

import hashlib
import hmac
import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from sandbox.deliveries import WORKERS, Deliveries, Way
from sandbox.deliveries import Parcel as Letter
from sandbox.graph.pushes import parts_of, receipt
from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Change, Doing, Item
from sandbox.records import Records
from sandbox.settings import Settings
from sandbox.world import World

BATCH_AT_MOST = 50
_OBJECTS = {"facebook": "page", "messenger": "page", "instagram": "instagram"}


class Parcel(Letter):
    """One change. `about` is Meta's object, `part` the list of the entry that the change goes into."""

    page_id: str
    change: dict[str, Any]
    about: str = "page"
    part: str = "changes"


def envelope(parcels: Iterable[Parcel], now_s: float) -> dict[str, Any]:
    """{object, entry:[{id, time, changes}]}: one entry a page, pages in the order first met.

    All parcels are about the same object. Meta sends seconds with changes and milliseconds with messages.
    """
    entries: dict[str, dict[str, Any]] = {}
    about = "page"
    for parcel in parcels:
        about = parcel.about
        time = int(now_s) if parcel.part == "changes" else int(now_s * 1000)
        entry = entries.setdefault(parcel.page_id, {"id": parcel.page_id, "time": time})
        entry.setdefault(parcel.part, []).append(parcel.change)
    return {"object": about, "entry": list(entries.values())}


def body_of(document: dict[str, Any]) -> bytes:
    r"""Meta's bytes: compact, every non-ASCII character as \uXXXX, slashes escaped."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def signature(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256 for these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks:
    """The changes of Meta's networks. Undelivered ones survive a restart."""

    def __init__(
        self, world: World, settings: Settings, misbehaviour: Misbehaviour, records: Records
    ) -> None:
        self._world = world
        self._settings = settings
        self._misbehaviour = misbehaviour
        self._die = random.Random(settings.seed)
        self.callback = settings.facebook_callback
        way = Way("parcel", Parcel, self._gather, self._post)
        self._parcels = Deliveries(world, settings, records, way)
        world.listen(self.on_change)

    # Taking changes in

    def on_change(self, change: Change) -> None:
        """Queue a change of a subscribed page; brand answers come back as echoes."""
        item = change.item
        if item.network not in _OBJECTS or self.callback is None or not self._is_told(item):
            return
        part, content = parts_of(change, self._world.now())
        if content is None:
            return
        for wait_s in self._waits(change):
            self._queue(item, part, content, wait_s)
        if item.network == "messenger" and item.is_own and change.doing is Doing.CREATED:
            self.tell(item, "messaging", receipt(item, "delivery", self._world.now()), 0.2)

    def tell(self, item: Item, part: str, content: dict[str, Any], wait_s: float = 0.0) -> None:
        """Queue what is no change of an item: a receipt."""
        if self.callback is not None and self._is_told(item):
            self._queue(item, part, content, wait_s)

    def _is_told(self, item: Item) -> bool:
        owners = ("messenger", "facebook") if item.network == "messenger" else (item.network,)
        found = (self._world.account(network, item.account_id) for network in owners)
        account = next((one for one in found if one is not None), None)
        return account is not None and account.is_subscribed

    def _waits(self, change: Change) -> list[float]:
        """After how many seconds each copy leaves; usually one copy at once."""
        waits = [0.0]
        if change.item.is_own and change.doing is Doing.CREATED:
            waits = self._echo_waits()
        wish = self._misbehaviour.strike(change.item.network, "webhook", change.item.account_id)
        if wish is None:
            return waits
        if wish.kind == "webhook_duplicate":
            return [*waits, waits[0] + self._die.random() * 0.5]
        if wish.kind == "webhook_delay":
            return [one + wish.delay_s for one in waits]
        if wish.kind == "webhook_out_of_order":
            return [one + self._die.random() * wish.delay_s for one in waits]
        return waits

    def _echo_waits(self) -> list[float]:
        """Own words come back: sometimes before the answer to the publish, sometimes twice."""
        roll = self._die.random()
        first = 0.0 if roll < 0.2 else self._die.random() * self._settings.echo_delay_s
        return [first, first + 0.3] if roll > 0.85 else [first]

    def _queue(self, item: Item, part: str, content: dict[str, Any], wait_s: float) -> None:
        about = _OBJECTS[item.network]
        self._parcels.add(wait_s, page_id=item.account_id, change=content, about=about, part=part)

    # Sending

    def state(self) -> dict[str, Any]:
        """How many are waiting and what became of the others."""
        return {
            "callback": self.callback,
            "pending": len(self._parcels),
            **self._parcels.counts,
        }

    def retry_now(self) -> None:
        """Make everything that waits due at once."""
        self._parcels.retry_now()

    def start(self) -> None:
        """Begin to send."""
        limits = httpx.Limits(max_keepalive_connections=WORKERS)
        self._client = httpx.AsyncClient(timeout=10.0, limits=limits, trust_env=False)
        self._parcels.start()

    async def stop(self) -> None:
        """Stop sending; what is left waits for the next start."""
        await self._parcels.stop()
        await self._client.aclose()

    def _gather(self, ready: Sequence[Parcel]) -> list[Parcel]:
        """One parcel a POST mostly; a batch now and then, and always when many wait."""
        is_batch = len(ready) > WORKERS * 2 or self._die.random() < 0.3
        alike = [one for one in ready if one.about == ready[0].about]
        return alike[: BATCH_AT_MOST if is_batch else 1]

    async def _post(self, batch: list[Parcel]) -> bool:
        body = body_of(envelope(batch, self._world.now().timestamp()))
        secret = self._settings.facebook_app_secret.get_secret_value()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(secret, body),
        }
        self._parcels.counts["posts"] += 1
        try:
            answer = await self._client.post(self.callback or "", content=body, headers=headers)
        except httpx.HTTPError:
            self._parcels.counts["unreachable"] += 1
            return False
        self._parcels.counts[f"answered_{answer.status_code}"] += 1
        return answer.is_success

    async def shake_hands(self) -> dict[str, Any]:
        """The GET with hub.challenge that Meta makes when a callback is configured."""
        challenge = str(self._die.randrange(10**9, 10**10))
        asked = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self._settings.facebook_verify_token.get_secret_value(),
        }
        try:
            answer = await self._client.get(self.callback or "", params=asked)
        except httpx.HTTPError as error:
            return {"is_accepted": False, "why": type(error).__name__}
        is_same = answer.status_code == 200 and answer.text == challenge
        return {"is_accepted": is_same, "status": answer.status_code}
