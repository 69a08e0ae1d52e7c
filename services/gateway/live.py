"""Live updates: pulses out of MongoDB, fanned out to the pages that are open, by their brands."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.mongo import Document
from services.gateway.domain.views import Viewer
from services.gateway.metrics import GatewayMetrics
from services.gateway.ports import Identity
from services.gateway.store.pulses import Item, PulseStore

COALESCE_S = 0.1
HEARTBEAT_S = 15.0
MOST_WAITING = 400
LOOKED_S = 30
RECONNECT_S = 1.0

log = get_logger("gateway.live")


class Client:
    """One open page. What it has not read yet is bounded: beyond that it is told to load again."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.is_ending = False
        self._items: dict[tuple[str, str, str, str], None] = {}
        self._viewing: list[Document] = []
        self._is_overrun = False
        self.woken = asyncio.Event()

    def put(self, pulse: Document) -> None:
        """Take note of a pulse of one of the viewer's brands."""
        if pulse["brand_id"] not in self.viewer.roles:
            return
        if pulse["kind"] == "viewing":
            self._viewing.append(pulse)
            del self._viewing[:-20]
        else:
            for message_id, thread_id in pulse["items"]:
                self._items[(pulse["kind"], pulse["brand_id"], message_id, thread_id)] = None
        self._is_overrun |= bool(pulse.get("is_more")) or len(self._items) > MOST_WAITING
        if self._is_overrun:
            self._items.clear()
        self.woken.set()

    def overrun(self) -> None:
        """Something may have been missed: the page loads again."""
        self._is_overrun = True
        self.woken.set()

    def take(self) -> list[bytes]:
        """Return what waits, as server-sent events, and forget it."""
        self.woken.clear()
        told = []
        if self._is_overrun:
            told.append(_event("refresh", {}))
        elif self._items:
            names = ("kind", "brand_id", "message_id", "thread_id")
            items = [dict(zip(names, item, strict=True)) for item in self._items]
            told.append(_event("items", {"items": items}))
        told.extend(
            _event("viewing", _viewing(pulse))
            for pulse in self._viewing
            if pulse["person"][0] != self.viewer.person_id
        )
        self._items.clear()
        self._viewing.clear()
        self._is_overrun = False
        return told


class LiveUpdates:
    """Watches the pulses and keeps the open pages. A component; `door` closes the pages first."""

    name = "live"

    def __init__(self, pulses: PulseStore, clock: Clock, metrics: GatewayMetrics) -> None:
        self._pulses = pulses
        self._clock = clock
        self._metrics = metrics
        self._clients: set[Client] = set()
        self._looks: dict[str, dict[str, tuple[str, datetime]]] = {}
        self._is_closed = False
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch."""
        self.task = asyncio.create_task(self._watch(), name=self.name)

    async def stop(self) -> None:
        """Stop watching."""
        self.hang_up()
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    def hang_up(self) -> None:
        """End every stream, so that the server need not wait for pages that stay open."""
        self._is_closed = True
        for client in self._clients:
            client.is_ending = True
            client.woken.set()

    async def stream(
        self, identity: Identity, is_allowed: Callable[[], Awaitable[Identity | None]]
    ) -> AsyncIterator[bytes]:
        """Yield events of the viewer's brands; ends when `is_allowed` finds no identity any more."""
        client = Client(identity.viewer)
        self._clients.add(client)
        self._metrics.live_clients.set(len(self._clients))
        try:
            yield _event("hello", {})
            checked_at = time.monotonic()
            while not (self._is_closed or client.is_ending):
                if await _is_woken(client):
                    # Let a burst gather: the page gets one event, not hundreds.
                    await asyncio.sleep(COALESCE_S)
                if time.monotonic() - checked_at >= HEARTBEAT_S:
                    known = await is_allowed()
                    if known is None:
                        return
                    client.viewer, checked_at = known.viewer, time.monotonic()
                    yield b": still here\n\n"
                for event in client.take():
                    yield event
        finally:
            self._clients.discard(client)
            self._metrics.live_clients.set(len(self._clients))

    async def note_viewing(self, viewer: Viewer, brand_id: str, item: Item) -> None:
        """Tell the others that this person looks at (message_id, thread_id)."""
        await self._pulses.tell_viewing(brand_id, item, (viewer.person_id, viewer.name))

    def viewers_of(self, message_id: str, but: str) -> list[str]:
        """Return the names of who looked at it within the last 30 s, but for one person id."""
        now = self._clock.now()
        looks = self._looks.get(message_id, {})
        return [name for person, (name, until) in looks.items() if person != but and until > now]

    async def _watch(self) -> None:
        while True:
            try:
                async for pulse in self._pulses.watch():
                    self._hear(pulse)
            except Unavailable as outage:
                log.warning("live.watch_broken", why=outage.why)
            for client in self._clients:
                client.overrun()
            await self._clock.sleep(RECONNECT_S)

    def _hear(self, pulse: Document) -> None:
        self._metrics.pulses.inc()
        if pulse["kind"] == "viewing":
            self._note_look(pulse)
        for client in self._clients:
            client.put(pulse)

    def _note_look(self, pulse: Document) -> None:
        now = self._clock.now()
        person_id, name = pulse["person"]
        looks = self._looks.setdefault(pulse["items"][0][0], {})
        looks[person_id] = (name, now + timedelta(seconds=LOOKED_S))
        self._looks = {
            message_id: living
            for message_id, known in self._looks.items()
            if (living := {p: look for p, look in known.items() if look[1] > now})
        }


class Door:
    """A component that ends the open streams before the server below it is asked to drain."""

    name = "live:door"

    def __init__(self, live: LiveUpdates) -> None:
        self._live = live

    async def start(self) -> None:
        """Nothing to do: the streams open by themselves."""

    async def stop(self) -> None:
        """End every stream."""
        self._live.hang_up()


async def _is_woken(client: Client) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(client.woken.wait(), HEARTBEAT_S)
    return client.woken.is_set() and not client.is_ending


def _viewing(pulse: Document) -> dict[str, str]:
    message_id, thread_id = pulse["items"][0]
    person_id, name = pulse["person"]
    return {
        "message_id": message_id, "thread_id": thread_id, "person_id": person_id, "name": name,
    }  # fmt: skip


def _event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
