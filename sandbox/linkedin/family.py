"""Wires the LinkedIn stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.consent import Consent, Manner
from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.linkedin.comments import NETWORK, Comments
from sandbox.linkedin.errors import LinkedInDialect, unauthorised
from sandbox.linkedin.routes import Routes
from sandbox.linkedin.webhooks import Webhooks
from sandbox.models import Account, Item, Network

_OAUTH = "/linkedin/oauth/v2"
_MANNER = Manner(NETWORK, f"{_OAUTH}/authorization", f"{_OAUTH}/accessToken", 60 * 86400)


def build(common: Common) -> Family:
    """Return the stand-in."""
    return LinkedIn(common)


class LinkedIn:
    """Pages under /linkedin. An account's options: others, has_lost_role, webhook_url, webhook_secret."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: LinkedInDialect()}
        self._comments = Comments(common.world, common.ledger)
        self._webhooks = Webhooks(common.world, self._comments, common.callbacks)
        self._gate = Gate(common.world, common.desk, NETWORK, unauthorised)
        self._consent = Consent(common.world, _MANNER)

    def routers(self) -> list[APIRouter]:
        """All paths under /linkedin."""
        table = Routes(self._comments).table()
        return [self._gate.router("/linkedin", table), self._consent.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a member do one thing."""
        return self._comments.emit(account, emission)

    async def start(self) -> None:
        """Be ready to sign what an earlier run left."""
        self._webhooks.start()

    async def stop(self) -> None:
        """Nothing runs by itself."""
