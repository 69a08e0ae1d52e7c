"""Likes, blocks, deletions and hidden answers on Bluesky. Every one of them may be repeated without harm."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from contracts.networks import bluesky
from contracts.networks.bluesky import parts_of, record_key
from services.respond.networks.bluesky.places import GONE, Kept, Place, place_of, record_at
from services.respond.networks.bluesky.sessions import Xrpc
from services.respond.networks.protocol import (
    Account,
    Done,
    Failure,
    Moderate,
    Moderated,
    Permanent,
    Retry,
    Unknown,
)

LIKES = "app.bsky.feed.like"
BLOCKS = "app.bsky.graph.block"
GATES = "app.bsky.feed.threadgate"
_REPO = "com.atproto.repo"
_HIDDEN = "hiddenReplies"


async def moderate(xrpc: Xrpc, account: Account, wish: Moderate, now: str) -> Moderated:
    """Do the act. What the rules do not list is refused. `now` is the network's form of the time."""
    did = await xrpc.did(account)
    if not isinstance(did, str):
        return did
    act = _Act(xrpc, account, did, wish, now)
    if wish.act in ("hide", "unhide"):
        done = await act.hide(is_hidden=wish.act == "hide")
    elif wish.act in _PLAIN:
        done = await _PLAIN[wish.act](act)
    else:
        done = Permanent("network.unsupported", f"Bluesky has no way to {wish.act}")
    if isinstance(done, Unknown):
        return Retry(done.code, done.reason, is_doubtful=True)
    return done


class _Act:
    """One act with all it needs."""

    def __init__(self, xrpc: Xrpc, account: Account, did: str, wish: Moderate, now: str) -> None:
        self._xrpc, self._account, self._did, self._now = xrpc, account, did, now
        self._target = wish.target
        self._uri = wish.target.external_id

    async def like(self) -> Moderated:
        place = await place_of(self._xrpc, self._account, self._uri)
        if not isinstance(place, Place):
            return place
        if place.like_uri:
            return Done()
        value = {"$type": LIKES, "subject": place.post.as_record(), "createdAt": self._now}
        return await self._create(LIKES, record_key(f"like:{self._uri}"), value)

    async def unlike(self) -> Moderated:
        place = await place_of(self._xrpc, self._account, self._uri)
        if isinstance(place, Permanent) and place.code == GONE:
            return Done()
        if not isinstance(place, Place):
            return place
        # The like may have been made in the network's own app, under a key of its own.
        parts = parts_of(place.like_uri or "")
        rkey = parts[2] if parts else record_key(f"like:{self._uri}")
        return await self._remove(LIKES, rkey)

    async def delete(self) -> Moderated:
        parts = parts_of(self._uri)
        if parts is None or parts[0] != self._did or parts[1] != bluesky.POSTS:
            return Permanent("bluesky.not_own", "only the account's own posts can be deleted")
        return await self._remove(parts[1], parts[2])

    async def unblock(self) -> Moderated:
        """Remove our own record; a block made in the network's own app has another key and stays."""
        return await self._remove(BLOCKS, record_key(f"block:{self._author()}"))

    def _author(self) -> str:
        parts = parts_of(self._uri)
        return self._target.author_id or (parts[0] if parts else "")

    async def block(self) -> Moderated:
        author = self._author()
        if not author or author == self._did:
            return Permanent("bluesky.not_allowed", "there is nobody to block")
        value = {"$type": BLOCKS, "subject": author, "createdAt": self._now}
        return await self._create(BLOCKS, record_key(f"block:{author}"), value)

    async def hide(self, *, is_hidden: bool) -> Moderated:
        root = await self._root()
        if not isinstance(root, str):
            return root
        parts = parts_of(root)
        if parts is None or parts[0] != self._did:
            why = "only answers in the account's own threads can be hidden"
            return Permanent("bluesky.not_own_thread", why)
        gate = await record_at(self._xrpc, self._account, self._did, GATES, parts[2])
        if gate is not None and not isinstance(gate, Kept):
            return gate
        return await self._gate(root, parts[2], gate, is_hidden=is_hidden)

    async def _root(self) -> str | Failure:
        if self._target.root_id:
            return self._target.root_id
        place = await place_of(self._xrpc, self._account, self._uri)
        return place.root.uri if isinstance(place, Place) else place

    async def _gate(self, root: str, rkey: str, gate: Kept | None, *, is_hidden: bool) -> Moderated:
        """Write the thread's gate anew; who may answer stays as it was."""
        fresh: dict[str, Any] = {"$type": GATES, "post": root, "createdAt": self._now}
        value = gate.value if gate else fresh
        listed = value.get(_HIDDEN)
        hidden = list(listed) if isinstance(listed, list) else []
        if (self._uri in hidden) is is_hidden:
            return Done()
        kept = [one for one in hidden if one != self._uri]
        body = {
            "repo": self._did,
            "collection": GATES,
            "rkey": rkey,
            "record": value | {_HIDDEN: [*kept, self._uri] if is_hidden else kept},
            # Two people may hide at once: the second must not undo the first.
            "swapRecord": gate.ref.cid if gate else None,
        }
        return _done(await self._xrpc.act(self._account, f"{_REPO}.putRecord", body))

    async def _create(self, collection: str, rkey: str, value: dict[str, Any]) -> Moderated:
        body = {"repo": self._did, "collection": collection, "rkey": rkey, "record": value}
        answer = await self._xrpc.act(self._account, f"{_REPO}.createRecord", body)
        if isinstance(answer, Permanent | Retry):
            kept = await record_at(self._xrpc, self._account, self._did, collection, rkey)
            if isinstance(kept, Kept):
                return Done()
        return _done(answer)

    async def _remove(self, collection: str, rkey: str) -> Moderated:
        body = {"repo": self._did, "collection": collection, "rkey": rkey}
        answer = await self._xrpc.act(self._account, f"{_REPO}.deleteRecord", body)
        if isinstance(answer, Permanent) and answer.code == GONE:
            return Done()
        return _done(answer)


_PLAIN: dict[str, Callable[[_Act], Awaitable[Moderated]]] = {
    "like": _Act.like, "unlike": _Act.unlike, "delete": _Act.delete, "block": _Act.block,
    "unblock": _Act.unblock,
}  # fmt: skip


def _done(answer: httpx.Response | Failure) -> Moderated:
    return Done() if isinstance(answer, httpx.Response) else answer
