"""The live half of WordPress: polls a site's comments, reads recent ones again, and fetches posts."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from contracts.networks.wordpress import API_OPTION, USER_ID_OPTION, USER_OPTION, may_carry
from runtime.addresses import Refused, checked_url
from runtime.errors import Invalid, RapportError, Reauthorise
from services.ingest.connectors.http import content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.wordpress.cursor import Memory
from services.ingest.connectors.wordpress.errors import document
from services.ingest.connectors.wordpress.site import Site

OVERLAP = timedelta(seconds=120)
"""Read again before the newest: comments of one second may come to be in any order."""

SWEEP_EVERY = timedelta(hours=1)
SWEEP_BACK = timedelta(days=3)
_PAGES = 1000
# No mail addresses, IP addresses or avatars: what is not asked for cannot leak.
_COMMENT = "id,post,parent,author,author_name,date_gmt,content,link,status,type"
_POST = "id,author,date_gmt,modified_gmt,link,status,title,content,excerpt"


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return WordPressConnector(tools)


class WordPressConnector(Silent):
    """Reads the comments of a site as a user who may moderate them.

    A cursor is stored with a page only, so what polls without news learned is also kept here.
    """

    def __init__(self, tools: Tools) -> None:
        self._site = Site(tools)
        self._clock = tools.clock
        self._memories: dict[str, tuple[str | None, Memory]] = {}

    async def check(self, grant: Grant) -> Identity:
        """Find the API and ask it who the user is. Raises `Invalid` without the right to moderate."""
        base = checked_url(grant.base_url)
        if not may_carry(base.scheme, base.host):
            raise Invalid("wordpress.insecure", "the site must have an https address")
        known = grant.options.get(API_OPTION)
        # A site that is connected is not looked for again: a page of an hour's trouble is no new site.
        api, name = (known, base.host) if known else await self._site.find_api(grant.base_url)
        found = Grant(
            grant.connection_id,
            grant.account_id,
            grant.base_url,
            grant.token,
            {**grant.options, API_OPTION: api},
        )
        me = document(await self._site.get(found, "users/me", {"context": "edit"}))
        if not _may_moderate(me):
            raise Invalid(
                "wordpress.permission_missing",
                "this user may not moderate comments: take an editor or an administrator",
            )
        # Users are numbered in each site; the site itself is what tells accounts apart.
        site = f"{base.host}{base.path.rstrip('/')}"
        options = {API_OPTION: api, USER_ID_OPTION: str(me.get("id", ""))}
        return Identity(site, name, _shown_name(me, grant), options=options)

    def since(self, moment: datetime) -> str | None:
        """Return a cursor that begins at this moment."""
        return Memory(newest_at=moment).written()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield new and changed comments, oldest first; once an hour those of the last days again."""
        now = self._clock.now()
        memory = self._memory(grant, cursor, now)
        for query in _queries(memory, now):
            async for comments in self._pages(grant, query):
                news = memory.take(comments, now)
                if not news:
                    continue
                # Should the page not reach the bus, the next poll starts from the stored cursor.
                self._memories.pop(grant.connection_id, None)
                cursor = memory.written()
                raw = json.dumps(news).encode()
                yield Page(raw, "poll", content_key("comments", raw), cursor)
        if memory.swept_at is None or now - memory.swept_at >= SWEEP_EVERY:
            memory.swept_at = now
        self._memories[grant.connection_id] = (cursor, memory)

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post or page a thread hangs on, or None when it is gone."""
        if not (root_id.isascii() and root_id.isdigit()):
            return None
        for kind in ("posts", "pages"):
            try:
                answer = await self._get(grant, f"{kind}/{root_id}", {"_fields": _POST})
            except Invalid as error:
                if error.code == "wordpress.gone":
                    continue
                raise
            raw = json.dumps(document(answer)).encode()
            return Page(raw, "context", content_key(f"{kind}/{root_id}", raw))
        return None

    def _memory(self, grant: Grant, cursor: str | None, now: datetime) -> Memory:
        last, memory = self._memories.pop(grant.connection_id, (None, None))
        return memory if memory is not None and last == cursor else Memory.read(cursor, now)

    async def _pages(self, grant: Grant, query: Mapping[str, str]) -> AsyncIterator[list[Any]]:
        for page in range(1, _PAGES + 1):
            asked = {**query, "page": str(page), "per_page": "100", "_fields": _COMMENT}
            answer = await self._get(grant, "comments", asked)
            comments = document(answer)
            if not isinstance(comments, list):
                return
            yield comments
            total = answer.headers.get("x-wp-totalpages", "")
            if not total.isdigit() or page >= int(total):
                return

    async def _get(self, grant: Grant, path: str, params: Mapping[str, str]) -> Any:
        try:
            return await self._site.get(grant, path, params)
        except Refused as error:
            raise Reauthorise("wordpress.address_forbidden", error.why) from None
        except RapportError as error:
            if error.code == "wordpress.insecure":
                raise Reauthorise(error.code, error.why) from None
            raise


def _queries(memory: Memory, now: datetime) -> list[dict[str, str]]:
    """Return what to ask: the new ones; when it is time, the last days and what was taken away in them.

    `all` is held and approved: the site reads one word there, not a list.
    """
    is_sweep = memory.swept_at is None or now - memory.swept_at >= SWEEP_EVERY
    back_at = min(memory.newest_at - OVERLAP, now - SWEEP_BACK if is_sweep else now)
    queries = [_query("all", back_at)]
    if is_sweep and memory.seen:
        queries += [_query(status, now - SWEEP_BACK) for status in ("trash", "spam")]
    return queries


def _query(status: str, after: datetime) -> dict[str, str]:
    at = after.replace(tzinfo=None).isoformat(timespec="seconds")
    return {"status": status, "type": "all", "after": at, "orderby": "date_gmt", "order": "asc"}


def _may_moderate(me: object) -> bool:
    rights = me.get("capabilities") if isinstance(me, dict) else None
    return isinstance(rights, dict) and bool(rights.get("moderate_comments"))


def _shown_name(me: Mapping[str, Any], grant: Grant) -> str | None:
    """Return the name the user's comments are shown under: that is how own ones are known."""
    return str(me.get("name") or "") or grant.options.get(USER_OPTION)
