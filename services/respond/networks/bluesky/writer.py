"""Writes posts as a Bluesky account and finds them again. Acts, sessions and error answers live beside.

Sources: networks.md section 9 of the contract cards; lexicons of app.bsky and com.atproto.
"""

from typing import Any

import httpx

from contracts.networks import bluesky
from runtime.clock import Clock
from services.respond.networks.bluesky import acts, facets
from services.respond.networks.bluesky.answers import object_of
from services.respond.networks.bluesky.places import Kept, Place, place_of, record_at
from services.respond.networks.bluesky.sessions import Xrpc
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Failure,
    Finding,
    Found,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
    Unreadable,
)

_CREATE = "com.atproto.repo.createRecord"
_RESOLVE = "com.atproto.identity.resolveHandle"
_FEATURE = "app.bsky.richtext.facet"
Record = dict[str, Any]


def build(tools: Tools) -> Network:
    """Return the writing half. A person may have typed the server's address, so calls are guarded."""
    return Bluesky(tools.guarded, tools.clock)


class Bluesky:
    """Posts in answer to a post. The record key stands for the answer, so a repeat cannot be a second."""

    name = "bluesky"
    same_key_window_s = 10 * 365 * 86400.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._xrpc = Xrpc(client)
        self._clock = clock

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands: the author of a post is told without a mention."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every account."""
        return bluesky.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Create the post's record under the key that stands for the answer."""
        if publish.is_private:
            return Permanent("network.unsupported", "private answers are not written on Bluesky")
        place = await place_of(self._xrpc, account, publish.target.external_id)
        if not isinstance(place, Place):
            return place
        text = publish.text.encode("utf-8", "replace").decode()
        shown = await self._facets(account, place, publish.target, text)
        if not isinstance(shown, list):
            return shown
        record = self._record(publish.target, place, text)
        return await self._write(account, publish, record | ({"facets": shown} if shown else {}))

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the record that has the answer's key."""
        if not search.key:
            return Unreadable("network.key_missing", "it is not known under which key it was sent")
        kept = await self._kept(account, search.key)
        if kept is None:
            return Absent()
        if not isinstance(kept, Kept):
            return Unreadable(kept.code, kept.reason)
        return Found(kept.ref.uri, bluesky.permalink(kept.ref.uri))

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Like, block, delete an own post, or hide an answer in an own thread."""
        return await acts.moderate(self._xrpc, account, moderate, self._now())

    def _record(self, target: Target, place: Place, text: str) -> Record:
        record: Record = {
            "$type": bluesky.POSTS,
            "text": text,
            "createdAt": self._now(),
            "reply": {"root": place.root.as_record(), "parent": place.post.as_record()},
        }
        return record | ({"langs": [target.language]} if target.language else {})

    async def _write(self, account: Account, publish: Publish, record: Record) -> Outcome:
        did = await self._xrpc.did(account)
        if not isinstance(did, str):
            return did
        rkey = bluesky.record_key(publish.key)
        body = {"repo": did, "collection": bluesky.POSTS, "rkey": rkey, "record": record}
        answer = await self._xrpc.act(account, _CREATE, body)
        if isinstance(answer, Permanent | Retry):
            return await self._repeated(account, publish, answer)
        if not isinstance(answer, httpx.Response):
            return answer
        uri = object_of(answer).get("uri")
        if not isinstance(uri, str) or not uri:
            return Unknown("network.answer_unreadable", "the network's answer named no post")
        return Sent(uri, bluesky.permalink(uri))

    async def _repeated(self, account: Account, publish: Publish, failure: Failure) -> Outcome:
        """A refusal may mean that the record is there: servers do not agree on how they say so."""
        kept = await self._kept(account, publish.key)
        if isinstance(kept, Kept) and fingerprint(str(kept.value.get("text"))) == fingerprint(
            publish.text
        ):
            return Sent(kept.ref.uri, bluesky.permalink(kept.ref.uri), is_repeat=True)
        return failure

    async def _kept(self, account: Account, key: str) -> Kept | Failure | None:
        did = await self._xrpc.did(account)
        if not isinstance(did, str):
            return did
        return await record_at(self._xrpc, account, did, bluesky.POSTS, bluesky.record_key(key))

    async def _facets(
        self, account: Account, place: Place, target: Target, text: str
    ) -> list[Record] | Failure:
        """Return the facets in the network's form; a name that nobody has stays plain text."""
        shown = []
        for facet in facets.detect(text):
            feature: Record | Failure | None
            if facet.kind == "link":
                feature = {"$type": f"{_FEATURE}#link", "uri": facet.value}
            elif facet.kind == "tag":
                feature = {"$type": f"{_FEATURE}#tag", "tag": facet.value}
            else:
                feature = await self._mention(account, place, target, facet.value)
            if feature is not None and not isinstance(feature, dict):
                return feature
            if feature is not None:
                index = {"byteStart": facet.start, "byteEnd": facet.end}
                shown.append({"index": index, "features": [feature]})
        return shown

    async def _mention(
        self, account: Account, place: Place, target: Target, handle: str
    ) -> Record | Failure | None:
        did: Any = place.author_did
        if handle.casefold() != (target.author_handle or "").casefold() or not did:
            answer = await self._xrpc.query(account, _RESOLVE, {"handle": handle})
            if isinstance(answer, Permanent):
                return None
            if not isinstance(answer, httpx.Response):
                return answer
            did = object_of(answer).get("did")
        if not isinstance(did, str) or not did:
            return None
        return {"$type": f"{_FEATURE}#mention", "did": did}

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
