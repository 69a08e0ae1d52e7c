"""YouTube's JSON with the keys of the recorded payloads. No rules of who may what."""

from datetime import datetime
from html import escape
from typing import Any

from sandbox.models import Account, Item
from sandbox.world import World

_SHOWN_REPLIES = 5


def google_time(at: datetime) -> str:
    """2019-04-20T01:03:39.000Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Resources:
    """Renders threads, comments, videos and channels."""

    def __init__(self, world: World) -> None:
        self._world = world

    def comment(self, item: Item, *, names_video: bool = False) -> dict[str, Any]:
        """A comment; alone it does not name its video."""
        snippet: dict[str, Any] = {
            "textDisplay": escape(item.text, quote=False).replace("\n", "<br />"),
            "textOriginal": item.text,
            "authorDisplayName": f"@{item.author_handle}",
            "authorProfileImageUrl": "https://yt3.ggpht.example/a=s48",
            "authorChannelUrl": f"http://www.youtube.com/channel/{item.author_id}",
            "authorChannelId": {"value": item.author_id},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": google_time(item.created_at),
            "updatedAt": google_time(item.edited_at or item.created_at),
        }
        if names_video:
            snippet["videoId"] = item.root_id
        if item.parent_id != item.root_id:
            snippet["parentId"] = item.parent_id
        if status := item.extra.get("moderation"):
            snippet["moderationStatus"] = status
        return {"kind": "youtube#comment", "etag": "e", "id": item.id, "snippet": snippet}

    def thread(self, item: Item) -> dict[str, Any]:
        """A thread with some of its replies, as a page shows it."""
        replies = [one for one in self._world.children(item) if not one.extra.get("moderation")]
        thread: dict[str, Any] = {
            "kind": "youtube#commentThread",
            "etag": "e",
            "id": item.id,
            "snippet": {
                "channelId": item.account_id,
                "videoId": item.root_id,
                "topLevelComment": self.comment(item, names_video=True),
                "canReply": True,
                "totalReplyCount": len(replies),
                "isPublic": True,
            },
        }
        if replies:
            shown = [self.comment(one, names_video=True) for one in replies[-_SHOWN_REPLIES:]]
            thread["replies"] = {"comments": shown}
        return thread

    def video(self, item: Item) -> dict[str, Any]:
        """A video."""
        snippet = {
            "publishedAt": google_time(item.created_at),
            "channelId": item.account_id,
            "title": item.text,
            "description": "",
            "channelTitle": item.author_name,
        }
        return {"kind": "youtube#video", "etag": "e", "id": item.id, "snippet": snippet}

    def channel(self, account: Account) -> dict[str, Any]:
        """A channel."""
        snippet = {"title": account.name, "description": "", "customUrl": f"@{account.handle}"}
        return {"kind": "youtube#channel", "etag": "e", "id": account.id, "snippet": snippet}


def listed(kind: str, rows: list[dict[str, Any]], token: str | None = None) -> dict[str, Any]:
    """A list answer."""
    page: dict[str, Any] = {
        "kind": f"youtube#{kind}ListResponse",
        "etag": "e",
        "pageInfo": {"totalResults": len(rows), "resultsPerPage": len(rows)},
        "items": rows,
    }
    if token:
        page["nextPageToken"] = token
    return page
