"""The live half of Facebook: signing in, and back-fill of posts, comments, mentions and reviews. New things come by webhook."""

from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote

from runtime.errors import Invalid, Reauthorise
from services.ingest.connectors.facebook.login import Login
from services.ingest.connectors.graph import (
    FAR,
    PAGE_FIELDS,
    Found,
    Graph,
    Object,
    newer_rows,
    page_of,
    paged,
    rows_of,
)
from services.ingest.connectors.protocol import (
    Callback,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)
from services.ingest.connectors.times import parse_time

_POST_FIELDS = (
    "id,message,from,created_time,permalink_url,status_type,is_published,"
    "attachments{media_type,type,media,url,target,description}"
)
_COMMENT_FIELDS = "id,message,from,created_time,parent,attachment,is_hidden,permalink_url"
_BESIDE = {
    "tagged": "id,message,from,created_time,tagged_time,permalink_url",
    "ratings": "created_time,reviewer,rating,recommendation_type,review_text,open_graph_story{id}",
}
_WITHOUT_MESSAGES = ("feed", "mention", "ratings")
_POSTS = "25"
_COMMENTS = "100"


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return FacebookConnector(tools)


class FacebookConnector(Silent):
    """Reads a page by polling. Sees neither edits nor deletions: only webhooks tell those."""

    def __init__(self, tools: Tools) -> None:
        self._graph = Graph(tools, "facebook")
        self._login = Login(self._graph)

    async def check(self, grant: Grant) -> Identity:
        """Return the page, and what came with it: its messages, its Instagram account, further pages."""
        return await self._login.check(grant)

    async def subscribe(self, grant: Grant, callback: Callback) -> None:  # noqa: ARG002 - set at the app
        """POST /{page}/subscribed_apps; without the permission for messages, for the rest alone."""
        path = f"{quote(grant.account_id, safe='')}/subscribed_apps"
        try:
            await self._graph.ask(grant, path, {"subscribed_fields": ",".join(PAGE_FIELDS)})
        except (Invalid, Reauthorise):
            fields = ",".join(_WITHOUT_MESSAGES)
            await self._graph.ask(grant, path, {"subscribed_fields": fields})

    def since(self, moment: datetime) -> str | None:
        """Return the cursor: unix seconds."""
        return str(int(moment.timestamp()))

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield the recent posts, then what was written since the cursor, oldest first.

        The cursor (unix seconds of the newest thing seen) comes with the last page: a poll that
        breaks off is done again whole.
        """
        since = parse_time(cursor) if cursor else None
        async for page in paged(self._found(grant, since), since):
            yield page

    async def _found(self, grant: Grant, since: datetime | None) -> AsyncIterator[Found]:
        page_id = quote(grant.account_id, safe="")
        params = {"fields": _POST_FIELDS, "limit": _POSTS}
        # Of a page that is new here, one page of posts is enough.
        feed = await self._graph.newer(grant, f"{page_id}/feed", params, since or FAR)
        for posts in feed:
            yield Found(f"{page_id}/feed", posts, posts)
        for post_id in _post_ids(feed):
            for comments in await self._comments(grant, post_id, since):
                # Only the post's own id tells which post the comments hang on, so it goes around them.
                document = {"id": post_id, "comments": comments}
                yield Found(f"{post_id}/comments", comments, document)
        for edge, fields in _BESIDE.items():
            params = {"fields": fields, "limit": _POSTS}
            pages = await self._graph.perhaps_newer(grant, f"{page_id}/{edge}", params, since)
            for new in (newer_rows(page, since) for page in pages):
                if new["data"]:
                    yield Found(f"{page_id}/{edge}", new, new)

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, or None when it was deleted or is hidden from us."""
        post = await self._graph.one(grant, root_id, _POST_FIELDS)
        return page_of(root_id, post, "context") if post is not None else None

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the object a comment was made on, or None when it is gone or not told."""
        comment = await self._graph.one(grant, external_id, "id,object{id}") or {}
        found = comment.get("object")
        return str(found["id"]) if isinstance(found, dict) and "id" in found else None

    async def _comments(self, grant: Grant, post_id: str, since: datetime | None) -> list[Object]:
        params = {
            "fields": _COMMENT_FIELDS,
            "filter": "stream",
            "order": "reverse_chronological",
            "limit": _COMMENTS,
        }
        return await self._graph.newer(grant, f"{quote(post_id, safe='')}/comments", params, since)


def _post_ids(feed: list[Object]) -> list[str]:
    ids = [post.get("id") for page in feed for post in reversed(rows_of(page))]
    return [one for one in ids if isinstance(one, str)]
