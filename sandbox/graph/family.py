"""Messenger and Instagram as the sandbox plays them: how their people write. Pages are the pen's own."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter

from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Desk, Dialect
from sandbox.graph.conversations import Conversations
from sandbox.graph.errors import GraphDialect
from sandbox.graph.instagram import Media
from sandbox.graph.login import Login
from sandbox.graph.pages import Pages
from sandbox.graph.pushes import receipt
from sandbox.graph.routes import GraphRoutes
from sandbox.graph.webhooks import Webhooks
from sandbox.ledger import Ledger
from sandbox.models import Account, Item, Network, Person
from sandbox.world import World
from sandbox.writing import Pen, Words

_FIRST_PERSON = 56000000000000000


class GraphFamily:
    """One API for three networks. Emissions may say `extra`: age_hours, standby, receipt, own."""

    dialects: Mapping[Network, Dialect] = {
        "messenger": GraphDialect(),
        "instagram": GraphDialect(),
    }

    def __init__(
        self, world: World, pen: Pen, desk: Desk, ledger: Ledger, webhooks: Webhooks
    ) -> None:
        self._world, self._pen, self._webhooks = world, pen, webhooks
        self._talk = Conversations(world, ledger)
        pages, media = Pages(world, pen, ledger), Media(world, pen, ledger)
        self._routes = GraphRoutes(world, desk, pages, media, self._talk)
        self._login = Login(world)

    def routers(self) -> list[APIRouter]:
        """The login's paths before those of objects: `dialog` is no object."""
        return [self._login.router(), self._routes.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person write, edit, unsend or be shown a message; comment on or mention Instagram."""
        if emission.kind in ("edit", "delete", "hide", "unhide"):
            return self._change(account, emission)
        if emission.kind == "dm":
            return self._message(account, emission)
        if account.network != "instagram" or emission.kind == "review":
            raise CannotEmit(f"{account.network} has no {emission.kind}")
        person = self._person(emission)
        words = Words(text=emission.text or "", language=emission.language)
        if emission.kind == "mention":
            return self._mention(account, person, words)
        return self._pen.comment(account, self._target(account, emission), person, words)

    def _message(self, account: Account, emission: Emission) -> Item:
        if "receipt" in emission.extra:
            own = self._last(account, is_own=True)
            told = receipt(own, emission.extra["receipt"], self._world.now())
            self._webhooks.tell(own, "messaging", told)
            return own
        at = self._world.now() - timedelta(hours=float(emission.extra.get("age_hours", "0")))
        item = self._talk.receive(account, self._person(emission), emission.text or "", at)
        if "standby" in emission.extra:
            item.extra["standby"] = "yes"
        self._world.create(item)
        return item

    def _mention(self, account: Account, person: Person, words: Words) -> Item:
        """A comment below somebody else's medium that names the account."""
        text = f"@{account.handle} {words.text}"
        return self._pen.mention(account, person, replace(words, text=text))

    def _person(self, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = "".join(c for c in name.lower() if c.isalnum() and c.isascii()) or "someone"
        number = _FIRST_PERSON + zlib.crc32(name.encode())
        return Person(id=str(number), name=name, handle=handle, language=emission.language)

    def _target(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            return self._known(account, wanted)
        if emission.kind == "reply":
            return self._last(account, kind="comment")
        return self._last(account, kind="post", is_own=True)

    def _known(self, account: Account, item_id: str) -> Item:
        item = self._world.item(account.network, item_id)
        if item is None:
            raise CannotEmit(f"no item {item_id}")
        return item

    def _last(self, account: Account, kind: str | None = None, *, is_own: bool = False) -> Item:
        near = self._world.latest(account, 500)
        found = (
            one
            for one in near
            if one.is_own == is_own and not one.is_deleted and kind in (None, one.kind)
        )
        last = next(found, None)
        if last is None:
            raise CannotEmit("there is nothing yet to do this to")
        return last

    def _change(self, account: Account, emission: Emission) -> Item:
        item = self._known(account, emission.id) if emission.id else self._last(account)
        is_hiding = emission.kind in ("hide", "unhide")
        if is_hiding and (account.network != "instagram" or item.kind == "dm"):
            raise CannotEmit("messages cannot be hidden")
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        elif emission.kind == "delete":
            self._world.delete(item)
        else:
            self._world.hide(item, emission.kind == "hide")
        return item

    async def start(self) -> None:
        """Nothing runs by itself: the webhooks are the sandbox's own."""

    async def stop(self) -> None:
        """Nothing to end."""
