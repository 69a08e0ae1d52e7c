"""Wires the TikTok stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter, Request

from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network
from sandbox.tiktok.comments import NETWORK, Comments
from sandbox.tiktok.consent import TikTokConsent
from sandbox.tiktok.errors import TikTokDialect, bad_token
from sandbox.tiktok.routes import Routes
from sandbox.tiktok.webhooks import Webhooks


def build(common: Common) -> Family:
    """Return the stand-in."""
    return TikTok(common)


def _token(request: Request) -> str:
    return request.headers.get("access-token") or "no token"


class TikTok:
    """Business accounts under /tiktok. An account's options: webhook_url, webhook_secret."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: TikTokDialect()}
        self._comments = Comments(common.world, common.ledger)
        self._webhooks = Webhooks(common.world, common.callbacks)
        self._gate = Gate(common.world, common.desk, NETWORK, bad_token, token_of=_token)
        self._consent = TikTokConsent(common.world)

    def routers(self) -> list[APIRouter]:
        """All paths under /tiktok."""
        table = Routes(self._comments).table()
        return [self._gate.router("/tiktok", table), self._consent.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._comments.emit(account, emission)

    async def start(self) -> None:
        """Be ready to sign what an earlier run left."""
        self._webhooks.start()

    async def stop(self) -> None:
        """Nothing runs by itself."""
