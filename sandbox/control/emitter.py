"""Lets one chosen thing happen at once, for tests and benchmarks; choosing by chance is traffic's."""

import zlib
from collections.abc import Mapping
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.family import Family
from sandbox.models import Account, Item, Network, Person
from sandbox.world import World
from sandbox.writing import Pen, Words


class Emitter:
    """Turns an emission into changes of the world."""

    def __init__(self, world: World, pen: Pen, families: Mapping[Network, Family]) -> None:
        self._world, self._pen, self._families = world, pen, families
        self._emitted = 0

    def emit(self, emission: Emission) -> dict[str, Any]:
        """Ids of what happened; with `count` the last one, all of them under `ids`."""
        account = self._world.account(emission.network, emission.account)
        if account is None:
            raise CannotEmit("no such account")
        items = [self._one(account, emission) for _ in range(emission.count)]
        last = items[-1]
        return {
            "id": last.id,
            "ids": [item.id for item in items],
            "network": last.network,
            "account": last.account_id,
            "parent_id": last.parent_id,
            "post_id": last.root_id,
            "author_id": last.author_id,
            "author": last.author_handle,
            "text": last.text,
            "at": last.created_at,
            "emitted_at": self._world.now(),
        }

    def _one(self, account: Account, emission: Emission) -> Item:
        self._emitted += 1
        family = self._families.get(account.network)
        if family is not None:
            text = self._text(emission) if emission.kind not in ("delete", "hide") else None
            return family.emit(account, emission.model_copy(update={"text": text}))
        if emission.kind in ("edit", "delete", "hide", "unhide"):
            return self._change(account, emission)
        person = self._person(account.network, emission)
        words = Words(text=self._text(emission), language=emission.language)
        if emission.kind == "mention":
            return self._pen.mention(account, person, words)
        if emission.kind == "dm":
            return self._message(account, person, words)
        if emission.kind == "review":
            return self._review(account, person, words, emission)
        return self._pen.comment(account, self._target(account, emission), person, words)

    def _message(self, account: Account, person: Person, words: Words) -> Item:
        if account.network == "facebook":
            raise CannotEmit("a page's messages are those of the network messenger")
        private = Words(text=words.text, language=words.language, visibility="direct")
        return self._pen.message(account, person, private)

    def _review(self, account: Account, person: Person, words: Words, emission: Emission) -> Item:
        if account.network != "facebook":
            raise CannotEmit("only pages are reviewed here")
        return self._pen.review(account, person, words, emission.extra.get("rating", "5"))

    def _text(self, emission: Emission) -> str:
        if emission.text is None:
            return f"Hello, this is message {self._emitted}. Could you have a look please?"
        return emission.text.replace("{n}", str(self._emitted))

    def _person(self, network: Network, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = "".join(c for c in name.lower() if c.isalnum() and c.isascii()) or "someone"
        first = 24600000000000000 if network == "facebook" else 117040000000000000
        number = first + zlib.crc32(name.encode())
        return Person(id=str(number), name=name, handle=handle, language=emission.language)

    def _target(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            return self._known(account, wanted)
        if emission.kind == "reply":
            near = self._world.latest(account, 200)
            return self._last([i for i in near if i.kind == "comment" and not i.is_deleted][:1])
        return self._last(self._world.posts(account))

    def _known(self, account: Account, item_id: str) -> Item:
        item = self._world.item(account.network, item_id)
        if item is None:
            raise CannotEmit(f"no item {item_id}")
        return item

    def _last(self, items: list[Item]) -> Item:
        if not items:
            raise CannotEmit("there is nothing yet to do this to")
        return items[-1]

    def _change(self, account: Account, emission: Emission) -> Item:
        near = self._world.latest(account, 200)
        others = [i for i in near if not i.is_own and not i.is_deleted][:1]
        item = self._known(account, emission.id) if emission.id else self._last(others)
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        elif emission.kind == "delete":
            self._world.delete(item)
        elif account.network == "mastodon":
            raise CannotEmit("Mastodon has no hiding of other people's statuses")
        else:
            self._world.hide(item, emission.kind == "hide")
        return item
