"""Live streams of a Mastodon account: what is sent to whom; server-sent events and websocket frames."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sandbox.mastodon.formats import Entities
from sandbox.models import Account, Change, Doing, Item
from sandbox.world import World

QUEUE_KEPT = 5000


@dataclass(frozen=True, slots=True)
class Event:
    """One stream event; `payload` is the text after `data:` (an id for delete, else JSON)."""

    name: str
    payload: str

    def as_sse(self) -> str:
        """The lines of a server-sent event."""
        return f"event: {self.name}\ndata: {self.payload}\n\n"

    def as_frame(self) -> str:
        """A websocket frame: the payload is a JSON string, also when it holds JSON."""
        frame = {"stream": ["user"], "event": self.name, "payload": self.payload}
        return json.dumps(frame, ensure_ascii=False)


@dataclass(eq=False)
class Listener:
    """One open stream; None in the queue ends it."""

    account_id: str
    queue: asyncio.Queue[Event | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=QUEUE_KEPT)
    )

    def put(self, event: Event | None) -> None:
        """Queue an event; a listener that does not read is cut off, as a real server does."""
        if self.queue.full():
            self.queue.get_nowait()
            event = None
        self.queue.put_nowait(event)


class Hub:
    """All open streams. Nothing is kept for those who are not listening: they poll for the gap."""

    def __init__(self, world: World, entities: Entities, heartbeat_s: float) -> None:
        self._world, self._entities, self._heartbeat_s = world, entities, heartbeat_s
        self._listeners: set[Listener] = set()
        world.listen(self.on_change)

    def open(self, account: Account) -> Listener:
        """A new stream of this account."""
        listener = Listener(account.id)
        self._listeners.add(listener)
        return listener

    def close(self, listener: Listener) -> None:
        """The other side went away."""
        self._listeners.discard(listener)

    def cut(self, account_id: str | None = None) -> int:
        """End all streams, or those of one account."""
        cut = [one for one in self._listeners if account_id in (None, one.account_id)]
        for one in cut:
            one.put(None)
        return len(cut)

    def count(self) -> int:
        """Open streams."""
        return len(self._listeners)

    def on_change(self, change: Change) -> None:
        """Tell the account's streams what a Mastodon server would tell them."""
        item = change.item
        account = self._world.account("mastodon", item.account_id)
        if item.network != "mastodon" or account is None:
            return
        listeners = [one for one in self._listeners if one.account_id == account.id]
        if not listeners:
            return
        event = self._event(change, item, account)
        for one in listeners if event else []:
            one.put(event)

    def _event(self, change: Change, item: Item, account: Account) -> Event | None:
        if change.notification is not None:
            body = self._entities.notification(change.notification, account)
            return Event("notification", _json(body))
        if change.doing is Doing.DELETED:
            return Event("delete", item.id)
        if change.doing is Doing.EDITED:
            return Event("status.update", _json(self._entities.status(item, account)))
        # A new status reaches the home stream only of its author and followers; brands follow nobody.
        if change.doing is Doing.CREATED and item.is_own:
            return Event("update", _json(self._entities.status(item, account)))
        return None

    async def events(self, listener: Listener) -> AsyncIterator[Event | None]:
        """Events as they come; None is a heartbeat; ends when the stream is cut."""
        try:
            while True:
                try:
                    event = await asyncio.wait_for(listener.queue.get(), self._heartbeat_s)
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self.close(listener)


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False)
