"""Reading the Graph API, the same for Facebook, Messenger and Instagram: pages, proofs, signing in. No network's edges."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from contracts.connections import Quota
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.graph_errors import classify, quota
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.protocol import AppSecrets, Grant, Page, Tools
from services.ingest.connectors.times import parse_time

Object = dict[str, Any]

PAGE_FIELDS = (
    "feed", "mention", "ratings", "messages", "message_edits", "message_echoes",
    "message_deliveries", "message_reads", "messaging_postbacks", "messaging_referrals", "standby",
)  # fmt: skip
"""What a page tells us of; one list for all, because subscribing again replaces what was there."""

MOST_PAGES = 20
FAR = datetime.max.replace(tzinfo=UTC)
"""A moment after everything: `newer` than it is one page."""


class Graph:
    """One network's calls. Raises `Unavailable`, `Reauthorise` or `Invalid`."""

    def __init__(self, tools: Tools, network: str, app: str = "meta") -> None:
        self.network = network
        self._clock = tools.clock
        self.app = tools.apps.get(app, AppSecrets())
        self.api = Api(tools.client, network, self._classify, tools.meter, self._quota)

    def now(self) -> datetime:
        """Return the moment it is."""
        return self._clock.now()

    async def document(self, grant: Grant, path: str, params: Mapping[str, str]) -> Object:
        """GET an object."""
        return self._opened(await self.api.get(grant, path, {**params, **self._proof(grant)}))

    async def ask(self, grant: Grant, path: str, body: Mapping[str, object]) -> Object:
        """POST what changes nothing a person would see: a subscription, a token."""
        return self._opened(await self.api.post(grant, path, {**body, **self._proof(grant)}))

    async def one(self, grant: Grant, object_id: str, fields: str) -> Object | None:
        """GET an object by its id; None when it was deleted or is hidden from us."""
        try:
            return await self.document(grant, quote(object_id, safe=""), {"fields": fields})
        except Invalid as error:
            if error.code == f"{self.network}.gone":
                return None
            raise

    async def newer(
        self, grant: Grant, path: str, params: Mapping[str, str], since: datetime | None
    ) -> list[Object]:
        """Return the pages of an edge that lists the newest first, down to a moment, the oldest page first.

        Without a moment, all there is (at most `MOST_PAGES`).
        """
        pages: list[Object] = []
        while len(pages) < MOST_PAGES:
            page = await self.document(grant, path, params)
            if not page.get("data"):
                break
            pages.insert(0, page)
            after, oldest = after_of(page), oldest_of(page)
            if after is None or (since and oldest and oldest < since):
                break
            params = {**params, "after": after}
        return pages

    async def perhaps_newer(
        self, grant: Grant, path: str, params: Mapping[str, str], since: datetime | None
    ) -> list[Object]:
        """Return pages as `newer`, none when the account may not read this edge.

        Only for what is asked after something else was given: the token itself is good then.
        """
        try:
            return await self.newer(grant, path, params, since)
        except (Invalid, Reauthorise):
            return []

    def _opened(self, answer: httpx.Response) -> Object:
        try:
            document = answer.json()
        except (ValueError, RecursionError):
            raise Unavailable(f"{self.network}.unavailable", "the answer is not JSON") from None
        if not isinstance(document, dict):
            raise Unavailable(f"{self.network}.unavailable", "the answer is not an object")
        return document

    def _proof(self, grant: Grant) -> dict[str, str]:
        if not self.app.secrets:
            return {}
        secret = self.app.secrets[0].encode()
        digest = hmac.new(secret, grant.token.encode(), hashlib.sha256)
        return {"appsecret_proof": digest.hexdigest()}

    def _classify(self, answer: httpx.Response) -> RapportError:
        known = classify(
            answer.status_code, answer.headers, answer.content, self._clock.now(), self.network
        )
        is_html = answer.content.lstrip().startswith(b"<")
        if answer.status_code == 404 and not is_html and isinstance(known, Unavailable):
            return Invalid(f"{self.network}.gone", "HTTP 404")
        return known

    def _quota(self, answer: httpx.Response) -> Quota | None:
        return quota(answer.headers, self._clock.now())


def page_of(place: str, document: Object, channel: str = "backfill") -> Page:
    """Return what was read as a page, without the addresses in it: `paging.next` holds the token."""
    raw = json.dumps(_without_addresses(document), ensure_ascii=True).encode()
    return Page(raw, channel, content_key(place, raw))


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an edge, and the document it goes on in (the page, or what it hangs on around it)."""

    place: str
    rows: Object
    document: Object


async def paged(found: AsyncIterator[Found], since: datetime | None) -> AsyncIterator[Page]:
    """Yield what was found as pages. The last carries the cursor (unix seconds of the newest row):

    a poll that breaks off is done again whole.
    """
    held: Page | None = None
    newest = since
    async for one in found:
        if held is not None:
            yield held
        newest = newest_of(one.rows, newest)
        held = page_of(one.place, one.document)
    if held is not None:
        yield replace(held, cursor=cursor_of(newest))


def rows_of(page: Mapping[str, Any]) -> list[Object]:
    """Return the objects of a page."""
    data = page.get("data")
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def moment_of(row: Mapping[str, Any]) -> datetime | None:
    """Return when a row came to be; a conversation counts from its last message."""
    return parse_time(row.get("created_time") or row.get("timestamp") or row.get("updated_time"))


def oldest_of(page: Object) -> datetime | None:
    """Return the moment of the oldest row."""
    return min((at for at in map(moment_of, rows_of(page)) if at), default=None)


def newest_of(page: Object, known: datetime | None) -> datetime | None:
    """Return the moment of the newest row, or what was known if that is newer."""
    return max((at for at in [known, *map(moment_of, rows_of(page))] if at), default=None)


def newer_rows(page: Object, since: datetime | None) -> Object:
    """Return the page without the rows that are older than a moment."""
    dated = [(row, moment_of(row)) for row in rows_of(page)]
    kept = [row for row, at in dated if since is None or at is None or at >= since]
    return {**page, "data": kept}


def cursor_of(newest: datetime | None) -> str | None:
    """Return a moment as a cursor: unix seconds."""
    return str(int(newest.astimezone(UTC).timestamp())) if newest else None


def after_of(page: Mapping[str, Any]) -> str | None:
    """Return where the next page begins, None at the end."""
    paging = page.get("paging")
    if not isinstance(paging, dict) or "next" not in paging:
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_addresses(one) for key, one in value.items() if key != "paging"}
    return [_without_addresses(one) for one in value] if isinstance(value, list) else value
