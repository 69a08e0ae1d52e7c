"""The live half of YouTube: polling the threads of a channel. It notices edits and deletions among the latest."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from contracts.networks.youtube import LIST_UNITS, top_of
from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.youtube.errors import classify
from services.ingest.connectors.youtube.memory import Memory, Thread, began_before
from services.ingest.connectors.youtube.payloads import VANISHED
from services.ingest.connectors.youtube.units import Units

_THREADS = "commentThreads"
_LIMIT = "100"
# A hundred threads each; a gap that is longer is filled by a back-fill from further back.
_PAGES = 20
_REPLY_PAGES = 10
_AT_ONCE = 50
_HELD = ("heldForReview", "likelySpam")


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return YouTubeConnector(tools)


class YouTubeConnector(Silent):
    """Reads what people write under the videos of one channel."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._units = Units(tools.clock, tools.meter)
        self._api = Api(tools.client, "youtube", self._classify, tools.meter)

    async def check(self, grant: Grant) -> Identity:
        """Ask for the channel of whoever signed in. Raises `Invalid` for an account without one."""
        told = await self._get(grant, "channels", {"part": "snippet", "mine": "true"})
        channel = next(iter(_items(told)), None)
        if channel is None or not channel.get("id"):
            raise Invalid("youtube.no_channel", "this Google account has no YouTube channel")
        snippet = _snippet(channel)
        handle = snippet.get("customUrl")
        name = str(snippet.get("title") or channel["id"])
        return Identity(str(channel["id"]), name, str(handle).removeprefix("@") if handle else None)

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment."""
        return Memory.since(moment).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield threads with something new, then what is gone, then what waits for review.

        All pages come of one look: the last one carries what was learnt.
        """
        memory = Memory.read(cursor)
        latest, is_all = await self._latest(grant, memory, is_first=cursor is None)
        threads = [await self._whole(grant, memory, one) for one in latest]
        held = await self._held(grant)
        lost = dict(memory.lost(threads, held, is_all=is_all))
        gone, hidden = await self._gone(grant, lost)
        news = [one for one in reversed(threads) if memory.is_news(one)]
        waiting = [one for one in held if memory.is_news(one)]
        for thread in [*threads, *held]:
            memory.learn(thread)
        memory.forget({str(one["id"]) for one in [*gone, *hidden]})
        memory.shrink()
        pages = [
            *_cut("commentThreadListResponse", news),
            *_cut("commentListResponse", hidden),
            *_cut("commentThreadListResponse", waiting),
            *([{"kind": VANISHED, "items": gone}] if gone else []),
        ]
        for number, page in enumerate(pages, start=1):
            raw = json.dumps(page, ensure_ascii=False).encode()
            is_last = number == len(pages)
            yield Page(
                raw, "poll", content_key(_THREADS, raw), memory.text() if is_last else cursor
            )

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the video, or None when it is gone."""
        told = await self._get(grant, "videos", {"part": "snippet", "id": root_id})
        if not _items(told):
            return None
        raw = json.dumps(told, ensure_ascii=False).encode()
        return Page(raw, "context", content_key(f"videos/{root_id}", raw))

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the video of a comment, or None when it is gone."""
        told = await self._get(grant, _THREADS, {"part": "snippet", "id": top_of(external_id)})
        thread = next(iter(_items(told)), {})
        video = _snippet(thread).get("videoId")
        return str(video) if video else None

    async def _latest(
        self, grant: Grant, memory: Memory, *, is_first: bool
    ) -> tuple[list[Thread], bool]:
        """Return the threads down to the newest that is known, newest first, and whether these are all.

        Without a cursor one page: a channel's whole past is not news.
        """
        found: list[Thread] = []
        params = {**_of_channel(grant), "part": "snippet,replies"}
        for _ in range(1 if is_first else _PAGES):
            told = await self._get(grant, _THREADS, params)
            page = _items(told)
            found += page
            token = told.get("nextPageToken")
            if not token:
                return found, True
            if any(began_before(one, memory.newest) for one in page):
                break
            params["pageToken"] = str(token)
        return found, False

    async def _whole(self, grant: Grant, memory: Memory, thread: Thread) -> Thread:
        """Return the thread with all its replies, when it has some that were not read."""
        if not memory.has_more_replies(thread):
            return thread
        params = {"part": "snippet", "parentId": str(thread.get("id")), "maxResults": _LIMIT}
        replies: list[Thread] = []
        for _ in range(_REPLY_PAGES):
            told = await self._get(grant, "comments", params)
            replies += _items(told)
            if not told.get("nextPageToken"):
                break
            params["pageToken"] = str(told["nextPageToken"])
        return {**thread, "replies": {"comments": replies}}

    async def _gone(self, grant: Grant, lost: dict[str, str]) -> tuple[list[Thread], list[Thread]]:
        """Return comments that are no longer there, and those that are there but were rejected."""
        there: dict[str, Thread] = {}
        ids = list(lost)
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            told = await self._get(grant, "comments", {"part": "snippet", "id": ",".join(some)})
            there |= {str(one.get("id")): one for one in _items(told)}
        gone: list[Thread] = [
            {"id": one, "videoId": video or None} for one, video in lost.items() if one not in there
        ]
        named = [_with_video(one, lost.get(key, "")) for key, one in there.items()]
        return gone, [one for one in named if one["snippet"].get("moderationStatus") == "rejected"]

    async def _held(self, grant: Grant) -> list[Thread]:
        """Return what waits for the owner's review; nobody else may see it."""
        found: list[Thread] = []
        for status in _HELD:
            params = {**_of_channel(grant), "part": "snippet,replies", "moderationStatus": status}
            try:
                found += _items(await self._get(grant, _THREADS, params))
            except Invalid:
                return []
        return found

    async def _get(self, grant: Grant, path: str, params: dict[str, str]) -> dict[str, Any]:
        wait_s = self._units.spend(grant, LIST_UNITS)
        if wait_s is not None:
            raise Unavailable("youtube.units_spent", "today's share of units is spent", wait_s)
        answer = await self._api.get(grant, path, params)
        self._units.tell(grant)
        try:
            told = answer.json()
        except (ValueError, RecursionError):
            raise Unavailable("youtube.unavailable", "the answer is not JSON") from None
        if not isinstance(told, dict):
            raise Unavailable("youtube.unavailable", "the answer is no object")
        return told

    def _classify(self, answer: Any) -> RapportError:
        return classify(answer, self._clock.now())


def _of_channel(grant: Grant) -> dict[str, str]:
    return {
        "allThreadsRelatedToChannelId": grant.account_id,
        "order": "time",
        "maxResults": _LIMIT,
    }


def _items(told: dict[str, Any]) -> list[dict[str, Any]]:
    rows = told.get("items")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _snippet(part: Thread) -> dict[str, Any]:
    told = part.get("snippet")
    return told if isinstance(told, dict) else {}


def _cut(kind: str, rows: list[Thread]) -> list[dict[str, Any]]:
    size = int(_LIMIT)
    starts = range(0, len(rows), size)
    return [{"kind": f"youtube#{kind}", "items": rows[at : at + size]} for at in starts]


def _with_video(comment: Thread, video: str) -> Thread:
    """Return a comment that names its video: read alone, it does not."""
    told = _snippet(comment)
    return {**comment, "snippet": {"videoId": video, **told} if video else told}
