"""The live half of Mastodon: the stream, polling of notifications as gap filling, and threads around a status."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from httpx_sse import EventSource, SSEError, aconnect_sse

from contracts.networks.mastodon import id_order
from runtime.errors import Invalid, RapportError, Unavailable
from services.ingest.connectors.http import Api, authorization, content_key
from services.ingest.connectors.mastodon.errors import classify, quota_of
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools
from services.ingest.connectors.times import iso_z, parse_time

SILENCE_S = 90.0
"""A stream sends a heartbeat every 15 seconds or so; one that is silent this long is dead."""

_NOTIFICATIONS = "/api/v1/notifications"
_TYPES = ["mention", "quote"]
_LIMIT = "80"
_SINCE = "since:"
_MOST_PAGES = 100
_FORWARDED = frozenset({"notification", "delete", "conversation"})
_FILTERED = frozenset({"update", "status.update"})
_SCHEMES = {"wss": "https", "ws": "http", "https": "https", "http": "http"}


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return MastodonConnector(tools)


class MastodonConnector(Silent):
    """Reads an account of any server that speaks Mastodon's API."""

    def __init__(self, tools: Tools, silence_s: float = SILENCE_S) -> None:
        # A stream has no end, which guarded calls must have: its host is checked by one before.
        self._client = tools.client
        self._guarded = tools.guarded
        self._clock = tools.clock
        self._silence_s = silence_s
        self._api = Api(
            tools.guarded,
            "mastodon",
            self._classify,
            tools.meter,
            lambda answer: quota_of(answer.headers),
        )

    async def check(self, grant: Grant) -> Identity:
        """Ask the server whose token this is (GET /api/v1/accounts/verify_credentials)."""
        told = _json(await self._api.get(grant, "/api/v1/accounts/verify_credentials"))
        account_id, handle = _dig(told, "id"), _dig(told, "acct") or _dig(told, "username")
        if not account_id or not handle:
            raise Unavailable("mastodon.unavailable", "the server does not say whose token it is")
        name = str(_dig(told, "display_name") or handle)
        return Identity(str(account_id), name, str(handle))

    def since(self, moment: datetime) -> str | None:
        """Return a moment as a cursor: notifications are numbered in order, not by time."""
        return f"{_SINCE}{iso_z(moment)}"

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield notifications newer than the cursor (the largest id seen, or a moment), oldest page first.

        Without a cursor only the newest page: an account's whole past is not news.
        """
        if cursor and cursor.startswith(_SINCE):
            cursor = await self._last_before(grant, cursor.removeprefix(_SINCE))
        while True:
            answer = await self._api.get(grant, _NOTIFICATIONS, _query(cursor))
            newest = _largest_id(answer, cursor)
            if newest is None or newest == cursor:
                return
            yield Page(answer.content, "poll", content_key(_NOTIFICATIONS, answer.content), newest)
            if cursor is None:
                return
            cursor = max(newest, _previous(answer) or newest, key=id_order)

    async def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield frames as they come. Ends when the connection breaks or is silent for 90 s: poll, then come again."""
        place = f"{await self._streaming_url(grant)}/api/v1/streaming"
        await self._check_host(f"{place}/health")
        url = f"{place}/user"
        # Heartbeats are comment lines and never reach us as events, but each resets the read time-out.
        timeout = httpx.Timeout(10.0, read=self._silence_s)
        try:
            async with aconnect_sse(
                self._client, "GET", url, headers=authorization(grant), timeout=timeout
            ) as source:
                await self._check(source)
                async for frame in _frames(source, grant.account_id):
                    yield frame
        except SSEError:
            raise Unavailable("mastodon.unavailable", "the stream is no event stream") from None
        except httpx.ConnectError as error:
            raise Unavailable("mastodon.unreachable", type(error).__name__) from None
        except httpx.TransportError:
            return

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the status a thread hangs on, or None when it was deleted."""
        answer = await self._get(grant, f"/api/v1/statuses/{quote(root_id, safe='')}")
        if answer is None:
            return None
        return Page(answer.content, "context", content_key(f"statuses/{root_id}", answer.content))

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the first status of the thread (itself, when nothing is above it), or None when it is gone."""
        answer = await self._get(grant, f"/api/v1/statuses/{quote(external_id, safe='')}/context")
        if answer is None:
            return None
        document = _json(answer)
        above = document.get("ancestors") if isinstance(document, dict) else None
        first = above[0] if isinstance(above, list) and above else None
        return str(first["id"]) if isinstance(first, dict) and first.get("id") else external_id

    async def _last_before(self, grant: Grant, moment: str) -> str:
        """Walk back to the newest notification that is older than a moment; "0" when all are younger."""
        at, query = parse_time(moment), _query(None)
        for _ in range(_MOST_PAGES):
            rows = _json(await self._api.get(grant, _NOTIFICATIONS, query))
            rows = [one for one in rows if _dig(one, "id")] if isinstance(rows, list) else []
            for row in rows:
                written_at = parse_time(row.get("created_at"))
                if at and written_at and written_at < at:
                    return str(row["id"])
            if not rows:
                return "0"
            query["max_id"] = str(rows[-1]["id"])
        return str(rows[-1]["id"])

    async def _get(self, grant: Grant, path: str) -> httpx.Response | None:
        try:
            return await self._api.get(grant, path)
        except Invalid as error:
            if error.code == "mastodon.gone":
                return None
            raise

    async def _streaming_url(self, grant: Grant) -> str:
        """Return where the server streams: a host of its own, told by the instance, or the server itself."""
        answer = await self._get(grant, "/api/v2/instance")
        told = _dig(_json(answer), "configuration", "urls", "streaming") if answer else None
        parts = urlsplit(told) if isinstance(told, str) else urlsplit("")
        scheme = _SCHEMES.get(parts.scheme)
        is_downgrade = scheme == "http" and grant.base_url.startswith("https:")
        if scheme is None or not parts.netloc or is_downgrade:
            return grant.base_url.rstrip("/")
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}"

    async def _check_host(self, url: str) -> None:
        try:
            await self._guarded.get(url)
        except RapportError as error:
            raise Unavailable("mastodon.unavailable", error.why) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("mastodon.unreachable", type(error).__name__) from None

    async def _check(self, source: EventSource) -> None:
        if not source.response.is_success:
            await source.response.aread()
            raise self._classify(source.response)

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer.status_code, answer.headers, self._clock.now())


async def _frames(source: EventSource, account_id: str) -> AsyncIterator[Page]:
    async for event in source.aiter_sse():
        if event.event in _FORWARDED or (
            event.event in _FILTERED and _concerns(event.data, account_id)
        ):
            frame = {"stream": ["user"], "event": event.event, "payload": event.data}
            raw = json.dumps(frame).encode()
            yield Page(raw, "stream", content_key("streaming/user", raw))


def _concerns(data: str, account_id: str) -> bool:
    """True when a status of the home timeline is by the brand, names it or answers it.

    The stream also carries everything the accounts write that the brand follows: that is not its inbox.
    What cannot be read goes on, to be noted where payloads are read.
    """
    try:
        status = json.loads(data)
    except (ValueError, RecursionError):
        return True
    mentions = status.get("mentions") if isinstance(status, dict) else None
    named = [_dig(one, "id") for one in mentions] if isinstance(mentions, list) else []
    return account_id in map(
        str, [_dig(status, "account", "id"), _dig(status, "in_reply_to_account_id"), *named]
    )


def _query(cursor: str | None) -> dict[str, str | list[str]]:
    query: dict[str, str | list[str]] = {"types[]": _TYPES, "limit": _LIMIT}
    return {**query, "min_id": cursor} if cursor else query


def _largest_id(answer: httpx.Response, known: str | None) -> str | None:
    document = _json(answer)
    if not isinstance(document, list):
        raise Unavailable("mastodon.unavailable", "the notifications are no list")
    ids = [str(one["id"]) for one in document if isinstance(one, dict) and one.get("id")]
    return max([*ids, *([known] if known else [])], key=id_order, default=None)


def _previous(answer: httpx.Response) -> str | None:
    """The min_id of the Link header rel=prev. Only the id is taken: a foreign address never gets the token."""
    url = answer.links.get("prev", {}).get("url", "")
    try:
        return parse_qs(urlsplit(url).query).get("min_id", [None])[0]
    except ValueError:
        return None


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        raise Unavailable("mastodon.unavailable", "the answer is not JSON") from None


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
