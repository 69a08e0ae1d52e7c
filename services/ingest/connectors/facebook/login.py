"""What a Facebook login gives: pages with tokens of their own, their messages, and linked Instagram accounts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from runtime.errors import Invalid
from services.ingest.connectors.graph import Graph, Object, rows_of
from services.ingest.connectors.protocol import Grant, Identity

_LINKED = "instagram_business_account{id,username,name}"
_PAGE = f"id,name,username,{_LINKED}"
_PAGES = f"{_PAGE},access_token"
_MOST = "100"


class Login:
    """Asks whose token it is: a person's, who may look after many pages, or one page's."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def check(self, grant: Grant) -> Identity:
        """Return the grant's page (or the first), with all the others. Raises `Invalid` without a page."""
        lasting = replace(grant, token=await self._lasting(grant))
        pages = await self._pages(lasting)
        if pages is None:
            told = await self._page(grant)
            pages = [told]
        identities = [one for page in pages for one in _accounts(page)]
        if not identities:
            raise Invalid("facebook.no_page", "the person who signed in looks after no page")
        own = (one for one in identities if one.account_id == grant.account_id)
        main = next((one for one in own if one.network == "facebook"), identities[0])
        return replace(main, others=tuple(one for one in identities if one is not main))

    async def _pages(self, grant: Grant) -> list[Object] | None:
        """Return the person's pages; None when the token is a page's, which has no accounts."""
        params = {"fields": _PAGES, "limit": _MOST}
        try:
            pages = await self._graph.newer(grant, "me/accounts", params, None)
        except Invalid:
            return None
        return [row for page in pages for row in rows_of(page)]

    async def _page(self, grant: Grant) -> Object:
        try:
            return await self._graph.document(grant, "me", {"fields": _PAGE})
        except Invalid:
            # Without instagram_basic the linked account may not even be asked for.
            return await self._graph.document(grant, "me", {"fields": "id,name"})

    async def _lasting(self, grant: Grant) -> str:
        """Exchange a person's token of an hour for one of sixty days: pages' tokens then do not expire."""
        app = self._graph.app
        if not (app.client_id and app.secrets):
            return grant.token
        body = {
            "grant_type": "fb_exchange_token",
            "client_id": app.client_id,
            "client_secret": app.secrets[0],
            "fb_exchange_token": grant.token,
        }
        try:
            told = await self._graph.ask(grant, "oauth/access_token", body)
        except Invalid:
            return grant.token
        return str(told.get("access_token") or grant.token)


def _accounts(page: Object) -> Iterator[Identity]:
    """Yield the page, its messages and its Instagram account: three networks under one token."""
    if not page.get("id"):
        return
    page_id, token = str(page["id"]), _text(page.get("access_token"))
    name, handle = str(page.get("name") or page_id), _text(page.get("username"))
    whole = Identity(page_id, name, handle, token=token, network="facebook")
    yield whole
    yield replace(whole, network="messenger")
    linked = page.get("instagram_business_account")
    if isinstance(linked, dict) and linked.get("id"):
        username = _text(linked.get("username"))
        yield Identity(
            str(linked["id"]),
            str(linked.get("name") or username or linked["id"]),
            username,
            {"login": "facebook", "page_id": page_id, **({"handle": username} if username else {})},
            token=token,
            network="instagram",
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
