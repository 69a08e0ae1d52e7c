"""What the app.bsky views show, with the keys of recorded answers. No routes and no state of its own."""

from datetime import datetime
from typing import Any

from sandbox.bluesky.repos import NETWORK, Repos
from sandbox.models import Account, Item, Person
from sandbox.world import World


def shown_time(at: datetime) -> str:
    """2026-07-24T21:23:25.001Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Views:
    """Authors, posts, notifications and threads."""

    def __init__(self, world: World, repos: Repos) -> None:
        self._world, self._repos = world, repos

    def author(self, item: Item) -> dict[str, Any]:
        """Who wrote an item."""
        return {
            "did": item.author_id,
            "handle": item.author_handle,
            "displayName": item.author_name,
            "viewer": {"muted": False, "blockedBy": False},
            "labels": [],
        }

    def profile(self, who: Account | Person) -> dict[str, Any]:
        """A profile."""
        return {
            "did": who.id,
            "handle": who.handle,
            "displayName": who.name,
            "labels": [],
            "followersCount": 0,
            "followsCount": 0,
            "postsCount": 0,
        }

    def post(self, item: Item, viewer: Account) -> dict[str, Any]:
        """A post view."""
        row = self._repos.find(item.id)
        likes = self._repos.listed(viewer.id, "app.bsky.feed.like")
        liked = [one.uri for one in likes if one.value.get("subject", {}).get("uri") == item.id]
        return {
            "uri": row.uri,
            "cid": row.cid,
            "author": self.author(item),
            "record": row.value,
            "replyCount": len(self._world.children(item)),
            "repostCount": 0,
            "likeCount": len(item.likes),
            "quoteCount": 0,
            "indexedAt": shown_time(item.created_at),
            "viewer": {"like": liked[0]} if liked else {},
            "labels": [],
        }

    def notification(self, item: Item) -> dict[str, Any]:
        """A notification about somebody's post."""
        row = self._repos.find(item.id)
        whole: dict[str, Any] = {
            "uri": row.uri,
            "cid": row.cid,
            "author": self.author(item),
            "reason": item.extra["reason"],
            "record": row.value,
            "isRead": False,
            "indexedAt": shown_time(item.created_at),
            "labels": [],
        }
        embedded = row.value.get("embed", {}).get("record", {}).get("uri")
        subject = item.parent_id or embedded
        return whole | ({"reasonSubject": subject} if subject else {})

    def thread(self, uri: str, viewer: Account, depth: int = 6) -> dict[str, Any]:
        """A post, the chain above it and the answers below it."""
        item = self._item(uri)
        if item is None:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        node: dict[str, Any] = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self.post(item, viewer),
        }
        if item.parent_id:
            node["parent"] = self.thread(item.parent_id, viewer, depth=0)
        if depth > 0:
            node["replies"] = [
                self._below(one, viewer, depth) for one in self._world.children(item)
            ]
        return node

    def _below(self, item: Item, viewer: Account, depth: int) -> dict[str, Any]:
        node = self.thread(item.id, viewer, depth - 1)
        node.pop("parent", None)
        return node

    def _item(self, uri: str) -> Item | None:
        item = self._world.item(NETWORK, uri)
        return None if item is None or item.is_deleted else item
