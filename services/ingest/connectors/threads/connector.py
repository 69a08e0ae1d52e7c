"""The live half of Threads: own posts, what was written under them, and mentions, by polling. The webhook is faster."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from runtime.errors import Invalid, Reauthorise, Unavailable
from services.ingest.connectors.graph import Graph, Object, after_of, page_of, rows_of
from services.ingest.connectors.latest import Latest, Seen
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.times import parse_time

_POST = "id,text,username,timestamp,permalink,media_type,media_url,alt_text,shortcode,has_replies"
_REPLY = (
    f"{_POST},is_reply,root_post,replied_to,is_reply_owned_by_me,hide_status,"
    "children{id,media_type,media_url,alt_text}"
)
_POSTS = "25"
_LIMIT = "100"
_PAGES = 20
_MOST_LOOKED_FOR = 25
_LONGEST_S = 400 * 86400
_NEVER = datetime.min.replace(tzinfo=UTC)
_OWN, _MENTIONS = "own", "mentions"


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return ThreadsConnector(tools)


class ThreadsConnector(Silent):
    """Reads one profile. The app's own page at Meta says where its webhook is."""

    def __init__(self, tools: Tools) -> None:
        self._graph = Graph(tools, "threads", "threads")

    async def check(self, grant: Grant) -> Identity:
        """Ask whose token this is; one of an hour is exchanged for sixty days, and renewed."""
        told = await self._graph.document(grant, "me", {"fields": "id,username,name"})
        account_id, handle = str(told.get("id") or ""), str(told.get("username") or "") or None
        if not account_id:
            raise Unavailable("threads.unavailable", "the profile could not be read")
        name = str(told.get("name") or handle or account_id)
        token, lasts_s = await self._lasting(grant)
        expires_at = self._graph.now() + timedelta(seconds=lasts_s) if lasts_s else None
        return Identity(account_id, name, handle, token=token, token_expires_at=expires_at)

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment."""
        return Latest.since(moment).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield own posts, replies and mentions that are new or changed, then what is gone.

        All pages come of one look: the last one carries what was learnt.
        """
        look = _Look(Latest.read(cursor), is_first=cursor is None)
        posts, _ = await self._rows(grant, "me/threads", look, _OWN)
        documents = [_wrapped("publish", look.news(_OWN, posts))]
        for post in posts:
            post_id = str(post["id"])
            if post.get("has_replies") is False and not look.memory.lost(post_id, ()):
                continue
            rows = await self._conversation(grant, post_id, look)
            documents.append({"data": look.news(post_id, rows)})
        mentions, _ = await self._rows(grant, "me/mentions", look, _MENTIONS)
        documents.append(_wrapped("mentions", look.news(_MENTIONS, mentions)))
        documents.append(_wrapped("delete", [_gone(one) for one in await self._gone(grant, look)]))
        memory = look.learnt()
        pages = [page_of("threads", one, "poll") for one in documents if any(one.values())]
        for number, page in enumerate(pages, start=1):
            told = memory.text() if number == len(pages) else cursor
            yield Page(page.raw, page.channel, page.natural_key, told)

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, or None when it is gone."""
        found = await self._graph.one(grant, root_id, _POST)
        return page_of(f"post/{root_id}", found, "context") if found else None

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the post a reply stands under (itself, for a post), or None when it is gone."""
        found = await self._graph.one(grant, external_id, "id,root_post")
        if found is None:
            return None
        root = found.get("root_post")
        root_id = root.get("id") if isinstance(root, dict) else None
        return str(root_id) if root_id else external_id

    async def _conversation(self, grant: Grant, post_id: str, look: "_Look") -> list[Object]:
        path = f"{quote(post_id, safe='')}/conversation"
        try:
            rows, reached = await self._rows(grant, path, look, post_id)
        except Invalid:
            # The post was deleted between the two calls: what is known under it is looked for.
            rows, reached = [], _NEVER
        look.missed += look.memory.lost(post_id, {str(one["id"]) for one in rows}, reached)
        return [{"root_post": {"id": post_id}, **one} for one in rows]

    async def _rows(
        self, grant: Grant, path: str, look: "_Look", place: str
    ) -> tuple[list[Object], datetime]:
        """Return the rows of an edge, newest first, down to what is known, and how far back they reach."""
        is_posts = place == _OWN
        params = {
            "fields": _POST if is_posts else _REPLY, "limit": _POSTS if is_posts else _LIMIT,
        }  # fmt: skip
        found: list[Object] = []
        for _ in range(1 if look.is_first or is_posts else _PAGES):
            page = await self._graph.document(grant, path, params)
            rows = [one for one in rows_of(page) if one.get("id")]
            found += rows
            after = after_of(page)
            if after is None or not rows:
                return found, _NEVER
            if _at(rows[-1]) < look.known_until(place):
                break
            params = {**params, "after": after}
        reached = min(map(_at, found), default=_NEVER)
        look.reached.append(_NEVER if is_posts else reached)
        return found, reached

    async def _gone(self, grant: Grant, look: "_Look") -> list[Seen]:
        """Return what should be under a post and what Threads no longer has. The rest waits for the next look."""
        asked = look.missed[:_MOST_LOOKED_FOR]
        gone = [one for one in asked if await self._graph.one(grant, one.key, "id") is None]
        look.memory.forget(one.key for one in gone)
        return gone

    async def _lasting(self, grant: Grant) -> tuple[str | None, int]:
        """Return a token that lasts and for how many seconds, nothing new when Threads keeps the old one."""
        secret = self._graph.app.secrets[0] if self._graph.app.secrets else ""
        exchange = {"grant_type": "th_exchange_token", "client_secret": secret}
        refresh = {"grant_type": "th_refresh_token"}
        for path, body in (("access_token", exchange), ("refresh_access_token", refresh)):
            if not all(body.values()):
                continue
            try:
                told = await self._graph.ask(grant, path, body)
            except (Invalid, Reauthorise):
                continue
            token, lasts_s = told.get("access_token"), told.get("expires_in")
            if isinstance(token, str) and token:
                return token, min(lasts_s, _LONGEST_S) if isinstance(lasts_s, int) else 0
        return None, 0


class _Look:
    """One look at everything: what was known before it, and what it found."""

    def __init__(self, memory: Latest, *, is_first: bool) -> None:
        self.memory, self.is_first = memory, is_first
        self.missed: list[Seen] = []
        self.reached: list[datetime] = []
        self._found: list[Seen] = []

    def known_until(self, place: str) -> datetime:
        """The newest that is known of a place."""
        known = self.memory.lost(place, ())
        return max((one.at for one in known), default=self.memory.floor)

    def news(self, place: str, rows: list[Object]) -> list[Object]:
        """Return what is new or changed, the oldest first."""
        seen = [_seen(one, place) for one in rows]
        self._found += seen
        pairs = zip(rows, seen, strict=True)
        return [row for row, one in pairs if self.memory.is_news(one)][::-1]

    def learnt(self) -> Latest:
        """Return the memory with all that was found. What a first look did not reach is no news."""
        if self.is_first:
            self.memory.floor = max([self.memory.floor, *self.reached])
        self.memory.learn(self._found)
        self.memory.shrink()
        return self.memory


def _at(row: Object) -> datetime:
    return parse_time(row.get("timestamp")) or _NEVER


def _seen(row: Object, place: str) -> Seen:
    told = json.dumps([row.get("text"), row.get("hide_status")]).encode()
    return Seen(str(row["id"]), _at(row), sha256(told).hexdigest()[:12], place)


def _wrapped(field: str, rows: list[Any]) -> Object:
    """Return rows in the webhook's form, which says what they are."""
    return {"values": [{"field": field, "value": one} for one in rows]}


def _gone(one: Seen) -> Object:
    return {"id": one.key, "root_post": {"id": one.place}}
