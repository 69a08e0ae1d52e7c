"""Wires the X stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.consent import Consent, Manner
from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.endpoints import Gate
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network
from sandbox.x.activity import Activity
from sandbox.x.errors import Limits, XDialect, unauthorised
from sandbox.x.formats import Objects
from sandbox.x.posts import Posts
from sandbox.x.routes import Routes, gated

_MANNER = Manner(
    "x", "/x/i/oauth2/authorize", "/x/2/oauth2/token", 7200, rotates=True, needs_pkce=True
)


def build(common: Common) -> Family:
    """Return the stand-in."""
    return X(common)


class X:
    """Posts, messages, the Activity webhook and the consent page of X."""

    def __init__(self, common: Common) -> None:
        now = common.world.now
        self.dialects: Mapping[Network, Dialect] = {"x": XDialect(now)}
        self._posts = Posts(common.world, common.ledger)
        objects = Objects(common.world)
        self._activity = Activity(common.world, self._posts, objects, common.callbacks)
        self._routes = Routes(common.world, self._posts, objects, self._activity, Limits(now))
        self._gate = Gate(common.world, common.desk, "x", unauthorised, self._routes.count)
        self._consent = Consent(common.world, _MANNER)

    def routers(self) -> list[APIRouter]:
        """All paths under /x."""
        return [*gated(self._gate, self._routes), self._consent.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._posts.emit(account, emission)

    async def start(self) -> None:
        """Listen to what happens."""
        self._activity.start()

    async def stop(self) -> None:
        """Nothing runs by itself."""
