"""The live half of LinkedIn: polling the notifications of a page. The webhook brings the same ones sooner."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import linkedin
from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.http import Api, content_key
from services.ingest.connectors.latest import Latest, Seen
from services.ingest.connectors.linkedin.errors import classify
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.times import parse_time

_ACTIONS = "List(COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,SHARE_MENTION)"
_SIZE = 50
_PAGES = 40
_KEPT = timedelta(days=60) - timedelta(hours=1)
_FIRST = timedelta(days=7)
# What happened together may be told a little later.
_OVERLAP = timedelta(minutes=15)
_MOST_PAGES_OF_A_MEMBER = 20
_NEVER = datetime.min.replace(tzinfo=UTC)
Row = dict[str, Any]


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return LinkedInConnector(tools)


class LinkedInConnector(Silent):
    """Reads one organisation. Its account's id is the organisation's URN."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._api = Api(
            tools.client,
            "linkedin",
            self._classify,
            tools.meter,
            authorize=lambda grant: linkedin.headers(grant.token),
        )

    async def check(self, grant: Grant) -> Identity:
        """Ask which pages the member administers. Raises `Invalid` when the wanted one is not among them."""
        path = "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&count=100"
        rows = _rows(await self._get(grant, path))
        pages = list(
            dict.fromkeys(str(one["organization"]) for one in rows if "organization" in one)
        )
        wanted = grant.account_id.strip()
        if wanted and wanted not in pages:
            raise Invalid("linkedin.not_admin", "the member is no administrator of this page")
        named = [wanted] if wanted else pages[:_MOST_PAGES_OF_A_MEMBER]
        if not named:
            raise Invalid("linkedin.not_admin", "the member is no administrator of any page")
        first, *others = [await self._identity(grant, urn) for urn in named]
        return Identity(first.account_id, first.name, first.handle, others=tuple(others))

    async def _identity(self, grant: Grant, urn: str) -> Identity:
        told = await self._get(grant, f"organizations/{quote(urn.rpartition(':')[2], safe='')}")
        handle = told.get("vanityName")
        name = str(told.get("localizedName") or handle or urn)
        return Identity(urn, name, handle if isinstance(handle, str) else None)

    def since(self, moment: datetime) -> str | None:
        """Return the cursor of a moment."""
        return Latest.since(moment).text()

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what was notified after the cursor, the oldest first; the last week without one.

        All pages come of one look: the last one carries what was learnt.
        """
        now = self._clock.now()
        memory = Latest.read(cursor) if cursor else Latest.since(now - _FIRST)
        start = max(memory.newest - _OVERLAP if memory.rows else memory.floor, now - _KEPT)
        found = [(one, _seen(one)) for one in await self._notified(grant, start)]
        found.sort(key=lambda pair: pair[1].at)
        news = list({one.key: row for row, one in found if memory.is_news(one)}.values())
        memory.learn(one for _, one in found)
        memory.shrink()
        pages = [news[at : at + _SIZE] for at in range(0, len(news), _SIZE)]
        for number, rows in enumerate(pages, start=1):
            raw = json.dumps({"elements": rows}, ensure_ascii=False).encode()
            told = memory.text() if number == len(pages) else cursor
            yield Page(raw, "poll", content_key("notifications", raw), told)

    async def root_of(self, grant: Grant, external_id: str) -> str | None:  # noqa: ARG002 (the URN says it)
        """Return the post of a comment, which its URN names."""
        parts = linkedin.parts_of(linkedin.long_urn(external_id) or "")
        return parts[0] if parts else None

    async def _notified(self, grant: Grant, start: datetime) -> list[Row]:
        """Return all notifications since a moment. In which order LinkedIn gives them is not documented."""
        about = quote(grant.account_id, safe="")
        query = (
            f"q=criteria&actions={_ACTIONS}&organizationalEntity={about}"
            f"&timeRange=(start:{int(start.timestamp() * 1000)})&count={_SIZE}"
        )
        found: list[Row] = []
        for page in range(_PAGES):
            path = f"organizationalEntityNotifications?{query}&start={page * _SIZE}"
            rows = _rows(await self._get(grant, path))
            found += rows
            if len(rows) < _SIZE:
                break
        return found

    async def _get(self, grant: Grant, path: str) -> Row:
        # The query is part of the path: LinkedIn wants the brackets of its lists as they are.
        answer = await self._api.get(grant, path)
        try:
            told = answer.json()
        except (ValueError, RecursionError):
            raise Unavailable("linkedin.unavailable", "the answer is not JSON") from None
        if not isinstance(told, dict):
            raise Unavailable("linkedin.unavailable", "the answer is no object")
        return told

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer, self._clock.now())


def _rows(told: Row) -> list[Row]:
    rows = told.get("elements")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _seen(row: Row) -> Seen:
    told = row.get("notificationId")
    key = str(told) if told else f"{row.get('action')}:{row.get('generatedActivity')}"
    return Seen(key, parse_time(row.get("lastModifiedAt")) or _NEVER)
