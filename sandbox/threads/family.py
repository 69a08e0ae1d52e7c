"""Wires the Threads stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.consent import Consent, Manner
from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network
from sandbox.threads.errors import ThreadsDialect, no_token
from sandbox.threads.posts import NETWORK, Posts
from sandbox.threads.routes import Routes
from sandbox.threads.webhooks import Webhooks

_MANNER = Manner(NETWORK, "/threads/oauth/authorize", "/threads/oauth/access_token", 3600)


def build(common: Common) -> Family:
    """Return the stand-in."""
    return Threads(common)


class Threads:
    """Profiles under /threads. An account's options: webhook_url, webhook_secret, reply_quota."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: ThreadsDialect()}
        self._posts = Posts(common.world, common.ledger)
        self._gate = Gate(common.world, common.desk, NETWORK, no_token)
        self._consent = Consent(common.world, _MANNER)
        self._webhooks = Webhooks(common.world, common.callbacks)

    def routers(self) -> list[APIRouter]:
        """All paths under /threads."""
        table = Routes(self._posts).table()
        return [self._gate.router("/threads", table), self._consent.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._posts.emit(account, emission)

    async def start(self) -> None:
        """Be ready to sign what an earlier run left."""
        self._webhooks.start()

    async def stop(self) -> None:
        """Nothing runs by itself."""
