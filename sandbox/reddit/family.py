"""Wires the Reddit stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.consent import Consent, Manner
from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network
from sandbox.reddit.errors import Limits, RedditDialect, unauthorised
from sandbox.reddit.formats import Things
from sandbox.reddit.routes import Routes
from sandbox.reddit.things import NETWORK, Board

_MANNER = Manner(
    NETWORK, "/reddit/api/v1/authorize", "/reddit/api/v1/access_token", 86_400, needs_basic=True
)


def build(common: Common) -> Family:
    """Return the stand-in."""
    return Reddit(common)


class Reddit:
    """Inbox, communities, messages and the consent page. Options: moderates, closed, comment_gap_s."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: RedditDialect()}
        self._board = Board(common.world, common.ledger)
        self._routes = Routes(common.world, self._board, Things(common.world))
        limits = Limits(common.world.now)
        self._gate = Gate(common.world, common.desk, NETWORK, unauthorised, limits.count)
        self._consent = Consent(common.world, _MANNER)

    def routers(self) -> list[APIRouter]:
        """All paths under /reddit."""
        return [self._consent.router(), self._gate.router("/reddit", self._routes.table())]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._board.emit(account, emission)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """Nothing runs by itself."""
