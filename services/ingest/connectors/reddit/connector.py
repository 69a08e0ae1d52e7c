"""The live half of Reddit: polling the inbox, mentions, what the account wrote, and communities."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from contracts.networks.reddit import ACCOUNT, user_agent
from runtime.errors import Invalid, Unavailable
from services.ingest.connectors.http import Api, authorization, content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.reddit.cursor import (
    Anchor,
    Cursor,
    Thing,
    edited_at,
    name_of,
    written_at,
)
from services.ingest.connectors.reddit.errors import classify, quota_of

_LIMIT = "100"
# A listing has about 1,000 things: more pages than this there are not.
_PAGES = 10
_COMMUNITY = re.compile(r"\A[A-Za-z0-9_]{2,30}\Z")
_GONE = frozenset({"[deleted]", "[removed]"})


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return RedditConnector(tools)


class RedditConnector(Silent):
    """Reads an account and the communities it looks after."""

    def __init__(self, tools: Tools) -> None:
        clock = tools.clock
        self._api = Api(
            tools.client,
            "reddit",
            lambda answer: classify(answer, clock.now()),
            tools.meter,
            lambda answer: quota_of(answer, clock.now()),
            _headers,
        )

    async def check(self, grant: Grant) -> Identity:
        """Ask whose grant this is. The name is kept: every call must carry it."""
        told = await self._get(grant, "/api/v1/me", {})
        name = str(told.get("name") or "")
        if not name or not told.get("id"):
            raise Unavailable("reddit.unavailable", "the account could not be read")
        account_id = f"{ACCOUNT}{str(told['id']).removeprefix(ACCOUNT)}"
        return Identity(account_id, name, name, {"username": name})

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment."""
        return Cursor.of(moment).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what is new in each listing, oldest first, then what of the latest was changed.

        A community that cannot be read is told after the others were.
        """
        state, seen, trouble = Cursor.read(cursor), set[str](), None
        for place in await self._places(grant):
            try:
                things = await self._newer(grant, place, state.anchor(place))
            except Invalid as error:
                trouble = trouble or error
                continue
            state.learn(place, things)
            fresh = [one for one in things if name_of(one) not in seen]
            seen |= {name_of(one) for one in fresh}
            if things:
                yield _page(place, list(reversed(fresh)), state)
        changed = await self._changed(grant, state, seen)
        if changed:
            yield _page("changed", changed, state)
        if trouble is not None:
            raise trouble

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, or None when it is gone."""
        things = await self._info(grant, [root_id])
        return _page("context", things, None) if things else None

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the post a comment hangs on, or None when it is gone."""
        things = await self._info(grant, [external_id])
        data = things[0]["data"] if things else {}
        root = data.get("link_id") if isinstance(data, dict) else None
        return str(root) if root else None

    async def _places(self, grant: Grant) -> list[str]:
        name = grant.options.get("username") or (await self.check(grant)).name
        own = f"/user/{quote(name, safe='')}/comments"
        told = re.split(r"[,\s]+", grant.options.get("subreddits", ""))
        rooms = [re.sub(r"\A/?r/", "", one) for one in told if one]
        listed = [f"/r/{one}/comments" for one in rooms if _COMMUNITY.match(one)]
        return ["/message/inbox", "/message/mentions", "/message/sent", own, *listed]

    async def _newer(self, grant: Grant, place: str, anchor: Anchor | None) -> list[Thing]:
        """Return what is newer than the anchor, newest first; the newest page without one."""
        if anchor is None:
            things, _ = await self._listing(grant, place, {})
            return things
        if not anchor.name:
            return await self._scan(grant, place, anchor)
        things = await self._above(grant, place, anchor)
        if things:
            return things
        top, _ = await self._listing(grant, place, {"limit": "1"})
        is_same = not top or name_of(top[0]) == anchor.name or written_at(top[0]) < anchor.at
        # Nothing stands above a thing that was deleted: then only the times tell what is new.
        return [] if is_same else await self._scan(grant, place, anchor)

    async def _above(self, grant: Grant, place: str, anchor: Anchor) -> list[Thing]:
        """Climb from the anchor upwards, a page at a time."""
        found: list[Thing] = []
        name = anchor.name
        for _ in range(_PAGES):
            things, _ = await self._listing(grant, place, {"before": name})
            found = [*things, *found]
            if len(things) < int(_LIMIT):
                break
            name = name_of(things[0])
        return found

    async def _scan(self, grant: Grant, place: str, anchor: Anchor) -> list[Thing]:
        """Read from the newest down to the anchor's moment."""
        found: list[Thing] = []
        params: dict[str, str] = {}
        for _ in range(_PAGES):
            things, after = await self._listing(grant, place, params)
            fresh = [
                one
                for one in things
                if written_at(one) >= anchor.at and name_of(one) != anchor.name
            ]
            found += fresh
            if after is None or len(fresh) < len(things):
                break
            params["after"] = after
        return found

    async def _listing(
        self, grant: Grant, place: str, params: dict[str, str]
    ) -> tuple[list[Thing], str | None]:
        told = await self._get(grant, place, {"limit": _LIMIT, "raw_json": "1", **params})
        data = told.get("data")
        rows = data.get("children") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(rows, list):
            raise Unavailable("reddit.unavailable", "the listing could not be read")
        after = data.get("after")
        return [one for one in rows if name_of(_thing(one))], str(after) if after else None

    async def _changed(self, grant: Grant, state: Cursor, fresh: set[str]) -> list[Thing]:
        """Return the watched comments that were edited or deleted since."""
        names = [one for one in state.watched if one not in fresh]
        found = []
        for thing in await self._info(grant, names) if names else []:
            name, data = name_of(thing), thing["data"]
            if str(data.get("body")) in _GONE:
                del state.watched[name]
                found.append(thing)
            elif edited_at(thing) != state.watched[name]:
                state.watched[name] = edited_at(thing)
                found.append(thing)
        return found

    async def _info(self, grant: Grant, names: list[str]) -> list[Thing]:
        wanted = {"id": ",".join(names)}
        things, _ = await self._listing(grant, "/api/info", wanted)
        return [one for one in things if name_of(one) in names]

    async def _get(self, grant: Grant, path: str, params: dict[str, str]) -> dict[str, Any]:
        answer = await self._api.get(grant, path, params)
        try:
            told = answer.json()
        except (ValueError, RecursionError):
            raise Unavailable("reddit.unavailable", "the answer is not JSON") from None
        if not isinstance(told, dict):
            raise Unavailable("reddit.unavailable", "the answer is no object")
        return told


def _headers(grant: Grant) -> dict[str, str]:
    agent = user_agent(grant.options.get("user_agent"), grant.options.get("username"))
    return {**authorization(grant), "User-Agent": agent}


def _page(place: str, things: list[Thing], state: Cursor | None) -> Page:
    listing = {"kind": "Listing", "data": {"children": things}}
    raw = json.dumps(listing, ensure_ascii=False).encode()
    channel = "poll" if state else "context"
    return Page(raw, channel, content_key(place, raw), state.text() if state else None)


def _thing(one: object) -> Thing:
    return one if isinstance(one, dict) else {}
