"""The live half of TikTok: polling the comments below the latest videos. A webhook only hints at them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx

from contracts.networks import tiktok
from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.latest import Latest, Seen
from services.ingest.connectors.protocol import (
    AppSecrets,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)
from services.ingest.connectors.tiktok.errors import classify, data_of
from services.ingest.connectors.times import parse_time

_VIDEO_FIELDS = json.dumps(["item_id", "create_time", "caption", "share_url"])
_VIDEOS = "20"
_SIZE = "30"
_PAGES = 20
_REPLY_PAGES = 5
_AT_ONCE = 30
_HIDDEN = ":HIDDEN"
_NEVER = datetime.min.replace(tzinfo=UTC)
Row = dict[str, Any]


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return TikTokConnector(tools)


class TikTokConnector(Silent):
    """Reads one business account."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._app_id = tools.apps.get("tiktok", AppSecrets()).client_id
        self._api = Api(
            tools.client,
            "tiktok",
            self._classify,
            tools.meter,
            authorize=lambda grant: tiktok.headers(grant.token),
        )

    async def check(self, grant: Grant) -> Identity:
        """Ask whose token this is. Raises `Invalid` when it names no account."""
        body = {"app_id": self._app_id, "access_token": grant.token}
        answer = await self._api.post(grant, "tt_user/token_info/get/", body)
        told = data_of(answer, self._clock.now())
        account_id = str(told.get("creator_id") or told.get("open_id") or "")
        if not account_id:
            raise Invalid("tiktok.no_account", "the token names no account")
        fields = json.dumps(["username", "display_name"])
        asked = {"business_id": account_id, "fields": fields}
        about = data_of(await self._api.get(grant, "business/get/", asked), self._clock.now())
        handle = str(about.get("username") or "") or None
        return Identity(account_id, str(about.get("display_name") or handle or account_id), handle)

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment."""
        return Latest.since(moment).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield comments that are new or changed, video by video, then what is gone.

        All pages come of one look: the last one carries what was learnt.
        """
        memory, found, lost = Latest.read(cursor), list[Row](), list[Seen]()
        reached = [_NEVER]
        for video in await self._videos(grant):
            rows, until = await self._comments(grant, video, memory, is_first=cursor is None)
            found += rows
            lost += memory.lost(video, {str(one["comment_id"]) for one in rows}, until)
            reached.append(until)
        if cursor is None:
            memory.floor = max(reached)
        news = [_told(memory, one) for one in found if memory.is_news(_seen(one))]
        gone = await self._gone(grant, lost)
        memory.learn(map(_seen, found))
        memory.forget(str(one["comment_id"]) for one in gone)
        memory.shrink()
        news.sort(key=_at)
        rows = [*news, *gone]
        size = int(_SIZE)
        pages = [rows[at : at + size] for at in range(0, len(rows), size)]
        for number, some in enumerate(pages, start=1):
            raw = json.dumps({"comments": some}, ensure_ascii=False).encode()
            told = memory.text() if number == len(pages) else cursor
            yield Page(raw, "poll", content_key("comments", raw), told)

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the video, or None when it is gone."""
        filters = json.dumps({"video_ids": [root_id]})
        told = await self._get(
            grant, "business/video/list/", {"fields": _VIDEO_FIELDS, "filters": filters}
        )
        rows = [one for one in _listed(told.get("videos")) if str(one.get("item_id")) == root_id]
        if not rows:
            return None
        raw = json.dumps({"videos": rows}, ensure_ascii=False).encode()
        return Page(raw, "context", content_key(f"videos/{root_id}", raw))

    async def _videos(self, grant: Grant) -> list[str]:
        told = await self._get(
            grant, "business/video/list/", {"fields": _VIDEO_FIELDS, "max_count": _VIDEOS}
        )
        return [str(one["item_id"]) for one in _listed(told.get("videos")) if one.get("item_id")]

    async def _comments(
        self, grant: Grant, video: str, memory: Latest, *, is_first: bool
    ) -> tuple[list[Row], datetime]:
        """Return a video's comments and answers down to the newest that is known, and how far back they reach."""
        known = max((one.at for one in memory.lost(video, ())), default=memory.floor)
        params = {
            "video_id": video, "include_replies": "true", "sort_field": "create_time",
            "sort_order": "desc", "max_count": _SIZE,
        }  # fmt: skip
        found: list[Row] = []
        tops: list[Row] = []
        for _ in range(1 if is_first else _PAGES):
            told = await self._get(grant, "business/comment/list/", params)
            page = _rows(told, video)
            tops += page
            for top in page:
                found += [_bare(top), *await self._answers(grant, top, memory)]
            if not page or told.get("has_more") is not True:
                return found, _NEVER
            if _at(page[-1]) < known:
                break
            params["cursor"] = str(told.get("cursor"))
        return found, min(map(_at, tops), default=_NEVER)

    async def _answers(self, grant: Grant, top: Row, memory: Latest) -> list[Row]:
        """Return the answers below a comment: those it shows, or all when there are more and something changed."""
        video, key = str(top["video_id"]), str(top["comment_id"])
        shown = [_below(one, top) for one in _rows({"comments": top.get("reply_list")}, video)]
        count = top.get("replies")
        has_more = isinstance(count, int) and count > len(shown)
        if not has_more or not memory.is_news(_seen(_bare(top))):
            return shown
        params = {"video_id": video, "comment_id": key, "max_count": _SIZE}
        found: list[Row] = []
        for _ in range(_REPLY_PAGES):
            told = await self._get(grant, "business/comment/reply/list/", params)
            found += [_below(one, top) for one in _rows(told, video)]
            if told.get("has_more") is not True:
                break
            params["cursor"] = str(told.get("cursor"))
        return found

    async def _gone(self, grant: Grant, lost: list[Seen]) -> list[Row]:
        """Return what TikTok no longer has of what should be there, as deletions."""
        gone: list[Row] = []
        for one in lost[:_AT_ONCE]:
            params = {"video_id": one.place, "comment_ids": json.dumps([one.key])}
            told = await self._get(grant, "business/comment/list/", params)
            if not any(str(row["comment_id"]) == one.key for row in _rows(told, one.place)):
                row = {"comment_id": one.key, "video_id": one.place, "comment_action": "delete"}
                gone.append(row)
        return gone

    async def _get(self, grant: Grant, path: str, params: dict[str, str]) -> Row:
        asked = {"business_id": grant.account_id, **params}
        try:
            return data_of(await self._api.get(grant, path, asked), self._clock.now())
        except Unavailable as error:
            if error.retry_after_s:
                # The answer was a success to HTTP, so nobody told the meter yet.
                self._meter_rest(grant, error.retry_after_s)
            raise

    def _meter_rest(self, grant: Grant, wait_s: float) -> None:
        self._api.meter.rest(grant.connection_id, wait_s)

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer, self._clock.now())


def _listed(value: object) -> list[Row]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rows(told: Row, video: str) -> list[Row]:
    rows = _listed(told.get("comments"))
    return [{"video_id": video, **one} for one in rows if one.get("comment_id")]


def _bare(top: Row) -> Row:
    return {key: value for key, value in top.items() if key != "reply_list"}


def _below(row: Row, top: Row) -> Row:
    return {"parent_comment_id": top["comment_id"], **row}


def _at(row: Row) -> datetime:
    return parse_time(row.get("create_time")) or _NEVER


def _seen(row: Row) -> Seen:
    text = sha256(str(row.get("text")).encode("utf-8", "replace")).hexdigest()[:12]
    version = f"{text}:{row.get('replies')}:{row.get('status')}"
    return Seen(str(row["comment_id"]), _at(row), version, str(row["video_id"]))


def _told(memory: Latest, row: Row) -> Row:
    """Return a row that says so when what was hidden is shown again: its status alone would not."""
    known = memory.rows.get(str(row["comment_id"]))
    is_back = (
        known is not None and known.version.endswith(_HIDDEN) and row.get("status") != "HIDDEN"
    )
    return {**row, "comment_action": "set_to_public"} if is_back else row
