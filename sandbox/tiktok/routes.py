"""The paths of the TikTok stand-in. What TikTok allows is in comments."""

import json
from typing import Any

from sandbox.desk import Call
from sandbox.endpoints import Row, body_of
from sandbox.models import Account, Item
from sandbox.tiktok.comments import Comments
from sandbox.tiktok.errors import bad_token, envelope, refusal

_API = "/open_api/v1.3"
_COMMENT = f"{_API}/business/comment"


class Routes:
    """Translates HTTP to Comments and back."""

    def __init__(self, comments: Comments) -> None:
        self._comments = comments

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        return [
            ("POST", f"{_API}/tt_user/token_info/get/", "read", self._token),
            ("GET", f"{_API}/business/get/", "read", self._account),
            ("GET", f"{_API}/business/video/list/", "read", self._videos),
            ("GET", f"{_COMMENT}/list/", "read", self._listed),
            ("GET", f"{_COMMENT}/reply/list/", "read", self._replies),
            ("POST", f"{_COMMENT}/reply/create/", "publish", self._reply),
            ("POST", f"{_COMMENT}/hide/", "moderate", self._hide),
            ("POST", f"{_COMMENT}/like/", "like", self._like),
            ("POST", f"{_COMMENT}/delete/", "delete", self._delete),
        ]

    async def _token(self, call: Call, account: Account) -> Any:
        if (await body_of(call.request)).get("access_token") != account.token:
            raise bad_token()
        return envelope({"app_id": "1", "creator_id": account.id, "scope": "comment.list"})

    async def _account(self, call: Call, account: Account) -> Any:
        _asked(call, account)
        return envelope({"username": account.handle, "display_name": account.name})

    async def _videos(self, call: Call, account: Account) -> Any:
        asked = _asked(call, account)
        wanted = json.loads(asked.get("filters", "{}")).get("video_ids")
        found = [
            one for one in self._comments.videos(account) if wanted is None or one.id in wanted
        ]
        rows, more = _cut(asked, found, 20)
        videos = [
            {
                "item_id": one.id,
                "create_time": str(int(one.created_at.timestamp())),
                "caption": one.text,
                "share_url": f"https://www.tiktok.com/@{account.handle}/video/{one.id}",
            }
            for one in rows
        ]
        return envelope({"videos": videos, **more})

    async def _listed(self, call: Call, account: Account) -> Any:
        asked = _asked(call, account)
        found = self._comments.below(account, asked.get("video_id", ""))
        if "comment_ids" in asked:
            wanted = json.loads(asked["comment_ids"])
            below = [self._comments.below(account, one.id) for one in found]
            every = [*found, *(one for rows in below for one in rows)]
            found = [one for one in every if one.id in wanted]
        rows, more = _cut(asked, found, 30)
        has_replies = asked.get("include_replies") == "true"
        told = [self._comments.shown(one, with_replies=has_replies) for one in rows]
        return envelope({"comments": told, **more})

    async def _replies(self, call: Call, account: Account) -> Any:
        asked = _asked(call, account)
        rows, more = _cut(asked, self._comments.below(account, asked.get("comment_id", "")), 30)
        return envelope({"comments": [self._comments.shown(one) for one in rows], **more})

    async def _reply(self, call: Call, account: Account) -> Any:
        item = self._comments.reply(account, await _body(call, account), call.outcome)
        return envelope(self._comments.shown(item))

    async def _hide(self, call: Call, account: Account) -> Any:
        told = await _body(call, account)
        is_hidden = told.get("action") == "HIDE"
        self._comments.hide(account, str(told.get("comment_id")), is_hidden=is_hidden)
        return envelope({})

    async def _like(self, call: Call, account: Account) -> Any:
        told = await _body(call, account)
        is_liked = told.get("action") == "LIKE"
        self._comments.like(account, str(told.get("comment_id")), is_liked=is_liked)
        return envelope({})

    async def _delete(self, call: Call, account: Account) -> Any:
        told = await _body(call, account)
        self._comments.delete(account, str(told.get("comment_id")))
        return envelope({})


def _asked(call: Call, account: Account) -> dict[str, str]:
    asked = dict(call.request.query_params)
    if asked.get("business_id") != account.id:
        raise refusal(40001, "No permission to operate this account.")
    return asked


async def _body(call: Call, account: Account) -> dict[str, Any]:
    told = await body_of(call.request)
    if told.get("business_id") != account.id:
        raise refusal(40001, "No permission to operate this account.")
    return told


def _cut(asked: dict[str, str], found: list[Item], most: int) -> tuple[list[Item], dict[str, Any]]:
    size, start = int(asked.get("max_count", "20")), int(asked.get("cursor", "0"))
    if not 1 <= size <= most:
        raise refusal(40002, f"max_count: must be between 1 and {most}")
    end = start + size
    return found[start:end], {"has_more": end < len(found), "cursor": end}
