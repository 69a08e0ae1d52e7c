"""Wires the YouTube stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.consent import Consent, Manner
from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network
from sandbox.youtube.comments import NETWORK, Comments
from sandbox.youtube.errors import GoogleDialect, Units, unauthorised
from sandbox.youtube.formats import Resources
from sandbox.youtube.routes import Routes

_MANNER = Manner(NETWORK, "/youtube/o/oauth2/v2/auth", "/youtube/token", 3599)
_DAILY_UNITS = 10_000


def build(common: Common) -> Family:
    """Return the stand-in."""
    return YouTube(common)


class YouTube:
    """Comments under the videos of channels, and Google's consent page."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: GoogleDialect()}
        self._comments = Comments(common.world, common.ledger)
        units = Units(common.world.now, _DAILY_UNITS)
        self._routes = Routes(common.world, self._comments, Resources(common.world), units)
        self._gate = Gate(common.world, common.desk, NETWORK, unauthorised)
        self._consent = Consent(common.world, _MANNER)

    def routers(self) -> list[APIRouter]:
        """All paths under /youtube."""
        return [self._gate.router("/youtube", self._routes.table()), self._consent.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._comments.emit(account, emission)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """Nothing runs by itself."""
