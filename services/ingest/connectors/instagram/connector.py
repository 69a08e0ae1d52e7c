"""The live half of Instagram: back-fill of media, comments and messages, for both logins. New things come by webhook."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from runtime.errors import Invalid, Reauthorise
from services.ingest.connectors.graph import (
    FAR,
    MOST_PAGES,
    PAGE_FIELDS,
    Found,
    Graph,
    Object,
    moment_of,
    page_of,
    paged,
    rows_of,
)
from services.ingest.connectors.instagram.cursor import Cursor
from services.ingest.connectors.instagram.login import Login
from services.ingest.connectors.meta_inbox import Inbox
from services.ingest.connectors.protocol import (
    Callback,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)

_POST = "id,caption,media_type,media_url,permalink,timestamp,username"
_MEDIUM = f"{_POST},owner,comments_count"
_ANSWER = "id,text,timestamp,username,from,parent_id,hidden,like_count"
_COMMENT = f"{_ANSWER},replies.limit(50){{{_ANSWER}}}"
_NAMED = f"{_POST},comments{{id,text,timestamp,username}}"
_FIELDS = (
    "comments",
    "live_comments",
    "mentions",
    "messages",
    "message_edit",
    "messaging_postbacks",
    "messaging_seen",
)
_MEDIA = "25"
_COMMENTS = "50"
_MOST_GONE = 20
_FACEBOOK = "facebook"


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return InstagramConnector(tools)


class InstagramConnector(Silent):
    """Reads an account by polling. `options["login"]` is facebook where a page's token is used."""

    def __init__(self, tools: Tools) -> None:
        # Either login's app may have to prove itself; a page's token belongs to the Facebook app.
        self._own = Graph(tools, "instagram", "instagram")
        self._linked = Graph(tools, "instagram", "meta")
        self._login = Login(self._own)

    def _graph(self, grant: Grant) -> Graph:
        return self._linked if grant.options.get("login") == _FACEBOOK else self._own

    async def check(self, grant: Grant) -> Identity:
        """Ask whose token this is; a token of Instagram's own login is renewed on the way."""
        if grant.options.get("login") == _FACEBOOK:
            return await self._login.linked(self._linked, grant)
        return await self._login.check(grant)

    async def subscribe(self, grant: Grant, callback: Callback) -> None:  # noqa: ARG002 - set at the app
        """POST /me/subscribed_apps: the account itself, or the page it is linked to."""
        is_linked = grant.options.get("login") == _FACEBOOK
        fields = ",".join(PAGE_FIELDS if is_linked else _FIELDS)
        await self._graph(grant).ask(grant, "me/subscribed_apps", {"subscribed_fields": fields})

    def since(self, moment: datetime) -> str | None:
        """Return the cursor: unix seconds."""
        return str(int(moment.timestamp()))

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield the recent media, then comments and messages since the cursor, and what was deleted."""
        known = Cursor.read(cursor)
        seen: dict[str, list[str]] = {}
        async for page in paged(self._found(grant, known, seen), known.since):
            is_last = page.cursor is not None
            yield replace(page, cursor=Cursor.write(page.cursor or "", seen)) if is_last else page

    async def _found(
        self, grant: Grant, known: Cursor, seen: dict[str, list[str]]
    ) -> AsyncIterator[Found]:
        graph = self._graph(grant)
        path = f"{quote(grant.account_id, safe='')}/media"
        params = {"fields": _MEDIUM, "limit": _MEDIA}
        # Of an account that is new here, one page of media is enough.
        media = await graph.newer(grant, path, params, known.since or FAR)
        for page in media:
            yield Found(path, page, page)
        for medium in (one for page in media for one in reversed(rows_of(page))):
            medium_id = medium.get("id")
            if not isinstance(medium_id, str):
                continue
            pages = await self._comments(grant, medium) if medium.get("comments_count") != 0 else []
            place, rows = f"{medium_id}/comments", [one for page in pages for one in _flat(page)]
            seen[medium_id] = [str(one["id"]) for one in rows if "id" in one]
            for comments in _cut(pages, known.since):
                document = {"id": medium_id, "comments": comments}
                yield Found(place, {"data": _flat(comments)}, document)
            if len(pages) < MOST_PAGES:
                gone = await self._gone(grant, known.seen.get(medium_id, []), seen[medium_id])
                if gone:
                    yield Found(place, {}, {"id": medium_id, "deleted_comments": gone})
        inbox = Inbox(graph, "instagram")
        for conversations in await inbox.pages(grant, known.since, is_optional=True):
            yield Found("conversations", conversations, conversations)

    async def _comments(self, grant: Grant, medium: Object) -> list[Object]:
        """Return all pages of a medium's comments: an old comment may have new answers."""
        path = f"{quote(str(medium['id']), safe='')}/comments"
        params = {"fields": _COMMENT, "limit": _COMMENTS}
        return await self._graph(grant).newer(grant, path, params, None)

    async def _gone(self, grant: Grant, before: list[str], now: list[str]) -> list[str]:
        """Return the comments that are no longer listed and, asked for one by one, no longer there."""
        missing = [one for one in before if one not in set(now)][:_MOST_GONE]
        return [one for one in missing if await self._graph(grant).one(grant, one, "id") is None]

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return a medium of ours; or somebody else's that names us, with the comments that do."""
        medium = await self._own_or_none(grant, root_id)
        if medium is not None:
            return page_of(root_id, medium, "context")
        fields = f"mentioned_media.media_id({root_id}){{{_NAMED}}}"
        found = await self._own_or_none(grant, grant.account_id, fields)
        named = (found or {}).get("mentioned_media")
        if not isinstance(named, dict):
            return None
        named["comments"] = {"data": list(_naming(named, grant.options.get("handle", "")))}
        return page_of(root_id, {"mentioned_media": named}, "context")

    async def _own_or_none(
        self, grant: Grant, object_id: str, fields: str = _MEDIUM
    ) -> Object | None:
        """Return an object; None when it is gone or not ours to read."""
        if not object_id.isdigit():
            return None
        try:
            return await self._graph(grant).one(grant, object_id, fields)
        except Invalid:
            return None
        except Reauthorise:
            # Another's medium is refused like a missing permission; a dead token fails everywhere.
            await self._graph(grant).document(grant, "me", {"fields": "id"})
            return None

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the medium a comment hangs on, or None when it is gone or not told."""
        comment = await self._graph(grant).one(grant, external_id, "id,media{id}") or {}
        found = comment.get("media")
        return str(found["id"]) if isinstance(found, dict) and "id" in found else None


def _flat(comments: Object) -> list[Object]:
    """Return comments and the answers to each side by side."""
    return [each for one in rows_of(comments) for each in (one, *_answers(one))]


def _cut(pages: list[Object], since: datetime | None) -> list[Object]:
    """Return the pages with what is new, and with the comments that have new answers."""
    cut = [{"data": [one for one in rows_of(page) if _is_new(one, since)]} for page in pages]
    return [page for page in cut if page["data"]]


def _answers(comment: Object) -> list[Object]:
    replies = comment.get("replies")
    return rows_of(replies) if isinstance(replies, dict) else []


def _is_new(comment: Object, since: datetime | None) -> bool:
    times = [moment_of(one) for one in (comment, *_answers(comment))]
    return since is None or any(at is None or at >= since for at in times)


def _naming(medium: Object, handle: str) -> Iterator[Object]:
    """Yield the comments below somebody else's medium that name us: the others are not for us."""
    comments = medium.get("comments")
    for one in rows_of(comments) if isinstance(comments, dict) else []:
        if handle and f"@{handle}".casefold() in str(one.get("text") or "").casefold():
            yield one
