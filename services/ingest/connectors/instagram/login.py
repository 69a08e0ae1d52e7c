"""Whose an Instagram token is, and how long it lasts. What is read with it lives in the connector."""

from dataclasses import replace
from datetime import timedelta

from runtime.errors import Invalid, Reauthorise
from services.ingest.connectors.graph import Graph, Object
from services.ingest.connectors.protocol import Grant, Identity

_OWN = "user_id,username,name"
_LINKED = "id,username,name"
_LONGEST_S = 400 * 86400


class Login:
    """Instagram's own login gives tokens of an hour; they are exchanged for sixty days, and renewed."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def check(self, grant: Grant) -> Identity:
        """Return the account of a token of Instagram's own login."""
        told = await self._graph.document(grant, "me", {"fields": _OWN})
        identity = _identity(told, str(told.get("user_id") or told["id"]))
        token, lasts_s = await self._lasting(grant)
        expires_at = self._graph.now() + timedelta(seconds=lasts_s) if lasts_s else None
        return replace(identity, token=token, token_expires_at=expires_at)

    async def linked(self, graph: Graph, grant: Grant) -> Identity:
        """Return the account that a page's token was given for."""
        told = await graph.document(grant, grant.account_id, {"fields": _LINKED})
        identity = _identity(told, str(told["id"]))
        return replace(identity, options={**grant.options, **identity.options})

    async def _lasting(self, grant: Grant) -> tuple[str | None, int]:
        """Return a token that lasts and for how many seconds, nothing new when Instagram keeps the old one."""
        exchange = {"grant_type": "ig_exchange_token", "client_secret": self._secret()}
        for path, body in (
            ("access_token", exchange),
            ("refresh_access_token", {"grant_type": "ig_refresh_token"}),
        ):
            if not all(body.values()):
                continue
            try:
                told = await self._graph.ask(grant, path, body)
            except (Invalid, Reauthorise):
                continue
            token, lasts_s = told.get("access_token"), told.get("expires_in")
            if isinstance(token, str) and token:
                return token, min(lasts_s, _LONGEST_S) if isinstance(lasts_s, int) else 0
        return None, 0

    def _secret(self) -> str:
        return self._graph.app.secrets[0] if self._graph.app.secrets else ""


def _identity(told: Object, account_id: str) -> Identity:
    username = told.get("username")
    handle = username if isinstance(username, str) and username else None
    return Identity(
        account_id,
        str(told.get("name") or handle or account_id),
        handle,
        {"handle": handle} if handle else {},
        network="instagram",
    )
