"""Calls to a WordPress site's REST API, and finding it. What is asked lives in the connector."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser

from contracts.networks.wordpress import API_OPTION, USER_OPTION, may_carry, route
from runtime.addresses import Refused, checked_url
from runtime.errors import Invalid, Unavailable
from services.ingest.connectors.protocol import Grant, Tools
from services.ingest.connectors.wordpress.errors import classify, document

_REL = "https://api.w.org/"


class Site:
    """Speaks to sites. Credentials go to the site they are for, by TLS, and through no redirect."""

    def __init__(self, tools: Tools) -> None:
        self._client = tools.guarded
        self._clock = tools.clock
        self._meter = tools.meter

    async def get(
        self, grant: Grant, path: str, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return a 2xx answer that is JSON. Raises `Unavailable`, `Reauthorise` or `Invalid`."""
        api = grant.options.get(API_OPTION) or f"{grant.base_url.rstrip('/')}/wp-json"
        url = checked_url(route(api, path)).copy_merge_params(dict(params or {}))
        if not may_carry(url.scheme, url.host):
            raise Invalid("wordpress.insecure", "the site must have an https address")
        await self._meter.gate(grant.connection_id)
        answer = await self._ask(url, _authorization(grant))
        if not answer.is_success:
            meaning = classify(answer, self._clock.now())
            if isinstance(meaning, Unavailable) and meaning.retry_after_s:
                self._meter.rest(grant.connection_id, meaning.retry_after_s)
            raise meaning
        if document(answer) is None:
            raise Unavailable("wordpress.unavailable", "the answer is not JSON")
        return answer

    async def find_api(self, address: str) -> tuple[str, str]:
        """Return the REST API's address and the site's name. Raises `Invalid` when there is none."""
        page = await self._ask(checked_url(address), {}, follow_redirects=True)
        for api in dict.fromkeys(one for one in candidates(page) if one):
            told = document(await self._ask(checked_url(api), {}, follow_redirects=True))
            if isinstance(told, dict) and "wp/v2" in str(told.get("namespaces")):
                return api, str(told.get("name") or page.url.host)[:200]
        raise Invalid("wordpress.no_api", "no WordPress REST API was found at this address")

    async def _ask(
        self, url: httpx.URL, headers: Mapping[str, str], *, follow_redirects: bool = False
    ) -> httpx.Response:
        try:
            return await self._client.get(
                url, headers=dict(headers), follow_redirects=follow_redirects
            )
        except Refused:
            raise
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("wordpress.unreachable", type(error).__name__) from None


def _authorization(grant: Grant) -> dict[str, str]:
    """Return Basic with the user and the application password (its spaces are for people)."""
    pair = f"{grant.options.get(USER_OPTION, '')}:{grant.token.replace(' ', '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def candidates(page: httpx.Response) -> list[str | None]:
    """Return where the API may be: as the header or the page says, then the two usual places."""
    here = page.url
    told = page.links.get(_REL, {}).get("url") or _linked(page.text)
    root = str(here.copy_with(query=None, fragment=None)).rstrip("/")
    return [_own(here, told), f"{root}/wp-json/", f"{root}/?rest_route=/"]


def _linked(text: str) -> str | None:
    link: Any = LexborHTMLParser(text).css_first(f'link[rel="{_REL}"][href]')
    return link.attributes.get("href") if link else None


def _own(here: httpx.URL, told: str | None) -> str | None:
    """Return the address told when it is on the same host: another one must not get the password."""
    try:
        url = here.join(told) if told else None
    except httpx.InvalidURL:
        return None
    same = url and url.host.removeprefix("www.") == here.host.removeprefix("www.")
    return str(url) if url and same and url.scheme >= here.scheme else None
