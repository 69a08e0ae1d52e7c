"""The live half of Facebook: back-fill of posts and comments through the Graph API. New things come by webhook."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.facebook.errors import classify
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.times import parse_time

_POST_FIELDS = (
    "id,message,from,created_time,permalink_url,status_type,is_published,"
    "attachments{media_type,type,media,url,target,description}"
)
_COMMENT_FIELDS = "id,message,from,created_time,parent,attachment,is_hidden,permalink_url"
_POSTS = "25"
_COMMENTS = "100"
_MOST_PAGES = 20


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return FacebookConnector(tools)


class FacebookConnector(Silent):
    """Reads a page by polling. Sees neither edits nor deletions: only webhooks tell those."""

    def __init__(self, tools: Tools) -> None:
        secrets = tools.apps["meta"].secrets if "meta" in tools.apps else ()
        self._clock = tools.clock
        self._app_secret = secrets[0] if secrets else None
        self._api = Api(tools.client, "facebook", self._classify, tools.meter)

    async def check(self, grant: Grant) -> Identity:
        """Ask Graph whose token this is."""
        told = await self._page(grant, "me", {"fields": "id,name,username"})
        return Identity(str(told["id"]), str(told.get("name") or told["id"]), told.get("username"))

    def since(self, moment: datetime) -> str | None:
        """Return the cursor: unix seconds."""
        return str(int(moment.timestamp()))

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield the recent posts, then the comments written since the cursor, oldest first.

        The cursor (unix seconds of the newest thing seen) comes with the last page: a poll that
        breaks off is done again whole.
        """
        since = parse_time(cursor) if cursor else None
        feed = await self._page(
            grant, f"{quote(grant.account_id)}/feed", {"fields": _POST_FIELDS, "limit": _POSTS}
        )
        newest = _newest(feed, since)
        yield _page(f"{grant.account_id}/feed", feed)
        last = None
        for post_id in _post_ids(feed):
            for comments in await self._comments(grant, post_id, since):
                newest = _newest(comments, newest)
                if last is not None:
                    yield last
                # Only the post's own id tells which post the comments hang on, so it goes around them.
                last = _page(f"{post_id}/comments", {"id": post_id, "comments": comments})
        last = last or _page(f"{grant.account_id}/feed", feed)
        yield Page(last.raw, last.channel, last.natural_key, _cursor(newest))

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, or None when it was deleted or is hidden from us."""
        post = await self._one(grant, root_id, _POST_FIELDS)
        return _page(root_id, post, "context") if post is not None else None

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the object a comment was made on, or None when it is gone or not told."""
        comment = await self._one(grant, external_id, "id,object{id}") or {}
        found = comment.get("object")
        return str(found["id"]) if isinstance(found, dict) and "id" in found else None

    async def _one(self, grant: Grant, object_id: str, fields: str) -> dict[str, Any] | None:
        try:
            return await self._page(grant, quote(object_id, safe=""), {"fields": fields})
        except Invalid as error:
            if error.code == "facebook.gone":
                return None
            raise

    async def _comments(
        self, grant: Grant, post_id: str, since: datetime | None
    ) -> list[dict[str, Any]]:
        """Return the pages of a post's comments newer than `since`, the oldest first."""
        params = {
            "fields": _COMMENT_FIELDS,
            "filter": "stream",
            "order": "reverse_chronological",
            "limit": _COMMENTS,
        }
        pages: list[dict[str, Any]] = []
        while len(pages) < _MOST_PAGES:
            page = await self._page(grant, f"{quote(post_id, safe='')}/comments", params)
            if not page.get("data"):
                break
            pages.insert(0, page)
            after = _after(page)
            oldest = min((at for at in map(_created, _things(page)) if at), default=None)
            if after is None or (since and oldest and oldest < since):
                break
            params = {**params, "after": after}
        return pages

    async def _page(self, grant: Grant, path: str, params: dict[str, str]) -> dict[str, Any]:
        answer = await self._api.get(grant, path, {**params, **self._proof(grant)})
        try:
            document = answer.json()
        except ValueError:
            raise Unavailable("facebook.unavailable", "the answer is not JSON") from None
        if not isinstance(document, dict):
            raise Unavailable("facebook.unavailable", "the answer is not an object")
        return document

    def _proof(self, grant: Grant) -> dict[str, str]:
        if not self._app_secret:
            return {}
        digest = hmac.new(self._app_secret.encode(), grant.token.encode(), hashlib.sha256)
        return {"appsecret_proof": digest.hexdigest()}

    def _classify(self, answer: httpx.Response) -> RapportError:
        if answer.status_code == 404 and not answer.content.lstrip().startswith(b"<"):
            known = classify(answer.status_code, answer.headers, answer.content, self._clock.now())
            return (
                known
                if not isinstance(known, Unavailable)
                else Invalid("facebook.gone", "HTTP 404")
            )
        return classify(answer.status_code, answer.headers, answer.content, self._clock.now())


def _page(place: str, document: dict[str, Any], channel: str = "backfill") -> Page:
    # `paging.next` holds the token: the addresses are not kept.
    raw = json.dumps(_without_addresses(document), ensure_ascii=True).encode()
    return Page(raw, channel, content_key(place, raw))


def _without_addresses(document: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in document.items() if key != "paging"}
    if isinstance(kept.get("comments"), dict):
        kept["comments"] = _without_addresses(kept["comments"])
    return kept


def _things(page: dict[str, Any]) -> list[dict[str, Any]]:
    data = page.get("data")
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _created(thing: dict[str, Any]) -> datetime | None:
    return parse_time(thing.get("created_time"))


def _post_ids(feed: dict[str, Any]) -> list[str]:
    return [post["id"] for post in reversed(_things(feed)) if isinstance(post.get("id"), str)]


def _newest(page: dict[str, Any], known: datetime | None) -> datetime | None:
    return max((at for at in [known, *map(_created, _things(page))] if at), default=None)


def _cursor(newest: datetime | None) -> str | None:
    return str(int(newest.astimezone(UTC).timestamp())) if newest else None


def _after(page: dict[str, Any]) -> str | None:
    paging = page.get("paging")
    if not isinstance(paging, dict) or "next" not in paging:
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None
