"""The paths of the YouTube stand-in, each with its price in units. What YouTube allows is in comments."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.desk import Call
from sandbox.endpoints import Row, body_of
from sandbox.models import Account, Item
from sandbox.world import World
from sandbox.youtube.comments import NETWORK, Comments
from sandbox.youtube.errors import Units, refusal
from sandbox.youtube.formats import Resources, listed

_STATUSES = frozenset({"published", "heldForReview", "rejected"})


class Routes:
    """Translates HTTP to Comments and back."""

    def __init__(
        self, world: World, comments: Comments, resources: Resources, units: Units
    ) -> None:
        self._world, self._comments = world, comments
        self._resources, self._units = resources, units

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        return [
            ("GET", "/youtube/v3/channels", "read", self._channels),
            ("GET", "/youtube/v3/videos", "read", self._videos),
            ("GET", "/youtube/v3/commentThreads", "read", self._threads),
            ("GET", "/youtube/v3/comments", "read", self._listed),
            ("POST", "/youtube/v3/comments", "publish", self._insert),
            ("PUT", "/youtube/v3/comments", "edit", self._update),
            ("DELETE", "/youtube/v3/comments", "delete", self._delete),
            ("POST", "/youtube/v3/comments/setModerationStatus", "moderate", self._judge),
        ]

    async def _channels(self, _call: Call, account: Account) -> Any:
        self._units.spend(1)
        return listed("channel", [self._resources.channel(account)])

    async def _videos(self, call: Call, _account: Account) -> Any:
        self._units.spend(1)
        item = self._world.item(NETWORK, call.request.query_params.get("id", ""))
        is_there = item is not None and item.kind == "post" and not item.is_deleted
        return listed("video", [self._resources.video(item)] if item and is_there else [])

    async def _threads(self, call: Call, account: Account) -> Any:
        self._units.spend(1)
        asked = call.request.query_params
        if asked.get("id"):
            item = self._comments.find(asked["id"])
            return listed("commentThread", [self._resources.thread(item)] if item else [])
        if asked.get("allThreadsRelatedToChannelId") != account.id:
            raise refusal(404, "channelNotFound", domain="youtube.commentThread")
        found = self._comments.threads(account, asked.get("moderationStatus", "published"))
        rows, token = _cut(call, found)
        return listed("commentThread", [self._resources.thread(one) for one in rows], token)

    async def _listed(self, call: Call, _account: Account) -> Any:
        self._units.spend(1)
        asked = call.request.query_params
        if "id" in asked:
            found = [self._comments.find(one) for one in asked["id"].split(",")]
            rows, token = [one for one in found if one is not None], None
        else:
            rows, token = _cut(call, self._comments.replies(asked.get("parentId", "")))
        return listed("comment", [self._resources.comment(one) for one in rows], token)

    async def _insert(self, call: Call, account: Account) -> Any:
        self._units.spend(50)
        item = self._comments.insert(account, await body_of(call.request), call.outcome)
        return JSONResponse(self._resources.comment(item))

    async def _update(self, call: Call, account: Account) -> Any:
        self._units.spend(50)
        item = self._comments.update(account, await body_of(call.request))
        return JSONResponse(self._resources.comment(item))

    async def _delete(self, call: Call, account: Account) -> Any:
        self._units.spend(50)
        self._comments.delete(account, call.request.query_params.get("id", ""))
        return Response(status_code=204)

    async def _judge(self, call: Call, account: Account) -> Any:
        self._units.spend(50)
        asked = call.request.query_params
        status = asked.get("moderationStatus", "")
        if status not in _STATUSES or (asked.get("banAuthor") == "true" and status != "rejected"):
            raise refusal(400, "processingFailure")
        self._comments.judge(account, asked.get("id", ""), status)
        return Response(status_code=204)


def _cut(call: Call, rows: list[Item]) -> tuple[list[Item], str | None]:
    """One page; a token is the place its page begins at."""
    asked = call.request.query_params
    size, start = asked.get("maxResults", "20"), asked.get("pageToken", "0")
    if not (size.isdigit() and start.isdigit() and 1 <= int(size) <= 100):
        raise refusal(400, "invalidPageToken")
    end = int(start) + int(size)
    return rows[int(start) : end], str(end) if end < len(rows) else None
