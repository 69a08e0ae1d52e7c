"""Bluesky as a family: its parts wired, and how its people write."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from sandbox.bluesky.errors import BlueskyDialect
from sandbox.bluesky.jetstream import Jetstream
from sandbox.bluesky.repos import NETWORK, POSTS, Repos
from sandbox.bluesky.routes import XrpcRoutes
from sandbox.bluesky.sessions import Sessions
from sandbox.bluesky.views import Views, shown_time
from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Dialect
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network, Person

_HAS_NOT = {
    "edit": "Bluesky has no editing",
    "hide": "only the author of a thread hides answers in it",
    "unhide": "only the author of a thread hides answers in it",
    "dm": "the stand-in has no chats",
    "review": "Bluesky has no reviews",
}


def build(common: Common) -> Family:
    """Wire the stand-in."""
    return BlueskyFamily(common)


class BlueskyFamily:
    """One server that holds all accounts, and the stream of all of them."""

    def __init__(self, common: Common) -> None:
        self._world = common.world
        self.dialects: Mapping[Network, Dialect] = {NETWORK: BlueskyDialect(common.world.now)}
        self._repos = Repos(common.world, common.ledger, common.records)
        self._stream = Jetstream(common.world, common.misbehaviour)
        views, sessions = Views(common.world, self._repos), Sessions(common.world)
        self._routes = XrpcRoutes(common.world, common.desk, sessions, self._repos, views)

    def routers(self) -> list[APIRouter]:
        """All paths under /bluesky."""
        return [self._routes.router(), self._stream.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person answer, name or quote the brand, or delete a post. `extra.quote` makes a quote."""
        if emission.kind in _HAS_NOT:
            raise CannotEmit(_HAS_NOT[emission.kind])
        if emission.kind == "delete":
            return self._delete(account, emission)
        person, text = _person(emission), emission.text or "Hello"
        if emission.extra.get("quote"):
            subject = {"record": self._ref(self._target(account, emission))}
            value = self._value(emission, text) | {
                "embed": {"$type": "app.bsky.embed.record", **subject}
            }
            return self._repos.write(account, person, value, "quote")
        if emission.kind == "mention":
            return self._mention(account, person, emission)
        parent = self._target(account, emission)
        root = self._world.item(NETWORK, parent.root_id) or parent
        reply = {"root": self._ref(root), "parent": self._ref(parent)}
        value = self._value(emission, text) | {"reply": reply}
        return self._repos.write(account, person, value, "reply")

    def post(self, account: Account, text: str, language: str) -> Item:
        """A post of the brand."""
        at = self._world.now()
        value = {"$type": POSTS, "text": text, "langs": [language], "createdAt": shown_time(at)}
        return self._known(self._repos.create(account, POSTS, self._repos.new_key(at), value))

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """End the streams."""
        self._stream.cut()

    def _mention(self, account: Account, person: Person, emission: Emission) -> Item:
        name, text = f"@{account.handle}", emission.text or "Hello"
        text = text if name in text else f"{name} {text}"
        start = len(text[: text.index(name)].encode())
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": account.id}
        facet = {
            "index": {"byteStart": start, "byteEnd": start + len(name.encode())},
            "features": [feature],
        }
        value = self._value(emission, text) | {"facets": [facet]}
        return self._repos.write(account, person, value, "mention")

    def _value(self, emission: Emission, text: str) -> dict[str, Any]:
        at = emission.extra.get("created_at") or shown_time(self._world.now())
        return {"$type": POSTS, "text": text, "langs": [emission.language], "createdAt": at}

    def _ref(self, item: Item) -> dict[str, str]:
        return {"uri": item.id, "cid": item.extra["cid"]}

    def _target(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id or emission.post
        if wanted is not None:
            return self._known(wanted)
        near = [one for one in self._world.latest(account, 200) if not one.is_deleted]
        visitors = [one for one in near if not one.is_own]
        if emission.kind == "reply" and visitors:
            return visitors[0]
        return self._own_post(account)

    def _own_post(self, account: Account) -> Item:
        """The brand's last post; its first one is made when somebody wants to answer it."""
        posts = [one for one in self._world.posts(account) if one.extra]
        if posts:
            return posts[-1]
        return self.post(account, f"{account.name} is on Bluesky.", "en")

    def _delete(self, account: Account, emission: Emission) -> Item:
        near = [one for one in self._world.latest(account, 200) if not one.is_own]
        there = [one for one in near if not one.is_deleted]
        if not emission.id and not there:
            raise CannotEmit("there is nothing yet to delete")
        item = self._known(emission.id) if emission.id else there[0]
        self._repos.delete(item.id)
        return item

    def _known(self, uri: str) -> Item:
        item = self._world.item(NETWORK, uri)
        if item is None:
            raise CannotEmit(f"no item {uri}")
        return item


def _person(emission: Emission) -> Person:
    name = emission.author or "Robin Example"
    handle = "".join(c for c in name.lower() if c.isalnum() and c.isascii()) or "someone"
    letters = b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()[:24]
    return Person(
        id=f"did:plc:{letters}",
        name=name,
        handle=f"{handle}.bsky.social",
        language=emission.language,
    )
