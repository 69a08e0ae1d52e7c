"""Reads where an answer or an act goes: the post, its thread, and whether a record is there already."""

from dataclasses import dataclass
from typing import Any

import httpx

from services.respond.networks.bluesky.answers import object_of
from services.respond.networks.bluesky.sessions import Xrpc
from services.respond.networks.protocol import Account, Failure, Permanent

GONE = "bluesky.target_gone"


@dataclass(frozen=True, slots=True)
class Ref:
    """A record at one version."""

    uri: str
    cid: str

    def as_record(self) -> dict[str, str]:
        """Return it in the network's form (com.atproto.repo.strongRef)."""
        return {"uri": self.uri, "cid": self.cid}


@dataclass(frozen=True, slots=True)
class Place:
    """A post, the first post of its thread, who wrote it, and the account's like of it."""

    post: Ref
    root: Ref
    author_did: str
    like_uri: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that is there."""

    ref: Ref
    value: dict[str, Any]


async def place_of(xrpc: Xrpc, account: Account, uri: str) -> Place | Failure:
    """Read a post. One that is not there is `Permanent` with the code GONE."""
    answer = await xrpc.query(account, "app.bsky.feed.getPosts", {"uris": [uri]})
    if not isinstance(answer, httpx.Response):
        return answer
    posts = object_of(answer).get("posts")
    view = posts[0] if isinstance(posts, list) and posts else None
    post = _ref(view)
    if post is None:
        return Permanent(GONE, "what this answers is no longer at the network")
    # Of an answer the root is the thread's; a post that answers nothing is its own.
    root = _ref(_dig(view, "record", "reply", "root")) or post
    author, like = _dig(view, "author", "did"), _dig(view, "viewer", "like")
    return Place(post, root, str(author or ""), like if isinstance(like, str) else None)


async def record_at(
    xrpc: Xrpc, account: Account, did: str, collection: str, rkey: str
) -> Kept | Failure | None:
    """Read one record; None when it is not there."""
    params = {"repo": did, "collection": collection, "rkey": rkey}
    answer = await xrpc.query(account, "com.atproto.repo.getRecord", params)
    if isinstance(answer, Permanent) and answer.code == GONE:
        return None
    if not isinstance(answer, httpx.Response):
        return answer
    body = object_of(answer)
    ref, value = _ref(body), body.get("value")
    if ref is None or not isinstance(value, dict):
        return Permanent("network.answer_unreadable", "the record could not be read")
    return Kept(ref, value)


def _ref(value: Any) -> Ref | None:
    uri, cid = _dig(value, "uri"), _dig(value, "cid")
    return Ref(uri, cid) if isinstance(uri, str) and isinstance(cid, str) and uri else None


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
