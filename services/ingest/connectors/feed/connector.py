"""The live half of feeds: polls a blog's feed and its comment feeds, gently. Parsing lives in payloads."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from contracts.messages import Item
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.feed.cursor import Memory, Place
from services.ingest.connectors.feed.discovery import Named, Outline, feeds_named, outline
from services.ingest.connectors.feed.fetching import Fetched, Fetching
from services.ingest.connectors.feed.pace import awake, wait_s
from services.ingest.connectors.feed.parcels import entry_document, parcels
from services.ingest.connectors.feed.payloads import normalise
from services.ingest.connectors.http import content_key
from services.ingest.connectors.protocol import (
    Account,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)

FEED_OPTION = "feed"
COMMENTS_OPTION = "comments"
POSTS_WATCHED = 10
"""Comment feeds of so many of the newest posts are read beside the site's own."""

COMMENTS_EVERY_S = 900.0
_NOT_ENTRIES = frozenset({"feed.unknown", "feed.not_json", "feed.too_large"})


@dataclass(frozen=True, slots=True)
class Read:
    """A feed that was fetched and understood."""

    fetched: Fetched
    raw: bytes
    items: list[Item]
    outline: Outline
    is_torn: bool


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return FeedConnector(tools)


class FeedConnector(Silent):
    """Reads blogs by their feeds.

    What a poll learned is also kept here: a cursor is only stored with a page, and most polls give none.
    """

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._fetching = Fetching(tools.guarded, tools.clock)
        self._memories: dict[str, tuple[str | None, Memory]] = {}

    async def check(self, grant: Grant) -> Identity:
        """Find the feed at an address: itself, or the one its page names. Raises `Invalid` when there is none.

        One that is connected already is only asked when it is time: a blog in trouble is left alone.
        """
        if FEED_OPTION in grant.options:
            return await self._still_there(grant)
        try:
            return await self._identity(grant.base_url)
        except Reauthorise as error:
            raise Invalid(error.code, error.why) from None

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield new and changed entries of the feed, then comments. Nothing while it is not time yet."""
        memory = self._memory(grant, cursor)
        try:
            batch: list[bytes] | None = await self._main_news(memory)
        finally:
            # What was learned of failures and validators; nothing was given out yet.
            self._memories[grant.connection_id] = (cursor, memory)
        while batch is not None:
            # Should a page not reach the bus, the next poll starts from the stored cursor.
            del self._memories[grant.connection_id]
            for at, raw in enumerate(batch, 1):
                cursor = memory.written() if at == len(batch) else cursor
                told = cursor if at == len(batch) else None
                yield Page(raw, "poll", content_key(memory.main.url, raw), told)
            self._memories[grant.connection_id] = (cursor, memory)
            batch = await self._comment_news(memory)

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post of a thread while the feed still has it."""
        url = self._memory(grant, None, is_look=True).main.url
        fetched = await self._fetching.get(url)
        read = await _understood(fetched) if fetched.body else None
        found = next((one for one in read.items if _is_post(one, root_id)), None) if read else None
        if read is None or found is None:
            return None
        raw = entry_document(read.raw, found)
        return Page(raw, "context", content_key(root_id, raw))

    async def _still_there(self, grant: Grant) -> Identity:
        place, now = self._memory(grant, None, is_look=True).main, self._clock.now()
        if place.due_at is not None and now < place.due_at:
            if place.failures:
                wait_s = (place.due_at - now).total_seconds()
                raise Unavailable("feed.unavailable", "it did not answer the last time", wait_s)
        elif await _understood(await self._fetching.get(place.url)) is None:
            raise Unavailable("feed.unavailable", "what is there now is no feed")
        return Identity(grant.account_id, grant.account_id)

    async def _identity(self, address: str) -> Identity:
        fetched = await self._fetching.get(address)
        named: list[Named] = []
        read = await _understood(fetched)
        if read is None:
            named = feeds_named(fetched.body or b"", fetched.url)
            read = await self._first(named)
        if read is None:
            raise Invalid("feed.not_found", "there is no RSS, Atom or JSON feed at this address")
        url = read.fetched.moved_to or read.fetched.url
        options = {FEED_OPTION: url}
        comments = next((one.url for one in named if one.is_of_comments), None)
        if comments and comments != url:
            options[COMMENTS_OPTION] = comments
        name = read.outline.title or urlsplit(url).hostname or url
        return Identity(url, name, options=options)

    async def _first(self, named: list[Named]) -> Read | None:
        """Return the first feed that can be read, those of posts before those of comments."""
        for one in sorted(named, key=lambda one: one.is_of_comments):
            try:
                read = await _understood(await self._fetching.get(one.url))
            except (Unavailable, Reauthorise):
                continue
            if read is not None:
                return read
        return None

    def _memory(self, grant: Grant, cursor: str | None, *, is_look: bool = False) -> Memory:
        """Return what is known: from the last poll here, else from the cursor."""
        last, memory = self._memories.get(grant.connection_id, (None, None))
        if memory is not None and (is_look or last == cursor):
            return memory
        fresh = Memory.read(cursor, grant.options.get(FEED_OPTION) or grant.base_url)
        site = grant.options.get(COMMENTS_OPTION)
        if site:
            fresh.comments.setdefault(site, Place(url=site, is_site=True))
        return fresh

    async def _main_news(self, memory: Memory) -> list[bytes]:
        now = self._clock.now()
        read = await self._read(memory.main) if memory.main.is_due(now) else None
        if read is None:
            return []
        _watch(memory, read.outline)
        return _take(memory.main, read, now)

    async def _comment_news(self, memory: Memory) -> list[bytes] | None:
        """Return the news of the next comment feed that is due, or None when none is."""
        now = self._clock.now()
        due = next((one for one in memory.comments.values() if one.is_due(now)), None)
        return await self._comments(due, now) if due else None

    async def _comments(self, place: Place, now: datetime) -> list[bytes]:
        """Return news of a comment feed. One that fails waits longer and holds nothing else up."""
        try:
            read = await self._read(place)
        except (Unavailable, Reauthorise):
            return []
        place.due_at = max(place.due_at or now, now + timedelta(seconds=COMMENTS_EVERY_S))
        return _take(place, read, now) if read else []

    async def _read(self, place: Place) -> Read | None:
        """Fetch a feed; None when it has nothing new. Failures are noted in its place."""
        now = self._clock.now()
        try:
            fetched = await self._fetching.get(place.url, place.conditions())
            place.url = fetched.moved_to or place.url
            read = await _understood(fetched)
            if read is None and fetched.body is not None:
                raise Unavailable("feed.unavailable", "what is there now is no feed")
        except RapportError as error:
            told_s = error.retry_after_s if isinstance(error, Unavailable) else None
            backoff_s = place.fail(now, told_s)
            if isinstance(error, Unavailable):
                raise Unavailable(error.code, error.why, backoff_s) from None
            raise
        place.failures = 0
        _plan(place, fetched, read.outline.head if read else None, now)
        return read


async def _understood(fetched: Fetched) -> Read | None:
    """Return the feed in an answer, or None when there is none in it. Large feeds take seconds."""
    raw = fetched.body
    if raw is None:
        return None
    found = await asyncio.to_thread(normalise, raw, Account())
    if any(one.code in _NOT_ENTRIES for one in found.problems) and not found.items:
        return None
    is_torn = any(one.code == "feed.not_well_formed" for one in found.problems)
    outlined = await asyncio.to_thread(outline, raw, fetched.url)
    return Read(fetched, raw, found.items, outlined, is_torn)


def _take(place: Place, read: Read, now: datetime) -> list[bytes]:
    """Return what this place has not given before, and remember that it has now."""
    found = list(parcels(read.raw, read.items, place, now, is_torn=read.is_torn))
    place.remember(read.items)
    place.read_at = now
    place.etag = read.fetched.headers.get("etag", "")[:1000]
    place.modified = read.fetched.headers.get("last-modified", "")[:100]
    return found


def _plan(place: Place, fetched: Fetched, head: str | None, now: datetime) -> None:
    """Say when to come again, a little later than need be: not all blogs of a host at once."""
    if head is not None:
        place.every_s = wait_s({}, head)
    wished_s = max(place.every_s, wait_s(fetched.headers, ""))
    spread_s = wished_s * secrets.randbelow(1000) / 10_000
    place.due_at = awake(now + timedelta(seconds=wished_s + spread_s), head or "")


def _watch(memory: Memory, found: Outline) -> None:
    """Read the comment feeds of the newest posts; forget those of posts that fell out of them."""
    wanted = found.comment_feeds[:POSTS_WATCHED]
    for url in wanted:
        memory.comments.setdefault(url, Place(url=url))
    for url in [one for one, place in memory.comments.items() if not place.is_site]:
        if url not in wanted:
            del memory.comments[url]


def _is_post(item: Item, root_id: str) -> bool:
    return item.kind == "post" and root_id in (item.thread_root_id, item.external_id)
