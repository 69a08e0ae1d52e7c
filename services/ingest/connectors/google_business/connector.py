"""The live half of Google reviews: polling the reviews of a location. It notices changes and deletions among the latest."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.google_business.errors import GONE, classify
from services.ingest.connectors.google_business.payloads import VANISHED
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.latest import Latest, Seen
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.times import parse_time

_SIZE = "50"
# Fifty reviews each; a gap that is longer is filled by a back-fill from further back.
_PAGES = 40
_NEVER = datetime.min.replace(tzinfo=UTC)
Review = dict[str, Any]


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return GoogleReviews(tools)


class GoogleReviews(Silent):
    """Reads the reviews of one location. The account's id is its resource name."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._api = Api(tools.client, "google_business", self._classify, tools.meter)

    async def check(self, grant: Grant) -> Identity:
        """Ask for one review. Raises `Invalid` for what names no location, or one that is not verified."""
        parts = grant.account_id.strip("/").split("/")
        if parts[::2] != ["accounts", "locations"] or not all(parts) or len(parts) != 4:
            why = "the location is named like accounts/123/locations/456"
            raise Invalid("google_business.no_location", why)
        await self._get(grant, "reviews", {"pageSize": "1"})
        return Identity("/".join(parts), f"Location {parts[3]}")

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment."""
        return Latest.since(moment).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield reviews that are new or changed, the oldest change first, then what is gone.

        All pages come of one look: the last one carries what was learnt.
        """
        memory = Latest.read(cursor)
        shown, is_all = await self._latest(grant, memory, is_first=cursor is None)
        seen = [_seen(one) for one in shown]
        reached = _NEVER if is_all else min((one.at for one in seen), default=_NEVER)
        if cursor is None:
            memory.floor = reached
        gone = await self._gone(grant, memory, {one.key for one in seen}, reached)
        news = [one for one in reversed(shown) if memory.is_news(_seen(one))]
        silent = [_key(one) for one in news if _lost_its_reply(memory, one)]
        memory.learn(seen)
        memory.forget(gone)
        memory.shrink()

        vanished: list[Review] = [{"reviewId": one} for one in gone]
        vanished += [{"reviewId": one, "reviewReply": None} for one in silent]
        pages = [*_cut(news), *([{"kind": VANISHED, "reviews": vanished}] if vanished else [])]
        for number, page in enumerate(pages, start=1):
            raw = json.dumps(page, ensure_ascii=False).encode()
            told = memory.text() if number == len(pages) else cursor
            yield Page(raw, "poll", content_key("reviews", raw), told)

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the review, which is the root of its thread, or None when it is gone."""
        review = await self._review(grant, root_id)
        if review is None:
            return None
        raw = json.dumps(review, ensure_ascii=False).encode()
        return Page(raw, "context", content_key(f"reviews/{root_id}", raw))

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the review, or None when it is gone."""
        review = external_id.partition("/")[0]
        return review if await self._review(grant, review) is not None else None

    async def _latest(
        self, grant: Grant, memory: Latest, *, is_first: bool
    ) -> tuple[list[Review], bool]:
        """Return the reviews down to the newest change that is known, and whether these are all.

        Without a cursor one page: a place's whole past is not news.
        """
        found: list[Review] = []
        params = {"pageSize": _SIZE, "orderBy": "updateTime desc"}
        for _ in range(1 if is_first else _PAGES):
            told = await self._get(grant, "reviews", params)
            page = _rows(told)
            found += page
            token = told.get("nextPageToken")
            if not isinstance(token, str) or not token:
                return found, True
            if page and _seen(page[-1]).at < memory.newest:
                break
            params["pageToken"] = token
        return found, False

    async def _gone(
        self, grant: Grant, memory: Latest, there: set[str], since: datetime
    ) -> list[str]:
        """Return reviews that should be on these pages, and that Google no longer has."""
        # What was changed a moment ago may have moved between two pages: each is asked for.
        lost = [one for one in memory.lost("", there, since) if one.at > since]
        return [one.key for one in lost if await self._review(grant, one.key) is None]

    async def _review(self, grant: Grant, review_id: str) -> Review | None:
        try:
            return await self._get(grant, f"reviews/{quote(review_id, safe='')}", {})
        except Invalid as error:
            if error.code == GONE:
                return None
            raise

    async def _get(self, grant: Grant, path: str, params: dict[str, str]) -> dict[str, Any]:
        answer = await self._api.get(grant, f"{quote(grant.account_id.strip('/'))}/{path}", params)
        try:
            told = answer.json()
        except (ValueError, RecursionError):
            raise Unavailable("google_business.unavailable", "the answer is not JSON") from None
        if not isinstance(told, dict):
            raise Unavailable("google_business.unavailable", "the answer is no object")
        return told

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer, self._clock.now())


def _rows(told: dict[str, Any]) -> list[Review]:
    rows = told.get("reviews")
    found = rows if isinstance(rows, list) else []
    return [one for one in found if isinstance(one, dict) and _key(one)]


def _key(review: Review) -> str:
    name = review.get("reviewId") or str(review.get("name") or "").rpartition("/")[2]
    return str(name)


def _seen(review: Review) -> Seen:
    told = review.get("updateTime") or review.get("createTime")
    reply = review.get("reviewReply")
    version = str(told)
    if isinstance(reply, dict):
        version += f"|{reply.get('updateTime')}|{_state(reply)}"
    return Seen(_key(review), parse_time(told) or _NEVER, version)


def _state(reply: Review) -> str:
    return str(reply.get("reviewReplyState") or reply.get("state") or "")


def _lost_its_reply(memory: Latest, review: Review) -> bool:
    known = memory.rows.get(_key(review))
    return known is not None and "|" in known.version and "|" not in _seen(review).version


def _cut(rows: list[Review]) -> list[dict[str, Any]]:
    size = int(_SIZE)
    return [{"reviews": rows[at : at + size]} for at in range(0, len(rows), size)]
