"""Wires the Google reviews stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.consent import Consent, Manner
from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.google_business.errors import BusinessDialect, unauthenticated
from sandbox.google_business.reviews import NETWORK, Reviews
from sandbox.google_business.routes import Routes
from sandbox.models import Account, Item, Network

_PREFIX = "/google_business"
_MANNER = Manner(NETWORK, f"{_PREFIX}/o/oauth2/v2/auth", f"{_PREFIX}/token", 3599, needs_pkce=True)


def build(common: Common) -> Family:
    """Return the stand-in."""
    return GoogleBusiness(common)


class GoogleBusiness:
    """The reviews of locations, and Google's consent page. An account's id is its resource name."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: BusinessDialect()}
        self._reviews = Reviews(common.world, common.ledger)
        self._gate = Gate(common.world, common.desk, NETWORK, unauthenticated)
        self._consent = Consent(common.world, _MANNER)

    def routers(self) -> list[APIRouter]:
        """All paths under /google_business."""
        table = Routes(self._reviews).table()
        return [self._gate.router(_PREFIX, table), self._consent.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._reviews.emit(account, emission)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """Nothing runs by itself."""
